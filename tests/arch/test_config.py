# SPDX-License-Identifier: Apache-2.0
"""Settings are strict, say what they are, and have one identity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from guardlane.cite import chosen
from guardlane.config import (
    NotIdentity,
    Positional,
    Settings,
    config_hash,
    explain,
    resolved,
)
from guardlane.units import Bytes, Frequency, Mtbe


class Part(Settings):
    depth: Annotated[int, Field(gt=0), chosen("words", unit="words", why="any")] = 4
    clock: Frequency = Frequency(10**9)


class Whole(Settings):
    part: Part = Part()
    mode: Literal["on", "off"] = "on"
    ratio: float = 0.5
    mtbe: Mtbe = Mtbe.parse("512k")
    sizes: tuple[Bytes, ...] = (Bytes(64),)
    path: Annotated[Path | None, NotIdentity, Positional()] = None
    quantum: Annotated[int, NotIdentity()] = 1


@pytest.mark.parametrize(
    "values",
    [
        {"mode": "onn"},
        {"ratio": float("nan")},
        {"part": {"depth": "4"}},
        {"part": {"depth": 0}},
        {"part": {"depth": True}},
        {"part": {"clock": 5}},
        {"other": 1},
    ],
)
def test_settings_take_nothing_but_what_they_declare(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Whole.model_validate(values)


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Part().depth = 5  # type: ignore[misc]


def test_a_default_is_checked_like_any_value() -> None:
    class Wrong(Settings):
        depth: Annotated[int, Field(gt=0)] = 0

    with pytest.raises(ValidationError):
        Wrong()


def test_resolved_settings_are_in_base_units_without_what_is_no_identity() -> None:
    assert resolved(Whole(path=Path("/home/me"), quantum=9)) == {
        "part": {"depth": 4, "clock": 1_000_000_000},
        "mode": "on",
        "ratio": 0.5,
        "mtbe": "512k",
        "sizes": [64],
    }


def test_the_hash_follows_identity_and_the_content_of_inputs_alone() -> None:
    base = config_hash(Whole())
    assert config_hash(Whole(path=Path("/a"), quantum=7)) == base
    assert config_hash(Whole(mtbe=Mtbe.parse("512000"))) == base
    assert config_hash(Whole(part=Part(depth=5))) != base
    assert config_hash(Whole(), "digest") != base
    assert base == "9a4bac96c98a516d43a4a71e6534f3b4"


def test_every_parameter_is_explained_with_its_dotted_name_and_default() -> None:
    rows = {one.name: one for one in explain(Whole)}
    assert list(rows) == [
        "part.depth", "part.clock", "mode", "ratio", "mtbe", "sizes", "path", "quantum"
    ]  # fmt: skip
    assert rows["part.depth"].citation == chosen("words", unit="words", why="any")
    assert rows["part.clock"].default_text == "1 GHz"
    assert rows["mode"].choices == ("on", "off")
    assert rows["path"].default_text == ""
    assert rows["path"].is_positional
    assert not rows["quantum"].is_identity
    assert rows["ratio"].is_identity
