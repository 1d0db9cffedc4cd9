# SPDX-License-Identifier: Apache-2.0
"""A TorchRec sharding plan, as JSON, for a placement: its planner then says which table goes where.

The file mirrors TorchRec's classes: {"plan": {module: {table: {"sharding_type": ...,
"ranks": [...], "sharding_spec": {"shards": [{"shard_offsets": [row, column],
"shard_sizes": [rows, columns], "placement": "rank:3/cpu"}, ...]}}}}}. `plan` may be left out.
Tables may be whole, split by row, by column, or by both; ranks are the shards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.reading import read_text
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement

MOST_BYTES = 64 << 20
TYPES = (
    "table_wise", "row_wise", "table_row_wise", "column_wise", "table_column_wise", "grid_shard",
)  # fmt: skip


def read_plan(path: Path, model: Model, memory: int) -> Placement:
    """Read the placement of `model` on servers of `memory` bytes from a plan.

    Raises GuardlaneError that names file, table and number: for what is no plan, for tables of the
    model that it lacks or has in other sizes, and for shards that do not fit.
    """
    text = read_text(path, MOST_BYTES)
    named = _tables(path, text)
    pieces: list[Piece] = []
    for number, table in enumerate(model.tables):
        if table.name not in named:
            raise GuardlaneError(f"{path}: has no table {table.name}, which {model.name} has")
        try:
            pieces += _pieces(f"table {table.name}", number, table, named[table.name])
        except GuardlaneError as reason:
            raise GuardlaneError(f"{_place(path, text, table.name)}: {reason}") from None
    unknown = sorted(set(named) - {table.name for table in model.tables})
    if unknown:
        where = _place(path, text, unknown[0])
        raise GuardlaneError(f"{where}: table {unknown[0]} is not one of {model.name}")
    shards = 1 + max(piece.shard for piece in pieces)
    return Placement(model, f"plan {path.name}", shards, pieces).check(memory)


def _place(path: Path, text: str, table: str) -> str:
    """Value of the file with line and column of a table's key."""
    key = re.search(re.escape(json.dumps(table)) + r"\s*:", text)
    at = key.start() if key else 0  # a key may be written with other escapes
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return f"{path}:{line}:{column}"


def _tables(path: Path, text: str) -> dict[str, Any]:
    try:
        whole = json.loads(text)
    except RecursionError:
        raise GuardlaneError(f"{path}: is nested too deeply") from None
    except json.JSONDecodeError as reason:
        raise GuardlaneError(f"{path}:{reason.lineno}:{reason.colno}: {reason.msg}") from None
    modules = whole.get("plan", whole) if isinstance(whole, Mapping) else None
    if not isinstance(modules, Mapping) or not modules:
        raise GuardlaneError(f"{path}: must have modules, each with its tables")
    named: dict[str, Any] = {}
    for module, tables in modules.items():
        if not isinstance(tables, Mapping):
            raise GuardlaneError(f"{path}: module {module} must have tables")
        for name, sharding in tables.items():
            if name in named:
                raise GuardlaneError(f"{path}: two modules have a table {name}")
            named[name] = sharding
    return named


def _pieces(whose: str, number: int, table: EmbeddingTable, sharding: Any) -> list[Piece]:
    kind = sharding.get("sharding_type") if isinstance(sharding, Mapping) else None
    if kind not in TYPES:
        raise GuardlaneError(f"{whose} must be sharded {', '.join(TYPES)}, not {kind!r}")
    specification = sharding.get("sharding_spec")
    shards = specification.get("shards") if isinstance(specification, Mapping) else None
    if shards is None:
        ranks = sharding.get("ranks")
        if not isinstance(ranks, list) or len(ranks) != 1:
            raise GuardlaneError(
                f"{whose} must have sharding_spec.shards, or one rank, not {ranks}"
            )
        return [Piece(number, _whole_number(ranks[0], whose, "rank"), table.rows)]
    if not isinstance(shards, list) or not shards:
        raise GuardlaneError(f"{whose} must have one shard or more")
    cuts = sorted(_cut(f"{whose}, shard {part}", shard) for part, shard in enumerate(shards))
    pieces: list[Piece] = []
    next_column = 0
    for column, of_slice in groupby(cuts, key=attrgetter("column")):
        slice_ = list(of_slice)
        columns = slice_[0].columns
        if column != next_column:
            raise GuardlaneError(
                f"{whose}: a shard must begin at column {next_column}, not {column}"
            )
        next_column += columns
        next_row = 0
        for part, cut in enumerate(slice_):
            if cut.row != next_row or cut.columns != columns:
                raise GuardlaneError(
                    f"{whose}: from column {column} on, a shard of {columns} columns must begin at "
                    f"row {next_row:,}, not one of {cut.columns} at row {cut.row:,}"
                )
            next_row += cut.rows
            if cut.rows:  # more shards than rows leave some without
                piece = Piece(number, cut.rank, cut.rows, part, len(slice_), column, columns)
                pieces.append(piece)
        if next_row != table.rows:
            raise GuardlaneError(f"{whose} has {table.rows:,} rows, and its shards {next_row:,}")
    if next_column != table.dim:
        raise GuardlaneError(f"{whose} has {table.dim} columns, and its shards {next_column}")
    return pieces


@dataclass(frozen=True, order=True)
class _Cut:
    """What one shard has of a table: so many columns from one on, so many rows from one on."""

    column: int
    row: int
    rows: int
    columns: int
    rank: int


def _cut(whose: str, shard: Any) -> _Cut:
    if not isinstance(shard, Mapping):
        raise GuardlaneError(f"{whose} must be an object")
    pairs = []
    for key in ("shard_offsets", "shard_sizes"):
        pair = shard.get(key)
        if not isinstance(pair, list) or len(pair) != 2:
            raise GuardlaneError(f"{whose}: {key} must be [rows, columns], not {pair}")
        pairs.append([_whole_number(value, whose, key) for value in pair])
    place = str(shard.get("placement", ""))
    rank = place.removeprefix("rank:").split("/")[0]
    if not place.startswith("rank:") or not (rank.isascii() and rank.isdigit() and len(rank) < 7):
        raise GuardlaneError(f"{whose}: placement must be like rank:0/cpu, not {place[:40]!r}")
    (row, column), (rows, columns) = pairs
    if columns < 1:
        raise GuardlaneError(f"{whose} must have 1 column or more, not {columns}")
    return _Cut(column, row, rows, columns, int(rank))


def _whole_number(value: Any, whose: str, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise GuardlaneError(f"{whose}: {what} must be a whole number, 0 or more, not {value!r}")
    return value
