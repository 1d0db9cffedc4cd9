# SPDX-License-Identifier: Apache-2.0
"""Caches: exact least-recently-used sets as compiled loops, and stack distances in one pass."""
