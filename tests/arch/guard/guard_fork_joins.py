# SPDX-License-Identifier: Apache-2.0
"""Random fork-joins of four cores over the twins: when do queues that hand over in sets deadlock?

Source 0 feeds cores 1 and 2, which feed core 3. Each core is a list of commands, the same every
frame.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.guard.queue_twin import (
    Q_WORKING_SET,
    close,
    closed_at,
    drain,
    front_at,
    front_kind,
    front_payload,
    new_queue,
    publish,
    release,
    space_at,
    take,
    write,
)
from guardlane.guard.twin import (
    LOOK_ON,
    alignment_closed,
    alignment_is_padding,
    alignment_new_frame,
    alignment_pad,
    alignment_timeout,
    alignment_unit,
    new_alignment,
)
from guardlane.guard.words import EOC, HEADER, ITEM
from guardlane.kernel import kernel

CORES, QUEUES, FRAMES = 4, 4, 4
IN_QUEUES = np.array([[-1, -1], [0, -1], [1, -1], [2, 3]], np.int64)
OUT_QUEUES = np.array([[0, 1], [2, -1], [3, -1], [-1, -1]], np.int64)

# When a core hands over partial sets, beside at its end.
NOT_AT_ALL, AT_FRAME_END, DATA_ON_STALL, BOTH_ON_STALL = range(4)

PATIENT = 1 << 40  # cycles
NEW_FRAME = 1 << 10  # a command; others are a queue number to pop from, or -1 - that to push to


class Graph(NamedTuple):
    """Commands of each core, int64[cores, most commands], their counts, depths and set sizes."""

    commands: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    depths: list[int]
    working_sets: list[int]


class Ran(NamedTuple):
    """Whether every core came to its end, and the pads and time-outs on the way."""

    is_finished: bool
    pads: int
    timeouts: int


def random_graph(rng: random.Random, *, faulty: bool = False) -> Graph:
    """Draw rates, orders, depths and set sizes; `faulty` cores push or pop wrong counts."""
    rates = [rng.randrange(5), rng.randrange(5)]
    programs: list[list[int]] = [[] for _ in range(CORES)]
    for _ in range(FRAMES):
        source = [-1 - q for q in (0, 1) for _ in range(rates[q])]
        sink = [q + 2 for q in (0, 1) for _ in range(rates[q])]
        rng.shuffle(source)
        rng.shuffle(sink)
        middle = [[q, -1 - (q + 2)] * rates[q] for q in (0, 1)]
        for core, commands in enumerate([source, *middle, sink]):
            spoilt = list(commands)
            if faulty and commands and rng.random() < 0.5:
                at = rng.randrange(len(spoilt))
                spoilt[at : at + 1] = [spoilt[at]] * rng.choice((0, 2, 6))
            programs[core] += [NEW_FRAME, *spoilt]
    lengths = [len(program) for program in programs]
    padded = np.zeros((CORES, max(lengths)), np.int64)
    for core, program in enumerate(programs):
        padded[core, : lengths[core]] = program
    depths = [rng.randrange(2, 9) for _ in range(QUEUES)]
    sets = [rng.randrange(1, depth + 1) for depth in depths]
    return Graph(padded, np.array(lengths), depths, sets)


@kernel
def _hand_over(
    core: int,
    policy: int,
    in_queues: Any,
    out_queues: Any,
    q: Any,
    visible: Any,
    freed: Any,
    t: int,
) -> None:
    for n in out_queues[core]:
        if n >= 0:
            publish(q[n], visible, t)
    for n in in_queues[core]:
        if n >= 0 and policy == BOTH_ON_STALL:
            release(q[n], freed, t)


@kernel
def _boundary(
    core: int,
    ends: bool,
    active: Any,
    header: Any,
    in_queues: Any,
    out_queues: Any,
    q: Any,
    am: Any,
    kinds: Any,
    payloads: Any,
    visible: Any,
    freed: Any,
    t: int,
) -> bool:
    """Write the next header (or end) of a frame; True when the last of them is in."""
    while header[core] < 2 and out_queues[core, header[core]] >= 0:
        n = out_queues[core, header[core]]
        if space_at(q[n], freed, visible, t) > t:
            return False
        write(q[n], kinds, payloads, visible, EOC if ends else HEADER, active[core] + 1, t)
        header[core] += 1
    header[core] = 0
    active[core] += 1
    for n in in_queues[core]:
        if n >= 0 and not ends:
            alignment_new_frame(am[n], active[core])
        elif n >= 0:
            drain(q[n], visible, freed, t)
    for n in out_queues[core]:
        if n >= 0 and ends:
            close(q[n], visible, t)
    return True


@kernel
def _pop(
    q: Any,
    am: Any,
    kinds: Any,
    payloads: Any,
    freed: Any,
    visible: Any,
    active: int,
    waited: int,
    patience: int,
    counts: Any,
    t: int,
) -> bool:
    """Look at one unit for the open pop; True when it is answered."""
    pads = counts[0]
    if alignment_is_padding(am):
        alignment_pad(am)
        counts[0] += 1
        return True
    front = front_at(q, visible)
    if front <= t:
        action = alignment_unit(am, front_kind(q, kinds), front_payload(q, payloads), active)
        take(q, freed, t)
        counts[0] = pads + (action == 2)
        return action != LOOK_ON
    if front > 1 << 61 and closed_at(q) <= t:
        alignment_closed(am)
    elif waited >= patience:
        alignment_timeout(am)
        counts[1] += 1
    else:
        return False
    counts[0] += 1
    return True


@kernel
def _run(
    commands: Any,
    lengths: Any,
    policy: int,
    patience: Any,
    in_queues: Any,
    out_queues: Any,
    q: Any,
    am: Any,
    kinds: Any,
    payloads: Any,
    visible: Any,
    freed: Any,
    counts: Any,
) -> Any:
    """Run all cores cycle by cycle; False if nothing has moved for longer than anybody waits."""
    cores = lengths.size
    at, waited = np.zeros(cores, np.int64), np.zeros(cores, np.int64)
    active, header = np.zeros(cores, np.int64), np.zeros(cores, np.int64)
    ended = idle = t = 0
    longest = 8 if patience.min() > 1 << 30 else patience.max() + 8
    while ended < cores and idle < longest:
        idle += 1
        t += 1
        for core in range(cores):
            if at[core] > lengths[core]:
                continue
            command = NEW_FRAME if at[core] == lengths[core] else commands[core, at[core]]
            before = header[core]
            if command == NEW_FRAME:
                if policy == AT_FRAME_END:
                    _hand_over(core, policy, in_queues, out_queues, q, visible, freed, t)
                done = _boundary(core, at[core] == lengths[core], active, header, in_queues,
                                 out_queues, q, am, kinds, payloads, visible, freed, t)  # fmt: skip
            elif command < 0:
                n = -1 - command
                done = space_at(q[n], freed, visible, t) <= t
                if done:
                    write(q[n], kinds, payloads, visible, ITEM, t, t)
            else:
                read = q[command].copy()
                done = _pop(q[command], am[command], kinds, payloads, freed, visible, active[core],
                            waited[core], patience[core], counts, t)  # fmt: skip
                if (read != q[command]).any():
                    idle = 0
            if done:
                at[core] += 1
                waited[core] = idle = 0
                ended += at[core] > lengths[core]
                continue
            if header[core] != before:
                idle = 0
            waited[core] += 1
            if policy >= DATA_ON_STALL:
                _hand_over(core, policy, in_queues, out_queues, q, visible, freed, t)
    return ended == cores


def run(graph: Graph, policy: int, *, patience: int = PATIENT, single_words: bool = False) -> Ran:
    """Run a graph; a pop of the first level waits `patience` cycles, `single_words` makes sets of
    1."""
    q = np.zeros((QUEUES, new_queue(0, 1, 1, 1).size), np.int64)
    am = np.stack([new_alignment(32)] * QUEUES)
    base = 0
    for n, depth in enumerate(graph.depths):
        q[n] = new_queue(base, depth, graph.working_sets[n], 1)
        base += depth
    if single_words:
        q[:, Q_WORKING_SET] = 1
    kinds, counts = np.zeros(base, np.uint8), np.zeros(2, np.int64)
    payloads, visible, freed = (np.zeros(base, np.int64) for _ in range(3))
    levels = np.array([0, 1, 1, 2])
    is_finished = _run(
        graph.commands, graph.lengths, policy, (levels + 1) * patience, IN_QUEUES, OUT_QUEUES,
        q, am, kinds, payloads, visible, freed, counts,
    )  # fmt: skip
    return Ran(bool(is_finished), int(counts[0]), int(counts[1]))
