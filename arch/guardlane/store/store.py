# SPDX-License-Identifier: Apache-2.0
"""A store opened to be read or written: points by key, committed in groups, never lost once in."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from guardlane.errors import GuardlaneError
from guardlane.store.lock import WriterLock
from guardlane.store.plans import read_cells, read_plan, read_runs, read_wanted, write_plan
from guardlane.store.points import Failure, Planned, Point, Run, Study
from guardlane.store.rows import POINTS, Bases, insert, point_of
from guardlane.store.schema import NEWEST, check, migrate, told

GROUP = 64  # results that are committed together at most ...
WAIT = 0.05  # ... and seconds that one waits for others at most
ASKED = 500  # keys that one query names at most
FEW = 10_000  # keys that are looked up; for more, all that there are are read


class Store:
    """A file of finished points.

    A writer makes the file if need be and is the only one; it raises GuardlaneError with the pid of
    the other. What `put` took is safe after `commit`, whatever happens to the process; with
    `durable` also when the machine loses power. A reader sees what is committed, while one writes.
    Every error is one line that names the file.
    """

    def __init__(self, path: Path, *, write: bool = False, durable: bool = False) -> None:
        self.path = path
        self._lock = WriterLock(path) if write else None
        self._waiting: list[Point | Failure] = []
        self._since = 0.0
        self._bases: Bases = {}
        try:
            with told(path):
                self._open(write, durable)
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise

    def _open(self, write: bool, durable: bool) -> None:
        if not write and not self.path.is_file():
            raise GuardlaneError(f"{self.path}: no such store")
        self._db = self._connect("rwc" if write else "ro")
        try:
            try:
                version = check(self._db, self.path)
            except sqlite3.OperationalError as reason:
                if write or not reason.sqlite_errorname.startswith("SQLITE_READONLY"):
                    raise
                self._db.close()  # its writer was killed as it tidied up, which is to be undone
                self._db = self._connect("rw")
                version = check(self._db, self.path)
                self._db.execute("PRAGMA query_only = ON")
            if not write:
                if version == 0:
                    raise GuardlaneError(f"{self.path}: holds nothing yet")
                if version < NEWEST:
                    raise GuardlaneError(
                        f"{self.path}: is a store of version {version}; a sweep into it brings it "
                        f"to {NEWEST}"
                    )
                return
            if version and self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise GuardlaneError(f"{self.path}: is damaged; nothing was written to it")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            migrate(self._db, version)
        except BaseException:
            self._db.close()
            raise

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(address, uri=True, isolation_level=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, reason: object, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            if self._lock is not None:
                with suppress(sqlite3.Error):  # one file at rest, unless somebody is reading
                    self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
            if self._lock is not None:
                self._lock.release()

    # What is there

    def finished(self, keys: Iterable[str]) -> set[str]:
        """Value of those of `keys` whose points are stored."""
        return self._among("point", keys)

    def failed(self, keys: Iterable[str]) -> set[str]:
        """Value of those of `keys` whose points failed and have not finished since."""
        return self._among("failure", keys)

    def _among(self, table: str, keys: Iterable[str]) -> set[str]:
        asked = list(keys)
        with told(self.path):
            if len(asked) <= FEW:
                return {key for (key,) in self._rows(f"SELECT key FROM {table}", asked)}
            there = {key for (key,) in self._db.execute(f"SELECT key FROM {table}")}
            return there.intersection(asked)

    def _rows(self, select: str, keys: Sequence[str]) -> Iterator[Any]:
        """Read the rows of `keys`, some at a time."""
        for start in range(0, len(keys), ASKED):
            some = keys[start : start + ASKED]
            marks = ",".join("?" * len(some))
            yield from self._db.execute(f"{select} WHERE key IN ({marks})", some)

    def points(self, study: str | None = None, *, every: bool = False) -> Iterator[Point]:
        """Read points in the order of their keys: those of a study, of any study, or every one."""
        where, values = _wanted("point", study, every)
        with told(self.path):
            for row in self._db.execute(f"{POINTS} {where} ORDER BY point.key", values):
                yield point_of(row)

    def failures(self, study: str | None = None, *, every: bool = False) -> Iterator[Failure]:
        """Read failed points in the order of their keys, chosen as `points` does."""
        where, values = _wanted("failure", study, every)
        with told(self.path):
            for row in self._db.execute(f"SELECT * FROM failure {where} ORDER BY key", values):
                yield Failure(*row)

    def studies(self) -> list[Study]:
        """Value of the studies by name."""
        with told(self.path):
            rows = self._db.execute("SELECT about FROM study ORDER BY name").fetchall()
        return [_study(text) for (text,) in rows]

    def planned(self, study: str) -> Iterator[Planned]:
        """Read what a study wants, in its order."""
        with told(self.path):
            yield from read_plan(self._db, study)

    def wanted(self, study: str, key: str) -> dict[str, str]:
        """Value of what a study gives to the point `key`; empty when it does not want it."""
        with told(self.path):
            found = read_wanted(self._db, study, key)
        return found.axes if found else {}

    def cells(self, study: str) -> list[Mapping[str, str]]:
        """Value of the combinations of axes that a study wants, in its order."""
        with told(self.path):
            return read_cells(self._db, study)

    def runs(self, study: str, metrics: Sequence[str]) -> Iterator[Run]:
        """Read what a mean needs of every point of a study: quick, and none of them held."""
        with told(self.path):
            yield from read_runs(self._db, study, metrics)

    def values(self, metric: str, keys: Sequence[str]) -> dict[str, float | None]:
        """Value of a metric of those of `keys` whose points are stored; None: it has none."""
        found: dict[str, float | None] = {}
        with told(self.path):
            for key, text in self._rows("SELECT key, metrics FROM point", keys):
                value = json.loads(text).get(metric)
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
                found[key] = float(value) if is_number else None
        return found

    def seconds(self, workload: str) -> float | None:
        """Value of the mean CPU seconds of a point of `workload`; None when there is none."""
        asked = (
            "SELECT avg(seconds) FROM point JOIN base ON base.id = point.base WHERE workload = ?"
        )
        with told(self.path):
            found: float | None = self._db.execute(asked, (workload,)).fetchone()[0]
        return found

    def size(self) -> tuple[int, int]:
        """Value of the number of points and of the bytes of the file."""
        with told(self.path):
            count = self._db.execute("SELECT count(*) FROM point").fetchone()[0]
            pages = self._db.execute("PRAGMA page_count").fetchone()[0]
            return count, pages * self._db.execute("PRAGMA page_size").fetchone()[0]

    # What is put in

    def plan(self, study: Study, points: Iterable[Planned]) -> None:
        """Say what a study wants, instead of what one of that name wanted before."""
        with told(self.path):
            write_plan(self._db, study, points)

    def forget_failures(self, keys: Iterable[str]) -> None:
        """Strike the failures of `keys`, so that they are tried again."""
        with told(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM failure WHERE key = ?", [(key,) for key in keys])

    def put(self, result: Point | Failure) -> None:
        """Take a result, to be committed with the next group."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(result)
        if len(self._waiting) >= GROUP:
            self.commit()

    def commit_if_due(self) -> None:
        """Commit when the oldest result has waited long enough."""
        if self._waiting and time.monotonic() - self._since >= WAIT:
            self.commit()

    def commit(self) -> None:
        """Make all that was put safe: all of it, or on an error none of it."""
        if not self._waiting:
            return
        with told(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            bases = dict(self._bases)
            for one in self._waiting:
                if isinstance(one, Failure):
                    row = (one.key, one.kind, one.message, one.tries, one.output, one.command)
                    self._db.execute("INSERT OR REPLACE INTO failure VALUES (?,?,?,?,?,?)", row)
                else:
                    insert(self._db, one, bases)
        self._bases = bases
        self._waiting.clear()


def _wanted(table: str, study: str | None, every: bool) -> tuple[str, tuple[str, ...]]:
    if study is not None:
        return f"WHERE {table}.key IN (SELECT key FROM wanted WHERE study = ?)", (study,)
    return ("" if every else f"WHERE {table}.key IN (SELECT key FROM wanted)"), ()


def _study(text: str) -> Study:
    about = json.loads(text)
    return Study(**{**about, "axes": tuple(about["axes"]), "metrics": tuple(about["metrics"])})
