# SPDX-License-Identifier: Apache-2.0
"""What came of one try of a point, and what follows: it is kept, set apart, or tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from guardlane.errors import GuardlaneError
from guardlane.store.points import Failure, Point
from guardlane.sweep.tasks import Task

TRIES = 3  # of a point that brings its worker down, or is over a limit
KILLS = 10  # by SIGKILL from elsewhere: of 1,000 random ones a few meet the same point three times
KILLED = "killed"
AGAIN = ("died", "time", "memory", KILLED)  # what may go well the next time
OTHER_MODEL = "other model"
Ended = Point | Failure


class Outcome(NamedTuple):
    """One try: `point` is its result; without one, `kind` and `message` say why there is none.

    `kind` is that of a `Failure`, or KILLED, or OTHER_MODEL; `output` is the last that the worker
    wrote.
    """

    kind: str
    message: str = ""
    output: str = ""
    point: Mapping[str, Any] | None = None


class Tries:
    """How often each point was tried, and what follows."""

    def __init__(self) -> None:
        self._made: dict[str, Counter[bool]] = {}  # of a point: whether by others, and how often

    def settle(self, task: Task, came: Outcome) -> Ended | None:
        """Value of the end of a point; None when it gets another try.

        Raises GuardlaneError when its worker would have run another model than its key says.
        """
        if came.point is not None:
            self._made.pop(task.key, None)
            return Point(task.key, task.cell.workload, task.cell.keys.code, **came.point)
        if came.kind == OTHER_MODEL:
            raise GuardlaneError(came.message)
        made, is_killed = self._made.setdefault(task.key, Counter()), came.kind == KILLED
        made[is_killed] += 1
        if came.kind in AGAIN and made[is_killed] < (KILLS if is_killed else TRIES):
            return None
        kind = "died" if is_killed else came.kind
        return Failure(task.key, kind, came.message, made.total(), came.output, task.command)
