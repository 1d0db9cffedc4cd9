# SPDX-License-Identifier: Apache-2.0
"""Every default number has a unit, a status and a source, and every source is in the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import pytest

import guardlane
from guardlane.cite import Citation, assumed, chosen, measured, reference_line, references
from guardlane.config import Parameter, Settings, explain
from guardlane.errors import GuardlaneError
from guardlane.workload import load_workload, workloads


def uncited(model: type[Settings]) -> list[str]:
    """Value of the parameters of `model`, at any depth, that lack a citation or its reference."""
    return [
        one.name
        for one in explain(model)
        if one.citation is None or one.citation.ref not in {None, *references()}
    ]


def test_no_setting_of_any_workload_is_without_a_citation() -> None:
    models = {name: load_workload(name).Config for name in workloads()}
    assert set(models) >= {"jpeg", "complex-fir"}
    assert [(name, found) for name in models for found in uncited(models[name])] == []


def test_a_setting_without_a_citation_or_with_an_unknown_reference_is_found() -> None:
    class Part(Settings):
        bare: int = 1
        lost: Annotated[int, measured("x", unit="1", ref="nobody2000", place="p")] = 1
        good: Annotated[int, assumed("x", unit="1", why="any")] = 1

    class Whole(Settings):
        part: Part = Part()

    assert uncited(Whole) == ["part.bare", "part.lost"]


def parameters() -> Iterator[Parameter]:
    for name in workloads():
        yield from explain(load_workload(name).Config)


def test_what_is_called_the_papers_stands_in_the_papers_list() -> None:
    papers = {
        one.citation.ref for one in parameters() if one.citation and one.citation.status == "paper"
    }
    assert papers <= {"yetim2015commguard", "lui2021scaleout"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("depth", "words", "assumed"), "citation of 'depth' is assumed: it must say why"),
        (("depth", "words", "chosen"), "is chosen: it must say why"),
        (("depth", "words", "measured", "cv32e40p"), "must name a reference and a place in it"),
        (("depth", "words", "vendor", None, "p. 3"), "must name a reference and a place in it"),
        (("depth", "", "chosen", None, "", "x"), "must have a sentence and a unit"),
        (("depth", "words", "guessed", None, "", "x"), "not 'guessed'"),
    ],
)
def test_a_citation_that_hides_its_source_cannot_be_made(
    values: tuple[str, ...], message: str
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        Citation(*values)  # type: ignore[arg-type]


def test_a_source_reads_as_one_line() -> None:
    told = measured("x", unit="1", ref="cv32e40p", place="loops", why="zero wait")
    assert told.source == "cv32e40p: loops; zero wait"
    assert chosen("x", unit="1", why="simple").source == "simple"


def test_references_are_csl_json_and_print_as_a_line() -> None:
    root = Path(guardlane.__file__).parents[2]
    items = json.loads((root / "docs" / "references.json").read_text())
    assert len({item["id"] for item in items}) == len(items)
    for item in items:
        assert {"id", "type", "title", "author"} <= set(item)
        assert item["title"] in reference_line(item["id"])
    assert reference_line("yetim2015commguard").endswith("2015. doi:10.1145/2694344.2694354")
    first = min(item["id"] for item in items)
    with pytest.raises(GuardlaneError, match=f"reference 'x' must be one of {first}"):
        reference_line("x")


def test_nothing_but_the_docs_has_a_copy_of_the_references() -> None:
    assert not (files("guardlane") / "references.json").is_file()
