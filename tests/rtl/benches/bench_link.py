# SPDX-License-Identifier: Apache-2.0
"""Source, queue and sink between an AXI4-Stream source and sink of others (cocotbext-axi).

What comes out is computed from what went in by the promise alone: frame by frame, the items that
were pushed, up to as many as were asked for, then pads.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from guardlane_rtl.monitor import PERIOD, report, start
from guardlane_rtl.scoreboard import Item, Scoreboard

PAD = 0xDEAD
CYCLES = 4_000  # that no frame takes

Beats = list[tuple[int, int]]  # data and tuser of a frame


def pauses(rng: random.Random, share: float) -> Iterator[bool]:
    """Yield whether to pause in a cycle, in bursts."""
    while True:
        is_pause = rng.random() < share
        yield from [is_pause] * rng.randrange(1, 12)


def due(frame: list[int], length: int) -> Beats:
    """Value of the beats that a frame comes out as."""
    beats = [(data, 0) for data in frame[:length]]
    return beats + [(PAD, 1)] * (length - len(beats))


class Link:
    """The link of the bench, its neighbours and a count of cycles."""

    def __init__(self, dut: Any, prefix: str = "", pause: float = 0.0, seed: int = 1) -> None:
        self.dut = dut
        self.lengths: dict[int, int] = {}  # frame -> beats asked for, where not the default
        self.length = 0
        reset = {"reset": dut.rst_ni, "reset_active_level": False}
        lanes = {"byte_lanes": 1}  # one element a beat
        source = AxiStreamBus.from_prefix(dut, f"{prefix}s_axis")
        sink = AxiStreamBus.from_prefix(dut, f"{prefix}m_axis")
        self.source = AxiStreamSource(source, dut.clk_i, **reset, **lanes)
        self.sink = AxiStreamSink(sink, dut.clk_i, **reset, **lanes)
        for neighbour in (self.source, self.sink):
            neighbour.log.setLevel("WARNING")
        if pause:
            rng = random.Random(seed)
            self.source.set_pause_generator(pauses(rng, pause))
            self.sink.set_pause_generator(pauses(rng, pause / 2))
        self.valid, self.ready = (getattr(dut, f"{prefix}m_axis_t{n}") for n in ("valid", "ready"))
        self.offer = [getattr(dut, f"{prefix}m_axis_t{n}") for n in ("data", "user", "last")]
        self.cycles = self.beats = 0
        self.digest = hashlib.sha256()

    async def begin(self) -> None:
        await start(self.dut, "frame_i", "eoc_i", "end_i", "frame_len_i")
        cocotb.start_soon(self._ask())

    async def _ask(self) -> None:
        """Ask in every cycle for the length of the frame that begins in it, if one does; watch that
        a beat on offer stays."""
        standing: list[int] | None = None
        while True:
            frame = max(int(self.dut.sink_frame_o.value), 1)
            self.dut.frame_len_i.value = self.lengths.get(frame, self.length)
            self.cycles += 1
            beat = [int(handle.value) for handle in self.offer] if self.valid.value else None
            assert standing in (None, beat), f"{standing} on offer became {beat}"
            standing = None if self.ready.value else beat
            await FallingEdge(self.dut.clk_i)

    async def send(self, items: list[int]) -> None:
        """Send a frame; an empty one by a pulse, after all that was sent before it."""
        if items:
            await self.source.send(AxiStreamFrame(items))
        else:
            await self.source.wait()
            await FallingEdge(self.dut.clk_i)
            await self.pulse("frame_i")

    async def pulse(self, name: str) -> None:
        getattr(self.dut, name).value = 1
        await FallingEdge(self.dut.clk_i)
        getattr(self.dut, name).value = 0

    async def end(self) -> None:
        await self.source.wait()
        await FallingEdge(self.dut.clk_i)
        await self.pulse("eoc_i")

    async def receive(self) -> Beats:
        """Take a frame; data and tuser of its beats."""
        frame = await with_timeout(self.sink.recv(), CYCLES * PERIOD, "ns")
        users = frame.tuser if isinstance(frame.tuser, list) else [frame.tuser] * len(frame.tdata)
        beats = list(zip(map(int, frame.tdata), map(int, users), strict=True))
        self.beats += len(beats)
        self.digest.update(repr((self.cycles, beats)).encode())
        return beats

    def report(self, name: str, **counts: int) -> None:
        report(name, cycles=self.cycles, beats=self.beats, digest=self.digest.hexdigest(), **counts)


def random_frames(rng: random.Random, frames: int, most: int) -> list[list[int]]:
    """Draw frames of 0 to `most` items, all different."""
    lengths = [rng.randrange(most + 1) for _ in range(frames)]
    return [[frame << 8 | index for index in range(n)] for frame, n in enumerate(lengths, start=1)]


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3], pause=[0.0, 0.5])
async def frames_of_any_length(dut: Any, seed: int, pause: float) -> None:
    """Short, long and empty frames against lengths that change; the sink ends with its stream."""
    rng = random.Random(seed)
    link = Link(dut, pause=pause, seed=seed)
    frames = random_frames(rng, 60, 6)
    link.length = 4
    link.lengths = {frame: rng.randrange(1, 7) for frame in range(1, 65)}
    await link.begin()

    async def send_all() -> None:
        for frame in frames:
            await link.send(frame)
        await link.end()

    cocotb.start_soon(send_all())
    pads = 0
    for number, frame in enumerate(frames, start=1):
        got = await link.receive()
        assert got == due(frame, link.lengths[number]), f"frame {number}: {got}"
        pads += sum(user for _, user in got)
    for _ in range(200):
        await FallingEdge(dut.clk_i)
    assert link.sink.empty(), "a frame that nobody sent"
    assert int(dut.sink_done_o.value)
    assert not int(dut.skew_err_o.value)
    link.report(f"frames_of_any_length/seed={seed}/pause={pause}", frames=len(frames), pads=pads)


@cocotb.test()
@cocotb.parametrize(length=[1, 2, 3, 5])
async def each_frame_is_answered_before_the_next(dut: Any, length: int) -> None:
    """The sender waits for each frame's answer: no partial set and no short frame may stick."""
    link = Link(dut)
    link.length = length
    await link.begin()
    frames = random_frames(random.Random(length), 30, 5)
    for number, frame in enumerate(frames, start=1):
        await link.send(frame)
        got = await link.receive()
        assert got == due(frame, length), f"frame {number}: {got}"
    link.report(f"each_frame_is_answered_before_the_next/length={length}", frames=len(frames))


