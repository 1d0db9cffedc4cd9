# SPDX-License-Identifier: Apache-2.0
"""The service table: what look-ups and dense layers take on a server core, frozen for a cluster.

A model of a core writes it, a model of servers reads it, and neither imports the other. Times are
integer picoseconds, and so is every interpolation, so a table gives the same times anywhere.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from guardlane.cite import Citation
from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.reading import read_text

MOST_BYTES = 1 << 22  # of a file
FORMAT = "guardlane-service-table-2"
SHIPPED = Path(__file__).resolve().parent / "service_tables"
LARGEST = (1 << 62) - 1  # picoseconds, bytes, rows: all stay in an int64

Positive = Annotated[int, Field(ge=1, le=LARGEST)]
Duration = Annotated[int, Field(ge=0, le=LARGEST)]


class LookUp(Settings):
    """What one row costs, in a bag of many: its vector, the table it lies in, picoseconds.

    Rows are drawn alike from the whole table, which is what `table_bytes` stands for: a table of
    which only a part is popular is looked up by the bytes of that part.
    """

    vector_bytes: Positive
    table_bytes: Positive
    picoseconds: Duration


class Rate(Settings):
    """How fast dense layers go with so many rows (items of a batch): millions of flops a second."""

    rows: Positive
    mflops: Positive


class FromLevels(Settings):
    """What one row of `vector_bytes` takes: its issue, and all its lines from each level.

    `levels` are the three caches and memory, as many lines under way as the core has at once.
    """

    vector_bytes: Positive
    issue: Duration
    levels: tuple[Duration, Duration, Duration, Duration]


class Memory(Settings):
    """What prices rows that are not alike: how much is kept, and what comes from where takes.

    `cache_lines` and `tlb_entries` are capacities, from the nearest on; `walk_entries` those of the
    walker's caches of directories, from the table above the last one upwards. `table_read` has the
    picoseconds of an entry of a page table by level, `second_tlb` those of a hit there, both over
    the walks that go on at once.
    """

    cache_lines: tuple[Positive, Positive, Positive]
    tlb_entries: tuple[Positive, Positive]
    walk_entries: tuple[Positive, ...]
    table_read: tuple[Duration, Duration, Duration, Duration]
    second_tlb: Duration
    vectors: tuple[FromLevels, ...]


class ServiceTable(Settings):
    """Times of one core, and where they come from.

    `look_ups` is a full grid, ordered by vector and then table bytes; `rates` is ordered by rows.
    `bag_picoseconds` is added once a bag, `layer_picoseconds` once a layer. `sources` has, by name,
    what the times rest on. Without `memory` only rows that are all alike have a time.
    """

    core: str
    page_bytes: Positive
    look_ups: tuple[LookUp, ...]
    bag_picoseconds: Duration
    rates: tuple[Rate, ...]
    layer_picoseconds: Duration
    sources: Mapping[str, Citation]
    memory: Memory | None = None

    @model_validator(mode="after")
    def grid_is_whole(self) -> Self:
        """Refuse a table in which something would be looked up in vain."""
        vectors, tables = self.vectors, self.tables
        found = [(one.vector_bytes, one.table_bytes) for one in self.look_ups]
        if not found or found != list(itertools.product(vectors, tables)):
            raise ValueError(
                "look_ups must have each vector with each table once, ordered by vector and table"
            )
        rows = [one.rows for one in self.rates]
        if not rows or rows != sorted(set(rows)):
            raise ValueError("rates must be ordered by rows, each once")
        if self.memory and [one.vector_bytes for one in self.memory.vectors] != vectors:
            raise ValueError("memory.vectors must be those of look_ups, in order")
        return self

    @property
    def vectors(self) -> list[int]:
        """Value of the vectors there are, in bytes."""
        return sorted({one.vector_bytes for one in self.look_ups})

    @property
    def tables(self) -> list[int]:
        """Value of the tables there are, in bytes."""
        return sorted({one.table_bytes for one in self.look_ups})

    def look_up(self, vector_bytes: int, table_bytes: int) -> int:
        """Interpolate what one row takes, in picoseconds, linearly in both sizes.

        Outside of the grid the nearest table counts; a vector must lie inside, or GuardlaneError.
        """
        vectors, tables = self._check(vector_bytes), self.tables
        times = [one.picoseconds for one in self.look_ups]
        columns = [
            _between(tables, times[first : first + len(tables)], table_bytes)
            for first in range(0, len(times), len(tables))
        ]
        return _between(vectors, columns, vector_bytes)

    def popular(
        self, vector_bytes: int, shares: Sequence[float], second: float, reads: Sequence[float]
    ) -> int:
        """Value of what a row takes of which is known what comes from where, in picoseconds.

        `shares` of its lines come from each level, four in all; `second` look-ups go to the second
        TLB and `reads` entries of page tables come from each level, both a row.
        Raises GuardlaneError for a table without memory and a vector outside of the grid.
        """
        if self.memory is None:
            raise GuardlaneError(
                f"service table of {self.core}: has no memory, so all rows must be alike"
            )
        vectors = self._check(vector_bytes)
        times = [
            one.issue + sum(share * time for share, time in zip(shares, one.levels, strict=True))
            for one in self.memory.vectors
        ]
        walked = sum(
            count * time for count, time in zip(reads, self.memory.table_read, strict=True)
        )
        translation = round(second * self.memory.second_tlb + walked)
        return translation + _between(vectors, [round(time) for time in times], vector_bytes)

    def bag(self, vector_bytes: int, table_bytes: int, rows: int) -> int:
        """Value of what a bag of `rows` rows (0 or more) takes, in picoseconds."""
        if rows < 0:
            raise GuardlaneError(f"rows of a bag must be 0 or more, not {rows}")
        return self.bag_picoseconds + rows * self.look_up(vector_bytes, table_bytes)

    def layer(self, rows: int, inputs: int, outputs: int) -> int:
        """Value of what `rows` items take in a dense layer of inputs x outputs, in picoseconds."""
        if min(rows, inputs, outputs) < 1:
            raise GuardlaneError(
                f"rows, inputs and outputs of a layer must be 1 or more, not {rows}, {inputs} and "
                f"{outputs}"
            )
        mflops = _between(
            [one.rows for one in self.rates], [one.mflops for one in self.rates], rows
        )
        return self.layer_picoseconds + -(-2 * rows * inputs * outputs * 1_000_000 // mflops)

    def _check(self, vector_bytes: int) -> list[int]:
        """Value of the vectors there are, among which `vector_bytes` must lie."""
        vectors = self.vectors
        if not vectors[0] <= vector_bytes <= vectors[-1]:
            raise GuardlaneError(
                f"service table of {self.core}: a vector must be {vectors[0]} to {vectors[-1]} "
                f"bytes, not {vector_bytes}"
            )
        return vectors

    @property
    def digest(self) -> str:
        """Value of the identity of the table: BLAKE2b-128 of its JSON, 32 hex digits."""
        return hashlib.blake2b(self._json().encode(), digest_size=16).hexdigest()

    def to_json(self) -> str:
        """Write the table, with its digest, as JSON: sorted keys, a look-up a line."""
        body = json.loads(self._json())
        lines = {name: json.dumps(value, sort_keys=True) for name, value in body.items()}
        for name in ("look_ups", "rates"):
            rows = ",\n  ".join(json.dumps(row, sort_keys=True) for row in body[name])
            lines[name] = f"[\n  {rows}\n]"
        lines |= {"format": json.dumps(FORMAT), "digest": json.dumps(self.digest)}
        return "{\n" + ",\n".join(f'"{key}": {lines[key]}' for key in sorted(lines)) + "\n}\n"

    def _json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, name: str) -> Self:
        """Read a table; a GuardlaneError names it, as `name`, and what is wrong with it."""
        try:
            body = json.loads(text)
        except json.JSONDecodeError as reason:
            raise GuardlaneError(f"{name}:{reason.lineno}:{reason.colno}: {reason.msg}") from None
        except RecursionError:
            raise GuardlaneError(f"{name}: is nested too deeply") from None
        if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
            raise GuardlaneError(f"{name}: must be a service table of format {FORMAT!r}")
        digest = body.pop("digest", None)
        try:
            table = cls.model_validate_json(json.dumps(body))
        except ValidationError as reason:
            first = reason.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            said = first["msg"].removeprefix("Value error, ")
            raise GuardlaneError(": ".join(filter(None, (name, where, said)))) from None
        except GuardlaneError as reason:  # a citation that says too little
            raise GuardlaneError(f"{name}: {reason}") from None
        if digest != table.digest:
            raise GuardlaneError(
                f"{name}: digest must be {table.digest}, not {digest}: the table was changed"
            )
        return table

    @classmethod
    def shipped(cls, name: str) -> Self:
        """Read a table that came along, such as `xeon-gold-6138-fp32`; GuardlaneError lists them.

        They are what `guardlane run server-core --freeze` writes.
        """
        names = sorted(path.stem for path in SHIPPED.glob("*.json"))
        if name not in names:
            raise GuardlaneError(f"service table must be one of {', '.join(names)}, not {name!r}")
        return cls.read(SHIPPED / f"{name}.json")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table from a file; a GuardlaneError names it."""
        return cls.from_json(read_text(path, MOST_BYTES), str(path))


def _between(places: Sequence[int], values: Sequence[int], at: int) -> int:
    """Interpolate linearly in integers, rounded down; the nearest value outside of `places`."""
    after = bisect_left(places, at)
    if after == 0:
        return values[0]
    if after == len(places):
        return values[-1]
    low, high = places[after - 1], places[after]
    step = values[after] - values[after - 1]
    return values[after - 1] + step * (at - low) // (high - low)
