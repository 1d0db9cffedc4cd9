# SPDX-License-Identifier: Apache-2.0
"""Where settings come from: TOML files and options, put together and checked in one go.

Every mistake is reported at once, each with its place (`machine.toml:8:1`, `--mtbe`) and, for a
misspelt word, what was probably meant. Nothing is run before all of them are mended.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePath
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ValidationError

from guardlane.config import Settings, choices, settings_class
from guardlane.errors import ConfigError, GuardlaneError
from guardlane.positions import key_positions, longest_key
from guardlane.reading import read_text
from guardlane.units import Read

MOST_BYTES = 1 << 18  # of a configuration file
MOST_NAMES = 32  # that dots join into one key
_WORDS = {  # pydantic's findings in the words of this tool; {0} is the bound
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "greater_than": "must be more than {0}",
    "greater_than_equal": "must be {0} or more",
    "less_than": "must be less than {0}",
    "less_than_equal": "must be {0} or less",
}

S = TypeVar("S", bound=Settings)
Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a value was written; `base` leading keys are not part of its name there."""

    where: str
    order: tuple[int, int] = (0, 0)  # line and column, to report mistakes in the order of the text
    base: int | None = 0  # None: `where` already names the value

    def say(self, keys: Keys, problem: str) -> str:
        """Value of the line that reports a problem of the value called `keys`."""
        name = "" if self.base is None else ".".join(map(_shown, keys[self.base :]))
        return ": ".join(part for part in (self.where, name, problem) if part)


@dataclass(frozen=True)
class Source:
    """A tree of values, and the place of each."""

    data: Mapping[str, Any]
    places: Mapping[Keys, Place] = field(default_factory=dict)


def from_file(path: Path, under: Sequence[str] = ()) -> Source:
    """Read a TOML file as the settings called `under`; a ConfigError has file, line, column."""
    try:
        text = read_text(path, MOST_BYTES)
    except GuardlaneError as reason:
        raise ConfigError([str(reason)]) from None
    if longest_key(text) > MOST_NAMES:
        raise ConfigError([f"{path}: a key must be {MOST_NAMES} names or fewer"])
    try:
        data = tomllib.loads(text)
        positions = key_positions(text)
    except tomllib.TOMLDecodeError as reason:
        raise ConfigError([_syntax(path, text, str(reason))]) from None
    except (RecursionError, ValueError) as reason:
        said = "is nested too deep" if isinstance(reason, RecursionError) else str(reason)
        raise ConfigError([f"{path}: {said}"]) from None
    base = tuple(under)
    places: dict[Keys, Place] = {base: Place(str(path), base=len(base))}
    for keys, (line, column) in positions.items():
        place = Place(f"{path}:{line}:{column}", (line, column), len(base))
        places[(*base, *keys)] = place
    return Source(_nested(base, data), places)


def from_text(model: type[Settings], name: str, text: str, where: str) -> Source:
    """Read the text of an option as the value that `model` calls `name` (dotted)."""
    keys = tuple(name.split("."))
    known = sum(_annotation(model, keys[:depth]) is not None for depth in range(1, len(keys)))
    value = _value(_annotation(model, keys), text)
    places: dict[Keys, Place] = {}
    for depth in range(known + 1, len(keys) + 1):  # a misspelt table is this option's mistake too
        places[keys[:depth]] = Place(where, base=None)
    return Source(_nested(keys, value), places)


