# SPDX-License-Identifier: Apache-2.0
"""The axes of a study: what each one sets, where it applies, and how they cross.

Axes vary in the order in which they are written, the last one fastest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.sources import Keys, Place, Source, did_you_mean
from guardlane.sweep.study import Axis, Read
from guardlane.sweep.values import values_of

NOWHERE = Place("")
NUMBER = re.compile(r"[-+]?[0-9]")


@dataclass(frozen=True)
class Value:
    """A value that a study gives to a setting, and where it stands."""

    value: Any
    place: Place = NOWHERE

    @property
    def text(self) -> str:
        """Value as one types it after an option."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return json.dumps(self.value) if isinstance(self.value, list | dict) else str(self.value)


Combination = Mapping[str, Value]  # setting -> the value that an axis gave it


@dataclass(frozen=True)
class Choices:
    """What one axis offers: rows of which each sets the same settings; and when it has a say."""

    rows: Sequence[Combination]
    when: Mapping[str, frozenset[str]]

    @property
    def is_ordered(self) -> bool:
        """Whether values that stand side by side are alike, as numbers are and names are not."""
        return all(NUMBER.match(next(iter(row.values())).text) for row in self.rows)

    def applies(self, chosen: Combination) -> bool:
        """Whether the axis has a say where this was chosen before."""
        return all(n in chosen and chosen[n].text in texts for n, texts in self.when.items())


def choices_of(read: Read, model: type[Settings]) -> Iterator[Choices | GuardlaneError]:
    """Read the axes of a study of settings `model`; a wrong one is given as its error."""
    known: dict[str, list[str]] = {}  # values of the axes so far
    for number, axis in enumerate(read.says.axis):
        try:
            found = _choices(read, model, number, axis, known)
        except GuardlaneError as reason:
            yield reason
            continue
        for row in found.rows:
            for name, one in row.items():
                known.setdefault(name, []).append(one.text)
        yield found


def crossed(axes: Sequence[Choices], chosen: Combination | None = None) -> Iterator[Combination]:
    """Cross axes: every combination, each in the order of the axes, none of them held."""
    chosen = chosen or {}
    if not axes:
        yield chosen
    elif not axes[0].applies(chosen):
        yield from crossed(axes[1:], chosen)
    else:
        for row in axes[0].rows:
            yield from crossed(axes[1:], {**chosen, **row})


def sources_of(read: Read, chosen: Combination) -> Iterator[Source]:
    """Value of a combination as settings, each with its place in the study."""
    said = ", ".join(f"{name}={one.text}" for name, one in chosen.items())
    yield Source({}, {(): Place(f"{read.path}: point {said}" if said else str(read.path))})
    for name, one in chosen.items():
        keys = tuple(name.split("."))
        tree: Any = one.value
        for key in reversed(keys):
            tree = {key: tree}
        yield Source(tree, {keys[:depth]: one.place for depth in range(1, len(keys) + 1)})


def _choices(
    read: Read, model: type[Settings], number: int, axis: Axis, known: Mapping[str, Iterable[str]]
) -> Choices:
    when: dict[str, frozenset[str]] = {}
    for name, wanted in axis.when.items():
        where = ("axis", number, "when", name)
        if name not in known:
            hint = did_you_mean(name, known)
            raise read.wrong(where, f"when: no axis before this one sets '{name}'{hint}")
        texts = [Value(one).text for one in (wanted if isinstance(wanted, list) else [wanted])]
        for text in texts:
            if text not in known[name]:
                hint = did_you_mean(text, known[name])
                raise read.wrong(where, f"when: {name} never is '{text}'{hint}")
        when[name] = frozenset(texts)
    for name in axis.names:
        if name in known and not axis.when:
            raise read.wrong(("axis", number), f"{name} has an axis already")
    return Choices(_rows(read, model, number, axis), when)


def _rows(read: Read, model: type[Settings], number: int, axis: Axis) -> list[Combination]:
    """List what an axis sets, a row a value."""
    if axis.setting is None:
        columns = {
            name: _placed(read, ("axis", number, "zip", name), values)
            for name, values in (axis.zip or {}).items()
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if axis.setting in read.scale.values:
        where: Keys = ("scale", "ci", "values", axis.setting)
        return [{axis.setting: v} for v in _placed(read, where, read.scale.values[axis.setting])]
    if axis.values is not None:
        where = ("axis", number, "values")
        return [{axis.setting: one} for one in _placed(read, where, axis.values)]
    kind, steps = ("log", axis.log) if axis.log is not None else ("range", axis.range)
    assert steps is not None  # an axis is of one kind
    where = ("axis", number, kind)
    try:
        values = values_of(steps, model, axis.setting)
    except GuardlaneError as reason:
        raise read.wrong(where, f"{axis.setting}: {kind}: {reason}") from None
    return [{axis.setting: Value(value, read.place(*where, base=0))} for value in values]


def _placed(read: Read, keys: Keys, values: Sequence[Any]) -> list[Value]:
    return [Value(value, read.place(*keys, place, base=0)) for place, value in enumerate(values)]
