# SPDX-License-Identifier: Apache-2.0
"""Dask only says where points run: the table is that of one machine; lost workers lose nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import GuardlaneError
from guardlane.store import Failure, Point, Store
from guardlane.store.export import write_csv
from guardlane.sweep import dask_engine
from guardlane.sweep.dask_engine import DaskEngine
from guardlane.sweep.local import Engine, LocalEngine
from guardlane.sweep.outcome import Ended
from guardlane.sweep.plan import expand
from guardlane.sweep.study import Limits, read_study
from guardlane.sweep.sweep import Tell, sweep
from guardlane.sweep.tasks import Task
from tests.environment import environment
from tests.processes import is_alive, workers_of

STUDY = (  # 60 points, of which one raises and one dies
    'workload = "mill"\nseeds = "1..20"\n[settings]\nat = 3\nsleep = 0.02\n'
    '[[axis]]\nsetting = "act"\nvalues = ["grind", "raise", "die"]\n'
)


class Shuffled(LocalEngine):
    """An engine that takes its points in another order."""

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Ended]]:
        yield from super().run(random.Random(1).sample(tasks, len(tasks)), limits)


class Cluster:
    """A scheduler and workers as one has them on machines: each a process of its own."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.started: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show",
            "--scheduler-file", "scheduler.json",
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while not Path("scheduler.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.address = json.loads(Path("scheduler.json").read_text())["address"]

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker, which nobody starts again when it is killed."""
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny"
        )

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        # A batch is given up with its first worker, so that it is this engine that goes on with it.
        place = environment(self.site, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
        call = [sys.executable, "-m", "dask", *words]
        with Path("dask.log").open("ab") as log:
            process = subprocess.Popen(call, env=place, stdout=log, stderr=log)
        self.started.append(process)
        return process


@contextmanager
def cluster(site: Path) -> Iterator[Cluster]:
    found = Cluster(site)
    try:
        yield found
    finally:
        for process in found.started:
            process.kill()
            process.wait()


def table(name: str, engine: Engine, tell: Tell = lambda ended: None) -> bytes:
    """Value of the table of the study when this engine runs it."""
    with Store(Path(f"{name}.db"), write=True) as store:
        after = sweep(expand(read_study(Path("study.toml"))), store, engine, tell)
        assert (after.finished, after.failed, after.left) == (58, 2, ())
        found = {(one.kind, one.tries, one.command) for one in store.failures()}
        assert found == {
            (kind, tries, f"guardlane run mill --set at=3 --set sleep=0.02 --set act={act} "
             "--set seed=3")
            for kind, tries, act in (("fault", 1, "raise"), ("died", 3, "die"))
        }  # fmt: skip
        write_csv(store, Path(f"{name}.csv"))
    return Path(f"{name}.csv").read_bytes()


def test_one_worker_two_another_order_and_a_cluster_that_loses_workers_make_one_table(
    site: Path,
) -> None:
    Path("study.toml").write_text(STUDY)
    one = table("one", LocalEngine(1))
    assert one.count(b"\n") == 61
    assert table("two", LocalEngine(2)) == one
    assert table("shuffled", Shuffled(2)) == one
    with cluster(site) as machines:
        lost = [machines.worker(), machines.worker()]
        orphans: list[int] = []
        ended = 0

        def lose(result: Point | Failure) -> None:
            nonlocal ended
            ended += 1
            if ended in (5, 25):
                worker = lost[0 if ended == 5 else 1]
                orphans.extend(workers_of(worker.pid))
                worker.kill()
                worker.wait()
                machines.worker()

        assert table("dask", DaskEngine(machines.address), lose) == one
        assert len(orphans) == 2
        assert not any(map(is_alive, orphans))
        assert [workers_of(one.pid) for one in machines.started if one.poll() is None] == [[]] * 3

        def end_it(result: Point | Failure) -> None:
            machines.scheduler.kill()
            machines.scheduler.wait()

        with pytest.raises(GuardlaneError, match=machines.address) as caught:
            table("broken", DaskEngine(machines.address), end_it)
        assert "\n" not in str(caught.value)
    assert table("broken", LocalEngine(2)) == one  # what had ended before was kept


def test_the_command_makes_a_cluster_of_its_own_which_ctrl_c_drains(site: Path) -> None:
    Path("study.toml").write_text('workload = "mill"\nseeds = "1..500"\n[settings]\nsleep = 0.5\n')
    call = [sys.executable, "-m", "guardlane.cli", "sweep", "study.toml", "--engine", "dask"]
    with subprocess.Popen(
        [*call, "--workers", "1"], env=environment(site), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as run:  # fmt: skip
        deadline = time.monotonic() + 120
        while stored() == 0:
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does, to all processes of the sweep
        out, said = run.communicate(timeout=120)
    assert run.returncode == 130, (out, said)
    assert b"waiting for the points in hand" in said
    assert b"0 failed" in out
    assert 0 < stored() < 500
    assert sorted(path.name for path in Path().iterdir()) == ["site", "study.db", "study.toml"]


def stored() -> int:
    try:
        with Store(Path("study.db")) as store:
            return store.size()[0]
    except GuardlaneError:  # it has made none yet
        return 0


def test_a_scheduler_that_is_not_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask_engine, "CONNECT", 1)
    Path("study.toml").write_text('workload = "mill"\n')
    call = ["sweep", "study.toml", "--scheduler", "tcp://127.0.0.1:1"]
    assert main(call) == 2
    assert capsys.readouterr().err == "guardlane: --scheduler is for --engine dask\n"
    assert main([*call, "--engine", "dask"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("guardlane: tcp://127.0.0.1:1: ")
    assert said.count("\n") == 1
    assert main([*call[:-1], "no://where", "--engine", "dask"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("guardlane: no://where: ")
    assert said.count("\n") == 1


def test_without_dask_its_engine_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    Path("study.toml").write_text('workload = "mill"\n')
    assert main(["sweep", "study.toml", "--engine", "dask"]) == 1
    said = "guardlane: --engine dask needs Dask: pip install 'guardlane[dask]'\n"
    assert capsys.readouterr().err == said
