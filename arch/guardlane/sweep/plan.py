# SPDX-License-Identifier: Apache-2.0
"""A study spelled out: every point it wants, checked, with its key, in an order that is always it.

Axes vary in the order in which they are written, the last one fastest, seeds faster still.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import PurePath
from typing import Any

from guardlane.config import Settings, resolved
from guardlane.errors import ConfigError, GuardlaneError
from guardlane.record import versions
from guardlane.sources import Keys, Place, Source, build, did_you_mean, from_assignment
from guardlane.store.points import Planned, Study, flat
from guardlane.sweep.keys import code_digest, contents_of, point_key
from guardlane.sweep.study import Axis, Limits, Read, Scale
from guardlane.sweep.values import values_of
from guardlane.units import Read as Quantity
from guardlane.workload import Workload, load_workload

MOST_POINTS = 2_000_000
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Cell:
    """What points that differ in their seeds only have in common.

    `settings` is JSON of all settings as one types them, but for the seed; `axes` are the values
    that the study gave them; `options` are those of the command that runs one of them alone.
    """

    workload: str
    settings: str
    axes: Mapping[str, str]
    options: Sequence[str]


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


@dataclass(frozen=True)
class Plan:
    """All points of a study, each once, and what the study is about."""

    study: Study
    code: Mapping[str, str]  # key of a point -> digest of the model that runs it
    versions: Mapping[str, str]
    tasks: Sequence[Task]
    limits: Limits

    @property
    def planned(self) -> list[Planned]:
        """Value of what the store is told of it."""
        return [Planned(task.key, task.axes) for task in self.tasks]


@dataclass(frozen=True)
class _Value:
    value: Any
    place: Place

    @property
    def text(self) -> str:
        """Value as one types it after an option."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return json.dumps(self.value) if isinstance(self.value, list | dict) else str(self.value)


_Cell = dict[str, _Value]  # setting -> the value an axis gave it


@dataclass
class _Problems:
    lines: dict[tuple[tuple[int, int], str], None] = field(default_factory=dict)

    def add(self, reason: GuardlaneError, order: tuple[int, int] = (0, 0)) -> None:
        """Note what is wrong, once."""
        for line in reason.problems if isinstance(reason, ConfigError) else (str(reason),):
            self.lines[(order, line)] = None

    def check(self) -> None:
        """Raise ConfigError if there is anything."""
        if self.lines:
            raise ConfigError([line for _, line in self.lines][:MOST_PROBLEMS])


def expand(read: Read, sets: Sequence[str] = ()) -> Plan:
    """Spell out a study, with `sets` (`a.b=c`) over its settings.

    Raises ConfigError with the places of all mistakes, GuardlaneError for a file that cannot be
    read.
    """
    says = read.says
    scale = (says.scale.ci if read.name.endswith("@ci") else None) or Scale()
    try:
        workload = load_workload(says.workload)
    except GuardlaneError as reason:
        raise read.wrong(("workload",), str(reason)) from None
    problems = _Problems()
    _check_metrics(read, workload, problems)
    seeds = scale.seeds or says.seeds
    if seeds is not None and "seed" not in workload.Config.model_fields:
        problems.add(read.wrong(("seeds",), f"workload {workload.name} has no seed"))
    cells: list[_Cell] = [{}]
    for number, axis in enumerate(says.axis):
        try:
            cells = list(_crossed(read, workload.Config, number, axis, scale, cells))
        except GuardlaneError as reason:
            problems.add(reason)
        if len(cells) * (len(seeds) if seeds else 1) > MOST_POINTS:
            where = ("axis", number)
            raise read.wrong(where, f"makes more than {MOST_POINTS:,} points of the study")
    _check_scale(read, scale, problems)
    assignments: list[Source] = []
    for text in sets:
        try:
            assignments.append(from_assignment(workload.Config, text))
        except ConfigError as reason:
            problems.add(reason)
            continue
        name = text.partition("=")[0].strip()
        if any(name in axis.names for axis in says.axis) or (name == "seed" and seeds):
            problems.add(ConfigError([f"--set {name}: varies in the study"]))
    problems.check()
    sources = [
        read.below(("settings",), says.settings),
        read.below(("scale", "ci", "settings"), scale.settings),
        *assignments,
    ]
    typed = [f"{name}={_Value(value, Place('')).text}" for name, value in _flat(sources[:2])]
    return _plan(read, workload, cells, sources, [*typed, *sets], seeds, problems)


def _plan(
    read: Read, workload: Workload, cells: Sequence[_Cell], sources: Sequence[Source],
    typed: Sequence[str], seeds: Sequence[int] | Any, problems: _Problems,
) -> Plan:  # fmt: skip
    tasks: dict[str, Task] = {}
    code: dict[str, str] = {}
    known = versions()
    for cell in cells:
        try:
            config = build(workload.Config, [*sources, *_sources(read, cell)])
            contents = contents_of(config)
        except GuardlaneError as reason:
            order = max((one.place.order for one in cell.values()), default=(0, 0))
            problems.add(reason, order if cell else (0, 0))
            if len(problems.lines) >= MOST_PROBLEMS:
                break
            continue
        identity = resolved(config)
        digest = code_digest(workload, identity)
        text = json.dumps(spoken(config, without="seed" if seeds else ""), sort_keys=True)
        axes = {name: one.text for name, one in cell.items()}
        words = [*typed, *(f"{name}={value}" for name, value in axes.items())]
        last = {word.partition("=")[0].strip(): word for word in words}
        own_cell = Cell(workload.name, text, axes, tuple(last.values()))
        for seed in seeds or (None,):
            own = identity if seed is None else {**identity, "seed": seed}
            key = point_key(workload.name, digest, known, own, contents)
            tasks.setdefault(key, Task(key, own_cell, seed))
            code[key] = digest
    problems.check()
    return Plan(
        _about(read, workload, seeds is not None), code, known, [*tasks.values()], read.says.limits
    )


