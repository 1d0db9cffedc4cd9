# SPDX-License-Identifier: Apache-2.0
"""The queue manager at its ports: what goes in comes out, handed over in sets, upsets or not."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import cocotb

from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane_rtl.lockstep import in_ports, out_ports
from guardlane_rtl.monitor import Ports, start

INPUTS, OUTPUTS = in_ports(QueueInputs._fields), out_ports(QueueOutputs._fields)
DEPTH, WORKING_SET, WORD_BITS, PAYLOAD_BITS, CODE_BITS = 5, 2, 19, 16, 14
POINTER_CODE_BITS = 8


async def begin(dut: Any) -> Ports:
    await start(dut, *[f"qm_{name}" for name in INPUTS])
    unit = ("pop_kind_o", "pop_id_o", "pop_data_o")
    return Ports(dut, "qm_", INPUTS, OUTPUTS, dict.fromkeys(unit, "pop_valid_o"))


def unit_of(kind: int, ident: int, data: int) -> tuple[int, int]:
    """Value of what counts of a unit: its kind, and the id of a header or the data of an item."""
    return kind, ident if kind == HEADER else data if kind == ITEM else 0


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3], upsets=[False, True])
async def order(dut: Any, seed: int, upsets: bool) -> None:
    """Random pushes, pops and stalls; one flip at a time in pointers, headers and tags."""
    ports, rng = await begin(dut), random.Random(seed)
    inside: deque[tuple[int, int]] = deque()
    limit = rng.choice((0.3, 0.6, 1.0))
    flipped: set[int] = set()  # slots with a flip in them: they hold no second one
    pushed = popped = 0
    push: tuple[int, int, int] | None = None
    standing: tuple[int, int] | None = None
    for cycle in range(1_500):
        if push is None and rng.random() < limit:
            push = rng.choice((ITEM, ITEM, HEADER, EOC, BAD)), rng.randrange(256), cycle
        if upsets and rng.random() < 0.2:
            pointer = rng.choice((dut.u_qm.u_write_pointer, dut.u_qm.u_read_pointer))
            pointer.code_q.value = int(pointer.code_q.value) ^ 1 << rng.randrange(POINTER_CODE_BITS)
        if upsets and inside and rng.random() < 0.2:
            # the oldest word's slot, never with its item's data, which carries no code
            slot = popped % DEPTH
            bits = [*range(PAYLOAD_BITS, WORD_BITS)]
            bits += range(CODE_BITS) if inside[0][0] in (HEADER, EOC) else []
            if slot not in flipped:
                flipped.add(slot)
                word = dut.u_qm.words_q[slot]
                word.value = int(word.value) ^ 1 << rng.choice(bits)
                ports.seen["flips"] += 1
        stalls = rng.random() < 0.1, rng.random() < 0.1
        kind, ident, data = push or (ITEM, 0, 0)
        i = QueueInputs(
            push is not None, kind, ident, data, stalls[0], False, rng.random() < 0.5, stalls[1]
        )
        o = await ports.cycle(i)
        assert len(inside) <= o["occupancy_o"] <= DEPTH
        assert o["push_ready_o"] == (o["occupancy_o"] < DEPTH)
        got = unit_of(o["pop_kind_o"], o["pop_id_o"], o["pop_data_o"])
        if standing is not None:
            assert o["pop_valid_o"], "an offer was taken back"
            assert got == standing, "an offer changed"
        standing = None
        if o["pop_valid_o"]:
            assert got == inside[0], f"cycle {cycle}: {got} instead of {inside[0]}"
            standing = got
        if o["pop_valid_o"] and i.pop_ready:
            flipped.discard(popped % DEPTH)
            inside.popleft()
            popped += 1
            standing = None
            ports.seen[f"kind {got[0]}"] += 1
        if push is not None and o["push_ready_o"]:
            inside.append(unit_of(*push))
            pushed += 1
            push = None
        assert not o["detected_o"]
        ports.seen["corrected"] += o["corrected_o"]
    assert popped > 200
    ports.seen["popped"] = popped
    ports.report(f"order/seed={seed}/upsets={upsets}")


PUSH = QueueInputs(push_valid=True, push_kind=ITEM, push_data=5)
POP = QueueInputs(pop_ready=True)
IDLE = QueueInputs()


async def cycles(ports: Ports, *inputs: QueueInputs) -> list[dict[str, int]]:
    return [await ports.cycle(i) for i in inputs]


@cocotb.test()
async def a_set_is_handed_over_when_it_is_full_or_its_side_stalls(dut: Any) -> None:
    ports = await begin(dut)
    seen = await cycles(ports, PUSH, IDLE, PUSH, IDLE)
    assert [o["pop_valid_o"] for o in seen] == [0, 0, 0, 1]
    seen = await cycles(ports, POP, POP, PUSH, IDLE, QueueInputs(publish=True), IDLE)
    assert [o["pop_valid_o"] for o in seen] == [1, 1, 0, 0, 0, 1]
    await cycles(ports, *[PUSH] * 4, QueueInputs(publish=True))
    seen = await cycles(ports, POP, IDLE, QueueInputs(release=True), IDLE)
    assert [o["occupancy_o"] for o in seen] == [5, 5, 5, 4]
    ports.report("a_set_is_handed_over_when_it_is_full_or_its_side_stalls")


@cocotb.test()
async def closed_shows_when_all_is_read(dut: Any) -> None:
    ports = await begin(dut)
    seen = await cycles(ports, PUSH, QueueInputs(close=True), IDLE, POP, IDLE)
    assert [o["closed_o"] for o in seen] == [0, 0, 0, 0, 1]
    assert [o["pop_valid_o"] for o in seen] == [0, 0, 1, 1, 0]
    ports.report("closed_shows_when_all_is_read")


@cocotb.test()
async def a_drained_queue_takes_everything(dut: Any) -> None:
    ports = await begin(dut)
    drain = PUSH._replace(drain=True, publish=True)
    seen = await cycles(ports, *[drain] * 40)
    assert sum(o["push_ready_o"] for o in seen) >= 38
    assert not any(o["pop_valid_o"] for o in seen)
    ports.report("a_drained_queue_takes_everything")


@cocotb.test()
async def two_flips_of_a_pointer_hide_words_for_a_cycle(dut: Any) -> None:
    ports = await begin(dut)
    await cycles(ports, PUSH, PUSH._replace(publish=True))
    code = dut.u_qm.u_write_pointer.code_q
    code.value = int(code.value) ^ 0b11
    hidden, shown = await cycles(ports, IDLE, IDLE)
    assert (hidden["detected_o"], hidden["pop_valid_o"]) == (1, 0)
    assert (shown["detected_o"], shown["pop_valid_o"]) == (0, 1)
    # nor does it pass for closed and empty meanwhile
    await cycles(ports, POP, POP, PUSH._replace(close=True))
    code.value = int(code.value) ^ 0b11
    hidden, shown = await cycles(ports, IDLE, IDLE)
    assert (hidden["pop_valid_o"], hidden["closed_o"]) == (0, 0)
    assert (shown["pop_valid_o"], shown["closed_o"]) == (1, 0)
    ports.report("two_flips_of_a_pointer_hide_words_for_a_cycle")
