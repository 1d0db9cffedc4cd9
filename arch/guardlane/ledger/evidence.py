# SPDX-License-Identifier: Apache-2.0
"""Evidence: what runs said about a claim, one row a line of an append-only file of JSON.

All reading and writing of that file is here, so that rows can move to another store.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.reading import read_text
from guardlane.units import SeedRange

SHIPPED = Path(__file__).parent / "evidence.jsonl"
MOST_BYTES = 1 << 24  # of a file
LONGEST = 1 << 14  # characters of a line
DEEPEST = 4  # brackets within brackets
MOST_FITTED = 16  # claims on which something was fitted


def _is_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be without control characters")
    return text


def _are_seeds(text: str) -> str:
    if str(SeedRange.parse(text)) != text:
        raise ValueError(f"must be seeds such as 1..20, not {text!r}")
    return text


Word = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_is_printable)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Evidence(Settings):
    """One row: the mean of `n` values with its 95 % interval, and all that it came from.

    `claim_hash` is of the claim as it was then, `config_hash` of the settings of every run.
    `calibrated_on` names claims on which something in these runs was fitted: the row cannot judge
    them. An interval is whole or absent.
    """

    claim: Word
    claim_hash: Hash
    config_hash: Hash
    mean: float
    low: float | None
    high: float | None
    n: Annotated[int, Field(ge=1, le=1 << 53)]
    unit: Word
    seeds: Annotated[Word, AfterValidator(_are_seeds)]
    calibrated_on: Annotated[tuple[Word, ...], Field(max_length=MOST_FITTED)]
    versions: dict[Word, Word]
    command: Word

    @model_validator(mode="after")
    def _has_a_whole_interval(self) -> Evidence:
        if (self.low is None) != (self.high is None):
            raise ValueError("must have both ends of its interval, or none")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low must be at most high, not {self.low:g} > {self.high:g}")
        return self

    def to_json(self) -> str:
        """Write the row as one line: sorted keys, shortest exact floats."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, allow_nan=False)


def read_evidence(path: Path = SHIPPED) -> list[Evidence]:
    """Read all rows in their order, equal ones once; a GuardlaneError names file and line."""
    text = read_text(path, MOST_BYTES)
    if text and not text.endswith("\n"):
        raise GuardlaneError(f"{path}:{text.count(chr(10)) + 1}: the last line is cut short")
    rows: dict[str, Evidence] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            row = _row(line)
        except (ValueError, RecursionError) as reason:
            raise GuardlaneError(f"{path}:{number}: {_printable(_said(reason))}") from None
        rows.setdefault(row.to_json(), row)
    return list(rows.values())


def append_evidence(path: Path, rows: Iterable[Evidence]) -> None:
    """Add rows to the end of a file, which is made if need be; all of them in one write.

    Raises GuardlaneError when the file is no evidence, would grow too large or cannot be written.
    """
    text = "".join(f"{row.to_json()}\n" for row in rows).encode()
    if path.exists():
        read_evidence(path)
        if path.stat().st_size + len(text) > MOST_BYTES:
            raise GuardlaneError(f"{path}: must stay within {MOST_BYTES:,} bytes; begin another")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with os.fdopen(handle, "wb", buffering=0) as file:
            if file.write(text) != len(text):
                raise GuardlaneError(f"{path}: the disk is full; the last line is cut short")
            os.fsync(handle)
    except OSError as reason:
        raise GuardlaneError(f"{path}: {reason.strerror or reason}") from None


def _row(line: str) -> Evidence:
    if len(line) > LONGEST:
        raise ValueError(f"must be {LONGEST:,} characters or less")
    if _depth(line) > DEEPEST:
        raise ValueError(f"must be nested {DEEPEST} deep or less")
    data = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_once)
    if not isinstance(data, dict):
        raise ValueError("must be an object")
    if isinstance(data.get("calibrated_on"), list):
        data["calibrated_on"] = tuple(data["calibrated_on"])
    return Evidence.model_validate(data)


def _depth(line: str) -> int:
    """Value of the deepest nesting; brackets within texts count as well, which no row needs."""
    depth = deepest = 0
    for letter in line:
        depth += (letter in "[{") - (letter in "]}")
        deepest = max(deepest, depth)
    return deepest


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _printable(text: str) -> str:
    """Value of `text` as one line that steers no terminal: it may quote a stranger's key."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _said(reason: Exception) -> str:
    if isinstance(reason, ValidationError):
        error = reason.errors(include_url=False)[0]
        name = ".".join(str(key) for key in error["loc"])
        return f"{name or 'row'}: {error['msg'].removeprefix('Value error, ')}"
    if isinstance(reason, json.JSONDecodeError):
        return f"is no JSON: {reason.msg} (column {reason.colno})"
    return str(reason)
