# SPDX-License-Identifier: Apache-2.0
"""A package as a stranger installs it, made on the spot: metadata, entry points and one module."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TOY = """
from typing import Annotated, Literal

from pydantic import Field

from guardlane.cite import chosen
from guardlane.config import Positional, Settings
from guardlane.record import Record
from guardlane.stats import Metric, Statistic
from guardlane.units import Count

WHY = "a toy"


class Tray(Settings):
    depth: Annotated[int, Field(ge=2), chosen("dice it holds", unit="dice", why=WHY)] = 4


class Config(Settings):
    word: Annotated[str, Positional, chosen("what to say", unit="text", why=WHY)] = "hello"
    colour: Annotated[Literal["red", "green"], chosen("of the dice", unit="name", why=WHY)] = "red"
    throws: Annotated[Count, Field(ge=1), chosen("throws", unit="throws", why=WHY)] = Count(3)
    loud: Annotated[bool, chosen("whether to shout", unit="switch", why=WHY)] = False
    seed: Annotated[int, Field(ge=0), chosen("seed of the dice", unit="1", why=WHY)] = 1
    tray: Annotated[Tray, chosen("the tray", unit="table", why="see its fields")] = Tray()


def shout(word: str = "", *, times: int = 1) -> int:
    print("\\n".join([word.upper()] * times))
    return 3


class Toy:
    name = "toy"
    sentence = "Throws dice."
    Config = Config
    metrics = (Metric("sum", "pips", "pips of all throws", "higher"),)
    statistics = (Statistic("throws_made", "throws", "dice thrown"),)

    def run(self, config, progress=None):
        from guardlane.config import config_hash, resolved

        if config.word == "crash":
            raise ZeroDivisionError("the die rolled off")
        if config.word == "interrupt":
            raise KeyboardInterrupt
        outcome = "hung" if config.word == "hang" else "completed"
        return Record(
            workload="toy",
            config=resolved(config),
            config_hash=config_hash(config),
            outcome=outcome,
            metrics={"sum": config.seed * int(config.throws)},
            statistics={"throws_made": int(config.throws)},
            files={"die.txt": b"six"},
            notes=(f"said \\x1b[31m{config.word}",),
        )
"""


def install(place: Path, name: str, source: str, points: Mapping[str, Mapping[str, str]]) -> Path:
    """Make the package `name` with module `name` in `place`, which then belongs on the path.

    `points` are its entry points: group, name, object.
    """
    info = place / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, entries in points.items():
        lines.append(f"[{group}]")
        lines.extend(f"{entry} = {target}" for entry, target in entries.items())
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (place / f"{name}.py").write_text(source)
    return place
