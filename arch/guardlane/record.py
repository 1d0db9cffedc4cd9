# SPDX-License-Identifier: Apache-2.0
"""One run's result: identical bytes for identical inputs, nothing from the clock or machine."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from typing import Any

from guardlane.errors import GuardlaneError

PACKAGES = ("guardlane", "llvmlite", "numba", "numpy")  # what a result can depend on


class Outcome(StrEnum):
    """How a run ended. Every one is a result; a guest that crashes is no failure of the tool."""

    COMPLETED = "completed"
    TRAPPED = "trapped"
    HUNG = "hung"
    DEADLOCKED = "deadlocked"
    LIMIT = "limit"


@dataclass(frozen=True)
class Record:
    """One run: what was asked, how it ended, and every number that came of it.

    `config` is resolved (see `config.resolved`). `metrics` judge the run, `statistics` are counts
    by dotted name, `series` have one value a frame, `fault_events` one mapping a fault. `files`
    (name to bytes, such as a picture) are results that stay out of the JSON, and so do `notes`,
    lines for whoever started the run (they may name a path).
    Raises GuardlaneError for a value that JSON cannot hold, NaN and infinity among them.
    """

    workload: str
    config: Mapping[str, Any]
    config_hash: str
    outcome: Outcome
    metrics: Mapping[str, Any]
    statistics: Mapping[str, int | float] = field(default_factory=dict)
    series: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    fault_events: Sequence[Mapping[str, Any]] = ()
    guest_sha256: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    notes: Sequence[str] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", Outcome(self.outcome))
        _check(self.as_dict(), f"record of {self.workload}")

    @property
    def completed(self) -> bool:
        """Whether the workload ran to its end."""
        return self.outcome is Outcome.COMPLETED

    def as_dict(self) -> dict[str, Any]:
        """Value of the record as one flat object, settings and metrics at its top.

        A table among the settings stands at the top by its `name`; whole, it is under `config`.
        """
        flat: dict[str, Any] = {
            "workload": self.workload,
            "completed": self.completed,
            "outcome": str(self.outcome),
            "config": self.config,
            "config_hash": self.config_hash,
            "statistics": self.statistics,
            "series": self.series,
            "fault_events": list(self.fault_events),
            "guest_sha256": self.guest_sha256,
            "versions": self.versions,
        }
        settings = {
            name: value.get("name") if isinstance(value, Mapping) else value
            for name, value in self.config.items()
        }
        for kind, values in (("setting", settings), ("metric", self.metrics)):
            for name, value in values.items():
                if name in flat:
                    raise GuardlaneError(f"{kind} {name} of {self.workload}: the name is taken")
                flat[name] = value
        return flat

    def to_json(self, without: Collection[str] = ()) -> str:
        """Write the record as canonical JSON: sorted keys, a line a key, shortest exact floats.

        Keys in `without` are left out.
        """
        flat = self.as_dict()
        kept = sorted(flat.keys() - set(without))
        lines = (f"{_dumps(name)}: {_dumps(flat[name])}" for name in kept)
        return "{\n" + ",\n".join(lines) + "\n}\n"


def versions() -> dict[str, str]:
    """Value of the versions of everything installed that a result can depend on."""
    return {name: metadata.version(name) for name in PACKAGES}


def _dumps(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(", ", ": "), allow_nan=False)


def _check(value: Any, where: str) -> None:
    """Refuse what would not come back from JSON as it went in."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise GuardlaneError(f"{where} must have names that are text, not {key!r}")
            _check(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            _check(item, f"{where}[{place}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise GuardlaneError(f"{where} must be a finite number or None, not {value!r}")
    elif value is not None and not isinstance(value, bool | int | float | str):
        raise GuardlaneError(f"{where} must be plain data, not {type(value).__name__}")
