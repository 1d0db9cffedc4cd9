# SPDX-License-Identifier: Apache-2.0
"""What one looked-up row takes, by where it lives: the server's caches hold what is popular there.

Every server is taken by itself: all tables on it, each looked up as often as a mean batch does,
share its caches and TLBs. A server with fewer tables keeps more of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guardlane.errors import GuardlaneError
from guardlane.memory.residence import Demand, reside
from guardlane.service import ServiceTable
from guardlane_workloads.recommender.dlrm.model import Model
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement
from guardlane_workloads.recommender.dlrm.popularity import Law


@dataclass(frozen=True, eq=False)
class RowTimes:
    """Times of rows on a core: by the laws of their tables, or, without, of rows all alike.

    A batch of `items`, the mean one, says how often each table is looked up beside the others.
    """

    core: ServiceTable
    laws: Sequence[Law] | None = None
    items: int = 64
    _known: dict[object, Mapping[Piece, int]] = field(default_factory=dict, repr=False)

    def of(self, placement: Placement) -> Mapping[Piece, int]:
        """Value of the picoseconds of a row of each piece, a bag's own time aside."""
        model, pieces = placement.model, tuple(placement.pieces)
        whose = (tuple(model.tables), pieces)
        if whose not in self._known:
            self._known[whose] = self._priced(model, pieces)
        return self._known[whose]

    def alone(self, model: Model) -> list[int]:
        """Value of the picoseconds of a row of each table, all on one server."""
        pieces = [Piece(number, 0, table.rows) for number, table in enumerate(model.tables)]
        times = self.of(Placement(model, "singular", 0, pieces))
        return [times[piece] for piece in pieces]

    def _priced(self, model: Model, pieces: Sequence[Piece]) -> dict[Piece, int]:
        if self.laws is None:
            return {
                piece: self.core.look_up(held.row_bytes, held.size)
                for piece in pieces
                for held in [piece.cut(model.tables[piece.table])]
            }
        if self.core.memory is None:
            raise GuardlaneError(
                f"service table of {self.core.core}: has no memory, so popularity must be uniform"
            )
        times: dict[Piece, int] = {}
        for shard in sorted({piece.shard for piece in pieces}):
            own = [piece for piece in pieces if piece.shard == shard]
            demands = [self._demand(model, piece) for piece in own]
            found = reside(demands, self.core.memory, self.core.page_bytes)
            for piece, demand, one in zip(own, demands, found, strict=True):
                times[piece] = self.core.popular(
                    demand.row_bytes, one.shares, one.second, one.reads
                )
        return times

    def _demand(self, model: Model, piece: Piece) -> Demand:
        """Value of what is asked of a piece: a share of each group of its table's rows."""
        assert self.laws is not None
        table, law = model.tables[piece.table], self.laws[piece.table]
        share = piece.rows / table.rows
        look_ups, row_bytes = table.look_ups(self.items), piece.cut(table).row_bytes
        return Demand(piece.rows, row_bytes, law.counts * share, law.shares * look_ups)
