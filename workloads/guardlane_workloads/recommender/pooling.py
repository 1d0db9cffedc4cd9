# SPDX-License-Identifier: Apache-2.0
"""SparseLengthsSum and -Mean in numpy, every rounding in the place where a core has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from guardlane_workloads.recommender.indices import Bags
from guardlane_workloads.recommender.rows import Floats, Table

Pooling = Literal["sum", "mean"]


def pooled(tables: Sequence[Table], bags: Sequence[Bags], pooling: Pooling) -> Floats:
    """Value of the pooled vectors, float32[requests, tables, dim]."""
    found = np.zeros((len(bags[0].lengths), len(tables), tables[0].dim), np.float32)
    for number, (table, own) in enumerate(zip(tables, bags, strict=True)):
        rows = table.dequantised()
        for request, indices in enumerate(own.split()):
            total = found[request, number]
            for index in indices:
                total += rows[index]
            if pooling == "mean" and len(indices):
                total *= np.float32(1) / np.float32(len(indices))
    return found
