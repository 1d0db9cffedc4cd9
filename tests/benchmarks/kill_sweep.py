# SPDX-License-Identifier: Apache-2.0
"""Kills sweeps of 3,000 points and their workers, and compares tables with an undisturbed one.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.kill_sweep [SWEEPS] [WORKERS]

Prints, when it is through with a store: kills, rows that were committed and are gone, processes
that outlived their sweep, and whether its table is the undisturbed one byte for byte.
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
from tests.processes import is_alive, workers_of

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
    if start("export", store, "--csv", "table.csv").wait():
        return b"no table"
    return Path("table.csv").read_bytes()


def stored(store: str) -> set[str]:
    """Value of the keys of the points that are stored."""
    try:
        with Store(Path(store)) as opened:
            return {point.key for point in opened.points(every=True)}
    except GuardlaneError as reason:
        if "no such store" in str(reason) or "holds nothing yet" in str(reason):
            return set()
        raise


def outlived(pids: list[int]) -> int:
    """Value of how many of these processes are there 10 s after their sweep."""
    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return sum(map(is_alive, pids))


def wait(
    run: subprocess.Popen[bytes], store: str, before: set[str] | None, dice: random.Random
) -> None:
    """Wait for a random moment: after the start, or, with `before`, after the next commit."""
    if before is None:
        time.sleep(dice.uniform(0.3, 2.0))
        return
    while run.poll() is None and len(stored(store)) <= len(before):
        time.sleep(0.02)
    time.sleep(dice.uniform(0.0, 0.3))


def kill_sweeps(wanted: int, calm: bytes, dice: random.Random) -> None:
    """Kill sweeps into one store after another until there were `wanted` kills."""
    kills = lost = orphans = same = rounds = 0
    while kills < wanted:
        rounds += 1
        store, before = f"hit-{rounds}.db", set[str]()
        while True:
            run = start("sweep", "mill.toml", "--store", store, "--set", "sleep=0.01")
            if kills < wanted:
                wait(run, store, before if kills % 2 else None, dice)
            if kills >= wanted or run.poll() is not None:
                run.wait()
                break
            workers = workers_of(run.pid)
            run.kill()
            run.wait()
            kills += 1
            orphans += outlived(workers)
            after = stored(store)
            lost, before = lost + len(before - after), before | after
            if kills % 50 == 0:
                said = f"{kills} kills of sweeps so far: {lost} rows lost, {orphans} orphans"
                print(said, flush=True)
        same += table(store) == calm
        said = f"{kills} kills of sweeps: {lost} rows lost, {orphans} orphans"
        print(f"{said}, tables identical: {same} of {rounds}", flush=True)


def kill_workers(wanted: int, calm: bytes, dice: random.Random) -> None:
    """Kill workers 0.25 to 0.75 s apart until there were `wanted` kills."""
    kills = same = rounds = 0
    while kills < wanted:
        rounds += 1
        run = start("sweep", "mill.toml", "--store", f"w-{rounds}.db", "--set", "sleep=0.02")
        while run.poll() is None:
            time.sleep(dice.uniform(0.25, 0.75))
            alive = workers_of(run.pid)
            if alive and kills < wanted:
                os.kill(dice.choice(alive), signal.SIGKILL)
                kills += 1
        same += table(f"w-{rounds}.db") == calm
        said = f"{kills} kills of workers: {rounds} sweeps"
        print(f"{said}, tables identical: {same} of {rounds}", flush=True)


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
        assert calm.count(b"\n") == 3001
        kill_sweeps(sweeps, calm, dice)
        kill_workers(workers, calm, dice)


if __name__ == "__main__":
    main()
