# SPDX-License-Identifier: Apache-2.0
"""Which shard holds which table, or which part of it: the strategies, and what they give.

All are greedy and break ties by number, so that equal models give equal placements. Where a table
is split by row, row r lives in part r mod m, and the sums of the parts are added. Where it is split
by column, each slice is looked up for every row, and the slices of a vector are put side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from guardlane.errors import GuardlaneError, UsageError
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model

Strategy = Literal[
    "singular", "one-shard", "capacity-balanced", "load-balanced", "net-specific", "row-split"
]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
Key = Callable[[EmbeddingTable], float]


@dataclass(frozen=True)
class Piece:
    """`rows` rows of table `table` (its number) on shard `shard`: part `part` of `parts`.

    `columns` elements of each row from `column` on; None for all of them.
    """

    table: int
    shard: int
    rows: int
    part: int = 0
    parts: int = 1
    column: int = 0
    columns: int | None = None

    def cut(self, table: EmbeddingTable) -> EmbeddingTable:
        """Value of what this piece has of its `table`, as a table of its own.

        What a row has beside its elements (scale and bias) is cut as they are, rounded up.
        """
        columns = table.dim if self.columns is None else self.columns
        width = -(-table.row_bytes * columns // table.dim)
        return replace(table, rows=self.rows, dim=columns, row_bytes=width)


@dataclass(frozen=True)
class Placement:
    """Every piece of every table of `model`. With `shards` 0 all stay on the main server."""

    model: Model
    strategy: str
    shards: int
    pieces: Sequence[Piece]

    @property
    def is_singular(self) -> bool:
        """Whether nothing is remote."""
        return self.shards == 0

    def bytes_by_shard(self) -> list[int]:
        """Value of the bytes that each shard holds; of the main server when singular."""
        held = [0] * max(1, self.shards)
        for piece in self.pieces:
            held[piece.shard] += piece.cut(self.model.tables[piece.table]).size
        return held

    def load_by_shard(self, items: int = 1) -> list[float]:
        """Value of the mean look-ups that a batch of `items` brings to each shard."""
        load = [0.0] * max(1, self.shards)
        for piece in self.pieces:
            table = self.model.tables[piece.table]
            load[piece.shard] += table.look_ups(items) * piece.rows / table.rows
        return load

    def nets_of(self, shard: int) -> list[int]:
        """Value of the numbers of the nets that call `shard`."""
        return sorted({self.model.tables[p.table].net for p in self.pieces if p.shard == shard})

    def check(self, memory: int) -> Placement:
        """Give the placement back; raises GuardlaneError for a shard above `memory` bytes."""
        for shard, held in enumerate(self.bytes_by_shard()):
            if held > memory:
                whose = f"shard {shard}" if self.shards else "the one server"
                raise GuardlaneError(
                    f"{self.model.name}, {self.strategy}: {whose} would hold {held:,} bytes of "
                    f"tables, and its server has {memory:,} for them"
                )
        return self


def place(model: Model, strategy: Strategy, shards: int, memory: int, items: int = 64) -> Placement:
    """Deal the tables of `model` to `shards` servers of `memory` bytes each.

    The load of a table is the rows that a batch of `items` looks up in it.
    Raises UsageError for a number of shards that the strategy cannot use, GuardlaneError for tables
    that do not fit.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"strategy must be one of {', '.join(STRATEGIES)}, not {strategy!r}")
    if strategy == "singular":
        everything = [Piece(n, 0, table.rows) for n, table in enumerate(model.tables)]
        return Placement(model, strategy, 0, everything).check(memory)
    if shards < 1:
        raise UsageError(f"shards must be 1 or more for {strategy}, not {shards}")
    if strategy == "one-shard" and shards != 1:
        raise UsageError(f"one-shard has 1 shard, not {shards}")
    dealers = {
        "one-shard": lambda: balanced(model, range(len(model.tables)), range(1), _size, memory),
        "capacity-balanced": lambda: _whole(model, shards, _size, memory),
        "load-balanced": lambda: _whole(model, shards, lambda t: t.look_ups(items), memory),
        "net-specific": lambda: net_specific(model, shards, memory),
        "row-split": lambda: row_split(model, shards),
    }
    return Placement(model, strategy, shards, dealers[strategy]()).check(memory)


