# SPDX-License-Identifier: Apache-2.0
"""What studies want, as tables: a row a combination of axes, a row a point, sorted by key."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from guardlane.store.points import Planned, Run, Study, text_of


def write_plan(db: sqlite3.Connection, study: Study, points: Iterable[Planned]) -> None:
    """Put a plan in the place of what its study wanted before; an equal one writes nothing.

    A million points take 4 s of CPU time the first time, and 2 s when they are there already.
    """
    about = text_of(asdict(study))
    digest = hashlib.blake2b(about.encode(), digest_size=16)
    cells: dict[str, int] = {}
    rows: list[tuple[str, str, int, int | None, int]] = []
    before: Mapping[str, str] | None = None
    number = 0
    for place, one in enumerate(points):
        if one.cell is not before:  # points of a combination come one after the other
            before = one.cell
            text = text_of(before)
            number = cells.setdefault(text, len(cells))
            digest.update(text.encode())
        digest.update(f"{one.key}{one.seed}".encode())
        rows.append((study.name, one.key, number, one.seed, place))
    found = digest.hexdigest()
    asked = "SELECT 1 FROM study WHERE (name, digest) = (?, ?)"
    if db.execute(asked, (study.name, found)).fetchone():
        return
    rows.sort(key=lambda row: row[1])  # as the table has them, so that it grows at its end
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT OR REPLACE INTO study VALUES (?, ?, ?)", (study.name, about, found))
        for table in ("cell", "wanted"):
            db.execute(f"DELETE FROM {table} WHERE study = ?", (study.name,))
        named = ((study.name, place, text) for text, place in cells.items())
        db.executemany("INSERT INTO cell VALUES (?, ?, ?)", named)
        db.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?)", rows)


def read_plan(db: sqlite3.Connection, study: str) -> Iterator[Planned]:
    """Read what a study wants, in its order; points of a combination share its mapping."""
    cells = dict(enumerate(read_cells(db, study)))
    asked = "SELECT key, cell, seed FROM wanted WHERE study = ? ORDER BY place"
    for key, cell, seed in db.execute(asked, (study,)):
        yield Planned(key, cells[cell], seed)


def read_wanted(db: sqlite3.Connection, study: str, key: str) -> Planned | None:
    """Value of the point `key` as a study wants it; None when it does not."""
    asked = (
        "SELECT axes, seed FROM wanted JOIN cell ON (cell.study, cell.place) = (wanted.study, cell)"
        "WHERE (wanted.study, key) = (?, ?)"
    )
    row = db.execute(asked, (study, key)).fetchone()
    return Planned(key, json.loads(row[0]), row[1]) if row else None


def read_cells(db: sqlite3.Connection, study: str) -> list[Mapping[str, str]]:
    """Value of the combinations of axes of a study, in its order."""
    asked = "SELECT axes FROM cell WHERE study = ? ORDER BY place"
    return [json.loads(axes) for (axes,) in db.execute(asked, (study,))]


def read_runs(db: sqlite3.Connection, study: str, metrics: Sequence[str]) -> Iterator[Run]:
    """Read all points of a study in the order of keys; what has no result has no outcome."""
    asked = (
        "SELECT cell, outcome, metrics FROM wanted LEFT JOIN point ON point.key = wanted.key "
        "WHERE study = ? ORDER BY wanted.key"
    )
    nothing = (None,) * len(metrics)
    for cell, outcome, text in db.execute(asked, (study,)):
        if outcome is None:
            yield Run(cell, None, nothing)
        else:
            found = json.loads(text)
            yield Run(cell, outcome, tuple(found.get(name) for name in metrics))
