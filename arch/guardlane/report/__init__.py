# SPDX-License-Identifier: Apache-2.0
"""One page that shows what runs did: a plain model of it, and the writer that makes it HTML."""

from __future__ import annotations

from guardlane.estimates import Estimate, estimate, median_seed, paired_differences
from guardlane.report.curves import Curve, CurvePoint, Curves, Multiples
from guardlane.report.front import Front, Measure, Spot
from guardlane.report.heat import Heat, HeatMaps
from guardlane.report.page import (
    Block,
    Chart,
    Column,
    Commands,
    Gallery,
    Group,
    Highlight,
    Marks,
    Note,
    Page,
    Panel,
    Point,
    Section,
    Strip,
    Table,
    Tally,
)

__all__ = [
    "Block",
    "Chart",
    "Column",
    "Commands",
    "Curve",
    "CurvePoint",
    "Curves",
    "Estimate",
    "Front",
    "Gallery",
    "Group",
    "Heat",
    "HeatMaps",
    "Highlight",
    "Marks",
    "Measure",
    "Multiples",
    "Note",
    "Page",
    "Panel",
    "Point",
    "Section",
    "Spot",
    "Strip",
    "Table",
    "Tally",
    "estimate",
    "median_seed",
    "paired_differences",
]
