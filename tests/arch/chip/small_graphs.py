# SPDX-License-Identifier: Apache-2.0
"""Small graphs that the tests of the chip share."""

from __future__ import annotations

import numpy as np

from guardlane.isa.guest import pop_i32, push
from guardlane.stream import StreamGraph


def increment() -> None:
    push(0, pop_i32(0) + 1)


def fork() -> None:
    for _ in range(4):
        value = pop_i32(0)
        push(0, value)
        push(1, value * 2)


def join() -> None:
    for _ in range(4):
        push(0, pop_i32(0) + pop_i32(1))


def accumulate() -> None:
    total = pop_i32(0) + pop_i32(1)
    push(0, total)
    push(1, total)


def loop(items: int = 320, steady_states: int = 10, delay_frames: int = 1) -> StreamGraph:
    """A filter that adds to each item what it made of the same item some frames before."""
    graph = StreamGraph("loop")
    count = items // steady_states
    graph.source("in", np.arange(items, dtype=np.int32), [count] * steady_states)
    graph.filter("add", work=accumulate, pops=[1, 1], pushes=[1, 1])
    graph.filter("back", work=increment, pops=[1], pushes=[1])
    graph.sink("out", pops=count)
    graph.connect("in", "add")
    graph.connect("add", "out")
    graph.connect("add", "back", out_port=1)
    graph.connect("back", "add", in_port=1, delay_frames=delay_frames, initial=5)
    return graph


def looped(items: int, count: int, frames_late: int) -> list[int]:
    """Value of what `loop` gives, by plain arithmetic."""
    out: list[int] = []
    for i in range(items):
        out.append(i + (5 if i < count * frames_late else out[i - count * frames_late] + 1))
    return out


def chain(length: int = 3, items: int = 300, steady_states: int = 10) -> StreamGraph:
    """A line of filters that each add one."""
    graph = StreamGraph("chain")
    count = items // steady_states
    graph.source("in", np.arange(items, dtype=np.int32), [count] * steady_states)
    names = [f"f{k}" for k in range(length)]
    for name in names:
        graph.filter(name, work=increment, pops=[1], pushes=[1])
    graph.sink("out", pops=count)
    for a, b in zip(["in", *names], [*names, "out"], strict=True):
        graph.connect(a, b)
    return graph


def diamond(items: int = 320, steady_states: int = 10) -> StreamGraph:
    """A fork whose branches meet again: out = 3 in + 3."""
    graph = StreamGraph("diamond")
    count = items // steady_states
    graph.source("in", np.arange(items, dtype=np.int32), [count] * steady_states)
    graph.filter("fork", work=fork, pops=[4], pushes=[4, 4])
    graph.filter("left", work=increment, pops=[1], pushes=[1])
    graph.filter("right", work=increment, pops=[1], pushes=[1])
    graph.filter("join", work=join, pops=[4, 4], pushes=[4])
    graph.sink("out", pops=count)
    graph.connect("in", "fork")
    graph.connect("fork", "left", out_port=0)
    graph.connect("fork", "right", out_port=1)
    graph.connect("left", "join", in_port=0)
    graph.connect("right", "join", in_port=1)
    graph.connect("join", "out")
    return graph
