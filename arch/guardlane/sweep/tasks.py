# SPDX-License-Identifier: Apache-2.0
"""A point as an engine runs it, and what points have in common that differ in their seeds only."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from guardlane.config import Settings
from guardlane.sweep.keys import PointKeys
from guardlane.units import Read


@dataclass(frozen=True, eq=False)
class Cell:
    """What points that differ in their seeds only have in common.

    `settings` is JSON of all settings as one types them, `axes` are the values that the study gave
    them, `options` those of the command that runs one of them alone. Cells of one `group` take the
    same seeds where a study does not name them.
    """

    workload: str
    settings: str
    axes: Mapping[str, str]
    options: Sequence[str]
    keys: PointKeys
    group: str = ""

    def task(self, seed: int | None) -> Task:
        """Value of its point that has this seed; None is for the one of its settings."""
        return Task(self.keys.of(seed), self, seed)


@dataclass(frozen=True, slots=True)
class Task:
    """One point as an engine runs it; a study may have a million, so it is small."""

    key: str
    cell: Cell
    seed: int | None

    @property
    def axes(self) -> dict[str, str]:
        """Value of what the study gave it, the seed last."""
        seed = {} if self.seed is None else {"seed": str(self.seed)}
        return {**self.cell.axes, **seed}

    @property
    def command(self) -> str:
        """Value of the command that runs it alone."""
        seed = [] if self.seed is None else [f"seed={self.seed}"]
        words = (f"--set {shlex.quote(word)}" for word in (*self.cell.options, *seed))
        return " ".join((f"guardlane run {self.cell.workload}", *words))

    @property
    def asked(self) -> dict[str, Any]:
        """Value of what a worker must know to run it, as JSON-able data."""
        cell = self.cell
        return {
            "key": self.key, "workload": cell.workload, "settings": cell.settings,
            "seed": self.seed,
        }  # fmt: skip


def spoken(settings: Settings) -> dict[str, Any]:
    """Value of settings as JSON-able data that builds the very same settings, `NotIdentity` too."""
    return {name: _plain(getattr(settings, name)) for name in type(settings).model_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, Settings):
        return spoken(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Read | PurePath):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value
