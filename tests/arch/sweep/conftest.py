# SPDX-License-Identifier: Apache-2.0
"""A workload for sweeps: it is quick, and it sleeps, dies, hangs or fails where it is told to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from guardlane.sweep import keys
from tests.plugin import install

MILL = """
import os, signal, sys, time
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from guardlane.cite import chosen
from guardlane.config import NotIdentity, Settings, config_hash, resolved
from guardlane.errors import GuardlaneError
from guardlane.record import Record
from guardlane.stats import Metric
from guardlane.units import Bytes, Mtbe

WHY = "a mill"


class Stone(Settings):
    weight: Annotated[Bytes, chosen("of the stone", unit="B", why=WHY)] = Bytes(1024)
    turns: Annotated[int, Field(ge=1), chosen("turns", unit="1", why=WHY)] = 3


class Config(Settings):
    act: Annotated[str, chosen("what to do", unit="name", why=WHY)] = "grind"
    at: Annotated[int, chosen("seed at which to do it", unit="1", why=WHY)] = -1
    load: Annotated[float, chosen("load", unit="1", why=WHY)] = 1.0
    mtbe: Annotated[Mtbe, chosen("mtbe", unit="instructions", why=WHY)] = Mtbe.parse("512k")
    seed: Annotated[int, Field(ge=0), chosen("seed", unit="1", why=WHY)] = 1
    sleep: Annotated[float, NotIdentity, chosen("nap", unit="s", why=WHY)] = 0.0
    grain: Annotated[Path | None, NotIdentity, chosen("input", unit="file", why=WHY)] = None
    stone: Annotated[Stone, chosen("the stone", unit="table", why="see its fields")] = Stone()

    @model_validator(mode="after")
    def _fits(self):
        if self.load > 100 and self.stone.turns > 5:
            raise ValueError("so much load takes 5 turns or fewer")
        return self


class Mill:
    name = "mill"
    sentence = "Grinds."
    Config = Config
    metrics = (Metric("flour", "kg", "flour that comes out", "higher"), Metric("dust", "g", "dust"))
    statistics = ()

    def run(self, config, progress=None):
        time.sleep(config.sleep)
        print("said on stdout")
        if config.seed == config.at:
            if config.act == "die":
                print("last words", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGSEGV)
            if config.act == "hang":
                time.sleep(600)
            if config.act == "hoard":
                hoard = np.empty(3 << 30, np.uint8)  # of address space; nothing touches it
            if config.act == "refuse":
                raise GuardlaneError("the mill is closed")
            if config.act == "raise":
                raise ZeroDivisionError("no grain")
            if config.act == "burst":
                return self.record(config, "trapped", None)
        if config.act == "once":  # dies the first time only
            mark = Path(f"mark-{config.seed}")
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return self.record(config, "completed", config.load * int(config.stone.turns) + config.seed)

    def record(self, config, outcome, flour):
        return Record(
            workload="mill", config=resolved(config), config_hash=config_hash(config),
            outcome=outcome, metrics={"flour": flour, "dust": config.seed % 3},
        )
"""


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the mill, and work in a folder of its own."""
    points = {"guardlane.workloads": {"mill": "mill_of_tests:Mill"}}
    place = install(tmp_path / "site", "mill_of_tests", MILL, points)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "mill_of_tests", raising=False)
    keys.package_digest.cache_clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUARDLANE_TRACEBACK", raising=False)
    return place


@pytest.fixture
def few() -> Path:
    """Value of the file of a study of five points."""
    place = Path("few.toml").absolute()
    place.write_text('workload = "mill"\nseeds = "1..5"\n[settings]\nat = 3\n')
    return place
