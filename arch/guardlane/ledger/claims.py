# SPDX-License-Identifier: Apache-2.0
"""A claim: what a paper says, where, what would bear it out, and how to put it to the test.

Claims stand in TOML files, read strictly: every mistake is reported at once with its place. What is
only recollected of a paper may be written down too, and put to a test, but has no quote and no
verdict.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from guardlane.cite import chosen
from guardlane.config import Settings, resolved
from guardlane.errors import ConfigError, GuardlaneError, UsageError
from guardlane.ledger.test import Test
from guardlane.ledger.texts import ABSENT, Name, Text, is_plain
from guardlane.sources import build, did_you_mean, from_file

SHIPPED = Path(__file__).parent / "claims"
MOST_FILES = 64  # of claims in a folder
LONGEST_QUOTE = 300  # characters: a quotation, not a copy


class Band(Settings):
    """Values that bear a claim out, both ends included; an end that is left out is open."""

    low: Annotated[float | None, chosen("least", unit="as `unit`", why="open end")] = None
    high: Annotated[float | None, chosen("most", unit="as `unit`", why="open end")] = None
    unit: Name

    @model_validator(mode="after")
    def _has_ends_in_order(self) -> Band:
        if self.low is None and self.high is None:
            raise ValueError("must have low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low must be at most high, not {self.low:g} > {self.high:g}")
        return self

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.low is None:
            return f"at most {self.high:g}{unit}"
        if self.high is None:
            return f"at least {self.low:g}{unit}"
        return f"{self.low:g} to {self.high:g}{unit}"


class Claim(Settings):
    """One statement of a paper, as this project uses it.

    `known` explains a contrasting verdict; `untested` says why there is no test.
    """

    id: Annotated[Name, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
    kind: Literal["claim", "recollection"]
    statement: Text
    reference: Name
    locator: Annotated[str, ABSENT] = ""
    quote: Annotated[str, Field(max_length=LONGEST_QUOTE), ABSENT] = ""
    scope: Annotated[str, ABSENT] = ""
    band: Annotated[Band | None, chosen("accepted", unit="table", why="may be untested")] = None
    why: Annotated[str, ABSENT] = ""
    known: Annotated[str, ABSENT] = ""
    untested: Annotated[str, ABSENT] = ""
    test: Annotated[Test | None, chosen("how", unit="table", why="may be untested")] = None

    @model_validator(mode="after")
    def _is_whole(self) -> Claim:
        for name in ("locator", "quote", "scope", "why", "known", "untested"):
            text = getattr(self, name)
            if text:
                try:
                    is_plain(text)
                except ValueError as reason:
                    raise ValueError(f"{name} {reason}") from None
        needed: tuple[str, ...] = ("locator", "quote", "scope", "why", "band")
        if self.kind == "recollection":
            if self.quote:
                raise ValueError("a recollection is never scored: it must have no quote")
            needed = ("scope", "why", "band") if self.test else ()
        for name in needed:
            if not getattr(self, name):
                raise ValueError(f"claim {self.id} must have its {name}")
        is_both, is_neither = self.test and self.untested, not self.test and not self.untested
        if is_both or (is_neither and self.kind == "claim"):
            raise ValueError(f"claim {self.id} must have either a test or a reason in `untested`")
        return self

    @property
    def hash(self) -> str:
        """Value of what evidence is about: BLAKE2b-128 of all that decides the verdict.

        Seeds are not part of it, nor are `why`, `known` and `untested`.
        """
        judged = resolved(self)
        for name in ("why", "known", "untested"):
            del judged[name]
        if self.test is not None:
            unsaid = {"seeds"} if self.test.against else {"seeds", "against"}
            judged["test"] = {k: v for k, v in judged["test"].items() if k not in unsaid}
        text = json.dumps(judged, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class ClaimFile(Settings):
    """One file of claims; `reviewed` is the day its quotes were last held against the source."""

    reviewed: datetime.date
    claim: tuple[Claim, ...]


@dataclass(frozen=True)
class Claims:
    """Claims in the order of their files and lines."""

    listed: tuple[Claim, ...]
    reviewed: datetime.date  # the latest of all files

    def named(self, name: str) -> Claim:
        """Value of the claim called `name`; raises GuardlaneError with the likeliest one."""
        found = {claim.id: claim for claim in self.listed}
        if name not in found:
            raise UsageError(f"no claim is called {name!r}{did_you_mean(name, found)}")
        return found[name]

    def testable(self, pattern: str) -> list[Claim]:
        """Value of the claim of that name, or of those with a test that `paper-*` stands for.

        Raises UsageError when there is none.
        """
        if "*" not in pattern:
            return [self.named(pattern)]
        found = [one for one in self.listed if one.test and fnmatchcase(one.id, pattern)]
        if not found:
            raise UsageError(f"no claim with a test is called {pattern!r}")
        return found


def read_claims(folder: Path = SHIPPED) -> Claims:
    """Read every `*.toml` of a folder, by name; a ConfigError has all mistakes with their places.

    Raises GuardlaneError when there is no such folder or no claim in it.
    """
    try:
        paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    except OSError as reason:
        raise GuardlaneError(f"{folder}: {reason.strerror or reason}") from None
    if not paths or len(paths) > MOST_FILES:
        raise GuardlaneError(
            f"{folder}: must be a folder with 1 to {MOST_FILES} TOML files of claims, "
            f"not {len(paths)}"
        )
    files: list[tuple[Path, ClaimFile]] = []
    problems: list[str] = []
    for path in paths:
        try:
            files.append((path, build(ClaimFile, [from_file(path)])))
        except ConfigError as reason:
            problems.extend(reason.problems)
    problems.extend(_twice(files))
    if problems:
        raise ConfigError(problems)
    listed = tuple(claim for _, file in files for claim in file.claim)
    return Claims(listed, max(file.reviewed for _, file in files))


def _twice(files: Sequence[tuple[Path, ClaimFile]]) -> list[str]:
    places: dict[str, Path] = {}
    problems: list[str] = []
    for path, file in files:
        for claim in file.claim:
            if claim.id in places:
                problems.append(f"{path}: claim {claim.id} is in {places[claim.id]} already")
            places[claim.id] = path
    return problems
