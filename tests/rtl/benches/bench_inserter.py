# SPDX-License-Identifier: Apache-2.0
"""The header inserter at its ports: in step with its shell, and nothing offered is changed."""

from __future__ import annotations

import random
from typing import Any

import cocotb

from guardlane.guard.inserter import Command
from guardlane.guard.shell_inserter import HeaderInserter, InserterInputs, InserterOutputs
from guardlane.guard.words import HEADER
from guardlane_rtl.lockstep import in_ports, out_ports
from guardlane_rtl.monitor import Ports, start

ID_WIDTH, DATA_WIDTH, DELAY = 8, 16, 2
INPUTS, OUTPUTS = in_ports(InserterInputs._fields), out_ports(InserterOutputs._fields)
UNIT = ("unit_kind_o", "unit_id_o", "unit_data_o")


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3])
async def pushes_and_frames(dut: Any, seed: int) -> None:
    """Random commands against random room, with time-outs."""
    await start(dut, *[f"hi_{name}" for name in INPUTS])
    ports = Ports(dut, "hi_", INPUTS, OUTPUTS, dict.fromkeys(UNIT, "unit_valid_o"))
    shell, rng = HeaderInserter(DATA_WIDTH, ID_WIDTH, DELAY), random.Random(seed)
    offers, waited, active, command, data = False, 0, 0, Command.PUSH, 0
    standing: list[int] | None = None
    cuts = False  # whether the rest of the frame must not reach the queue
    for cycle in range(2_000):
        if not offers and rng.random() < 0.8:
            offers, waited, data = True, 0, rng.getrandbits(DATA_WIDTH)
            command = Command.NEW_FRAME if active == 0 or rng.random() < 0.2 else Command.PUSH
            command = Command.END if cycle > 1_950 else command
            active += command == Command.NEW_FRAME
        has_room = rng.random() < (0.2, 0.5, 0.9)[seed - 1]
        i = InserterInputs(offers, command, data, active % 256, has_room, offers and waited > 4)
        due, o = shell.cycle(i), await ports.cycle(i)
        for name, wanted in due._asdict().items():
            if due.unit_valid or f"{name}_o" not in UNIT:
                assert o[f"{name}_o"] == wanted, f"cycle {cycle}: {name}"
        # the rules, of the hardware alone
        unit = [o[name] for name in UNIT]
        if standing is not None:
            assert o["unit_valid_o"], "an offer was taken back"
            assert unit == standing, "an offer changed"
        standing = unit if o["unit_valid_o"] and not o["cmd_ready_o"] else None
        if o["unit_valid_o"] and i.unit_ready:
            assert o["cmd_ready_o"]
            assert not (cuts and command == Command.PUSH), "an item of a frame that was cut"
            cuts = False
            ports.seen[f"kind {unit[0]}"] += 1
            assert unit[0] != HEADER or unit[1] == (active + DELAY) % 256
        elif o["cmd_ready_o"] and o["unit_valid_o"]:
            assert i.timeout, "a unit was given up before its time"
            cuts = True
        elif o["cmd_ready_o"]:
            assert cuts, "a push was swallowed without need"
            ports.seen["swallowed"] += 1
        ports.seen["skip_frame"] += o["skip_frame_o"]
        ports.seen["drop_tail"] += o["drop_tail_o"]
        offers = offers and not o["cmd_ready_o"]
        waited += 1
        if command == Command.END and o["cmd_ready_o"]:
            break
    for _ in range(3):
        o = await ports.cycle(InserterInputs(True, Command.PUSH, unit_ready=True))
        assert not o["cmd_ready_o"]
        assert not o["unit_valid_o"]
    ports.report(f"pushes_and_frames/seed={seed}")
