# SPDX-License-Identifier: Apache-2.0
"""A study as its TOML file says it: what to run, which settings to vary, over which seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from guardlane.config import Settings
from guardlane.errors import ConfigError
from guardlane.sources import Keys, Place, Source, build, from_file
from guardlane.sweep.seeds import Interval, Seeds
from guardlane.units import Bytes, Time

KINDS = ("values", "range", "log", "zip")
DOTTED = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,15}")
Bound = int | float | str


class Steps(Settings):
    """Values from `first` to `last`, both included, `step` apart."""

    first: Bound
    last: Bound
    step: Bound


class Log(Settings):
    """Values of which each is the same multiple of the one before, first and last included."""

    first: Bound
    last: Bound
    count: int = Field(ge=2, le=10_000)


class Axis(Settings):
    """A setting that takes several values, or several settings that change together (`zip`)."""

    setting: str | None = None
    values: list[Any] | None = None
    range: Steps | None = None
    log: Log | None = None
    zip: dict[str, list[Any]] | None = None
    when: dict[str, Any] = {}

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"an axis has one of {', '.join(KINDS)}, not {' and '.join(given) or 'none'}"
            )
        if (self.zip is None) != (self.setting is not None):
            raise ValueError("an axis names its `setting`, or has settings in `zip`")
        if self.zip is not None:
            lengths = {len(values) for values in self.zip.values()}
            if len(lengths) != 1:
                said = ", ".join(f"{name} has {len(of)}" for name, of in self.zip.items())
                raise ValueError(f"lists in zip must be of one length: {said or 'there is none'}")
        if self.values == [] or (self.zip and not next(iter(self.zip.values()))):
            raise ValueError("an axis has one value or more")
        for name in (*self.names, *self.when):
            if not DOTTED.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a setting")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Value of the dotted names of the settings that it varies."""
        return (self.setting,) if self.setting is not None else tuple(self.zip or ())


class Limits(Settings):
    """What one point may take before it is given up."""

    time: Time = Field(default=Time.parse("3600 s"), gt=0)
    memory: Bytes | None = None  # of address space; None: whatever there is

    @property
    def seconds(self) -> float:
        """Value of the time in seconds."""
        return int(self.time) / 10**12


class Scale(Settings):
    """What is other in a smaller edition of the study."""

    seeds: Seeds | None = None
    settings: dict[str, Any] = {}
    values: dict[str, list[Any]] = {}  # of an axis, by its setting


class Scales(Settings):
    """The editions that there are beside the full one."""

    ci: Scale | None = None


class Search(Settings):
    """Which combinations are run, where not all are: those that a sampler of Optuna asks for.

    `budget` combinations are run, `batch` of them asked for at a time, whatever the workers; with
    `baseline`, as many are also drawn at random, to see whether the search was worth it.
    """

    metrics: dict[str, Literal["minimize", "maximize"]] = Field(min_length=1)
    budget: int = Field(ge=1, le=10_000)
    sampler: Literal["tpe", "nsga2", "random"] = "tpe"
    seed: int = Field(default=1, ge=0, lt=1 << 32)
    batch: int = Field(default=8, ge=1, le=1_000)
    baseline: bool = True
    reference: dict[str, float] = {}  # the worst that counts for the hypervolume, by metric

    def losses(self, values: Sequence[float]) -> tuple[float, ...]:
        """Value of metrics, in the order of the study, as numbers of which less is better.

        Of losses, it is the metrics again.
        """
        ways = zip(values, self.metrics.values(), strict=True)
        return tuple(-value if way == "maximize" else value for value, way in ways)


class StudyFile(Settings):
    """A whole study."""

    title: str = ""
    workload: str
    metrics: list[str] = []
    seeds: Seeds | None = None
    interval: Interval | None = None
    search: Search | None = None
    settings: dict[str, Any] = {}
    axis: tuple[Axis, ...] = ()
    limits: Limits = Limits()
    scale: Scales = Scales()

    @model_validator(mode="after")
    def _has_seeds_of_one_kind(self) -> Self:
        if self.seeds is not None and self.interval is not None:
            raise ValueError("a study has `seeds`, or an [interval] that says how many")
        if self.search is not None and self.interval is not None:
            raise ValueError("a [search] takes `seeds`, and no [interval]")
        return self


@dataclass(frozen=True)
class Read:
    """A study that was read: its name, what it says, and where it says it."""

    name: str
    path: Path
    says: StudyFile
    source: Source
    scale: Scale

    def place(self, *keys: str | int, base: int | None = None) -> Place:
        """Value of the place of what is called `keys`, or of the nearest thing around it."""
        for length in range(len(keys), -1, -1):
            if keys[:length] in self.source.places:
                found = self.source.places[keys[:length]]
                return Place(found.where, found.order, base)
        return Place(str(self.path), base=base)

    def wrong(self, keys: Keys, problem: str) -> ConfigError:
        """Value of the error that something in the file is wrong."""
        return ConfigError([self.place(*keys).say((), problem)])

    def below(self, keys: Keys, data: Mapping[str, Any]) -> Source:
        """Value of the table called `keys` as settings of a workload, with places in this file."""
        cut = len(keys)
        places = {
            path[cut:]: Place(place.where, place.order, 0)
            for path, place in self.source.places.items()
            if path[:cut] == keys and len(path) > cut
        }
        return Source(data, places)


def read_study(path: Path, scale: str = "full") -> Read:
    """Read the study at `path` in its edition `scale`; raises ConfigError with every mistake."""
    source = from_file(path)
    says = build(StudyFile, [source])
    if scale == "full":
        return Read(path.stem, path, says, source, Scale())
    if says.scale.ci is None:
        raise ConfigError([f"{path}: has no [scale.{scale}]; its only scale is full"])
    return Read(f"{path.stem}@{scale}", path, says, source, says.scale.ci)
