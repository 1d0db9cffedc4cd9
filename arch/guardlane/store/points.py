# SPDX-License-Identifier: Apache-2.0
"""What a store holds, as plain values: finished points, failed ones, and studies that want them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Point:
    """One finished run: what was asked, how it ended, and the numbers by which it is judged.

    `key` names it by content (32 hex digits), `code` is the digest of the model that ran it,
    `settings` are the resolved ones by dotted name, in base units. Nothing is from clock or
    machine but `seconds`, the CPU time it took, which is in no export.
    """

    key: str
    workload: str
    code: str
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    config_hash: str
    outcome: str
    metrics: Mapping[str, Any]
    guest_sha256: str | None = None
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Failure:
    """One point that the tool could not run, after so many `tries`.

    `kind` is `refused` (the workload would not run it), `fault` (an error in its code), `died`,
    `time` or `memory`; `output` is the last that its worker wrote, `command` runs it again.
    """

    key: str
    kind: str
    message: str
    tries: int
    output: str
    command: str


@dataclass(frozen=True)
class Planned:
    """One point that a study wants, called by the values of its axes as one types them.

    Those of its combination are in `cell`, which points that differ in their `seed` only share.
    """

    key: str
    cell: Mapping[str, str]
    seed: int | None = None

    @property
    def axes(self) -> dict[str, str]:
        """Value of what the study gave it, the seed last."""
        return {**self.cell, **({} if self.seed is None else {"seed": str(self.seed)})}


class Run(NamedTuple):
    """One point of a study as a mean takes it: the place of its combination, and some metrics.

    Without an `outcome` there is no result yet, or none to be had.
    """

    cell: int
    outcome: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Study:
    """What a study is about: its title, its workload, the axes it varies, the metrics it wants."""

    name: str
    title: str
    workload: str
    axes: tuple[str, ...]
    metrics: tuple[Mapping[str, str], ...]  # name, unit, sentence, better
    has_seeds: bool


def text_of(value: Any) -> str:
    """Value of plain data as canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Value of nested tables as one, with dotted names; an empty table stays a value."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
