# SPDX-License-Identifier: Apache-2.0
"""What the built-in checkers make of the same short and long frames, through the contract alone."""

from __future__ import annotations

from collections import deque

import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard.alignment import Action
from guardlane.guard.checkers import AlignmentManager, CommGuard, PassThrough, ReliableQueue
from guardlane.guard.contract import Aligner, Guard
from guardlane.guard.inserter import preload
from guardlane.guard.words import EOC, HEADER, ITEM, Unit

PAD = None


def send(guard: Guard, frames: list[list[int]]) -> deque[Unit]:
    """Write frames of items into a queue without bounds, and end it."""
    inserter = guard.inserter("a -> b")
    units = []
    for active, items in enumerate(frames, 1):
        units.append(inserter.new_frame(active))
        units += [inserter.push(item) for item in items]
    units.append(inserter.end())
    return deque(unit for unit in units if unit is not None)


def receive(aligner: Aligner, units: deque[Unit], pops: list[int]) -> list[list[int | None]]:
    """Pop so many items a frame; a queue that is empty is closed."""
    frames: list[list[int | None]] = []
    for active, count in enumerate(pops, 1):
        aligner.new_frame(active)
        frames.append([pop(aligner, units) for _ in range(count)])
    return frames


def pop(aligner: Aligner, units: deque[Unit]) -> int | None:
    if aligner.is_padding:
        aligner.pad()
        return PAD
    while units:
        unit = units.popleft()
        action = aligner.examine(unit)
        if action != Action.LOOK_ON:
            return unit.data if action == Action.DELIVER else PAD
    assert aligner.closed() == Action.PAD
    return PAD


MISCOUNTED = [[11, 12, 13], [21], [31, 32]]  # the consumer pops two a frame


def test_commguard_realigns_at_every_frame() -> None:
    guard = CommGuard()
    aligner = guard.aligner("a -> b")
    assert receive(aligner, send(guard, MISCOUNTED), [2, 2, 2]) == [[11, 12], [21, PAD], [31, 32]]
    assert (aligner.pads, aligner.discarded_items, aligner.discarded_headers) == (1, 1, 0)


def test_a_reliable_queue_alone_stays_shifted_for_ever() -> None:
    guard = ReliableQueue()
    aligner = guard.aligner("a -> b")
    assert receive(aligner, send(guard, MISCOUNTED), [2, 2, 2]) == [[11, 12], [13, 21], [31, 32]]
    short = receive(guard.aligner("a -> b"), send(guard, [[11], [21, 22]]), [2, 2])
    assert short == [[11, 21], [22, PAD]]
    assert not guard.makes_headers


def test_headers_that_nobody_reads_change_no_item() -> None:
    guard = PassThrough()
    aligner = guard.aligner("a -> b")
    units = send(guard, MISCOUNTED)
    assert [unit.kind for unit in units].count(HEADER) == 3
    assert receive(aligner, units, [2, 2, 3]) == [[11, 12], [13, 21], [31, 32, PAD]]
    assert aligner.discarded_headers == 4  # three headers and the end


def test_a_timeout_costs_commguard_the_frame_and_the_others_one_item() -> None:
    for guard, expected in ((CommGuard(), [PAD, 21]), (ReliableQueue(), [12, 21])):
        aligner, units = guard.aligner("a -> b"), send(guard, [[11, 12], [21]])
        aligner.new_frame(1)
        assert aligner.timed_out() == Action.PAD
        if isinstance(guard, ReliableQueue):
            assert pop(aligner, units) == 11
        first = pop(aligner, units)
        aligner.new_frame(2)
        assert [first, pop(aligner, units)] == expected


def test_a_lost_header_costs_its_frame_and_a_lost_item_the_tail_of_its() -> None:
    inserter = CommGuard().inserter("a -> b")
    header = inserter.new_frame(1)
    assert header == Unit(HEADER, 1)
    inserter.push_timed_out(header)
    assert inserter.push(5) is None
    assert inserter.new_frame(2) == Unit(HEADER, 2)
    item = inserter.push(6)
    assert item == Unit(ITEM, data=6)
    inserter.push_timed_out(item)
    assert inserter.push(7) is None
    assert inserter.end() == Unit(EOC)
    assert inserter.new_frame(3) == Unit(HEADER, 3)
    assert inserter.push(8) == Unit(ITEM, data=8)


def test_a_reliable_queue_loses_one_item_to_a_timeout() -> None:
    inserter = ReliableQueue().inserter("a -> b")
    assert inserter.new_frame(1) is inserter.end() is None
    inserter.push_timed_out(Unit(ITEM, data=5))
    assert inserter.push(6) == Unit(ITEM, data=6)


def test_ids_wrap_at_their_width() -> None:
    assert CommGuard(id_width=3).inserter("a -> b").new_frame(9) == Unit(HEADER, 1)
    aligner = AlignmentManager(id_width=3)
    aligner.new_frame(9)
    assert aligner.examine(Unit(HEADER, 1)) == Action.LOOK_ON
    assert aligner.examine(Unit(ITEM, data=4)) == Action.DELIVER


def test_a_feedback_queue_starts_with_whole_frames_under_headers() -> None:
    assert preload([7, 8, 9, 10], 2) == [
        Unit(HEADER, 1), Unit(ITEM, data=7), Unit(ITEM, data=8),
        Unit(HEADER, 2), Unit(ITEM, data=9), Unit(ITEM, data=10),
    ]  # fmt: skip
    with pytest.raises(GuardlaneError, match="must be whole frames of 2 items, not 3 items"):
        preload([7, 8, 9], 2)
