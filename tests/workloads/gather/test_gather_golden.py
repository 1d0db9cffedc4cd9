# SPDX-License-Identifier: Apache-2.0
"""A gather has the bandwidth and the mean latency that two independent simulators give it.

`dram_golden.csv` was read off DRAMsim3 and Ramulator 2: one channel, two ranks of 8 Gb x8 devices,
open page, random rows, 17-17-17 and 22-22-22. Where a column is empty, that simulator does not
count what waits outside of its queue. Tails are not compared.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from guardlane.units import Count
from guardlane_workloads.gather.settings import GatherConfig
from guardlane_workloads.gather.workload import Gather

GOLDEN = Path(__file__).parents[2] / "data" / "dram_golden.csv"
ROWS = list(csv.DictReader(GOLDEN.read_text("utf-8").splitlines()))
TOLERANCES = {"dramsim3": 0.05, "ramulator2": 0.10}
LINES = 100_000


def errors(row: dict[str, str], **changes: Any) -> dict[str, float]:
    """How far bandwidth and mean latency are off, as a share, by simulator and metric."""
    size = int(row["vector_bytes"])
    config: dict[str, Any] = {
        "dram": f"DDR4-{row['ddr4_speed_mts']}",
        "vector_bytes": size,
        "outstanding": int(row["outstanding"]),
        "vectors": Count(LINES * 64 // size),
    }
    found = Gather().run(GatherConfig(**(config | changes))).metrics
    return {
        f"{simulator} {metric}": found[own] / float(row[f"{simulator}_{metric}"]) - 1
        for simulator in TOLERANCES
        for metric, own in (("gb_s", "bandwidth_gb_s"), ("mean_ns", "mean_latency_ns"))
        if row[f"{simulator}_{metric}"]
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:3]))
def test_bandwidth_and_latency_are_those_of_both_simulators(row: dict[str, str]) -> None:
    for name, error in errors(row).items():
        assert abs(error) <= TOLERANCES[name.split()[0]], f"{name}: {error:+.1%}"


def test_the_rows_are_those_that_were_measured() -> None:
    assert len(ROWS) == 40
    assert {row["ddr4_speed_mts"] for row in ROWS} == {"2400", "3200"}
    assert sum(bool(row["ramulator2_gb_s"]) for row in ROWS) == 34


@pytest.mark.parametrize("changes", [{"controller": 8}, {"window": 4}, {"ranks": 1}])
def test_a_wrong_machine_is_not_within_bounds(changes: dict[str, Any]) -> None:
    worst = max(abs(error) for row in ROWS[:10] for error in errors(row, **changes).values())
    assert worst > TOLERANCES["ramulator2"]
