# SPDX-License-Identifier: Apache-2.0
"""The C library's queue against the readable one, cycle by cycle, with flips in its pointers."""

from __future__ import annotations

import random
from typing import Any

import pytest

from guardlane.guard.queue import QueueInputs, QueueManager, QueueOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from tests.rtl.c_guard import library


class CQueue:
    """The library's queue behind the ports of the readable one."""

    def __init__(self, depth: int, working_set: int = 1, data_width: int = 32) -> None:
        self.ffi, self.lib = library()
        self.q = self.ffi.new("guardlane_queue *")
        self.words = self.ffi.new("guardlane_word[]", depth)
        done = self.lib.guardlane_queue_init(self.q, self.words, depth, working_set, data_width, 16)
        assert done == self.lib.GUARDLANE_DONE

    def push(self, kind: int, ident: int = 0, data: int = 0) -> int:
        unit = self.ffi.new("guardlane_unit *", {"kind": kind, "id": ident, "data": data})
        return int(self.lib.guardlane_queue_push(self.q, self.words, unit))

    def front(self) -> tuple[int, Any]:
        unit = self.ffi.new("guardlane_unit *")
        return int(self.lib.guardlane_queue_front(self.q, self.words, unit)), unit

    def cycle(self, i: QueueInputs, order: int = 0) -> QueueOutputs:
        """Act at both ends, in either order, and clock."""
        lib, q = self.lib, self.q
        if i.drain:
            lib.guardlane_queue_drain(q)
        room = lib.guardlane_queue_has_room(q)
        front, unit = self.front()
        is_closed, occupancy = (
            lib.guardlane_queue_is_closed(q), lib.guardlane_queue_occupancy(q)
        )  # fmt: skip
        ready, valid = bool(room & lib.GUARDLANE_DONE), bool(front & lib.GUARDLANE_DONE)

        def produce() -> None:
            if i.publish:
                lib.guardlane_queue_publish(q)
            if i.push_valid and ready:
                assert self.push(i.push_kind, i.push_id, i.push_data) & lib.GUARDLANE_DONE
            if i.close:
                lib.guardlane_queue_close(q)

        def consume() -> None:
            if i.release:
                lib.guardlane_queue_release(q)
            if i.pop_ready and valid:
                assert lib.guardlane_queue_take(q) & lib.GUARDLANE_DONE

        for act in (produce, consume)[:: 1 - 2 * order]:
            act()
        seen = room | front
        lib.guardlane_queue_clock(q)
        kind, ident, data = (unit.kind, unit.id, unit.data) if valid else (ITEM, 0, 0)
        return QueueOutputs(
            ready, valid, kind, ident, data, bool(is_closed), occupancy,
            bool(seen & lib.GUARDLANE_POINTER_CORRECTED),
            bool(seen & lib.GUARDLANE_POINTER_DETECTED),
        )  # fmt: skip

    def pointers(self) -> tuple[int, ...]:
        q = self.q
        return (q.written, q.published, q.in_write_set, q.seen_read, q.write_word,
                q.read, q.released, q.in_read_set, q.seen_write, q.read_word)  # fmt: skip


def pointers(shell: QueueManager) -> tuple[int, ...]:
    """Return the readable queue's pointers after a clock, in the order of CQueue's."""
    write, read = shell.write_pointer, shell.read_pointer
    return (shell.written, write.owned, shell.in_write_set, read.trusted, write.cells[0],
            shell.read, read.owned, shell.in_read_set, write.trusted, read.cells[0])  # fmt: skip