def _size(table: EmbeddingTable) -> float:
    return table.size


def _whole(model: Model, shards: int, key: Key, memory: int) -> list[Piece]:
    if shards > len(model.tables):
        raise UsageError(
            f"{shards} shards need a table each, and {model.name} has {len(model.tables)}"
        )
    return balanced(model, range(len(model.tables)), range(shards), key, memory)


def balanced(
    model: Model, numbers: Sequence[int], shards: Sequence[int], key: Key, memory: int
) -> list[Piece]:
    """Give the largest table by `key` to the shard with the least of it that has room, and so on.

    Longest processing time first; ties go to the emptier shard, then to the lower number. A table
    that no shard has room for goes where most is free, so that the check can name the bytes.
    """
    tables = model.tables
    amount = dict.fromkeys(shards, 0.0)
    used = dict.fromkeys(shards, 0)
    pieces = []
    for number in sorted(numbers, key=lambda n: (-key(tables[n]), -tables[n].size, n)):
        size = tables[number].size
        fitting = [shard for shard in shards if used[shard] + size <= memory]
        if fitting:
            shard = min(fitting, key=lambda s: (amount[s], used[s], s))
        else:
            shard = min(shards, key=lambda s: (used[s], s))
        amount[shard] += key(tables[number])
        used[shard] += size
        pieces.append(Piece(number, shard, tables[number].rows))
    return sorted(pieces, key=lambda piece: piece.table)


def net_specific(model: Model, shards: int, memory: int) -> list[Piece]:
    """Give each net shards of its own, in number proportional to its bytes, then balance bytes.

    A net of one giant table (more than half of its bytes) has its small tables on one shard and the
    giant's rows on the others.
    """
    nets = [
        [n for n, t in enumerate(model.tables) if t.net == net] for net in range(len(model.nets))
    ]
    nets = [numbers for numbers in nets if numbers]
    if shards < len(nets):
        raise UsageError(f"net-specific needs a shard for each of {len(nets)} nets, not {shards}")
    counts = _largest_remainder(
        [sum(model.tables[n].size for n in numbers) for numbers in nets], shards
    )
    pieces: list[Piece] = []
    first = 0
    for numbers, count in zip(nets, counts, strict=True):
        pieces += _one_net(model, numbers, range(first, first + count), memory)
        first += count
    return sorted(pieces, key=lambda piece: (piece.table, piece.part))


def _one_net(
    model: Model, numbers: Sequence[int], shards: Sequence[int], memory: int
) -> list[Piece]:
    sizes = [model.tables[n].size for n in numbers]
    giant = numbers[sizes.index(max(sizes))]
    others = [n for n in numbers if n != giant]
    if 2 * max(sizes) <= sum(sizes) or len(shards) < 2:
        return balanced(model, numbers, shards[: len(numbers)], _size, memory)
    split = list(shards) if not others else list(shards[1:])
    pieces = balanced(model, others, shards[:1], _size, memory) if others else []
    return pieces + split_rows(giant, model.tables[giant], split)


def _largest_remainder(amounts: Sequence[int], seats: int) -> list[int]:
    """Divide `seats` in proportion to `amounts`, one or more to each, whole."""
    total, spare = sum(amounts), seats - len(amounts)
    shares = [amount * spare / total for amount in amounts]
    counts = [1 + int(share) for share in shares]
    order = sorted(range(len(amounts)), key=lambda i: (-(shares[i] - int(shares[i])), i))
    for place_ in order[: seats - sum(counts)]:
        counts[place_] += 1
    return counts


def split_rows(number: int, table: EmbeddingTable, shards: Sequence[int]) -> list[Piece]:
    """Deal the rows of a table to `shards` in turn; shards past its rows get none."""
    parts = min(len(shards), table.rows)
    return [
        Piece(number, shard, (table.rows - part + parts - 1) // parts, part, parts)
        for part, shard in enumerate(shards[:parts])
    ]


def row_split(model: Model, shards: int) -> list[Piece]:
    """Deal the rows of every table to all shards."""
    return [
        piece
        for number, table in enumerate(model.tables)
        for piece in split_rows(number, table, range(shards))
    ]
