# SPDX-License-Identifier: Apache-2.0
"""A workload's settings as options: each field of its Config is one, each table a TOML file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App
from cyclopts import Parameter as Option

from guardlane.cli.console import one_line
from guardlane.cli.views import OPTIONS as VIEW_OPTIONS
from guardlane.cli.views import Views, read_views
from guardlane.config import Parameter, Settings, explain, settings_class
from guardlane.errors import ConfigError, GuardlaneError, UsageError
from guardlane.sources import Source, build, from_assignment, from_file, from_text
from guardlane.units import QuantityError, SeedRange
from guardlane.workload import Workload


@dataclass(frozen=True)
class Request:
    """What one call of `guardlane run` asks for."""

    config: Settings
    seeds: SeedRange | None
    out: Path | None
    json: bool
    compare: bool
    views: Views


COMMON = (  # name, type, what it takes, sentence
    ("set", list[str], "KEY=VALUE", "Any setting by its dotted name; can be given several times."),
    ("seeds", str, "A..B", "One run for each seed, both included."),
    ("out", str, "DIR", "Folder for the record, pictures and report."),
    ("json", bool, "", "Print the record as JSON on stdout, and nothing else there."),
    ("compare", bool, "", "Run what is worth comparing, over seeds 1..20 or those of --seeds."),
    *((name, str, metavar, sentence) for name, metavar, sentence in VIEW_OPTIONS),
)


def read_options(workload: Workload, tokens: Sequence[str]) -> Request | None:
    """Read the options of a run; None when they asked for help, which has then been printed.

    Raises a CycloptsError for what is no option, ConfigError for every wrong value at once.
    """
    model = workload.Config
    parameters = [parameter for parameter in explain(model) if len(parameter.path) == 1]
    tables = [
        name for name, field in model.model_fields.items() if settings_class(field.annotation)
    ]
    taken = {name for name, *_ in COMMON} & set(model.model_fields)
    if taken:
        raise GuardlaneError(
            f"workload {workload.name} has a setting {min(taken)}: the name is taken"
        )
    positional = "".join(f" [{one.name.upper()}]" for one in parameters if one.is_positional)
    app = App(
        name=f"guardlane run {workload.name}",
        usage=f"Usage: guardlane run {workload.name}{positional} [OPTIONS]",
        help=workload.sentence,
        help_format="plaintext",
        version_flags=[],
        suppress_keyboard_interrupt=False,
    )
    app["--help"].show = False
    app.default(_collector(parameters, tables))
    given = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    return None if given is None else _request(model, parameters, tables, given)


def _collector(parameters: Sequence[Parameter], tables: Sequence[str]) -> Callable[..., Any]:
    """Make a function with a keyword for each option, which gives what it was given."""

    names = [one.name for one in parameters if one.is_positional]

    def collect(*placed: Any, **given: Any) -> dict[str, Any]:
        given.update(zip(names, placed, strict=False))
        return {name: value for name, value in given.items() if value is not None}

    signature = []
    for one in parameters:
        words = "|".join(one.choices)
        option = _parameter(one.name, _kind(one), words or "VALUE", _help(one))
        if one.is_positional:
            option = option.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature.append(option)
    for name in tables:
        sentence = f"Settings of the {name}, as guardlane list {name} names them."
        signature.append(_parameter(name, str, "FILE.toml", sentence))
    for name, kind, metavar, sentence in COMMON:
        negative = "" if name in ("set", "json", "compare") else None
        signature.append(_parameter(name, kind, metavar, sentence, negative))
    signature.sort(key=lambda one: one.kind)
    collect.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    return collect


def _parameter(
    name: str, kind: Any, metavar: str, sentence: str, negative: str | None = None
) -> inspect.Parameter:
    option = Option(help=one_line(sentence), metavar=metavar or None, negative=negative)
    annotation = Annotated[kind | None, option]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=None, annotation=annotation)


def _kind(parameter: Parameter) -> Any:
    return bool if parameter.annotation is bool else str


def _help(parameter: Parameter) -> str:
    cited = parameter.citation
    sentence = cited.sentence if cited else parameter.name
    default = f" [default: {parameter.default_text}]" if parameter.default_text else ""
    return f"{sentence}{default}"


def _request(
    model: type[Settings],
    parameters: Sequence[Parameter],
    tables: Sequence[str],
    given: dict[str, Any],
) -> Request:
    readers: list[Callable[[], Source]] = []
    for name in tables:
        if name in given:
            readers.append(partial(from_file, Path(given[name]), (name,)))
    readers.extend(partial(from_assignment, model, text) for text in given.get("set", ()))
    for parameter in parameters:
        if parameter.name in given:
            value = given[parameter.name]
            text = str(value).lower() if isinstance(value, bool) else value
            option = f"--{parameter.name.replace('_', '-')}"
            readers.append(partial(from_text, model, parameter.name, text, option))
    problems: list[str] = []
    seeds = None
    try:
        seeds = SeedRange.parse(given["seeds"]) if "seeds" in given else None
    except QuantityError as reason:
        problems.append(f"--seeds: {reason}")
    views = Views({}, None)
    try:
        views = read_views(given)
    except UsageError as reason:
        problems.append(str(reason))
    try:
        config = build_from(model, readers)
    except ConfigError as reason:
        problems.extend(reason.problems)
    if problems:
        raise ConfigError(problems)
    return Request(
        config=config,
        seeds=seeds,
        out=Path(given["out"]) if "out" in given else None,
        json=given.get("json", False),
        compare=given.get("compare", False),
        views=views,
    )


def build_from(model: type[Settings], readers: Sequence[Callable[[], Source]]) -> Settings:
    """Read every source before giving up on one; raises ConfigError with all that is wrong."""
    sources: list[Source] = []
    problems: list[str] = []
    for read in readers:
        try:
            sources.append(read())
        except ConfigError as reason:
            problems.extend(reason.problems)
    try:
        config = build(model, sources)
    except ConfigError as reason:
        problems.extend(reason.problems)
    if problems:
        raise ConfigError(problems)
    return config
