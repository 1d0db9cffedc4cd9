# SPDX-License-Identifier: Apache-2.0
"""The compiled interpreter and the readable one agree, on orderly programs and on wild ones."""

from __future__ import annotations

import random

import numpy as np
import pytest

from guardlane.isa import state
from guardlane.isa.encoding import decode, encode
from guardlane.isa.instructions import CSRS, INSTRUCTIONS
from guardlane.isa.step import Machine, signed, step
from guardlane.isa.stops import finish_load, finish_store
from tests.arch.isa.machine import COSTS, SHARED, SIZE, Core, twin
from tests.arch.isa.random_programs import (
    AREA,
    BODY,
    CONTROL,
    FLOATS,
    INTEGERS,
    area,
    corner,
    program,
)

LOADS = (state.POP, state.WAIT_PORT, state.SHARED_LOAD)
STORES = (state.PUSH, state.NEW_FRAME_PORT, state.END_PORT, state.SHARED_STORE, state.ECALL)


def assert_alike(core: Core, machine: Machine) -> None:
    """Compare everything a guest can see, and the counts."""
    counts = [int(n) for n in core.s[: state.CYCLES + 1]]
    assert counts == [machine.pc, machine.retired, machine.cycles]
    assert core.x[:32].view(np.uint32).tolist() == machine.x
    assert core.f_bits.view(np.uint32).tolist() == machine.f
    assert core.mem8.tobytes() == bytes(machine.memory)


@pytest.mark.parametrize("seed", range(6))
def test_orderly_programs_end_alike_with_equal_counts(seed: int) -> None:
    draw = random.Random(seed)
    data = state.MEMORY_BASE + 2 * SIZE
    core = Core([*program(draw, data, 100), encode("ebreak")], size=2 * SIZE + AREA)
    core.mem8[2 * SIZE :] = np.array(area(draw), np.uint32).view(np.uint8)
    machine = twin(core)
    assert core.run() == state.EBREAK
    while step(machine) == state.LIMIT:
        pass
    assert_alike(core, machine)


def wild_word(draw: random.Random) -> int:
    """Any instruction with any operands, now and then no instruction at all."""
    if draw.random() < 0.02:
        return draw.getrandbits(32)
    name = draw.choice((*BODY, "ecall", *("lw", "sw", "flw", "fsw") * 3))
    layout = INSTRUCTIONS[name].layout
    if draw.random() < 0.4 and set("lp") & set(layout.operands):
        register = "rd" if "l" in layout.operands else "rs2"
        imm = draw.choice((-2048, -2044, -2044, -2040, -2040, -2036, -8, -4, -3, 0, 4))
        base = draw.choice((0, 0, 0, 1)) if name != "jalr" else 1
        return encode(name, rs1=base, imm=imm, **{register: draw.randrange(32)})
    return INSTRUCTIONS[name].match | draw.getrandbits(32) & ~layout.mask


def complete(core: Core, machine: Machine, stop: int, draw: random.Random) -> None:
    """Answer a stop on both sides, the readable one by hand."""
    found = decode(machine.text[(machine.pc - machine.base) // 4])
    assert found is not None
    if stop in LOADS:
        value = draw.getrandbits(32)
        finish_load(core.s, core.x, core.f_bits, signed(value))
        width = {"b": 8, "h": 16, "w": 32}[found.name.rstrip("u")[-1]]
        value &= (1 << width) - 1
        if not found.name.endswith("u") and value >> (width - 1):
            value |= 0xFFFFFFFF << width & 0xFFFFFFFF
        (machine.f if found.name == "flw" else machine.x)[found.rd] = value
        machine.x[0] = 0
    else:
        finish_store(core.s)
    if stop in (state.POP, state.PUSH):
        assert core.s[state.PORT] == -found.imm // 4 - 1
    if stop in STORES and stop != state.ECALL:
        bits = (machine.f if found.name == "fsw" else machine.x)[found.rs2]
        assert core.s[state.VALUE] == signed(bits)
    machine.pc += 4
    machine.retired += 1


def test_wild_programs_stop_alike_whatever_they_run_into() -> None:
    met: dict[int, int] = {}
    for seed in range(1500):
        draw = random.Random(seed)
        core = Core(
            [wild_word(draw) for _ in range(24)], size=SIZE, write_from=state.MEMORY_BASE + 512
        )
        core.s[state.SHARED_BASE], core.s[state.SHARED_SIZE] = SHARED.start, len(SHARED)
        inside = (*range(0x1000, 0x1060, 8), *range(0x1FC0, 0x2140, 15), *INTEGERS)
        for register in range(1, 32):
            core.x[register] = signed(draw.choice(inside))
            core.f_bits[register] = signed(corner(draw, FLOATS))
        core.x[1] = state.RETURN_ADDRESS
        machine = twin(core)
        for _ in range(40):
            expected = step(machine)
            stop = core.run(retired=int(core.s[state.RETIRED]) + 1)
            # A limit is looked at first, so what the next fetch meets shows one call later.
            assert stop == expected, (seed, state.STOP_NAMES[stop], state.STOP_NAMES[expected])
            met[stop] = met.get(stop, 0) + 1
            if stop in (*LOADS, *STORES):
                complete(core, machine, stop, draw)
            elif stop != state.LIMIT:
                break
            assert_alike(core, machine)
        if stop >= state.FIRST_TRAP and stop != state.ILLEGAL:
            assert core.s[state.STOP_ADDRESS] == machine.stop_address, state.STOP_NAMES[stop]
    assert set(met) == set(range(len(state.STOP_NAMES))) - {state.EBREAK}


@pytest.mark.parametrize("name", CONTROL)
def test_a_write_of_a_control_register_retires_and_does_nothing_else(name: str) -> None:
    core = Core([encode(name, rs1=5, imm=number) for number in CSRS.values()])
    core.x[1:32] = core.f_bits[:31] = np.arange(31)
    machine = twin(core)
    before = core.snapshot()[state.CYCLES + 1 :]
    for _ in CSRS:
        assert step(machine) == state.LIMIT
    assert core.run(retired=len(CSRS)) == state.LIMIT
    assert_alike(core, machine)
    assert core.snapshot()[state.CYCLES + 1 :] == before
    assert core.s[state.CYCLES] == len(CSRS) * COSTS["system"]
