# SPDX-License-Identifier: Apache-2.0
"""The table of finished points: one SQLite file, one writer, any number of readers."""

from __future__ import annotations

from guardlane.store.points import Failure, Planned, Point, Run, Study
from guardlane.store.store import Store

__all__ = ["Failure", "Planned", "Point", "Run", "Store", "Study"]
