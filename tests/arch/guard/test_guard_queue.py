# SPDX-License-Identifier: Apache-2.0
"""The queue manager keeps order, hands over in sets or when told, and survives upset pointers."""

from __future__ import annotations

import random

import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard.queue import QueueInputs, QueueManager, QueueOutputs
from guardlane.guard.words import HEADER, ITEM

PUSH = QueueInputs(push_valid=True, push_kind=ITEM, push_data=5)
POP = QueueInputs(pop_ready=True)
IDLE = QueueInputs()


def cycles(queue: QueueManager, *inputs: QueueInputs) -> list[QueueOutputs]:
    """Clock a queue through these inputs."""
    return [queue.cycle(i) for i in inputs]


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_a_word_is_seen_the_latency_after_its_push(latency: int) -> None:
    queue = QueueManager(4, latency=latency)
    seen = cycles(queue, PUSH, *[IDLE] * latency)
    assert [o.pop_valid for o in seen] == [False] * latency + [True]
    assert seen[-1].pop_data == 5


@pytest.mark.parametrize("latency", [1, 3])
def test_a_slot_comes_back_the_latency_after_its_pop(latency: int) -> None:
    queue = QueueManager(2, latency=latency)
    cycles(queue, PUSH, PUSH, *[IDLE] * latency)
    seen = cycles(queue, POP, *[IDLE] * latency)
    assert [o.push_ready for o in seen] == [False] * latency + [True]


def test_a_set_is_handed_over_when_it_is_full() -> None:
    queue = QueueManager(8, working_set=4)
    seen = cycles(queue, PUSH, PUSH, PUSH, IDLE, PUSH, IDLE)
    assert [o.pop_valid for o in seen] == [False] * 5 + [True]


def test_a_stalled_producer_hands_over_what_it_has() -> None:
    queue = QueueManager(8, working_set=4)
    seen = cycles(queue, PUSH, IDLE, QueueInputs(publish=True), IDLE)
    assert [o.pop_valid for o in seen] == [False, False, False, True]


def test_a_stalled_consumer_returns_what_it_has() -> None:
    queue = QueueManager(4, working_set=4)
    cycles(queue, PUSH, PUSH, PUSH, PUSH, IDLE)
    seen = cycles(queue, POP, IDLE, QueueInputs(release=True), IDLE)
    assert [o.push_ready for o in seen] == [False, False, False, True]


def test_closing_hands_over_and_shows_once_all_is_read() -> None:
    queue = QueueManager(4, working_set=4)
    seen = cycles(queue, PUSH, QueueInputs(close=True), IDLE, POP, IDLE)
    assert [o.closed for o in seen] == [False] * 4 + [True]
    assert [o.pop_valid for o in seen] == [False, False, True, True, False]


def test_a_drained_queue_takes_everything() -> None:
    queue = QueueManager(2, working_set=2)
    drain = PUSH._replace(drain=True, publish=True)
    assert sum(o.push_ready for o in cycles(queue, *[drain] * 40)) >= 20
    assert not any(o.pop_valid for o in cycles(queue, *[drain] * 10))


def both_ways(
    queue: QueueManager, words: int, upset: int, mask: int, seed: int = 3
) -> list[QueueOutputs]:
    """Send so many words through, flipping `mask` in a shared pointer every `upset` cycles."""
    rng = random.Random(seed)
    sent = received = 0
    seen = []
    for cycle in range(words * 40):
        if received == words:
            break
        if cycle % upset == upset - 1:
            rng.choice((queue.write_pointer, queue.read_pointer)).flip(mask)
        push, pop = sent < words and rng.random() < 0.7, rng.random() < 0.5
        stalled = rng.random() < 0.2
        i = QueueInputs(push, HEADER, sent, 0, publish=stalled, pop_ready=pop, release=stalled)
        o = queue.cycle(i)
        seen.append(o)
        sent += push and o.push_ready
        if pop and o.pop_valid:
            assert o.pop_id == received
            received += 1
    assert received == words
    return seen


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
@pytest.mark.parametrize("bit", range(4))
def test_one_flip_in_a_shared_pointer_is_corrected(depth: int, bit: int) -> None:
    seen = both_ways(QueueManager(depth), 300, upset=3, mask=1 << bit)
    assert sum(o.corrected for o in seen) > 50
    assert not any(o.detected for o in seen)


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
@pytest.mark.parametrize("mask", [0b11, 0b101, 0b1001])
def test_two_flips_cost_time_and_never_data(depth: int, mask: int) -> None:
    seen = both_ways(QueueManager(depth), 300, upset=3, mask=mask)
    assert sum(o.detected for o in seen) > 50


def test_a_reader_keeps_its_last_good_pointer_until_the_owner_writes_again() -> None:
    queue = QueueManager(4)
    cycles(queue, PUSH)
    queue.write_pointer.flip(0b11)
    hidden, shown = cycles(queue, IDLE, IDLE)
    assert (hidden.detected, hidden.pop_valid) == (True, False)
    assert (shown.detected, shown.pop_valid) == (False, True)


def test_a_queue_whose_pointer_cannot_be_read_does_not_say_that_it_is_closed() -> None:
    queue = QueueManager(4)
    cycles(queue, PUSH._replace(close=True))
    queue.write_pointer.flip(0b11)
    hidden, shown = cycles(queue, IDLE, IDLE)
    assert (hidden.pop_valid, hidden.closed, shown.pop_valid) == (False, False, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 5, 1), r"a working set must be 1 to 4 words \(the depth\), not 5"),
        ((4, 0, 1), r"a working set must be 1 to 4 words \(the depth\), not 0"),
        ((4, 1, 0), "the latency of a queue must be 1 cycle or more, not 0"),
    ],
)
def test_a_queue_that_cannot_be_built_is_an_error(
    arguments: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        QueueManager(*arguments)
