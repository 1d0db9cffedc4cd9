# SPDX-License-Identifier: Apache-2.0
"""A server core of round numbers, for sums that a reader can do in the head."""

from __future__ import annotations

from guardlane.cite import assumed
from guardlane.service import LookUp, Rate, ServiceTable
from guardlane_workloads.recommender.dlrm.row_times import RowTimes

ROUND = ServiceTable(
    core="round numbers",
    page_bytes=4096,
    look_ups=tuple(
        LookUp(vector_bytes=vector, table_bytes=size, picoseconds=vector * 100)
        for vector in (1, 1024)
        for size in (1, 1 << 40)
    ),
    bag_picoseconds=1000,
    rates=(Rate(rows=1, mflops=1000),),  # 1 flop a ns
    layer_picoseconds=500,
    sources={"all": assumed("round numbers", unit="ps", why="a test")},
)

ALIKE = RowTimes(ROUND)  # all rows alike
