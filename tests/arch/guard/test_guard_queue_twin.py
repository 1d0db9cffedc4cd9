# SPDX-License-Identifier: Apache-2.0
"""The queue by time stamps against the queue by cycles: same order, same cycles, same counts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard import queue_twin as qt
from guardlane.guard.queue import QueueInputs, QueueManager
from guardlane.guard.words import EOC, HEADER, ITEM

BASE = 3  # the twin's slots begin behind a neighbour's


@dataclass
class Stamped:
    """One queue of the twin with arrays of its own."""

    depth: int
    working_set: int
    latency: int
    q: npt.NDArray[np.int64] = field(init=False)
    kinds: npt.NDArray[np.uint8] = field(init=False)
    payloads: npt.NDArray[np.int64] = field(init=False)
    visible: npt.NDArray[np.int64] = field(init=False)
    freed: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.q = qt.new_queue(BASE, self.depth, self.working_set, self.latency)
        self.kinds = np.zeros(BASE + self.depth, np.uint8)
        self.payloads, self.visible, self.freed = (
            np.zeros(BASE + self.depth, np.int64) for _ in range(3)
        )

    def space_at(self, t: int) -> int:
        return int(qt.space_at(self.q, self.freed, self.visible, t))

    def front_at(self) -> int:
        return int(qt.front_at(self.q, self.visible))

    def write(self, kind: int, payload: int, t: int) -> bool:
        return bool(qt.write(self.q, self.kinds, self.payloads, self.visible, kind, payload, t))

    def take(self, t: int) -> bool:
        return bool(qt.take(self.q, self.freed, t))


def lockstep(depth: int, working_set: int, latency: int, seed: int, cycles: int = 400) -> None:
    """Drive shell and twin with one random pattern, comparing what each end sees in every cycle."""
    rng = random.Random(seed)
    shell, twin = QueueManager(depth, working_set, latency), Stamped(depth, working_set, latency)
    eager_push, eager_pop, stall = (
        rng.choice((0.2, 0.9)),
        rng.choice((0.2, 0.9)),
        rng.choice((0, 0.1)),
    )
    close_cycle = rng.choice((cycles // 2, 10 * cycles))
    drain_cycle = rng.choice((cycles // 2 + 20, 10 * cycles))
    due_space = due_front = -1  # cycles that the twin foretold
    headers = written_headers = occupancy = 0
    for t in range(cycles):
        closing, draining = t == close_cycle, t >= drain_cycle
        push = t < close_cycle and rng.random() < eager_push
        pop = not draining and rng.random() < eager_pop
        kind = rng.choice((ITEM, ITEM, HEADER, EOC))
        payload = rng.getrandbits(16)
        i = QueueInputs(
            push, kind, payload if kind != ITEM else 0, payload if kind == ITEM else 0,
            rng.random() < stall, closing, pop, rng.random() < stall, draining,
        )  # fmt: skip
        o = shell.cycle(i)
        if draining and t == drain_cycle:
            qt.drain(twin.q, twin.visible, twin.freed, t)

        space, front = twin.space_at(t), twin.front_at()
        assert o.push_ready == (space <= t)
        assert not draining or space < qt.NEVER
        assert due_space < 0 or o.push_ready == (t >= due_space)
        due_space = space if t < space < qt.NEVER else -1
        if not draining:
            assert o.pop_valid == (front <= t)
            assert due_front < 0 or o.pop_valid == (t >= due_front)
            due_front = front if t < front < qt.NEVER else -1
            assert o.closed == (front == qt.NEVER and qt.closed_at(twin.q) <= t)
            assert o.occupancy == twin.q[qt.Q_WRITTEN] - twin.q[qt.Q_FREED]
        published = released = False
        if push and o.push_ready:
            published = twin.write(kind, payload, t)
            assert published == (twin.q[qt.Q_WRITTEN] % working_set == 0)
            headers += kind != ITEM
            written_headers += kind != ITEM
            occupancy = max(occupancy, o.occupancy + 1)
        if pop and o.pop_valid:
            assert (
                qt.front_kind(twin.q, twin.kinds) == qt.front_kind(twin.q, twin.kinds) == o.pop_kind
            )
            assert qt.front_payload(twin.q, twin.payloads) == (
                o.pop_data if o.pop_kind == ITEM else o.pop_id
            )
            headers += o.pop_kind != ITEM
            released = twin.take(t)
            assert released == (twin.q[qt.Q_READ] % working_set == 0)
        if i.publish:
            qt.publish(twin.q, twin.visible, t)
        if i.release and not draining:
            qt.release(twin.q, twin.freed, t)
        if closing:
            qt.close(twin.q, twin.visible, t)
    for _ in range(depth * (latency + 1)):  # let the shell drop what is on its way
        shell.cycle(QueueInputs(drain=drain_cycle < cycles))
    qt.settle(twin.q, twin.visible, twin.freed)
    drained = twin.q[qt.Q_READ] - twin.q[qt.Q_POPS]
    assert twin.q[qt.Q_READ] % (2 * depth) == shell.read
    assert twin.q[qt.Q_DRAINED] == drained
    assert drained == 0 or drain_cycle < cycles
    assert twin.q[qt.Q_ECC] == 2 * (shell.write_pointer.moves + shell.read_pointer.moves) + headers
    assert twin.q[qt.Q_HEADERS] == written_headers
    assert twin.q[qt.Q_MAX_OCCUPANCY] == occupancy


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
@pytest.mark.parametrize("latency", [1, 2, 7])
def test_the_twin_keeps_step_with_the_shell(depth: int, latency: int) -> None:
    for working_set in {1, (depth + 1) // 2, depth}:
        for seed in range(12):
            lockstep(depth, working_set, latency, seed)


def test_a_set_shows_at_once_and_a_partial_one_when_published() -> None:
    queue = Stamped(depth=8, working_set=4, latency=10)
    assert [queue.write(ITEM, n, n) for n in range(4)] == [False, False, False, True]
    assert queue.front_at() == 13
    for n in range(4):
        assert queue.front_at() == 13
        queue.take(13 + n)
    queue.write(ITEM, 4, 20)
    assert queue.front_at() == qt.NEVER
    assert qt.publish(queue.q, queue.visible, 30)
    assert not qt.publish(queue.q, queue.visible, 31)
    assert queue.front_at() == 40


def test_the_producer_learns_when_a_slot_returns_and_not_before() -> None:
    queue = Stamped(depth=2, working_set=1, latency=5)
    queue.space_at(0), queue.write(ITEM, 0, 0), queue.space_at(1), queue.write(ITEM, 1, 1)
    assert queue.space_at(2) == qt.NEVER
    queue.take(7)
    assert [queue.space_at(t) for t in (7, 11, 12, 13)] == [12, 12, 12, 13]


def test_the_closed_flag_never_overtakes_the_last_word() -> None:
    queue = Stamped(depth=4, working_set=4, latency=6)
    queue.write(EOC, 0, 3)
    qt.close(queue.q, queue.visible, 4)
    assert queue.front_at() == qt.closed_at(queue.q) == 10


def test_a_drained_queue_drops_a_word_a_cycle_and_returns_its_slot() -> None:
    queue = Stamped(depth=4, working_set=1, latency=3)
    for n in range(4):
        queue.space_at(n)
        queue.write(ITEM, n, n)
    qt.drain(queue.q, queue.visible, queue.freed, 20)
    assert [int(queue.freed[BASE + n]) for n in range(4)] == [23, 24, 25, 26]
    assert queue.space_at(20) == 23
    assert queue.q[qt.Q_DRAINED] == 4


def test_a_drained_queue_always_knows_when_it_has_room() -> None:
    queue = Stamped(depth=2, working_set=2, latency=3)
    queue.write(ITEM, 0, 0)
    qt.publish(queue.q, queue.visible, 0)
    queue.take(3)
    queue.write(ITEM, 1, 1)
    qt.drain(queue.q, queue.visible, queue.freed, 9)
    assert queue.q[qt.Q_DRAINED] == 1
    queue.space_at(12), queue.write(ITEM, 2, 12), qt.publish(queue.q, queue.visible, 12)
    queue.space_at(13), queue.write(ITEM, 3, 13)
    assert queue.space_at(15) == 18


def test_words_within_a_latency_are_the_same_whoever_acts_first() -> None:
    """One end's clock may run ahead of the other's by less than the latency."""
    results = []
    for consumer_first in (False, True):
        queue = Stamped(depth=4, working_set=1, latency=10)
        queue.space_at(0), queue.write(ITEM, 0, 0)

        def produce(queue: Stamped = queue) -> None:
            for t in range(11, 14):
                assert queue.space_at(t) == t
                queue.write(ITEM, t, t)

        def consume(queue: Stamped = queue) -> None:
            assert queue.front_at() == 10
            queue.take(15)

        for act in (consume, produce) if consumer_first else (produce, consume):
            act()
        results.append((queue.q.tolist(), queue.visible.tolist(), queue.freed.tolist()))
    assert results[0] == results[1]


def test_a_queue_that_cannot_be_built_is_an_error() -> None:
    with pytest.raises(GuardlaneError, match="a working set must be 1 to 4 words"):
        qt.new_queue(0, 4, 8, 1)
    with pytest.raises(GuardlaneError, match="must be 1 cycle or more, not 0"):
        qt.new_queue(0, 4, 1, 0)
