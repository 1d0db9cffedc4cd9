# SPDX-License-Identifier: Apache-2.0
"""The tables of a store, their version, and how an older one becomes the newest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guardlane.errors import GuardlaneError

APPLICATION = 0x67756172  # "guar", in the header of the file
# Entry n makes version n + 1 of version n. One that was published never changes.
MIGRATIONS = (
    """
    -- Settings that most points share. A point has those that differ, so that a million are small.
    CREATE TABLE base (
        id INTEGER PRIMARY KEY, workload TEXT NOT NULL, code TEXT NOT NULL, versions TEXT NOT NULL,
        settings TEXT NOT NULL, UNIQUE (workload, code, versions)
    );
    CREATE TABLE point (
        key TEXT PRIMARY KEY, base INTEGER NOT NULL REFERENCES base, changes TEXT NOT NULL,
        absent TEXT NOT NULL, config_hash TEXT NOT NULL, outcome TEXT NOT NULL,
        metrics TEXT NOT NULL, guest_sha256 TEXT, seconds REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE failure (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, message TEXT NOT NULL, tries INTEGER NOT NULL,
        output TEXT NOT NULL, command TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE study (name TEXT PRIMARY KEY, about TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE planned (
        study TEXT NOT NULL, place INTEGER NOT NULL, key TEXT NOT NULL, axes TEXT NOT NULL,
        PRIMARY KEY (study, place)
    ) WITHOUT ROWID;
    CREATE INDEX planned_key ON planned (key);
    """,
    """
    -- What a study wants, in the order in which points are found, its axes written once.
    CREATE TABLE cell (
        study TEXT NOT NULL, place INTEGER NOT NULL, axes TEXT NOT NULL, PRIMARY KEY (study, place)
    ) WITHOUT ROWID;
    CREATE TABLE wanted (
        study TEXT NOT NULL, key TEXT NOT NULL, cell INTEGER NOT NULL, seed INTEGER,
        place INTEGER NOT NULL, PRIMARY KEY (study, key)
    ) WITHOUT ROWID;
    INSERT INTO cell SELECT study, rank() OVER (PARTITION BY study ORDER BY place) - 1, axes FROM (
        SELECT study, min(place) AS place, json_remove(axes, '$.seed') AS axes FROM planned
        GROUP BY study, json_remove(axes, '$.seed')
    );
    INSERT INTO wanted
        SELECT planned.study, key, cell.place,
            CAST(json_extract(planned.axes, '$.seed') AS INTEGER), planned.place
        FROM planned JOIN cell ON cell.study = planned.study
            AND cell.axes = json_remove(planned.axes, '$.seed');
    DROP TABLE planned;
    ALTER TABLE study ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    """,
)
NEWEST = len(MIGRATIONS)


def check(connection: sqlite3.Connection, path: Path) -> int:
    """Value of the version of the store; 0 for a new file.

    Raises GuardlaneError for another program's database and for a version newer than NEWEST.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    has_tables = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    if has_tables and application != APPLICATION:
        raise GuardlaneError(f"{path}: is a database of another program")
    if version > NEWEST:
        raise GuardlaneError(
            f"{path}: is a store of version {version}, newer than {NEWEST}, the newest that this "
            "guardlane reads; install a newer one"
        )
    return version


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the tables from `version` to the newest, all steps or none."""
    if version == NEWEST:
        return
    connection.execute("BEGIN EXCLUSIVE")
    for step in MIGRATIONS[version:]:
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {NEWEST}")
    connection.execute("COMMIT")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says of the file at `path` into a GuardlaneError of one line."""
    try:
        yield
    except sqlite3.Error as reason:
        name = str(getattr(reason, "sqlite_errorname", ""))
        if name == "SQLITE_FULL":
            said = "the disk is full; what was stored is safe: make room and start again"
        elif name.startswith("SQLITE_IOERR_WRITE"):
            said = "cannot be written further; what was stored is safe: make room and start again"
        elif name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            said = f"is damaged, or no store at all ({reason}); nothing was written to it"
        else:
            said = f"{reason} ({name})"
        raise GuardlaneError(f"{path}: {said}") from None
