# SPDX-License-Identifier: Apache-2.0
"""The alignment manager at its ports: in step with its shell, and out of any state."""

from __future__ import annotations

import random
from typing import Any

import cocotb

from guardlane.guard.alignment import State
from guardlane.guard.shell_alignment import (
    AlignmentInputs,
    AlignmentManager,
    AlignmentOutputs,
    Command,
)
from guardlane.guard.words import BAD, HEADER, ITEM
from guardlane_rtl.bench import PATIENT, AlignmentBench, random_script
from guardlane_rtl.lockstep import in_ports, out_ports
from guardlane_rtl.monitor import Ports, start

ID_WIDTH, DATA_WIDTH, PAD = 8, 16, 0xDEAD
INPUTS, OUTPUTS = in_ports(AlignmentInputs._fields), out_ports(AlignmentOutputs._fields)


async def begin(dut: Any) -> Ports:
    await start(dut, *[f"am_{name}" for name in INPUTS])
    masked = {"rsp_data_o": "rsp_valid_o", "rsp_pad_o": "rsp_valid_o"}
    return Ports(dut, "am_", INPUTS, OUTPUTS, masked)


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3, 4])
async def frames(dut: Any, seed: int) -> None:
    """Random frames, with bad headers, lost frames, strays and time-outs by seed."""
    script = random_script(
        random.Random(seed),
        250,
        ID_WIDTH,
        bad=(0.0, 0.1)[seed % 2],
        lost=0.05,
        wild=(0.0, 0.2)[seed // 3],
        patience=(PATIENT, 6)[seed // 2 % 2],
    )
    bench = AlignmentBench(script, seed, ID_WIDTH)
    assert bench.run(AlignmentManager(DATA_WIDTH, ID_WIDTH, PAD))
    ports = await begin(dut)
    answer: tuple[int, int] | None = None  # one that stands
    is_open, has_ended = False, False
    before = -1
    for i, due in zip(bench.inputs, bench.outputs, strict=True):
        o = await ports.cycle(i)
        for name, wanted in due._asdict().items():
            if due.rsp_valid or not name.startswith("rsp_"):
                assert o[f"{name}_o"] == wanted, f"cycle {ports.cycles}: {name}"
        # the rules, of the hardware alone
        pops = i.cmd_valid and o["cmd_ready_o"] and i.cmd == Command.POP
        assert not (o["unit_ready_o"] and not (is_open or pops or has_ended)), (
            "a unit without a pop"
        )
        if answer is not None:
            assert answer == (o["rsp_data_o"], o["rsp_pad_o"]), "an answer changed"
            assert o["rsp_valid_o"], "an answer was taken back"
            assert not o["cmd_ready_o"], "a command before the answer was taken"
        if o["rsp_valid_o"]:
            assert is_open, "an answer without a pop"
            assert not o["rsp_pad_o"] or o["rsp_data_o"] == PAD
        answer = None
        if o["rsp_valid_o"] and not i.rsp_ready:
            answer = o["rsp_data_o"], o["rsp_pad_o"]
        ports.seen["answers"] += o["rsp_valid_o"] and i.rsp_ready
        ports.seen["pops"] += pops
        is_open = (is_open or bool(pops)) and not (o["rsp_valid_o"] and i.rsp_ready)
        has_ended = has_ended or bool(i.cmd_valid and o["cmd_ready_o"] and i.cmd == Command.END)
        for strobe in ("discard_item", "discard_header", "pad"):
            ports.seen[strobe] += o[f"{strobe}_o"]
        if o["state_o"] != before:
            ports.seen[f"{before}->{o['state_o']}"] += 1
            before = o["state_o"]
    assert ports.seen["pops"] == ports.seen["answers"]
    ports.report(f"frames/seed={seed}")


def new_frame(frame: int) -> AlignmentInputs:
    return AlignmentInputs(cmd_valid=True, cmd=Command.NEW_FRAME, active_frame=frame)


def pop(frame: int, **ports: Any) -> AlignmentInputs:
    return AlignmentInputs(cmd_valid=True, cmd=Command.POP, active_frame=frame, **ports)


HEADER_1: dict[str, Any] = {"unit_valid": True, "unit_kind": HEADER, "unit_id": 1}
ITEM_7: dict[str, Any] = {"unit_valid": True, "unit_kind": ITEM, "unit_data": 7}


@cocotb.test()
async def a_unit_wins_over_the_timeout(dut: Any) -> None:
    ports = await begin(dut)
    await ports.cycle(new_frame(1))
    await ports.cycle(pop(1, **HEADER_1))
    await ports.cycle(AlignmentInputs(active_frame=1, timeout=True, **ITEM_7))
    held = AlignmentInputs(active_frame=1, timeout=True)
    for ready in (False, False, True):
        o = await ports.cycle(held._replace(rsp_ready=ready))
        assert (o["rsp_valid_o"], o["rsp_data_o"], o["rsp_pad_o"]) == (1, 7, 0)
    o = await ports.cycle(AlignmentInputs(active_frame=1))
    assert (o["rsp_valid_o"], o["cmd_ready_o"], o["state_o"]) == (0, 1, State.RCV_CMP)
    ports.report("a_unit_wins_over_the_timeout")


@cocotb.test()
async def half_the_id_space_away_is_an_error_that_stays(dut: Any) -> None:
    ports = await begin(dut)
    await ports.cycle(new_frame(1))
    await ports.cycle(pop(1, unit_valid=True, unit_kind=HEADER, unit_id=1 + 128))
    o = await ports.cycle(AlignmentInputs(active_frame=1, **HEADER_1))
    assert (o["skew_err_o"], o["discard_header_o"], o["state_o"]) == (1, 1, State.DISC_FR)
    o = await ports.cycle(AlignmentInputs(active_frame=1))
    assert (o["skew_err_o"], o["discard_header_o"], o["state_o"]) == (1, 0, State.RCV_CMP)
    ports.report("half_the_id_space_away_is_an_error_that_stays")


@cocotb.test()
@cocotb.parametrize(encoding=[5, 6, 7])
async def an_encoding_no_state_has_discards_the_frame(dut: Any, encoding: int) -> None:
    ports = await begin(dut)
    await ports.cycle(new_frame(1))
    dut.u_am.state_q.value = encoding
    o = await ports.cycle(AlignmentInputs(active_frame=1))
    assert o["state_o"] == encoding
    o = await ports.cycle(pop(1, **ITEM_7))
    assert (o["unit_ready_o"], o["rsp_valid_o"]) == (1, 0)
    o = await ports.cycle(AlignmentInputs(active_frame=1, **HEADER_1))
    assert (o["state_o"], o["discard_item_o"]) == (State.DISC_FR, 1)
    o = await ports.cycle(AlignmentInputs(active_frame=1, **ITEM_7))
    assert o["state_o"] == State.RCV_CMP
    o = await ports.cycle(AlignmentInputs(active_frame=1, rsp_ready=True))
    assert (o["rsp_valid_o"], o["rsp_data_o"], o["rsp_pad_o"]) == (1, 7, 0)
    dut.u_am.state_q.value = encoding
    await ports.cycle(new_frame(2))
    o = await ports.cycle(AlignmentInputs(active_frame=2))
    assert o["state_o"] == State.DISC_FR
    ports.report(f"an_encoding_no_state_has_discards_the_frame/encoding={encoding}")


@cocotb.test()
async def after_the_end_everything_is_dropped_until_reset(dut: Any) -> None:
    ports = await begin(dut)
    await ports.cycle(new_frame(1))
    await ports.cycle(pop(1, **HEADER_1))
    await ports.cycle(AlignmentInputs(active_frame=1, **ITEM_7))
    await ports.cycle(AlignmentInputs(active_frame=1, rsp_ready=True))
    await ports.cycle(AlignmentInputs(cmd_valid=True, cmd=Command.END, active_frame=1))
    for kind in (ITEM, HEADER, BAD):
        o = await ports.cycle(pop(1, unit_valid=True, unit_kind=kind, unit_id=9))
        assert (o["unit_ready_o"], o["cmd_ready_o"], o["rsp_valid_o"]) == (1, 0, 0)
        assert (o["discard_item_o"], o["discard_header_o"], o["pad_o"], o["state_o"]) == (
            0,
            0,
            0,
            0,
        )
    dut.rst_ni.value = 0
    await ports.cycle(AlignmentInputs())
    dut.rst_ni.value = 1
    o = await ports.cycle(AlignmentInputs())
    assert (o["cmd_ready_o"], o["unit_ready_o"], o["state_o"]) == (1, 0, State.EXP_HDR)
    ports.report("after_the_end_everything_is_dropped_until_reset")
