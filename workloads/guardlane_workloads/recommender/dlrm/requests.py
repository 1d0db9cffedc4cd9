# SPDX-License-Identifier: Apache-2.0
"""Requests and the batches they are cut into, and what each batch looks up where.

A batch calls a shard once for each of its nets that has tables there: a call. What it looks up is
drawn by (seed, table), so that every placement of the same tables serves the same requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Protocol

import numpy as np
import numpy.typing as npt

from guardlane.errors import UsageError
from guardlane.seeds import stream
from guardlane_workloads.recommender.dlrm.index_trace import IndexTrace
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement
from guardlane_workloads.recommender.dlrm.row_times import RowTimes

INDEX_BYTES = 8  # an index on the wire is an int64, as in Caffe2
LENGTH_BYTES = 4  # and the length of a bag an int32

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Items:
    """Items of a request: log-normal about `median` with `sigma` of ln, kept in `least..most`."""

    median: int
    sigma: float
    least: int
    most: int

    def draw(self, requests: int, seed: int) -> Int64s:
        """Draw the items of each request, int64[requests]."""
        if not 1 <= self.least <= self.median <= self.most:
            raise UsageError(
                f"items of a request must be 1 or more, and {self.least} <= {self.median} <= "
                f"{self.most} must hold"
            )
        normal = stream(seed, "requests", "items").standard_normal(requests)
        drawn = np.rint(self.median * np.exp(self.sigma * normal)).astype(np.int64)
        kept: Int64s = np.clip(drawn, self.least, self.most)
        return kept


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches in the order of their requests: `request` and `items`, each int64[batches]."""

    request: Int64s
    items: Int64s

    def __len__(self) -> int:
        return len(self.items)

    def bags(self, table: EmbeddingTable) -> Int64s:
        """Value of the bags that each batch has for `table`, int64[batches]."""
        return self.items if table.scope == "item" else np.ones_like(self.items)


def cut(items: Int64s, most: int) -> Batches:
    """Cut requests of `items` into batches of `most` or, the last of each, fewer."""
    if most < 1:
        raise UsageError(f"items of a batch must be 1 or more, not {most}")
    counts = -(-items // most)
    request = np.repeat(np.arange(len(items), dtype=np.int64), counts)
    last = np.cumsum(counts) - 1
    sizes = np.full(len(request), most, np.int64)
    sizes[last] = items - (counts - 1) * most
    return Batches(request, sizes)


@dataclass(frozen=True, order=True)
class Call:
    """What one net asks of one shard."""

    net: int
    shard: int


@dataclass(frozen=True, eq=False)
class Asked:
    """What every batch asks by each call: int64[batches, calls] arrays.

    `look_ups` rows, `request_bytes` of indices and lengths, `answer_bytes` of pooled
    vectors, and the `picoseconds` that a core looks up. A call that is left out has zeros.
    """

    calls: Sequence[Call]
    look_ups: Int64s
    request_bytes: Int64s
    answer_bytes: Int64s
    picoseconds: Int64s


class LookUps(Protocol):
    """Says how many rows each batch looks up in a table, int64[batches]; `table` is its number."""

    def __call__(self, table: int, batches: Batches) -> Int64s: ...


@dataclass(frozen=True, eq=False)
class Drawn:
    """Look-ups of bags whose lengths are Poisson's, or fixed, drawn by (seed, table).

    Bags have `pooling` times as many indices as the model says, fixed ones rounded; what dense
    layers take stays the model's.
    """

    model: Model
    seed: int
    pooling: float = 1.0

    def __call__(self, table: int, batches: Batches) -> Int64s:
        own = self.model.tables[table]
        mean = batches.bags(own) * (own.pooling_factor * self.pooling)
        if own.is_fixed:
            rows = np.rint(mean)
        else:
            rows = stream(self.seed, "requests", "look-ups", table).poisson(mean)
        drawn: Int64s = rows.astype(np.int64)
        return drawn


@dataclass(frozen=True, eq=False)
class Replayed:
    """Look-ups of a trace: its bags go to the items in turn, and again from the first."""

    trace: IndexTrace

    def __call__(self, table: int, batches: Batches) -> Int64s:
        lengths = self.trace.lengths[table]
        before = np.concatenate([[0], np.cumsum(lengths)])
        ends = np.cumsum(batches.items)
        upto = ends // len(lengths) * before[-1] + before[ends % len(lengths)]
        rows: Int64s = np.diff(upto, prepend=0)
        return rows


def _dealt(rows: Int64s, pieces: Sequence[Piece], seed: int) -> Int64s:
    """Deal looked-up rows to the pieces of one table, int64[batches, pieces], each by its rows.

    Slices of a table that are divided alike get the same rows. That a popular row makes its part
    busier is left out: popular rows lie anywhere.
    """
    if len(pieces) == 1:
        whole: Int64s = rows[:, np.newaxis]
        return whole
    held = np.array([piece.rows for piece in pieces], np.float64)
    generator = stream(seed, "requests", "parts", pieces[0].table, len(pieces))
    dealt: Int64s = generator.multinomial(rows, held / held.sum()).astype(np.int64)
    return dealt


def asked(
    placement: Placement,
    batches: Batches,
    look_ups: LookUps,
    times: RowTimes,
    seed: int,
    skip_empty: bool = True,
) -> Asked:
    """Work out what `batches` ask of each shard, or of the one server, whose core has such `times`.

    `seed` says which part of a split table has a row. With `skip_empty`, a call without look-ups is
    left out; else its lengths and zeros travel.
    """
    tables, a_row = placement.model.tables, times.of(placement)
    calls = sorted({Call(tables[p.table].net, p.shard) for p in placement.pieces})
    column = {call: place for place, call in enumerate(calls)}
    shape = (len(batches), len(calls))
    names = ("look_ups", "request_bytes", "answer_bytes", "picoseconds")
    found = {name: np.zeros(shape, np.int64) for name in names}
    for (number, _), pieces in groupby(placement.pieces, key=attrgetter("table", "column")):
        own = list(pieces)
        rows = _dealt(look_ups(number, batches), own, seed)
        bags = batches.bags(tables[number])
        for place, piece in enumerate(own):
            table = piece.cut(tables[number])
            here, call = rows[:, place], column[Call(table.net, piece.shard)]
            found["look_ups"][:, call] += here
            found["request_bytes"][:, call] += here * INDEX_BYTES + bags * LENGTH_BYTES
            found["answer_bytes"][:, call] += bags * table.vector_bytes
            found["picoseconds"][:, call] += here * a_row[piece] + bags * times.core.bag_picoseconds
    if skip_empty:
        empty = found["look_ups"] == 0
        for name in names[1:]:
            found[name][empty] = 0
    return Asked(calls, **found)
