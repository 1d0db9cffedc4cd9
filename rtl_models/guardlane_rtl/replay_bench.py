# SPDX-License-Identifier: Apache-2.0
"""A cocotb bench for any block: segments from a file go in, and the answers due are compared.

Ports are driven after the falling edge and read before the next rising one. An output that does not
count in a cycle is not read; one that counts and is unknown (X) is an error. A block without a
clock is given time instead.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, Timer

from guardlane_rtl.monitor import PERIOD, report
from guardlane_rtl.simulate import REPLAY


@cocotb.test()
async def keeps_step(dut: Any) -> None:
    """Drive every segment from reset, and compare every output that counts."""
    place = Path(os.environ[REPLAY])
    names = json.loads(place.with_suffix(".json").read_text("utf-8"))
    arrays = np.load(place, allow_pickle=False)
    inputs = [getattr(dut, name) for name in names["inputs"]]
    outputs = [getattr(dut, name) for name in names["outputs"]]
    has_clock = hasattr(dut, "clk_i")
    if has_clock:
        Clock(dut.clk_i, PERIOD, unit="ns").start()
    cycles = mismatches = 0
    first = ""
    for number in range(int(arrays["segments"])):
        stimulus, due, counts = (arrays[f"{part}{number}"] for part in ("in", "due", "counts"))
        if has_clock:
            await _reset(dut, inputs, stimulus[-1].tolist())
        for values, expected, matters in zip(
            stimulus.tolist(), due.tolist(), counts.tolist(), strict=True
        ):
            for port, value in zip(inputs, values, strict=True):
                port.value = value
            if has_clock:
                await ReadOnly()
            else:
                await Timer(PERIOD, unit="ns")
            wrong = [
                f"{name} is {port.value}, not {value}"
                for name, port, value, reads in zip(
                    names["outputs"], outputs, expected, matters, strict=True
                )
                if reads and not _is(port.value, value)
            ]
            if wrong and not mismatches:
                first = f"cycle {cycles}: {wrong[0]}"
            mismatches += bool(wrong)
            cycles += 1
            if has_clock:
                await FallingEdge(dut.clk_i)
    report("keeps_step", cycles=cycles, mismatches=mismatches, first=first)


def _is(value: Any, due: int) -> bool:
    return bool(value.is_resolvable) and int(value) == due


async def _reset(dut: Any, inputs: list[Any], held: list[int]) -> None:
    """Hold the reset for two cycles over the inputs `held`; ends after a falling edge."""
    dut.rst_ni.value = 0
    for port, value in zip(inputs, held, strict=True):
        port.value = value
    for _ in range(3):
        await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1
