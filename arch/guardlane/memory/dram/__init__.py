# SPDX-License-Identifier: Apache-2.0
"""One DRAM channel: tables of timings, a scheduler of reads, and a latency that says why."""
