# SPDX-License-Identifier: Apache-2.0
"""A study that was checked as a whole: its workload, its axes, what a combination of them runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from guardlane.errors import ConfigError, GuardlaneError
from guardlane.record import versions
from guardlane.sources import Source, build, did_you_mean, from_assignment
from guardlane.store.points import Study, flat
from guardlane.sweep.axes import Choices, Combination, Value, choices_of, sources_of
from guardlane.sweep.keys import PointKeys
from guardlane.sweep.study import Read
from guardlane.sweep.tasks import Cell, spoken
from guardlane.workload import load_workload

MOST_PROBLEMS = 20


@dataclass
class Problems:
    """Mistakes that were found so far, each once, in the order of the text."""

    lines: dict[tuple[tuple[int, int], str], None] = field(default_factory=dict)

    @property
    def are_many(self) -> bool:
        """Whether there are as many as anyone reads."""
        return len(self.lines) >= MOST_PROBLEMS

    def add(self, reason: GuardlaneError, order: tuple[int, int] = (0, 0)) -> None:
        """Note what is wrong, once."""
        for line in reason.problems if isinstance(reason, ConfigError) else (str(reason),):
            self.lines[(order, line)] = None

    def check(self) -> None:
        """Raise ConfigError if there is anything."""
        if self.lines:
            raise ConfigError([line for _, line in self.lines][:MOST_PROBLEMS])


class Outline:
    """What a study says, checked, with `sets` (`a.b=c`) over its settings.

    `axes` are what its axes offer, `seeds` and `interval` say which seeds each combination of them
    is run with. Raises ConfigError with the places of all mistakes.
    """

    def __init__(self, read: Read, sets: Sequence[str] = ()) -> None:
        self.read = read
        says, scale = read.says, read.scale
        try:
            self.workload = load_workload(says.workload)
        except GuardlaneError as reason:
            raise read.wrong(("workload",), str(reason)) from None
        self.limits = says.limits
        self.seeds = scale.seeds or says.seeds
        self.interval = says.interval if self.seeds is None else None
        self.search = says.search
        problems = Problems()
        self._check_metrics(problems)
        self.axes: list[Choices] = []
        for found in choices_of(read, self.workload.Config):
            if isinstance(found, Choices):
                self.axes.append(found)
            else:
                problems.add(found)
        self._check_seeds(problems)
        self._check_scale(problems)
        assignments = self._assignments(sets, problems)
        problems.check()
        own = [
            read.below(("settings",), says.settings),
            read.below(("scale", "ci", "settings"), scale.settings),
        ]
        self._sources = [*own, *assignments]
        settled = {name: value for source in own for name, value in flat(source.data).items()}
        typed = (f"{name}={Value(value).text}" for name, value in settled.items())
        self._typed = [*typed, *sets]
        self._versions = versions()

    @property
    def has_seeds(self) -> bool:
        """Whether points differ in their seeds."""
        return self.seeds is not None or self.interval is not None

    @property
    def most_points(self) -> int:
        """Value of the points that a search may come to want at most."""
        if self.search is None:
            return 0
        both = 2 if self.search.baseline else 1
        return self.search.budget * both * (len(self.seeds) if self.seeds else 1)

    @cached_property
    def study(self) -> Study:
        """Value of what the store is told of the study."""
        says = self.read.says
        by_name = {one.name: one for one in self.workload.metrics}
        metrics = tuple(asdict(by_name[name]) for name in says.metrics or by_name)
        axes = dict.fromkeys(name for axis in says.axis for name in axis.names)
        title = says.title or self.read.name
        name, workload = self.read.name, self.workload.name
        return Study(name, title, workload, tuple(axes), metrics, self.has_seeds)

    def cell(self, chosen: Combination) -> Cell:
        """Value of the points of a combination; raises GuardlaneError when it cannot be run."""
        config = build(self.workload.Config, [*self._sources, *sources_of(self.read, chosen)])
        keys = PointKeys(self.workload, config, self._versions)
        axes = {name: one.text for name, one in chosen.items()}
        words = [*self._typed, *(f"{name}={value}" for name, value in axes.items())]
        last = {word.partition("=")[0].strip(): word for word in words}
        return Cell(
            self.workload.name, json.dumps(spoken(config), sort_keys=True), axes,
            tuple(last.values()), keys, self._group(keys),
        )  # fmt: skip

    def _group(self, keys: PointKeys) -> str:
        """Value of the name of the cells that differ in paired settings only."""
        if self.interval is None:
            return ""
        apart = {"seed", *self.interval.paired}
        kept = {name: value for name, value in flat(keys.settings).items() if name not in apart}
        text = json.dumps([self.workload.name, kept, keys.contents], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def _assignments(self, sets: Sequence[str], problems: Problems) -> list[Source]:
        found: list[Source] = []
        for text in sets:
            try:
                found.append(from_assignment(self.workload.Config, text))
            except ConfigError as reason:
                problems.add(reason)
                continue
            name = text.partition("=")[0].strip()
            varies = any(name in axis.names for axis in self.read.says.axis)
            if varies or (name == "seed" and self.has_seeds):
                problems.add(ConfigError([f"--set {name}: varies in the study"]))
        return found

    def _check_metrics(self, problems: Problems) -> None:
        for number, name in enumerate(self.read.says.metrics):
            self._check_metric(("metrics", number), name, problems)
        if self.interval is not None:
            self._check_metric(("interval", "metric"), self.interval.metric, problems)
        if self.search is not None:
            for name in self.search.metrics:
                self._check_metric(("search", "metrics", name), name, problems)
            for name in self.search.reference:
                if name not in self.search.metrics:
                    said = f"is not among the metrics of the search: {name}"
                    problems.add(self.read.wrong(("search", "reference", name), said))

    def _check_metric(self, where: tuple[str | int, ...], name: str, problems: Problems) -> None:
        known = [one.name for one in self.workload.metrics]
        if name not in known:
            hint = did_you_mean(name, known)
            said = f"workload {self.workload.name} has no metric '{name}'{hint}"
            problems.add(self.read.wrong(where, said))

    def _check_seeds(self, problems: Problems) -> None:
        if self.has_seeds and "seed" not in self.workload.Config.model_fields:
            where = ("seeds" if self.seeds is not None else "interval",)
            problems.add(self.read.wrong(where, f"workload {self.workload.name} has no seed"))
        if self.interval is None or "paired" not in self.interval.model_fields_set:
            return
        known = [name for axis in self.read.says.axis for name in axis.names]
        for number, name in enumerate(self.interval.paired):
            if name not in known:
                said = f"paired: no axis sets '{name}'{did_you_mean(name, known)}"
                problems.add(self.read.wrong(("interval", "paired", number), said))

    def _check_scale(self, problems: Problems) -> None:
        known = [axis.setting for axis in self.read.says.axis if axis.setting is not None]
        for name, values in self.read.scale.values.items():
            where = ("scale", "ci", "values", name)
            if name not in known:
                said = f"no axis sets '{name}'{did_you_mean(name, known)}"
                problems.add(self.read.wrong(where, said))
            elif not values:
                problems.add(self.read.wrong(where, "an axis has one value or more"))
