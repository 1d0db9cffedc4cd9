# SPDX-License-Identifier: Apache-2.0
"""`guardlane list`: what is installed, with its parameters, units, defaults and sources."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter as Option

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.config import Parameter
    from guardlane.workload import Workload

GROUPS = {
    "workloads": "guardlane.workloads",
    "guards": "guardlane.guards",
    "networks": "guardlane.networks",
    "faults": "guardlane.faults",
}


def catalogue(
    name: Annotated[str, Option(help="What to describe; all names, without.")] = "",
    *,
    json: Annotated[bool, Option(help="Print JSON.", negative="")] = False,
) -> int:
    """List workloads, guards, networks, fault models and components; or describe one of them."""
    found = describe(name) if name else overview()
    if json:
        _print_json(found)
        return 0
    for title, rows in found.items():
        _print_rows(title, rows)
    return 0


def overview() -> dict[str, list[dict[str, str]]]:
    """Value of everything installed: name, what it is and who brings it."""
    from guardlane import plugins
    from guardlane.errors import GuardlaneError

    found: dict[str, list[dict[str, str]]] = {}
    for title, group in GROUPS.items():
        found[title] = []
        for name, point in plugins.found(group).items():
            try:
                sentence = sentence_of(plugins.load(group, name))
            except GuardlaneError as reason:  # one broken package must not hide the others
                sentence = str(reason)
            found[title].append({"name": name, "is": sentence, "from": plugins.provider(point)})
    tables: dict[tuple[str, int], list[str]] = {}
    for workload in _loadable():
        for table, rows in tables_of(workload).items():
            tables.setdefault((table, len(rows)), []).append(workload)
    found["components"] = [
        {
            "name": table,
            "is": f"{size} parameter{'s' * (size > 1)}",
            "from": f"settings of {', '.join(users)}",
        }
        for (table, size), users in tables.items()
    ]
    return found


def describe(name: str) -> dict[str, list[dict[str, str]]]:
    """Value of all that is declared about one workload, component, guard, network or fault model.

    Raises UsageError with the likeliest name when there is none of that name.
    """
    from guardlane import plugins
    from guardlane.errors import UsageError
    from guardlane.sources import did_you_mean
    from guardlane.workload import GROUP, load_workload

    if name in plugins.found(GROUP):
        return _describe_workload(load_workload(name))
    known: list[str] = []
    for title, group in GROUPS.items():
        if name in plugins.found(group):
            return {
                f"{title}: {name}": [{"name": name, "is": sentence_of(plugins.load(group, name))}]
            }
        known += plugins.found(group)
    for workload in _loadable():
        for table, parameters in tables_of(workload).items():
            if name in (table, table.rpartition(".")[2]):
                return _with_sources(f"component {table}", parameters)
            known.append(table)
        inside = [
            one
            for table, parameters in tables_of(workload).items()
            if table.startswith(f"{name}.")
            for one in parameters
        ]
        if inside:  # a table that holds nothing but tables
            return _with_sources(f"component {name}", inside)
    raise UsageError(f"nothing is called '{name}'{did_you_mean(name, known)}; see guardlane list")


def sentence_of(thing: Any) -> str:
    """Value of what a thing says of itself: its `sentence`, or the first line of its docstring."""
    said = getattr(thing, "sentence", None) or inspect.getdoc(thing) or ""
    return str(said).split("\n")[0]


def tables_of(workload: str) -> dict[str, list[Parameter]]:
    """Value of the tables within a workload's settings, dotted name to the parameters in each."""
    from guardlane.config import explain
    from guardlane.workload import load_workload

    tables: dict[str, list[Parameter]] = {}
    for parameter in explain(load_workload(workload).Config):
        table = ".".join(parameter.path[:-1])
        if table:
            tables.setdefault(table, []).append(parameter)
    return tables


def _describe_workload(workload: Workload) -> dict[str, list[dict[str, str]]]:
    from guardlane.config import explain

    found = _with_sources(f"{workload.name}: {workload.sentence}", list(explain(workload.Config)))
    found["metrics"] = [
        {"name": one.name, "unit": one.unit, "better": one.better, "is": one.sentence}
        for one in workload.metrics
    ]
    found["statistics"] = [
        {"name": one.name, "unit": one.unit, "is": one.sentence} for one in workload.statistics
    ]
    return found


def _with_sources(title: str, parameters: list[Parameter]) -> dict[str, list[dict[str, str]]]:
    """Value of the parameters, and of the references that they cite."""
    from guardlane.cite import reference_line

    keys = sorted({one.citation.ref for one in parameters if one.citation and one.citation.ref})
    return {
        title: [_row(one) for one in parameters],
        "references": [{"key": key, "is": reference_line(key)} for key in keys],
    }


def _row(parameter: Parameter) -> dict[str, str]:
    cited = parameter.citation
    words = f": {', '.join(parameter.choices)}" if parameter.choices else ""
    return {
        "parameter": parameter.name,
        "default": parameter.default_text,
        "unit": cited.unit if cited else "",
        "status": cited.status if cited else "",
        "is": f"{cited.sentence}{words}" if cited else "",
        "source": cited.source if cited else "",
    }


def _loadable() -> list[str]:
    from guardlane.errors import GuardlaneError
    from guardlane.workload import load_workload, workloads

    names = []
    for name in workloads():
        try:
            load_workload(name)
        except GuardlaneError:  # the overview has already said so
            continue
        names.append(name)
    return names


def _print_json(found: dict[str, list[dict[str, str]]]) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))


def _print_rows(title: str, rows: list[dict[str, str]]) -> None:
    from guardlane.cli.console import print_table

    if rows:
        print_table(title, list(rows[0]), [list(row.values()) for row in rows])
        print()
