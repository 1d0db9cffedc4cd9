# SPDX-License-Identifier: Apache-2.0
"""Servers behind a network that serve requests: every wait of every message, in picoseconds."""