def lockstep(depth: int, working_set: int, seed: int, cycles: int = 500) -> set[str]:
    """Drive both with one random pattern; returns what was seen to happen."""
    rng = random.Random(f"{depth} {working_set} {seed}")
    shell, queue = QueueManager(depth, working_set), CQueue(depth, working_set)
    eager_push, eager_pop = rng.choice((0.2, 0.9)), rng.choice((0.2, 0.9))
    stalls, flips = rng.choice((0, 0.2)), rng.choice((0, 0.1))
    close_cycle = rng.choice((cycles // 2, 10 * cycles))
    drain_cycle = rng.choice((cycles // 2 + 20, 10 * cycles))
    width, seen = shell.write_pointer.code.code_width, set[str]()
    for cycle in range(cycles):
        kind = rng.choice((ITEM, ITEM, HEADER, EOC))
        payload = rng.getrandbits(16)
        i = QueueInputs(
            cycle < close_cycle and rng.random() < eager_push,
            kind, payload if kind != ITEM else 0, payload if kind == ITEM else 0,
            rng.random() < stalls, cycle == close_cycle,
            cycle < drain_cycle and rng.random() < eager_pop, rng.random() < stalls,
            cycle >= drain_cycle,
        )  # fmt: skip
        if rng.random() < flips:
            mask = sum(1 << bit for bit in rng.sample(range(width), rng.choice((1, 2))))
            name = rng.choice(("write", "read"))
            getattr(shell, f"{name}_pointer").flip(mask)
            setattr(queue.q, f"{name}_word", getattr(queue.q, f"{name}_word") ^ mask)
        expected = shell.cycle(i)
        if expected.pop_valid is False:
            expected = expected._replace(pop_kind=ITEM, pop_id=0, pop_data=0)
        assert queue.cycle(i, cycle % 2) == expected, f"cycle {cycle}"
        assert queue.pointers() == pointers(shell), f"after cycle {cycle}"
        assert queue.q.is_closed == shell.closing[0]
        flags = ("closed", "corrected", "detected")
        seen |= {flag for flag in flags if getattr(expected, flag)}
        seen |= {"full"} if expected.occupancy == depth else set()
    return seen


def test_the_queue_keeps_step_with_the_readable_one() -> None:
    seen = set[str]()
    for depth in (1, 2, 3, 5, 8):
        for working_set in {1, (depth + 1) // 2, depth}:
            for seed in range(10):
                seen |= lockstep(depth, working_set, seed)
    assert seen == {"closed", "corrected", "detected", "full"}


def test_the_lockstep_sees_a_partial_set_that_is_not_handed_over() -> None:
    def deaf(self: CQueue, i: QueueInputs, order: int = 0) -> QueueOutputs:
        return original(self, i._replace(publish=False), order)

    original = CQueue.cycle
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CQueue, "cycle", deaf)
        with pytest.raises(AssertionError, match="cycle"):
            for seed in range(10):
                lockstep(4, 4, seed)


def test_a_deep_queue_has_a_pointer_that_fits() -> None:
    ffi, lib = library()
    q = ffi.new("guardlane_queue *")
    words = ffi.new("guardlane_word[]", 1 << 20)
    assert lib.guardlane_queue_init(q, words, 1 << 20, 1, 64, 32) == lib.GUARDLANE_DONE
    assert q.pointer_code.data_width == 21


@pytest.mark.parametrize("value", [6, 7])
def test_a_pointer_to_nowhere_is_not_believed(value: int) -> None:
    queue = CQueue(3)  # pointers count to 6, and their codewords to 8
    _, lib = library()
    queue.push(ITEM)
    lib.guardlane_queue_clock(queue.q)
    code = queue.ffi.addressof(queue.q, "pointer_code")
    queue.q.write_word = queue.q.read_word = lib.guardlane_code_encode(code, value)
    room, (front, _) = lib.guardlane_queue_has_room(queue.q), queue.front()
    assert room == lib.GUARDLANE_DONE | lib.GUARDLANE_POINTER_DETECTED
    assert front == lib.GUARDLANE_WOULD_BLOCK | lib.GUARDLANE_POINTER_DETECTED
    lib.guardlane_queue_clock(queue.q)
    assert queue.front()[0] == lib.GUARDLANE_DONE


@pytest.mark.parametrize(
    "settings",
    [(0, 1, 32, 32), (4, 0, 32, 32), (4, 5, 32, 32), ((1 << 24) + 1, 1, 32, 32),
     (4, 1, 0, 32), (4, 1, 65, 32), (4, 1, 32, 0), (4, 1, 32, 33)],
)  # fmt: skip
def test_a_queue_that_cannot_be_is_invalid_and_left_alone(settings: tuple[int, ...]) -> None:
    ffi, lib = library()
    q, words = ffi.new("guardlane_queue *", {"depth": 77}), ffi.new("guardlane_word[8]")
    assert lib.guardlane_queue_init(q, words, *settings) == lib.GUARDLANE_INVALID
    assert q.depth == 77


def test_what_no_producer_may_do_is_invalid_and_changes_nothing() -> None:
    queue = CQueue(4)
    _, lib = library()
    before = queue.pointers()
    assert [queue.push(kind) for kind in (BAD, 4, 1 << 31)] == [lib.GUARDLANE_INVALID] * 3
    assert lib.guardlane_queue_take(queue.q) == lib.GUARDLANE_INVALID
    assert queue.pointers() == before
    lib.guardlane_queue_close(queue.q)
    assert queue.push(ITEM) == lib.GUARDLANE_INVALID


def test_an_item_is_cut_to_the_width_of_the_queue() -> None:
    queue = CQueue(2, data_width=8)
    queue.push(ITEM, data=0x1FF)
    assert queue.words[0].payload == 0xFF
    library().lib.guardlane_queue_clock(queue.q)
    _, unit = queue.front()
    assert unit.data == 0xFF


def preload(queue: CQueue, items: list[int], frames: int, per_frame: int) -> int:
    return int(queue.lib.guardlane_queue_preload(queue.q, queue.words, items, frames, per_frame, 1))


def test_a_feedback_queue_starts_with_whole_frames_under_headers() -> None:
    queue, seen = CQueue(6, working_set=4), []
    assert preload(queue, [10, 11, 20, 21], 2, 2) == queue.lib.GUARDLANE_DONE
    for _ in range(6):
        _, unit = queue.front()
        seen.append((unit.kind, unit.id, unit.data))
        queue.lib.guardlane_queue_take(queue.q)
    first = [(HEADER, 1, 0), (ITEM, 0, 10), (ITEM, 0, 11)]
    assert seen == [*first, (HEADER, 2, 0), (ITEM, 0, 20), (ITEM, 0, 21)]


def test_a_delay_that_does_not_fit_or_comes_late_is_invalid() -> None:
    queue = CQueue(5)
    invalid = queue.lib.GUARDLANE_INVALID
    assert preload(queue, [1, 2, 3, 4], 2, 2) == invalid
    assert preload(queue, [], 1 << 31, 1 << 31) == invalid
    queue.push(ITEM)
    assert preload(queue, [1], 1, 1) == invalid


def forked(producer: str, consumer: str, handing_over: bool) -> bool:
    """Run one core into another by two queues; whether it ends.

    `producer` and `consumer` are the queues they act on in turn: a holds 4 words in one set, b one
    word. A core that cannot go on hands over what it has on both queues, if it does that at all.
    """
    queues = {"a": CQueue(4, working_set=4), "b": CQueue(1)}
    lib = library().lib
    for _ in range(100):
        if producer:
            if queues[producer[0]].push(ITEM) & lib.GUARDLANE_DONE:
                producer = producer[1:]
            elif handing_over:
                for queue in queues.values():
                    lib.guardlane_queue_publish(queue.q)
        if consumer:
            queue = queues[consumer[0]]
            if queue.front()[0] & lib.GUARDLANE_DONE:
                lib.guardlane_queue_take(queue.q)
                consumer = consumer[1:]
            elif handing_over:
                for queue in queues.values():
                    lib.guardlane_queue_release(queue.q)
        for queue in queues.values():
            lib.guardlane_queue_clock(queue.q)
    return not producer and not consumer


@pytest.mark.parametrize(
    ("producer", "consumer"),
    [("abb", "abb"), ("aaaaab", "ab")],
    ids=["data", "space"],
)
def test_a_stalled_core_must_hand_over_what_it_has_on_every_queue(
    producer: str, consumer: str
) -> None:
    assert forked(producer, consumer, handing_over=True)
    assert not forked(producer, consumer, handing_over=False)
