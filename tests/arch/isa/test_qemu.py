# SPDX-License-Identifier: Apache-2.0
"""Random programs end alike in the interpreter and in QEMU, which shares no line with it."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from guardlane.isa import state
from guardlane.isa.elf import write_elf
from guardlane.isa.encoding import disassemble, encode
from guardlane.isa.instructions import INSTRUCTIONS
from tests.arch.isa.machine import Core
from tests.arch.isa.random_programs import AREA, CONTROL, RESULTS, area, program
from tests.requirements import require_tool

BATCHES, PROGRAMS, LENGTH = 4, 80, 120
DATA = 0x100000
_WRITE, _EXIT = 64, 93


def batch(seed: int) -> tuple[list[int], np.ndarray]:
    """Words of PROGRAMS programs one after the other, and int32 data for all of them."""
    draw = random.Random(seed)
    words: list[int] = []
    data: list[int] = []
    for number in range(PROGRAMS):
        words += program(draw, DATA + number * AREA, LENGTH)
        data += area(draw)
    words += [
        encode("addi", rd=10, imm=1),
        encode("lui", rd=11, imm=DATA),
        encode("lui", rd=12, imm=PROGRAMS * AREA),
        encode("addi", rd=17, imm=_WRITE),
        encode("ecall"),
        encode("addi", rd=10),
        encode("addi", rd=17, imm=_EXIT),
        encode("ecall"),
    ]
    return words, np.array(data, np.uint32)


@pytest.mark.parametrize("seed", range(BATCHES))
def test_random_programs_end_as_they_do_in_qemu(seed: int, tmp_path: Path) -> None:
    qemu = require_tool("qemu-riscv32", package="qemu-user")
    words, data = batch(seed)
    core = Core(words, size=DATA - state.MEMORY_BASE + len(data) * 4)
    ours = core.mem8[DATA - state.MEMORY_BASE :]
    ours[:] = data.view(np.uint8)
    write_elf(tmp_path / "guest", core.mem8.tobytes(), state.MEMORY_BASE, state.MEMORY_BASE)
    ran = subprocess.run([qemu, tmp_path / "guest"], capture_output=True, check=True, timeout=60)

    assert core.run() == state.ECALL
    assert len(ran.stdout) == PROGRAMS * AREA
    theirs = np.frombuffer(ran.stdout, np.uint32).reshape(PROGRAMS, -1)
    wrong = np.argwhere(ours.view(np.uint32).reshape(PROGRAMS, -1) != theirs)
    assert not len(wrong), (
        f"program {wrong[0][0]}, byte {4 * wrong[0][1]} (results start at {RESULTS}): "
        f"{ours.view(np.uint32).reshape(PROGRAMS, -1)[tuple(wrong[0])]:#010x} instead of "
        f"{theirs[tuple(wrong[0])]:#010x}"
    )


def test_the_random_programs_hold_every_instruction() -> None:
    words, _ = batch(0)
    names = {disassemble(word).split()[0] for word in words}
    assert set(INSTRUCTIONS) - names == {"ebreak", *CONTROL}
