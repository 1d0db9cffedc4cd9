# SPDX-License-Identifier: Apache-2.0
"""A batch of points on some machine: text in, text out, run one by one by a process of its own.

Each thread that runs batches keeps one such process for a sweep, so that kernels are compiled once,
and no point can take that thread, or what it belongs to, with it.
"""

from __future__ import annotations

import json
import selectors
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.sweep.hand import Hand, Starts
from guardlane.sweep.outcome import Outcome

QUIET = 0.05  # seconds between looks at the deadline


def ask(sweep: str, points: Sequence[Mapping[str, Any]], seconds: float, memory: int | None) -> str:
    """Value of the text that asks for `points`, each with `seconds` and bytes of `memory`.

    `sweep` tells sweeps apart that share machines.
    """
    return json.dumps(
        {"sweep": sweep, "points": list(points), "seconds": seconds, "memory": memory}
    )


def run(text: str) -> str:
    """Run a batch; value of the outcomes, in its order, for `outcomes` to read.

    Raises GuardlaneError when no process can be started, and after `dismiss`.
    """
    asked = json.loads(text)
    post = _post(asked["sweep"], threading.get_ident())
    came = [post.run(one, asked["seconds"], asked["memory"]) for one in asked["points"]]
    return json.dumps(came)


def outcomes(text: str) -> list[Outcome]:
    """Read what `run` said."""
    return [Outcome(*one) for one in json.loads(text)]


def dismiss(sweep: str) -> None:
    """End the processes of a sweep; batches that are being run end with an error."""
    for post in _posts(sweep).values():
        post.dismiss()
    _posts(sweep).clear()


class _Post:
    """The place of one process, which is started again when it died."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._is_free = threading.Lock()
        self._hand: Hand | None = None
        self._is_dismissed = False

    def run(self, asked: Mapping[str, Any], seconds: float, memory: int | None) -> Outcome:
        """Run a point, and wait for what comes of it."""
        with self._is_free:
            hand = self._ready(asked, memory)
            hand.give(asked, seconds)
            while (came := hand.take()) is None:
                self._listen()
                hand.kill_if_late()
        return came

    def dismiss(self) -> None:
        """Kill the process, and start none any more."""
        self._is_dismissed = True
        if (hand := self._hand) is not None:
            hand.kill()  # which ends the point that it may have
            with self._is_free:
                hand.close()

    def _ready(self, asked: Mapping[str, Any], memory: int | None) -> Hand:
        starts = Starts()
        while self._hand is None or not self._hand.is_free:
            if self._is_dismissed:
                raise GuardlaneError("the sweep was stopped")
            if self._hand is None:
                self._hand = Hand(self._selector, memory, asked)
            self._listen()
            starts.judge(self._hand)
            if self._hand.is_dead:
                self._hand.close()
                self._hand = None
        return self._hand

    def _listen(self) -> None:
        for key, _ in self._selector.select(QUIET):
            key.data()


def _post(sweep: str, thread: int) -> _Post:
    return _posts(sweep).setdefault(thread, _Post())


@cache
def _posts(sweep: str) -> dict[int, _Post]:
    return {}
