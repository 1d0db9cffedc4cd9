# SPDX-License-Identifier: Apache-2.0
"""A beam of fifteen microphones that listens to one speaker: a wide graph of tiny filters."""