@cocotb.test()
async def the_last_frame_may_be_cut_by_the_end(dut: Any) -> None:
    link = Link(dut)
    link.length = 4
    await link.begin()
    await link.send([11, 12, 13, 14])
    assert await link.receive() == due([11, 12, 13, 14], 4)
    await link.send([21, 22, 23, 24])
    accepted = 0
    while accepted < 2:
        await FallingEdge(dut.clk_i)
        accepted += int(dut.s_axis_tvalid.value) & int(dut.s_axis_tready.value)
    await link.pulse("eoc_i")  # in the cycle of the second beat
    assert await link.receive() == due([21, 22], 4)
    for _ in range(50):
        await FallingEdge(dut.clk_i)
    assert int(dut.sink_done_o.value)
    link.report("the_last_frame_may_be_cut_by_the_end")


@cocotb.test()
async def a_sink_that_ends_lets_the_source_run_on(dut: Any) -> None:
    link = Link(dut)
    link.length = 2
    await link.begin()
    await link.pulse("end_i")
    frames = random_frames(random.Random(1), 20, 5)
    for frame in frames:
        await link.send(frame)
    await with_timeout(link.source.wait(), CYCLES * PERIOD, "ns")
    assert await link.receive() == due(frames[0], 2)  # it had begun already
    assert link.sink.empty()
    assert int(dut.sink_done_o.value)
    link.report("a_sink_that_ends_lets_the_source_run_on")


@cocotb.test()
@cocotb.parametrize(seed=[1, 2, 3, 4])
async def hasty(dut: Any, seed: int) -> None:
    """With time-outs on both sides and long pauses, items may be lost and never misplaced."""
    rng = random.Random(seed)
    link = Link(dut, "hasty_", seed=seed)
    link.source.set_pause_generator(pauses(rng, 0.3))
    stalls = iter([stall for _ in range(4_000) for stall in [rng.random() < 0.1] * 30])
    link.sink.set_pause_generator(stalls)
    link.length = 3
    await link.begin()
    frames = random_frames(rng, 80, 4)
    lost = {"skip_frame": 0, "drop_tail": 0}

    async def watch() -> None:
        while True:
            for name in lost:
                lost[name] += int(getattr(dut, f"hasty_{name}_o").value)
            await FallingEdge(dut.clk_i)

    cocotb.start_soon(watch())
    for frame in frames:
        await link.source.send(AxiStreamFrame(frame or [0xFFFF]))
    board = Scoreboard()
    delivered = 0
    for number in range(1, len(frames) + 1):
        board.frame_started(number)
        board.has_producer_ended = True  # pads are not judged: who waited cannot be seen here
        for data, is_pad in await link.receive():
            if is_pad:
                board.padded()
            elif data == 0xFFFF:
                board.pops += 1
            else:
                board.delivered(Item(data >> 8, data & 0xFF))
                delivered += 1
    assert not board.violations["a"], board.first
    assert not board.violations["d"], board.first
    link.report(f"hasty/seed={seed}", delivered=delivered, **lost)
