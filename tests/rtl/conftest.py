# SPDX-License-Identifier: Apache-2.0
"""The simulators of the benches, each built once. GUARDLANE_WAVES=1 keeps waves in build/waves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guardlane_rtl.build import RTL
from guardlane_rtl.simulate import Simulation, build_simulation

BENCHES = Path(__file__).parent / "benches"
ROOT = Path(__file__).parents[2]


def simulation(simulator: str, factory: pytest.TempPathFactory) -> Simulation:
    """Build all blocks for `simulator`, in a folder that goes unless waves are wanted."""
    waves = os.environ.get("GUARDLANE_WAVES", "") not in ("", "0")
    folder = ROOT / "build" / "waves" / simulator if waves else factory.mktemp(simulator)
    return build_simulation(simulator, "bench_top", folder, sources=(RTL, BENCHES), waves=waves)


@pytest.fixture(scope="session")
def icarus(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulation("icarus", tmp_path_factory)


@pytest.fixture(scope="session")
def verilator(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulation("verilator", tmp_path_factory)
