# SPDX-License-Identifier: Apache-2.0
"""Dask only says where points run: the table is that of one machine; lost workers lose nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guardlane.store import Store
from guardlane.sweep.dask_engine import DaskEngine
from guardlane.sweep.plan import expand
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from tests.environment import environment
from tests.processes import workers_of

MANY = (  # 120 points, of which three fail
    'workload = "mill"\nseeds = "1..20"\n[settings]\nact = "die"\nat = 3\n'
    '[[axis]]\nsetting = "load"\nvalues = [1.0, 2.0]\n'
    '[[axis]]\nsetting = "stone.turns"\nrange = { first = 1, last = 3, step = 1 }\n'
)


@contextmanager
def cluster(site: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and workers as one would on machines: each a process of its own."""

    def start(*words: str) -> subprocess.Popen[bytes]:
        call = [sys.executable, "-m", "dask", *words]
        with Path(f"dask-{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(call, env=environment(site), stdout=log, stderr=log)
        started.append(process)
        return process

    started: list[subprocess.Popen[bytes]] = []
    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
              "--scheduler-file", "scheduler.json")  # fmt: skip
        place = Path("scheduler.json")
        deadline = time.monotonic() + 60
        while not place.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        address = __import__("json").loads(place.read_text())["address"]
        for _ in range(workers):
            start("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny",
                  "--local-directory", "dask-scratch")  # fmt: skip
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_it(site):
    Path("many.toml").write_text(MANY)
    plan = expand(read_study(Path("many.toml")))
    with cluster(site, 2) as (address, workers):
        t = time.time()
        with Store(Path("a.db"), write=True) as store:
            print(sweep(plan, store, DaskEngine(address)).finished, time.time() - t)
        t = time.time()
        with Store(Path("b.db"), write=True) as store:
            print(sweep(plan, store, DaskEngine(address)).finished, time.time() - t)
        for p in workers:
            print(workers_of(p.pid))
    for log in Path().glob("dask*.log"):
        print(log.read_text()[-3000:])
