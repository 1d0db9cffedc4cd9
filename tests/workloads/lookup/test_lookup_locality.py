# SPDX-License-Identifier: Apache-2.0
"""The mixture of tables looks rows up as often as the published traces do.

Expected, not drawn: a row with popularity p is looked up a Poisson-distributed number of times.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from guardlane_workloads.recommender.indices import Mixture

# facebookresearch/dlrm_datasets, embedding_bag/locality_stats.txt, fbgemm_t856_bs65536: how often a
# row is looked up in a batch (0 < n <= 1, 1 < n <= 2, 2 < n <= 4, ... up to 32768, and more), as
# shares of the rows that are looked up at all, and of the look-ups.
BY_ROWS = [
    .473, .152, .139, .112, .072, .032, .011, .005, .002, .001, 0, 0, 0, 0, 0, 0, 0,
]  # fmt: skip
BY_LOOK_UPS = [
    .069, .044, .068, .101, .121, .104, .073, .058, .052, .050, .049, .048, .048, .043, .031, .023,
    .019,
]  # fmt: skip
BATCH, POOLING, REUSE = 65_536, 15.8, 6.9
EDGES = np.array([1 << n for n in range(16)])
GRID = np.linspace(math.log(1e-7), math.log(1e8), 400)  # of ln(expected look-ups of a row)

Floats = npt.NDArray[np.float64]


def expected(mixture: Mixture, tables: int) -> Floats:
    """Rows of all tables by their expected look-ups, float64[len(GRID) - 1]."""
    found = np.zeros(len(GRID) - 1)
    for number in range(tables):
        one = mixture.table(number, seed=1)
        weights = (np.arange(1, one.rows + 1) + one.q) ** -one.alpha
        found += np.histogram(np.log(BATCH * one.pooling_factor * weights / weights.sum()), GRID)[0]
    return found


def distances(rows: Floats) -> tuple[float, float, float]:
    """Kolmogorov-Smirnov distance by rows and by look-ups, and look-ups of a row looked up."""
    means = np.exp((GRID[1:] + GRID[:-1]) / 2)[:, None]
    times = np.arange(EDGES[-1] + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(times[1:]))])
    chances = np.exp(times * np.log(means) - means - logs)
    below = np.cumsum(chances, axis=1)  # Poisson distribution
    by_rows = rows @ (below[:, EDGES] - below[:, :1])
    by_look_ups = (rows * means[:, 0]) @ below[:, EDGES - 1]
    seen, look_ups = rows @ (1 - below[:, 0]), rows @ means[:, 0]
    far = [
        float(np.abs(ours / whole - np.cumsum(theirs)[:-1]).max())
        for ours, whole, theirs in (
            (by_rows, seen, BY_ROWS), (by_look_ups, look_ups, BY_LOOK_UPS)
        )
    ]  # fmt: skip
    return far[0], far[1], look_ups / seen


def test_rows_are_looked_up_as_often_as_in_the_published_traces() -> None:
    mixture = Mixture(190_000, 1.25, 0.88, 0.23, 8.1, POOLING, 0.46)
    by_rows, by_look_ups, reuse = distances(expected(mixture, 120))
    assert by_rows < 0.06
    assert by_look_ups < 0.06
    assert abs(reuse / REUSE - 1) < 0.15


def test_tables_that_are_all_alike_look_rows_up_otherwise() -> None:
    alike = Mixture(190_000, 0.0, 0.88, 0.0, 8.1, POOLING, 0.0)
    by_rows, by_look_ups, _ = distances(expected(alike, 1))
    assert max(by_rows, by_look_ups) > 0.1
