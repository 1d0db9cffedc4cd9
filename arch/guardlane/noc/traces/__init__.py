# SPDX-License-Identifier: Apache-2.0
"""Traces of packets: netrace with dependencies, gem5 packet traces and CSV, read within bounds."""
