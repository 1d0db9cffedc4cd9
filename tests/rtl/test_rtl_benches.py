# SPDX-License-Identifier: Apache-2.0
"""The cocotb benches pass on Verilator and on Icarus, saw enough, and saw the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from guardlane_rtl.simulate import Outcome, Simulation

# What each module must have counted over its benches: at least so many, on each simulator.
AT_LEAST: dict[str, dict[str, int]] = {
    "bench_alignment": {
        "benches": 10, "cycles": 11_000, "answers": 2_000, "discard_item": 100,
        "discard_header": 60, "pad": 500,
    },
    "bench_inserter": {
        "benches": 3, "cycles": 5_500, "kind 0": 1_500, "kind 1": 400, "kind 3": 3,
        "skip_frame": 40, "drop_tail": 50, "swallowed": 300,
    },
    "bench_queue": {
        "benches": 10, "cycles": 9_000, "popped": 2_500, "corrected": 800, "flips": 500,
        "kind 0": 900, "kind 1": 400, "kind 2": 400, "kind 3": 400,
    },
    "bench_secded": {"benches": 1, "decodes": 6 * (1 + 14 + 91)},
    "bench_link": {
        "benches": 16, "cycles": 9_000, "beats": 2_500, "frames": 480, "pads": 400,
        "delivered": 400, "skip_frame": 10, "drop_tail": 5,
    },
}  # fmt: skip

# Every transition that the table allows under the port rules and a bench of one cycle a step sees;
# a state may follow itself without being counted.
TRANSITIONS = {
    "0->1", "0->3", "0->4", "1->0", "1->2", "1->3", "1->4", "2->0", "2->3", "2->4", "3->0", "3->4",
    "4->0", "4->1",
}  # fmt: skip


def totals(outcomes: Mapping[str, Outcome]) -> Counter[str]:
    """Add up what the benches counted."""
    total: Counter[str] = Counter(benches=len(outcomes))
    for outcome in outcomes.values():
        total.update({k: v for k, v in outcome.counts.items() if isinstance(v, int)})
    return total


@pytest.mark.parametrize("module", AT_LEAST)
def test_the_benches_pass_and_agree(module: str, verilator: Simulation, icarus: Simulation) -> None:
    found = {
        simulation.simulator: simulation.run(f"tests.rtl.benches.{module}")
        for simulation in (verilator, icarus)
    }
    for simulator, outcomes in found.items():
        for outcome in outcomes.values():
            assert not outcome.failure, f"{outcome.name} on {simulator}: {outcome.failure}"
            assert outcome.counts, f"{outcome.name} on {simulator} counted nothing"
        total = totals(outcomes)
        short = {
            name: total[name] for name, least in AT_LEAST[module].items() if total[name] < least
        }
        assert not short, f"too little of {short} on {simulator}"
        if module == "bench_alignment":
            seen = {name for name in total if "->" in name and not name.startswith("-1")}
            assert seen >= TRANSITIONS
    assert found["verilator"] == found["icarus"]
