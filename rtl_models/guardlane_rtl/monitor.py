# SPDX-License-Identifier: Apache-2.0
"""What a cocotb bench drives and watches: the ports of one block, once a cycle, and a digest of it.

Ports are driven after the falling edge and read before the next rising one, which gives the same
values on every simulator. An output that does not count, because its valid is low, is not read; one
that counts and is unknown (X) is an error.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

from guardlane_rtl.simulate import RESULTS

PERIOD = 10  # ns


async def start(dut: Any, *inputs: str) -> None:
    """Start the clock, drive 0 into `inputs` and hold the reset; ends after a falling edge."""
    for name in inputs:
        getattr(dut, name).value = 0
    dut.rst_ni.value = 0
    Clock(dut.clk_i, PERIOD, unit="ns").start()
    for _ in range(3):
        await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1


class Ports:
    """The ports of one block: `inputs` and `outputs` by their names without `prefix`.

    `counts_if` names for an output the one that says whether it counts.
    """

    def __init__(
        self,
        dut: Any,
        prefix: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        counts_if: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = dut.clk_i
        self.inputs = [getattr(dut, prefix + name) for name in inputs]
        self.outputs = {name: getattr(dut, prefix + name) for name in outputs}
        self.counts_if = dict(counts_if or {})
        self.cycles = 0
        self.digest = hashlib.sha256()
        self.seen: Counter[str] = Counter()

    async def cycle(self, values: Sequence[int]) -> dict[str, int]:
        """Drive the inputs, return the outputs of this cycle, and let the clock edge pass.

        An output that does not count is 0.
        """
        for handle, value in zip(self.inputs, values, strict=True):
            handle.value = int(value)
        await ReadOnly()
        got = {
            name: int(handle.value)
            for name, handle in self.outputs.items()
            if name not in self.counts_if
        }
        for name, condition in self.counts_if.items():
            got[name] = int(self.outputs[name].value) if got[condition] else 0
        self.digest.update(repr((list(map(int, values)), sorted(got.items()))).encode())
        self.cycles += 1
        await FallingEdge(self.clock)
        return got

    def report(self, name: str) -> None:
        """Hand over what was counted, under the name of the bench."""
        report(name, cycles=self.cycles, digest=self.digest.hexdigest(), **self.seen)


def report(name: str, **counts: Any) -> None:
    """Hand over `counts` of the bench `name` to whoever runs the simulator."""
    with Path(os.environ[RESULTS]).open("a") as file:
        file.write(json.dumps({"name": name, **counts}) + "\n")
