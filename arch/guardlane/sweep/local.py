# SPDX-License-Identifier: Apache-2.0
"""The engine of one machine: worker processes, of which each may die at any time.

Why not an executor of the standard library: after a SIGKILL of one worker, `multiprocessing.Pool`
waits for ever and `ProcessPoolExecutor` gives up all that is still to do.
"""

from __future__ import annotations

import selectors
import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from guardlane.errors import GuardlaneError
from guardlane.store.points import Failure, Point
from guardlane.sweep.hand import Hand
from guardlane.sweep.study import Limits
from guardlane.sweep.tasks import Task

TRIES = 3
QUIET = 0.05  # seconds after which a caller gets to do something else
GRACE = 600.0  # seconds more for the first point of a worker, which may compile everything
PATIENCE = 500  # failed starts in a row; one that was not a SIGKILL counts for a hundred
Ended = Point | Failure


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

    A worker that dies costs its own point one of three tries, and nothing else. A point that the
    workload refuses, or that raises, fails at once, as it would again.
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
        waiting, tries = deque(tasks), dict[str, int]()
        hands: list[Hand] = []
        bad_starts = 0
        with selectors.DefaultSelector() as selector:
            try:
                while True:
                    if self._is_draining:
                        waiting.clear()
                    busy = sum(hand.task is not None for hand in hands)
                    if not waiting and not busy:
                        return
                    while len(hands) < min(self.workers, busy + len(waiting)):
                        hands.append(Hand(selector, int(limits.memory or 0)))
                    ended: list[Ended] = []
                    self._listen(selector, hands)
                    for hand in hands:
                        if hand.answer is not None and hand.task is not None:
                            ended.extend(self._settle(hand, tries, waiting))
                            bad_starts = 0
                        hand.kill_if_late()
                    for hand in [hand for hand in hands if hand.is_dead]:
                        hands.remove(hand)
                        hand.close()
                        self.deaths += 1
                        if hand.task is not None:
                            ended.extend(_died(hand, hand.task, tries, waiting))
                        elif not hand.is_ready:
                            bad_starts += 1 if hand.code == -signal.SIGKILL else 100
                            if bad_starts >= PATIENCE:
                                raise GuardlaneError(
                                    f"no worker can start: {hand.death}; {hand.last_line}"
                                )
                    for hand in hands:
                        if waiting and hand.is_free:
                            limit = int(limits.time) / 10**12
                            hand.give(waiting.popleft(), limit + (0 if hand.is_warm else GRACE))
                    yield ended
            finally:
                for hand in hands:
                    hand.kill()
                    hand.close()

    def _listen(self, selector: selectors.BaseSelector, hands: Sequence[Hand]) -> None:
        """Read what workers say, or wait until one says something."""
        now = time.monotonic()
        soonest = min((hand.deadline - now for hand in hands if hand.deadline), default=QUIET)
        for key, _ in selector.select(max(0.0, min(QUIET, soonest))):
            key.data()

    def _settle(self, hand: Hand, tries: dict[str, int], waiting: deque[Task]) -> list[Ended]:
        """Take the answer of a worker."""
        answer, task = hand.take()
        if "point" in answer:
            return [Point(task.key, task.cell.workload, task.cell.code, **answer["point"])]
        if answer["failed"] == "memory":  # what is left of that process is not to be trusted
            hand.kill()
            return _again("memory", answer["message"], hand.output, task, tries, waiting)
        return [
            Failure(
                task.key, answer["failed"], answer["message"], 1 + tries.get(task.key, 0),
                hand.output, task.command,
            )
        ]  # fmt: skip


def _died(hand: Hand, task: Task, tries: dict[str, int], waiting: deque[Task]) -> list[Ended]:
    if hand.is_late:
        return _again("time", "took longer than the limit", hand.output, task, tries, waiting)
    return _again("died", hand.death, hand.output, task, tries, waiting)


def _again(
    kind: str, message: str, output: str, task: Task, tries: dict[str, int], waiting: deque[Task]
) -> list[Ended]:
    """Put a point back behind the others, unless it has had all its tries."""
    tries[task.key] = tries.get(task.key, 0) + 1
    if tries[task.key] < TRIES:
        waiting.append(task)
        return []
    return [Failure(task.key, kind, message, TRIES, output, task.command)]
