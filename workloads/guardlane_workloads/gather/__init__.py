# SPDX-License-Identifier: Apache-2.0
"""Rows of embedding tables read from DRAM, and why it takes as long as it does."""