def from_assignment(model: type[Settings], text: str) -> Source:
    """Read `a.b=c`, as `--set` takes it; raises ConfigError when it is no such thing."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,15}", name):
        raise ConfigError(
            [f"--set {text}: want a name and a value, such as machine.queue.depth=256"]
        )
    return from_text(model, name, value.strip(), f"--set {name}")


def build(model: type[S], sources: Iterable[Source]) -> S:
    """Put sources together, later ones first in right, and check them; raises ConfigError."""
    data: dict[str, Any] = {}
    places: dict[Keys, tuple[int, Place]] = {}
    for order, source in enumerate(sources):
        data = _merged(data, source.data)
        places.update({keys: (order, place) for keys, place in source.places.items()})
    try:
        return model.model_validate(_shaped(model, data))
    except ValidationError as reason:
        problems = []
        for error in reason.errors(include_url=False):
            keys = error["loc"]
            order, place = _nearest(places, keys)
            problems.append((order, place.order, place.say(keys, _problem(model, error))))
        raise ConfigError([line for *_, line in sorted(problems)]) from None


def _shown(key: str | int) -> str:
    """Value of a key as one line shows it: a quoted one may hold what steers a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(key))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Value of ` (did you mean 'x'?)` for the likeliest of the known words, or nothing."""
    near = get_close_matches(word, list(known), 1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _syntax(path: Path, text: str, reason: str) -> str:
    found = re.fullmatch(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", reason, re.S)
    if found is None:
        return f"{path}: {reason}"
    last = text.rstrip("\n").split("\n")
    line, column = (found[2], found[3]) if found[2] else (len(last), len(last[-1]) + 1)
    return f"{path}:{line}:{column}: {found[1]}"


def _problem(model: type[Settings], error: Any) -> str:
    """Put one of pydantic's findings into this tool's words."""
    keys, value, kind = error["loc"], error["input"], error["type"]
    got = "a table" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else None
    got = got or (str(value) if isinstance(value, PurePath) else repr(value))
    if kind == "extra_forbidden":
        parents = map(settings_class, _kinds(_annotation(model, keys[:-1])))
        parent = next(filter(None, parents), None)
        return "unknown key" + did_you_mean(str(keys[-1]), parent.model_fields if parent else ())
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in ("literal_error", "enum"):
        words = choices(_annotation(model, keys))
        allowed = ", ".join(words) or error["ctx"]["expected"]
        return f"must be one of {allowed}, not {got}{did_you_mean(str(value), words)}"
    if kind in _WORDS:
        said = _WORDS[kind].format(*error.get("ctx", {}).values())
    else:
        said = re.sub(r"^Input should be", "must be", error["msg"])
    return f"{said}, not {got}"


def _annotation(model: type[Settings], keys: Keys) -> Any:
    """Value of the annotation of the field called `keys`, or None when there is none."""
    annotation: Any = model
    for key in keys:
        if isinstance(key, int):  # of a list, whose items are all of one kind
            lists = [kind for kind in _kinds(annotation) if get_origin(kind) in (tuple, list)]
            annotation = get_args(lists[0])[0] if lists else None
            continue
        inner = next(filter(None, map(settings_class, _kinds(annotation))), None)
        known = inner.model_fields.get(str(key)) if inner else None
        annotation = known.annotation if known else None
    return annotation


def _nearest(places: Mapping[Keys, tuple[int, Place]], keys: Keys) -> tuple[int, Place]:
    for length in range(len(keys), -1, -1):
        if keys[:length] in places:
            return places[keys[:length]]
    return -1, Place("")


def _nested(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _merged(result[key], value) if both else value
    return result


def _shaped(annotation: Any, value: Any) -> Any:
    """Give a value the Python type that its annotation means, where text has no such type."""
    kinds = _kinds(annotation)
    for model in filter(None, map(settings_class, kinds)):
        if isinstance(value, Mapping):
            known = {name: known.annotation for name, known in model.model_fields.items()}
            return {key: _shaped(known.get(key), item) for key, item in value.items()}
    if isinstance(value, str) and any(
        isinstance(k, type) and issubclass(k, PurePath) for k in kinds
    ):
        return Path(value)
    for kind in kinds:
        if isinstance(value, list) and get_origin(kind) is tuple:
            item = get_args(kind)[0]
            return tuple(_shaped(item, part) for part in value)
    return value


def _wants_text(annotation: Any) -> bool:
    """Whether an option's text is the value itself, not something to be read as TOML."""
    return any(
        bool(choices(kind)) or (isinstance(kind, type) and issubclass(kind, str | PurePath | Read))
        for kind in _kinds(annotation)
    )


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Value of the alternatives of a union without None, or the annotation itself."""
    if (
        get_origin(annotation) is None
        or choices(annotation)
        or NoneType not in get_args(annotation)
    ):
        return (annotation,)
    return tuple(kind for kind in get_args(annotation) if kind is not NoneType)


def _value(annotation: Any, text: str) -> Any:
    """Value of an option's text: the text itself, a word's member, or what TOML reads there."""
    if _wants_text(annotation) or "\n" in text:
        words = [word for kind in _kinds(annotation) for word in get_args(kind)]
        return next((word for word in words if str(word) == text), text)
    try:
        return tomllib.loads(f"value = {text}\n")["value"]
    except (ValueError, RecursionError):
        return text
