# SPDX-License-Identifier: Apache-2.0
"""A sweep survives its workers and itself, and its table never tells how it came to be."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import GuardlaneError
from guardlane.store import Store
from guardlane.sweep.local import LocalEngine
from guardlane.sweep.plan import expand
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from tests.environment import environment
from tests.processes import is_alive, workers_of

MANY = (  # 300 points
    'workload = "mill"\nmetrics = ["flour"]\nseeds = "1..25"\n'
    '[[axis]]\nsetting = "load"\nvalues = [1.0, 2.0, 3.0]\n'
    '[[axis]]\nsetting = "stone.turns"\nrange = { first = 1, last = 4, step = 1 }\n'
)


def many() -> Path:
    Path("many.toml").write_text(MANY)
    return Path("many.toml")


def table(store: str) -> bytes:
    assert main(["export", store, "--csv", "table.csv"]) == 0
    return Path("table.csv").read_bytes()


def start(site: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a sweep as a process of its own."""
    call = [sys.executable, "-m", "guardlane.cli", "sweep", *arguments]
    return subprocess.Popen(
        call, env=environment(site), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def stored(store: str) -> int:
    with Store(Path(store)) as opened:
        return opened.size()[0]


def test_the_table_is_the_same_for_one_worker_and_two_and_nothing_runs_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    many()
    assert main(["sweep", "many.toml", "--workers", "1", "--store", "one.db"]) == 0
    assert main(["sweep", "many.toml", "--workers", "2", "--store", "two.db"]) == 0
    assert table("one.db") == table("two.db")
    assert table("one.db").count(b"\n") == 301
    capsys.readouterr()
    assert main(["sweep", "many.toml", "--store", "one.db", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["cached"], again["left"]) == (300, 0)
    assert main(["sweep", "many.toml", "--store", "one.db", "--set", "mtbe=1k", "--dry-run"]) == 0
    assert "0 of 300 points finished" in capsys.readouterr().out  # another setting, another point


def test_forty_killed_workers_cost_nothing_but_time(site: Path) -> None:
    many()
    assert main(["sweep", "many.toml", "--workers", "2", "--store", "calm.db"]) == 0
    stirred = start(site, "many.toml", "--workers", "2", "--store", "stirred.db",
                    "--set", "sleep=0.1")  # fmt: skip
    dice, kills = random.Random(7), 0
    while stirred.poll() is None:
        time.sleep(0.25)
        alive = workers_of(stirred.pid)
        if alive and kills < 40:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(alive), signal.SIGKILL)
                kills += 1
    assert stirred.returncode == 0
    assert kills == 40
    assert table("stirred.db") == table("calm.db")
    for pipe in (stirred.stdout, stirred.stderr):
        assert pipe is not None
        pipe.close()


def stored_or_none(store: str) -> int:
    try:
        return stored(store)
    except GuardlaneError:  # a sweep that has only just begun has made no tables
        return 0


def test_a_sweep_killed_thirty_times_goes_on_where_it_was_and_leaves_no_worker(
    site: Path,
) -> None:
    Path("many.toml").write_text(MANY.replace("1..25", "1..250"))
    assert main(["sweep", "many.toml", "--workers", "2", "--store", "calm.db"]) == 0
    dice, before = random.Random(7), 0
    for _ in range(30):
        hit = start(site, "many.toml", "--workers", "1", "--store", "hit.db", "--set", "sleep=0.01")
        while stored_or_none("hit.db") <= before:
            assert hit.poll() is None
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.2))
        workers = workers_of(hit.pid)
        hit.kill()
        hit.wait()
        for pipe in (hit.stdout, hit.stderr):
            assert pipe is not None
            pipe.close()
        deadline = time.monotonic() + 10
        while any(is_alive(pid) for pid in workers):
            assert time.monotonic() < deadline, "a worker outlived its sweep"
            time.sleep(0.01)
        assert len(workers) == 1
        assert before < stored("hit.db") < 3000  # it was in the middle
        before = stored("hit.db")
    assert main(["sweep", "many.toml", "--store", "hit.db"]) == 0
    assert table("hit.db") == table("calm.db")


