# SPDX-License-Identifier: Apache-2.0
"""A TorchRec sharding plan, as JSON, for a placement: its planner then says which table goes where.

The file mirrors TorchRec's classes: {"plan": {module: {table: {"sharding_type": ...,
"ranks": [...], "sharding_spec": {"shards": [{"shard_offsets": [row, column],
"shard_sizes": [rows, columns], "placement": "rank:3/cpu"}, ...]}}}}}. `plan` may be left out.
Tables that are whole, or split by row, are understood; ranks are the shards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.reading import read_text
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement

MOST_BYTES = 64 << 20
BY_ROW = ("table_wise", "row_wise", "table_row_wise")


def read_plan(path: Path, model: Model, memory: int) -> Placement:
    """Read the placement of `model` on servers of `memory` bytes from a plan.

    Raises GuardlaneError that names file, table and number: for what is no plan, for tables of the
    model that it lacks or has in other sizes, and for shards that do not fit.
    """
    named = _tables(path)
    pieces: list[Piece] = []
    for number, table in enumerate(model.tables):
        if table.name not in named:
            raise GuardlaneError(f"{path}: has no table {table.name}, which {model.name} has")
        pieces += _pieces(f"{path}: table {table.name}", number, table, named[table.name])
    unknown = sorted(set(named) - {table.name for table in model.tables})
    if unknown:
        raise GuardlaneError(f"{path}: table {unknown[0]} is not one of {model.name}")
    shards = 1 + max(piece.shard for piece in pieces)
    return Placement(model, f"plan {path.name}", shards, pieces).check(memory)


def _tables(path: Path) -> dict[str, Any]:
    text = read_text(path, MOST_BYTES)
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
    if kind not in BY_ROW:
        raise GuardlaneError(f"{whose} must be sharded {', '.join(BY_ROW)}, not {kind!r}")
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
    pieces: list[Piece] = []
    next_row = 0
    for part, shard in enumerate(shards):
        offset, size, rank = _shard(f"{whose}, shard {part}", shard)
        if size[1] != table.dim or offset[1] != 0:
            raise GuardlaneError(
                f"{whose}, shard {part} must have all {table.dim} columns, not {size[1]}"
            )
        if offset[0] != next_row:
            raise GuardlaneError(
                f"{whose}, shard {part} must begin at row {next_row:,}, not {offset[0]:,}"
            )
        next_row += size[0]
        if size[0]:  # more shards than rows leave some without
            pieces.append(Piece(number, rank, size[0], part, len(shards)))
    if next_row != table.rows:
        raise GuardlaneError(f"{whose} has {table.rows:,} rows, and its shards {next_row:,}")
    return pieces


def _shard(whose: str, shard: Any) -> tuple[list[int], list[int], int]:
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
    return pairs[0], pairs[1], int(rank)


def _whole_number(value: Any, whose: str, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise GuardlaneError(f"{whose}: {what} must be a whole number, 0 or more, not {value!r}")
    return value
