# SPDX-License-Identifier: Apache-2.0
"""The engine beyond one machine: Dask distributed says where points run, our own workers run them.

A batch of points goes to a Dask worker as text and comes back as text; see `batch` for what it does
there. Limits, tries and last words are therefore those of one machine. Needs the extra `dask`,
which is imported when it is used.
"""

from __future__ import annotations

import logging
import signal
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.store.points import Point
from guardlane.sweep import batch
from guardlane.sweep.local import QUIET
from guardlane.sweep.outcome import Ended, Outcome, Tries
from guardlane.sweep.study import Limits
from guardlane.sweep.tasks import Task

IN_HAND = 2  # batches of each thread, so that none waits for the next one
MOST = 256  # points of a batch
BATCH_SECONDS = 0.5  # of CPU time that a batch should take
PATIENCE = 100  # batches that are lost one after the other
CONNECT = 15  # seconds to wait for the scheduler ...
FIRST_WORKER = 60  # ... and for a worker of it
LOST = Outcome("lost")  # with its Dask worker: no fault of its own, so no try either


class DaskEngine:
    """Dask workers of the scheduler at `address`, or else `workers` of a cluster on this machine.

    A Dask worker that is lost loses nothing: its batches go to another. Raises GuardlaneError when
    Dask is not installed, and for a scheduler that is not there or has no worker.
    """

    def __init__(self, address: str | None = None, workers: int = 1) -> None:
        if address is None and workers < 1:
            raise GuardlaneError(f"a sweep needs 1 worker or more, not {workers}")
        try:
            import distributed
        except ImportError:
            said = "--engine dask needs Dask: pip install 'guardlane[dask]'"
            raise GuardlaneError(said) from None
        self._dask: Any = distributed
        self._address, self._workers = address, workers
        self._is_draining = False

    def drain(self) -> None:
        """Begin no more points."""
        self._is_draining = True

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Ended]]:
        """Run `tasks`; whatever ends this, none of them is left on the cluster."""
        waiting, tries, sweep = deque(tasks), Tries(), uuid.uuid4().hex
        in_hand: dict[Any, list[Task]] = {}
        size, lost = 1, 0
        with self._client() as client:
            try:
                while waiting or in_hand:
                    if self._is_draining:
                        waiting.clear()
                    room = IN_HAND * max(1, sum(client.nthreads().values())) - len(in_hand)
                    while waiting and room > 0:
                        some = [waiting.popleft() for _ in range(min(size, len(waiting)))]
                        points = [task.asked for task in some]
                        asked = batch.ask(sweep, points, limits.seconds, limits.memory)
                        in_hand[client.submit(batch.run, asked, pure=False)] = some
                        room -= 1
                    ended: list[Ended] = []
                    for future in self._done(list(in_hand)):
                        some = in_hand.pop(future)
                        came = self._came(future)
                        lost = lost + 1 if came is None else 0
                        if lost > PATIENCE:
                            raise GuardlaneError(f"{self._name} loses worker after worker")
                        for task, one in zip(some, came or [LOST] * len(some), strict=True):
                            end = None if one is LOST else tries.settle(task, one)
                            waiting.extend([task] if end is None else [])
                            ended.extend([end] if end is not None else [])
                        size = _next_size(size, ended)
                    yield ended
            finally:
                client.cancel(list(in_hand), force=True)
                client.run(batch.dismiss, sweep)

    @property
    def _name(self) -> str:
        return self._address or "the cluster of Dask"

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """Open a client, and a cluster of this machine if none was named."""
        dask, logger = self._dask, logging.getLogger("distributed")
        level = logger.level
        logger.setLevel(logging.CRITICAL)  # a lost worker is no news: what matters is told
        with ExitStack() as stack:
            stack.callback(logger.setLevel, level)
            try:
                place = self._address or stack.enter_context(
                    dask.LocalCluster(
                        n_workers=self._workers, threads_per_worker=1, dashboard_address=":0",
                        silence_logs=logging.CRITICAL, preload=__name__,
                    )
                )  # fmt: skip
                client = stack.enter_context(dask.Client(place, timeout=CONNECT))
                client.wait_for_workers(1, timeout=FIRST_WORKER)
                yield client
            except (OSError, ValueError) as reason:  # of Dask; points have none
                said = " ".join(str(reason).split()) or "has no worker"
                raise GuardlaneError(f"{self._name}: {said}") from None

    def _done(self, futures: Sequence[Any]) -> list[Any]:
        """Wait a moment for one of them to end; value of all that have."""
        with suppress(TimeoutError):
            self._dask.wait(futures, timeout=QUIET, return_when="FIRST_COMPLETED")
        return [future for future in futures if future.done()]

    def _came(self, future: Any) -> list[Outcome] | None:
        """Value of what came of a batch; None when it was lost with its Dask worker."""
        try:
            return batch.outcomes(future.result())
        except (CancelledError, self._dask.KilledWorker):
            return None
        except GuardlaneError:
            raise
        except Exception as reason:
            said = f"{type(reason).__name__}: {' '.join(str(reason).split())}"
            raise GuardlaneError(f"{self._name}: a Dask worker runs no points: {said}") from None


def dask_setup(worker: object) -> None:
    """Have a Dask worker of this machine not hear Ctrl-C, which is for the sweep alone.

    One that hears it goes away for good, and then no point in hand would ever end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _next_size(size: int, ended: Sequence[Ended]) -> int:
    """Value of the points of the next batches, by the CPU time of those that ended just now."""
    seconds = [one.seconds for one in ended if isinstance(one, Point)]
    if not seconds:
        return size
    wanted = BATCH_SECONDS * len(seconds) / max(sum(seconds), 1e-6)
    return max(1, min(2 * size, MOST, int(wanted)))