def spoken(settings: Settings, without: str = "") -> dict[str, Any]:
    """Value of settings as JSON-able data that builds the very same settings, `NotIdentity` too."""
    names = (name for name in type(settings).model_fields if name != without)
    return {name: _plain(getattr(settings, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Settings):
        return spoken(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Quantity | PurePath):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _crossed(
    read: Read, model: type[Settings], number: int, axis: Axis, scale: Scale, cells: list[_Cell]
) -> Iterator[_Cell]:
    """Combine every cell with every value of an axis; where its `when` fails, leave it alone."""
    known = {name: {one.text for c in cells if name in c for one in (c[name],)} for name in
             {name for cell in cells for name in cell}}  # fmt: skip
    conditions: dict[str, set[str]] = {}
    for name, wanted in axis.when.items():
        where = ("axis", number, "when", name)
        if name not in known:
            hint = did_you_mean(name, known)
            raise read.wrong(where, f"when: no axis before this one sets '{name}'{hint}")
        texts = [_Value(one, Place("")).text for one in _listed(wanted)]
        for text in texts:
            if text not in known[name]:
                hint = did_you_mean(text, known[name])
                raise read.wrong(where, f"when: {name} never is '{text}'{hint}")
        conditions[name] = set(texts)
    for name in axis.names:
        if name in known and not axis.when:
            raise read.wrong(("axis", number), f"{name} has an axis already")
    rows = _rows(read, model, number, axis, scale)
    for cell in cells:
        if all(name in cell and cell[name].text in texts for name, texts in conditions.items()):
            for row in rows:
                yield {**cell, **row}
        else:
            yield cell


def _rows(read: Read, model: type[Settings], number: int, axis: Axis, scale: Scale) -> list[_Cell]:
    """List what an axis sets, a row a value."""
    if axis.setting is None:
        columns = {
            name: _placed(read, ("axis", number, "zip", name), values)
            for name, values in (axis.zip or {}).items()
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if axis.setting in scale.values:
        where: Keys = ("scale", "ci", "values", axis.setting)
        return [{axis.setting: one} for one in _placed(read, where, scale.values[axis.setting])]
    if axis.values is not None:
        where = ("axis", number, "values")
        return [{axis.setting: one} for one in _placed(read, where, axis.values)]
    kind, steps = ("log", axis.log) if axis.log is not None else ("range", axis.range)
    assert steps is not None  # an axis is of one kind
    assert axis.setting is not None  # and has a setting unless it is a zip
    where = ("axis", number, kind)
    try:
        values = values_of(steps, model, axis.setting)
    except GuardlaneError as reason:
        raise read.wrong(where, f"{axis.setting}: {kind}: {reason}") from None
    return [{axis.setting: _Value(value, read.place(*where, base=0))} for value in values]


def _placed(read: Read, keys: Keys, values: Sequence[Any]) -> list[_Value]:
    return [_Value(value, read.place(*keys, place, base=0)) for place, value in enumerate(values)]


def _sources(read: Read, cell: _Cell) -> Iterator[Source]:
    said = ", ".join(f"{name}={one.text}" for name, one in cell.items())
    yield Source({}, {(): Place(f"{read.path}: point {said}" if said else str(read.path))})
    for name, one in cell.items():
        keys = tuple(name.split("."))
        tree: Any = one.value
        for key in reversed(keys):
            tree = {key: tree}
        yield Source(tree, {keys[:depth]: one.place for depth in range(1, len(keys) + 1)})


def _check_metrics(read: Read, workload: Workload, problems: _Problems) -> None:
    known = [one.name for one in workload.metrics]
    for number, name in enumerate(read.says.metrics):
        if name not in known:
            hint = did_you_mean(name, known)
            problem = f"workload {workload.name} has no metric '{name}'{hint}"
            problems.add(read.wrong(("metrics", number), problem))


def _check_scale(read: Read, scale: Scale, problems: _Problems) -> None:
    known = [axis.setting for axis in read.says.axis if axis.setting is not None]
    for name, values in scale.values.items():
        where = ("scale", "ci", "values", name)
        if name not in known:
            problems.add(read.wrong(where, f"no axis sets '{name}'{did_you_mean(name, known)}"))
        elif not values:
            problems.add(read.wrong(where, "an axis has one value or more"))


def _about(read: Read, workload: Workload, has_seeds: bool) -> Study:
    wanted = read.says.metrics or [one.name for one in workload.metrics]
    by_name = {one.name: one for one in workload.metrics}
    axes = dict.fromkeys(name for axis in read.says.axis for name in axis.names)
    title = read.says.title or read.name
    metrics = tuple(asdict(by_name[name]) for name in wanted)
    return Study(read.name, title, workload.name, tuple(axes), metrics, has_seeds)


def _flat(sources: Sequence[Source]) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for source in sources:
        found |= flat(source.data)
    return list(found.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
