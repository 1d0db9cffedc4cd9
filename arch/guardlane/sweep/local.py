# SPDX-License-Identifier: Apache-2.0
"""The engine of one machine: worker processes, of which each may die at any time.

Why not an executor of the standard library: after a SIGKILL of one worker, `multiprocessing.Pool`
waits for ever and `ProcessPoolExecutor` gives up all that is still to do.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from guardlane.errors import GuardlaneError
from guardlane.sweep.hand import Hand, Starts
from guardlane.sweep.outcome import Ended, Tries
from guardlane.sweep.study import Limits
from guardlane.sweep.tasks import Task

QUIET = 0.05  # seconds after which a caller gets to do something else


class Engine(Protocol):
    """What runs points. It says what came of each, in any order; the caller alone stores it."""

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Ended]]:
        """Run `tasks`, and give what has ended since the last time, often nothing."""
        ...

    def drain(self) -> None:
        """Begin no more points; `run` ends when those in hand have ended."""
        ...


class LocalEngine:
    """Worker processes on this machine, each with one point in hand.

    A worker that dies costs its own point one of three tries, or of ten where somebody killed it,
    and nothing else. A point that the workload refuses, or that raises, fails at once, as it would
    again.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise GuardlaneError(f"a sweep needs 1 worker or more, not {workers}")
        self.workers = workers
        self.deaths = 0
        self._is_draining = False

    def drain(self) -> None:
        """Begin no more points."""
        self._is_draining = True

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Ended]]:
        """Run `tasks`; whatever ends this, no worker is left."""
        waiting, tries, starts = deque(tasks), Tries(), Starts()
        in_hand: dict[Hand, Task | None] = {}
        with selectors.DefaultSelector() as selector:
            try:
                while True:
                    if self._is_draining:
                        waiting.clear()
                    busy = sum(task is not None for task in in_hand.values())
                    if not waiting and not busy:
                        return
                    while len(in_hand) < min(self.workers, busy + len(waiting)):
                        in_hand[Hand(selector, limits.memory, waiting[0].asked)] = None
                    _listen(selector, [hand.deadline for hand in in_hand if hand.deadline])
                    ended: list[Ended] = []
                    for hand, task in list(in_hand.items()):
                        hand.kill_if_late()
                        came = hand.take()
                        if came is not None and task is not None:
                            in_hand[hand] = None
                            end = tries.settle(task, came)
                            waiting.extend([task] if end is None else [])  # behind the others
                            ended.extend([end] if end is not None else [])
                        if hand.is_dead:
                            del in_hand[hand]
                            hand.close()
                            self.deaths += 1
                        starts.judge(hand)
                        if waiting and hand.is_free:
                            in_hand[hand] = task = waiting.popleft()
                            hand.give(task.asked, limits.seconds)
                    yield ended
            finally:
                for hand in in_hand:
                    hand.kill()
                    hand.close()


def _listen(selector: selectors.BaseSelector, deadlines: Sequence[float]) -> None:
    """Read what workers say, or wait until one says something."""
    soonest = min(deadlines, default=0.0) - time.monotonic() if deadlines else QUIET
    for key, _ in selector.select(max(0.0, min(QUIET, soonest))):
        key.data()
