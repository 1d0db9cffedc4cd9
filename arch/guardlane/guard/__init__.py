# SPDX-License-Identifier: Apache-2.0
"""The checkers that keep what a core computes aligned with the data that reaches it."""