def test_workers_in_the_middle_of_a_point_die_with_their_sweep(site: Path, few: Path) -> None:
    run = start(site, "few.toml", "--workers", "2", "--set", "sleep=600.0")
    deadline = time.monotonic() + 20
    while len(workers_of(run.pid)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(1.5)  # until they have their points
    workers = workers_of(run.pid)
    run.kill()
    run.communicate()
    time.sleep(0.5)
    assert [is_alive(pid) for pid in workers] == [False, False]


def test_a_worker_with_another_model_ends_the_sweep_before_it_runs(
    site: Path, few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = expand(read_study(few))
    source = site / "mill_of_tests.py"
    source.write_text(f"{source.read_text()}\n# changed after the points had their keys\n")
    with Store(Path("few.db"), write=True) as store:
        with pytest.raises(GuardlaneError, match="a worker has another model than this sweep"):
            sweep(plan, store, LocalEngine(1))
        assert store.size()[0] == 0


@pytest.mark.parametrize(
    ("act", "limits", "kind", "message", "tries", "output"),
    [
        ("die", "", "died", "its worker was killed by SIGSEGV", 3, "last words"),
        ("hang", "[limits]\ntime = '1 s'\n", "time", "took longer than the limit", 3, ""),
        ("hoard", "[limits]\nmemory = '2 GiB'\n", "memory", "needs more memory", 3, ""),
        ("refuse", "", "refused", "the mill is closed", 1, ""),
        ("raise", "", "fault", "ZeroDivisionError: no grain", 1, "ZeroDivisionError: no grain"),
    ],
)
def test_a_point_that_fails_is_set_apart_and_the_others_finish(
    few: Path, act: str, limits: str, kind: str, message: str, tries: int, output: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("guardlane.sweep.hand.GRACE", 1.0)
    few.write_text(few.read_text() + limits)
    call = ["sweep", "few.toml", "--workers", "2", "--set", f"act={act}"]
    assert main([*call, "--json"]) == 1
    shown = capsys.readouterr()
    assert f"failed: seed=3: {message}" in shown.err
    found = json.loads(shown.out)
    assert (found["finished"], found["failed"], found["left"]) == (4, 1, 0)
    (failure,) = found["failures"]
    assert failure["command"] == f"guardlane run mill --set at=3 --set act={act} --set seed=3"
    with Store(Path("few.db")) as store:
        (kept,) = store.failures("few")
    assert (kept.kind, kept.tries) == (kind, tries)
    assert output in kept.output
    assert f"failed,{kind}" in table("few.db").decode()
    capsys.readouterr()
    assert main([*call, "--json"]) == 1  # it is not tried again by itself ...
    assert "failed: " not in capsys.readouterr().err
    assert main([*call, "--json", "--retry-failed"]) == 1  # ... only when asked
    assert "failed: " in capsys.readouterr().err


def test_a_worker_that_dies_once_gives_its_point_another_try(few: Path) -> None:
    assert main(["sweep", "few.toml", "--workers", "2", "--set", "act=once"]) == 0
    assert stored("few.db") == 5
    assert len(list(Path().glob("mark-*"))) == 5


def test_a_worker_that_was_given_up_gets_no_other_point(few: Path) -> None:
    axis = '[[axis]]\nsetting = "load"\nvalues = [1.0, 2.0, 3.0]\n[limits]\nmemory = "2 GiB"\n'
    few.write_text(f'workload = "mill"\n[settings]\nact = "hoard"\nat = 1\n{axis}')
    engine = LocalEngine(1)
    with Store(Path("few.db"), write=True) as store:
        assert sweep(expand(read_study(few)), store, engine).failed == 3
        assert [(one.kind, one.tries) for one in store.failures()] == [("memory", 3)] * 3
    assert engine.deaths >= 3 * 3 - 1  # each try had a worker that was alive; the last is not heard


def test_no_worker_that_can_start_is_one_line(
    few: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert main(["sweep", "few.toml"]) == 1
    assert "guardlane: no worker can start: its worker ended with exit code 1" in (
        capsys.readouterr().err
    )


def test_a_second_sweep_into_the_store_is_refused(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store(Path("few.db"), write=True):
        assert main(["sweep", "few.toml"]) == 1
    said = f"few.db: process {os.getpid()} is writing to it; wait for its end, or take another"
    assert capsys.readouterr().err == f"guardlane: {said} --store\n"


def test_the_first_interrupt_drains_and_the_second_stops(site: Path, few: Path) -> None:
    for interrupts, seconds in ((1, 1.0), (2, 60.0)):
        store = f"{interrupts}.db"
        run = start(site, "few.toml", "--workers", "1", "--store", store,
                    "--set", f"sleep={seconds}")  # fmt: skip
        assert run.stderr is not None
        deadline = time.monotonic() + 20
        while not workers_of(run.pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(1.5)  # until the worker has its point
        for _ in range(interrupts):
            run.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, said = run.communicate(timeout=20)
        assert run.returncode == 130, (out, said)
        assert b"waiting for the points in hand; once more stops at once" in said
        assert b"interrupted; of 5 points" in said
        finished = stored(store)
        assert (1 <= finished < 5) if interrupts == 1 else finished == 0
        with Store(Path(store), write=True):  # the right to write is free again
            pass


def test_a_dry_run_names_points_and_estimates_and_makes_nothing(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "few.toml", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "0 of 5 points finished, 0 failed, 5 left" in shown
    assert "not known before a point" in shown
    assert not Path("few.db").exists()
    assert main(["sweep", "few.toml"]) == 0
    few.write_text(few.read_text().replace("1..5", "1..9"))
    capsys.readouterr()
    assert main(["sweep", "few.toml", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["total"], found["cached"], found["left"]) == (9, 5, 4)
    assert found["bytes"] > 0
    assert len(found["points"]) == 9


def test_watch_says_how_far_it_is(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "few.toml", "--set", "act=refuse"]) == 1
    capsys.readouterr()
    assert main(["sweep", "watch", "few.db"]) == 0
    assert capsys.readouterr().out == "few: 4 of 5 points finished, 1 failed, 0 left\n"


def test_parquet_holds_the_table_of_the_csv(few: Path) -> None:
    import csv

    from pyarrow import parquet

    assert main(["sweep", "few.toml", "--set", "act=burst"]) == 0
    assert main(["export", "few.db", "--csv", "a.csv", "--parquet", "a.parquet"]) == 0
    rows = parquet.read_table("a.parquet").to_pylist()
    with Path("a.csv").open(newline="") as file:
        text = list(csv.DictReader(file))
    assert [row["key"] for row in rows] == [row["key"] for row in text]
    assert sum(row["metric.flour"] is None for row in rows) == 1  # the trapped one
    for row, one in zip(rows, text, strict=True):
        assert (row["metric.flour"] is None) == (one["metric.flour"] == "")
        assert row["metric.flour"] is None or row["metric.flour"] == float(one["metric.flour"])
        assert row["setting.seed"] == int(one["setting.seed"])
        assert row["outcome"] == one["outcome"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["sweep", "few.toml", "--workers", "0"], 1, "needs 1 worker or more, not 0"),
        (["sweep", "none.toml"], 2, "none.toml: No such file"),
        (["sweep", "few.toml", "--scale", "ci"], 2, "few.toml: has no [scale.ci]"),
        (
            ["sweep", "few.toml", "--set", "lod=1"],
            2,
            "--set lod: unknown key (did you mean 'load'?)",
        ),
        (["export", "few.db"], 2, "give --csv FILE or --parquet FILE"),
        (["export", "few.db", "--csv", "a.csv"], 1, "few.db: no such store"),
        (["sweep", "watch", "few.toml"], 1, "few.toml: is damaged, or no store at all"),
    ],
)
def test_wrong_usage_is_one_line(
    few: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
