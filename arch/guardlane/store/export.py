# SPDX-License-Identifier: Apache-2.0
"""A store as one table: a row a point, in the order of keys, with nothing from clock or machine.

The same points give the same bytes, whoever computed them, in whatever order.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import IO, Any

from guardlane.errors import GuardlaneError
from guardlane.store.points import Failure, Point
from guardlane.store.store import Store

FIRST = ("key", "workload", "outcome", "failure")
BATCH = 50_000  # rows that are held at a time for Parquet
LAST = ("config_hash", "guest_sha256", "code", "versions")


def columns(store: Store, study: str | None = None, *, every: bool = False) -> list[str]:
    """Value of the columns: what every point has, `metric.NAME`, `setting.NAME`."""
    metrics: set[str] = set()
    settings: set[str] = set()
    for point in store.points(study, every=every):
        metrics.update(point.metrics)
        settings.update(point.settings)
    named = [f"metric.{name}" for name in sorted(metrics)]
    return [*FIRST, *named, *(f"setting.{name}" for name in sorted(settings)), *LAST]


def rows(
    store: Store, study: str | None = None, *, every: bool = False
) -> Iterator[dict[str, Any]]:
    """List the rows: of a point its values, of a failed one its key and the kind of its failure."""
    finished: Iterator[Point | Failure] = store.points(study, every=every)
    for one in merge(finished, store.failures(study, every=every), key=lambda one: one.key):
        yield _row(one)


def write_csv(store: Store, path: Path, study: str | None = None, *, every: bool = False) -> int:
    """Write the table as CSV (RFC 4180, but `\\n` ends a line) and give its number of rows.

    No value is an empty cell, lists are JSON, floats are the shortest text that reads back exact.
    The file is there as a whole or not at all; raises GuardlaneError when it cannot be written.
    """
    heads = columns(store, study, every=every)
    count = 0
    with _whole(path, "w") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(heads)
        for row in rows(store, study, every=every):
            out.writerow([_cell(row.get(head)) for head in heads])
            count += 1
    return count


def write_parquet(
    store: Store, path: Path, study: str | None = None, *, every: bool = False
) -> int:
    """Write the table as Parquet (zstd), as `write_csv` does; needs pyarrow.

    A column is of truth values, whole numbers, floats or text, whichever holds all it has.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise GuardlaneError("--parquet needs pyarrow: pip install 'guardlane[sweep]'") from None
    heads = columns(store, study, every=every)
    kinds: dict[str, set[type]] = {head: set() for head in heads}
    for row in rows(store, study, every=every):
        for head, value in row.items():
            kinds[head].add(type(value))
    names = {head: _kind(found - {type(None)}) for head, found in kinds.items()}
    fields = [(head, getattr(pyarrow, name)()) for head, name in names.items()]
    schema, count = pyarrow.schema(fields), 0
    with _whole(path, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as out:
        for batch in batched(rows(store, study, every=every), BATCH):
            table = [{h: _as(names[h], row.get(h)) for h in heads} for row in batch]
            out.write_table(pyarrow.Table.from_pylist(table, schema))
            count += len(table)
    return count


def batched(source: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Cut what comes into lists of `size`, the last one shorter."""
    while batch := list(islice(source, size)):
        yield batch


def _kind(found: set[type]) -> str:
    if found == {bool}:
        return "bool_"
    if found == {int}:
        return "int64"
    return "float64" if found and found <= {int, float} else "string"


def _as(kind: str, value: Any) -> Any:
    if value is None or kind in ("bool_", "int64"):
        return value
    return float(value) if kind == "float64" else _cell(value)


def _row(one: Point | Failure) -> dict[str, Any]:
    if isinstance(one, Failure):
        return {"key": one.key, "outcome": "failed", "failure": one.kind}
    return {
        "key": one.key,
        "workload": one.workload,
        "outcome": one.outcome,
        **{f"metric.{name}": value for name, value in one.metrics.items()},
        **{f"setting.{name}": value for name, value in one.settings.items()},
        "config_hash": one.config_hash,
        "guest_sha256": one.guest_sha256,
        "code": one.code,
        "versions": " ".join(f"{name}={one.versions[name]}" for name in sorted(one.versions)),
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else str(value)


@contextmanager
def _whole(path: Path, mode: str) -> Iterator[IO[Any]]:
    """Open a file that takes the place of the file at `path` when it is complete."""
    staging: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".unfinished-", dir=path.parent)
        staging = Path(name)
        how: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
        with os.fdopen(handle, mode, **how) as file:
            yield file
            file.flush()
            os.fsync(handle)
        staging.chmod(0o644)
        staging.replace(path)
    except OSError as reason:
        raise GuardlaneError(f"{path}: {reason.strerror or reason}") from None
    finally:
        if staging is not None:
            staging.unlink(missing_ok=True)
