# SPDX-License-Identifier: Apache-2.0
"""Kills a sweep of 3,000 points and its workers, and compares tables with an undisturbed one.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.kill_sweep [SWEEPS] [WORKERS]
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from guardlane.errors import GuardlaneError
from guardlane.store import Store
from tests.arch.sweep.conftest import MILL
from tests.environment import environment
from tests.plugin import install

STUDY = """
workload = "mill"
seeds = "1..250"
[[axis]]
setting = "load"
values = [1.0, 2.0, 3.0]
[[axis]]
setting = "stone.turns"
range = { first = 1, last = 4, step = 1 }
"""


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a command of guardlane that finds the mill."""
    call = [sys.executable, "-m", "guardlane.cli", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(call, env=environment(Path("site")), stdout=quiet, stderr=quiet)


def table(store: str) -> bytes:
    """Value of a store's table."""
    start("export", store, "--csv", "table.csv").wait()
    return Path("table.csv").read_bytes()


def stored(store: str) -> set[str]:
    """Value of the keys of the points that are stored."""
    try:
        with Store(Path(store)) as opened:
            return {point.key for point in opened.points(every=True)}
    except GuardlaneError:  # there is nothing yet
        return set()


def workers_of(pid: int) -> list[int]:
    """Value of the children of a process."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def main() -> None:
    """Print how many kills there were, and what they cost."""
    sweeps, workers = (int(n) for n in (*sys.argv[1:], "30", "40")[:2])
    dice = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        points = {"guardlane.workloads": {"mill": "mill_of_tests:Mill"}}
        install(Path(folder) / "site", "mill_of_tests", MILL, points)
        Path("mill.toml").write_text(STUDY)
        start("sweep", "mill.toml", "--store", "calm.db").wait()
        calm = table("calm.db")

        lost, kills, before = 0, 0, set[str]()
        while kills < sweeps:
            run = start("sweep", "mill.toml", "--store", "hit.db", "--set", "sleep=0.01")
            time.sleep(dice.uniform(0.6, 2.0))
            if run.poll() is not None:  # it was done
                break
            run.kill()
            run.wait()
            kills += 1
            after = stored("hit.db")
            lost, before = lost + len(before - after), after
        start("sweep", "mill.toml", "--store", "hit.db").wait()
        same = table("hit.db") == calm
        print(f"{kills} kills of the sweep: {lost} rows lost, table identical: {same}")

        run, kills = start("sweep", "mill.toml", "--store", "w.db", "--set", "sleep=0.005"), 0
        while run.poll() is None:
            time.sleep(0.25)
            alive = workers_of(run.pid)
            if alive and kills < workers:
                os.kill(dice.choice(alive), signal.SIGKILL)
                kills += 1
        same = table("w.db") == calm
        print(f"{kills} kills of workers, 0.25 s apart: table identical: {same}")


if __name__ == "__main__":
    main()
