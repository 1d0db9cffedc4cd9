# SPDX-License-Identifier: Apache-2.0
"""A worker gets ready before it takes a point, and how it died decides how often it is tried."""

from __future__ import annotations

import os
import selectors
import signal
import time
from pathlib import Path

from guardlane.store import Failure
from guardlane.sweep.hand import Hand
from guardlane.sweep.outcome import KILLED, KILLS, TRIES, Outcome, Tries
from guardlane.sweep.plan import expand
from guardlane.sweep.study import read_study


def test_a_worker_that_is_ready_has_read_what_its_points_share(site: Path) -> None:
    """So that a kill meets a point only while it runs: the last ones of a sweep met too many."""
    source = (
        'from pathlib import Path\nPath("was-imported").touch()\nfrom mill_of_tests import Mill\n'
    )
    (site / "eager_mill.py").write_text(source + "class Eager(Mill):\n    name = 'eager'\n")
    entries = next(site.glob("*.dist-info")) / "entry_points.txt"
    entries.write_text(entries.read_text() + "eager = eager_mill:Eager\n")
    Path("eager.toml").write_text('workload = "eager"\nseeds = "1..2"\n')
    (task, _) = expand(read_study(Path("eager.toml"))).tasks
    Path("was-imported").unlink()
    with selectors.DefaultSelector() as selector:
        hand = Hand(selector, None, task.asked)
        try:
            deadline = time.monotonic() + 60
            while not hand.is_ready:
                assert time.monotonic() < deadline
                assert not hand.is_dead
                for key, _ in selector.select(0.05):
                    key.data()
            assert Path("was-imported").exists()
        finally:
            hand.kill()
            hand.close()


def test_kills_from_elsewhere_have_tries_of_their_own(few: Path) -> None:
    (task, *_) = expand(read_study(few)).tasks
    tries = Tries()
    for number in range(1, KILLS):
        assert tries.settle(task, Outcome(KILLED, "killed")) is None, number
    for _ in range(TRIES - 1):
        assert tries.settle(task, Outcome("died", "dead")) is None
    end = tries.settle(task, Outcome(KILLED, "killed", "last words"))
    assert isinstance(end, Failure)
    assert (end.kind, end.tries, end.output) == ("died", KILLS + TRIES - 1, "last words")
    assert isinstance(tries.settle(task, Outcome("died", "dead")), Failure)


def test_a_worker_killed_by_somebody_is_told_from_one_that_dies(few: Path) -> None:
    (task, *_) = expand(read_study(few), ["sleep=60.0"]).tasks
    found = []
    for number in (signal.SIGKILL, signal.SIGSEGV):
        with selectors.DefaultSelector() as selector:
            hand = Hand(selector, None, task.asked)
            while not hand.is_free:
                for key, _ in selector.select(0.05):
                    key.data()
            hand.give(task.asked, 100)
            os.kill(hand.pid, number)
            while (came := hand.take()) is None:
                for key, _ in selector.select(0.05):
                    key.data()
            hand.close()
        found.append(came.kind)
    assert found == [KILLED, "died"]
