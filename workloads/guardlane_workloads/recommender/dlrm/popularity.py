# SPDX-License-Identifier: Apache-2.0
"""How unevenly the rows of a model's tables are looked up: a fitted mixture, or what a trace shows.

A law is kept in groups of rows that are alike, some eighty a table, so that a table of a billion
rows is as quick as one of a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane_workloads.recommender.dlrm.index_trace import IndexTrace
from guardlane_workloads.recommender.dlrm.model import Model
from guardlane_workloads.recommender.indices import Mixture

ALONE = 16  # most popular rows, each a group of its own
BY_OCTAVE = 4  # groups of those behind, from a rank to the double

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Law:
    """`counts[n]` rows have `shares[n]` of a table's look-ups each; both float64[groups]."""

    counts: Floats
    shares: Floats


def zipf_mandelbrot(rows: int, alpha: float, q: float) -> Law:
    """Value of p_k ~ (k + q)^-alpha of ranks 1 to `rows`, in groups."""
    ends = [*range(min(ALONE, rows) + 1)]
    step = 2 ** (1 / BY_OCTAVE)
    while ends[-1] < rows:
        ends.append(min(rows, round(ends[-1] * step)))
    edges = np.array(ends) + 0.5 + q
    power = 1 - alpha
    below = np.log(edges) if abs(power) < 1e-9 else edges**power / power
    counts = np.diff(np.array(ends, np.float64))
    weights = np.diff(below)
    return Law(counts, weights / weights.sum() / counts)


def observed(trace: IndexTrace) -> list[Law]:
    """Value of the law of each table of a trace: rows it never has are never looked up."""
    laws = []
    for indices in trace.by_table():
        times, counts = np.unique(np.unique(indices, return_counts=True)[1], return_counts=True)
        if not len(times):
            times, counts = np.ones(1, np.int64), np.ones(1, np.int64)
        laws.append(Law(counts.astype(np.float64), times / (times * counts).sum()))
    return laws


def mixed(model: Model, mixture: Mixture, seed: int) -> list[Law]:
    """Value of a law for each table of `model`, drawn by (seed, table).

    Of a table that has less rows than drawn, all are looked up.
    """
    laws = []
    for number, table in enumerate(model.tables):
        own = mixture.table(number, seed)
        laws.append(zipf_mandelbrot(min(own.rows, table.rows), own.alpha, own.q))
    return laws
