# SPDX-License-Identifier: Apache-2.0
"""The runs of a study as arrays, and what is in their middle: no mean hides what it leaves out.

Values of all runs are held, 8 bytes each; their middles are worked out when they are asked for.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from guardlane.estimates import Estimate, estimate, median_interval
from guardlane.store.points import Study
from guardlane.store.store import Store

Key = tuple[str, ...]  # values of a study's axes, without the seed; "" where it has not that axis
LEAST = 6  # values that an interval of a median takes


class Means:
    """The combinations of a study's axes, and what the runs of each say of its metrics.

    A ratio in dB that a run has not got is infinite, as there was no error at all. A metric with
    such a value is judged by medians instead of means, everywhere.
    """

    def __init__(self, store: Store, study: Study, *, allow_partial: bool = False) -> None:
        self.study = study
        self.keys: list[Key] = [
            tuple(axes.get(name, "") for name in study.axes) for axes in store.cells(study.name)
        ]
        self._allow_partial = allow_partial
        self._found: dict[tuple[str, int], Estimate | None] = {}
        self._read(store)

    def _read(self, store: Store) -> None:
        names = [metric["name"] for metric in self.study.metrics]
        blank = [math.inf if metric["unit"] == "dB" else math.nan for metric in self.study.metrics]
        self.wanted = [0] * len(self.keys)
        outcomes: Counter[str] = Counter()
        places, columns = array("q"), [array("d") for _ in names]
        for cell, outcome, values in store.runs(self.study.name, names):
            self.wanted[cell] += 1
            if outcome is None:
                continue
            outcomes[outcome] += 1
            places.append(cell)
            for column, value, none in zip(columns, values, blank, strict=True):
                column.append(value if type(value) in (int, float) else none)
        self.outcomes = dict(sorted(outcomes.items()))
        cells = np.frombuffer(places, np.int64) if places else np.empty(0, np.int64)
        order = np.argsort(cells, kind="stable")
        self._bounds = np.searchsorted(cells[order], np.arange(len(self.keys) + 1))
        self._values = {
            name: np.array(column, np.float64)[order]
            for name, column in zip(names, columns, strict=True)
        }
        self._by_median = {
            name: bool(np.isinf(values).any()) for name, values in self._values.items()
        }

    @property
    def total(self) -> int:
        """Value of the points that the study wants."""
        return sum(self.wanted)

    @property
    def finished(self) -> int:
        """Value of those that have a result."""
        return sum(self.outcomes.values())

    def ended(self, cell: int) -> int:
        """Value of the runs of a combination that have a result."""
        return int(self._bounds[cell + 1] - self._bounds[cell])

    def middle(self, metric: str) -> str:
        """Value of what stands for the runs of a combination: `mean` or `median`."""
        return "median" if self._by_median[metric] else "mean"

    def of(self, metric: str, cell: int) -> Estimate | None:
        """Value of the middle with its 95 % interval; None when runs are missing from it.

        A median has an interval from six runs on, which may reach to infinity.
        """
        asked = metric, cell
        if asked not in self._found:
            self._found[asked] = self._work_out(metric, cell)
        return self._found[asked]

    def _work_out(self, metric: str, cell: int) -> Estimate | None:
        values = self._values[metric][self._bounds[cell] : self._bounds[cell + 1]]
        values = values[~np.isnan(values)]
        if not len(values) or (len(values) < self.wanted[cell] and not self._allow_partial):
            return None
        if not self._by_median[metric]:
            return estimate(values.tolist())
        if len(values) < LEAST:
            return Estimate(len(values), float(np.median(values)), None, None, None)
        found = median_interval(values.tolist())
        return Estimate(len(values), found.value, None, found.low, found.high)

    def middles(self, metric: str) -> npt.NDArray[np.float64]:
        """Value of the middle of every combination, float64[combinations]; NaN for none."""
        values = self._values[metric]
        lengths = np.diff(self._bounds)
        cells = np.repeat(np.arange(len(self.keys)), lengths)
        is_known = ~np.isnan(values)
        values, cells = values[is_known], cells[is_known]
        counts = np.bincount(cells, minlength=len(self.keys))
        is_whole = counts > 0
        if not self._allow_partial:
            is_whole &= counts == np.array(self.wanted)
        found = np.full(len(self.keys), np.nan)
        starts = np.concatenate(([0], np.cumsum(counts)))[:-1][is_whole]
        if not len(starts):
            return found
        if self._by_median[metric]:
            ordered = values[np.lexsort((values, cells))]
            last = counts[is_whole] - 1
            low, high = ordered[starts + last // 2], ordered[starts + (last + 1) // 2]
            found[is_whole] = np.where(low == high, low, (low + high) / 2)
        else:
            sums = np.bincount(cells, weights=values, minlength=len(self.keys))
            found[is_whole] = sums[is_whole] / counts[is_whole]
        return found


def distinct(keys: Sequence[Key], place: int) -> list[str]:
    """Value of what an axis has in `keys`, each once, in their order; "" stands for nothing."""
    return list(dict.fromkeys(key[place] for key in keys if key[place]))


def short_names(axes: Sequence[str]) -> Mapping[str, str]:
    """Value of the last word of each dotted name, or all of it where two would be the same."""
    last = Counter(name.rpartition(".")[2] for name in axes)
    return {
        name: name.rpartition(".")[2] if last[name.rpartition(".")[2]] == 1 else name
        for name in axes
    }
