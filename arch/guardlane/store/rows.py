# SPDX-License-Identifier: Apache-2.0
"""A finished point as a row: what most points share is written once; a million are small."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from guardlane.store.points import Point, text_of

Bases = dict[tuple[str, str, str], tuple[int, dict[str, Any]]]
POINTS = """
    SELECT point.key, workload, code, versions, settings, changes, absent, config_hash, outcome,
        metrics, guest_sha256, seconds FROM point JOIN base ON base.id = point.base
"""


def insert(db: sqlite3.Connection, point: Point, bases: Bases) -> None:
    """Put a point in; `bases` are those that are known, and get more."""
    about = (point.workload, point.code, text_of(point.versions))
    if about not in bases:
        bases[about] = _base(db, about, point.settings)
    number, base = bases[about]
    own = point.settings
    changes = {n: own[n] for n in own if n not in base or text_of(base[n]) != text_of(own[n])}
    absent = [name for name in base if name not in own]
    row = (
        point.key, number, text_of(changes), text_of(absent), point.config_hash, point.outcome,
        text_of(point.metrics), point.guest_sha256, point.seconds,
    )  # fmt: skip
    db.execute("INSERT OR REPLACE INTO point VALUES (?,?,?,?,?,?,?,?,?)", row)
    db.execute("DELETE FROM failure WHERE key = ?", (point.key,))


def _base(
    db: sqlite3.Connection, about: tuple[str, str, str], settings: Mapping[str, Any]
) -> tuple[int, dict[str, Any]]:
    asked = "SELECT id, settings FROM base WHERE (workload, code, versions) = (?, ?, ?)"
    found = db.execute(asked, about).fetchone()
    if found is None:
        put = "INSERT INTO base (workload, code, versions, settings) VALUES (?, ?, ?, ?)"
        db.execute(put, (*about, text_of(settings)))
        found = db.execute(asked, about).fetchone()
    return found[0], json.loads(found[1])


def point_of(row: Sequence[Any]) -> Point:
    """Value of a row of POINTS as the point that was put in."""
    key, workload, code, versions, base, changes, absent, config_hash, outcome, *rest = row
    metrics, guest, seconds = rest
    settings = _shared(base) | json.loads(changes)
    for name in json.loads(absent):
        del settings[name]
    return Point(
        key, workload, code, _shared(versions), settings, config_hash, outcome,
        json.loads(metrics), guest, seconds,
    )  # fmt: skip


@lru_cache(64)
def _shared(text: str) -> dict[str, Any]:
    """Value of what many rows have in common; nobody changes it."""
    found: dict[str, Any] = json.loads(text)
    return found
