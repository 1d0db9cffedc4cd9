# SPDX-License-Identifier: Apache-2.0
"""A store keeps what it took, refuses what it cannot keep, and says so in one line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane.store import Failure, Planned, Point, Store, Study, schema
from guardlane.store.export import write_csv
from tests.environment import environment

STUDY = Study("depths", "Depths", "toy", ("depth",), (), has_seeds=False)


def point(number: int, **changes: object) -> Point:
    settings = {"depth": number, "tray.wide": True, "ratio": 1.0, **changes}
    return Point(
        f"{number:032x}", "toy", "c0de", {"numpy": "2"}, settings, f"hash{number}", "completed",
        {"sum": number / 3, "detail": ""},
    )  # fmt: skip


def failure(number: int) -> Failure:
    return Failure(f"{number:032x}", "died", "killed by SIGKILL", 3, "last words", "guardlane run")


def table(path: Path) -> bytes:
    with Store(path) as store:
        write_csv(store, path.with_suffix(".csv"), every=True)
    return path.with_suffix(".csv").read_bytes()


def test_what_is_put_comes_back_as_it_was_in_the_order_of_keys(tmp_path: Path) -> None:
    odd = point(3, ratio=1, **{"tray.wide": 1}, extra=None)  # equal to the base, yet other values
    less = Point(**{**vars(point(2)), "settings": {"depth": 2}})
    with Store(tmp_path / "a.db", write=True) as store:
        for one in (point(5), odd, less):
            store.put(one)
    with Store(tmp_path / "a.db") as store:
        found = list(store.points(every=True))
    assert found == [less, odd, point(5)]
    assert [type(found[1].settings[name]) for name in ("tray.wide", "ratio")] == [int, int]


def test_the_table_is_the_same_whatever_came_first(tmp_path: Path) -> None:
    for name, order in (("a.db", (1, 2, 3)), ("b.db", (3, 1, 2))):
        with Store(tmp_path / name, write=True) as store:
            for number in order:
                store.put(point(number))
                store.commit()
            store.put(failure(9))
    lines = table(tmp_path / "a.db").decode().splitlines()
    assert lines[0].startswith(
        "key,workload,outcome,failure,metric.detail,metric.sum,setting.depth"
    )
    assert lines[1].split(",")[:6] == [
        f"{1:032x}",
        "toy",
        "completed",
        "",
        "",
        "0.3333333333333333",
    ]
    assert lines[4].startswith(f"{9:032x},,failed,died,,")
    assert table(tmp_path / "a.db") == table(tmp_path / "b.db")


def test_a_study_chooses_its_points_and_the_newest_plan_of_a_name_counts(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db", write=True) as store:
        store.plan(STUDY, [Planned(point(n).key, {"depth": str(n)}) for n in (1, 2)])
        store.plan(STUDY, [Planned(point(n).key, {"depth": str(n)}) for n in (2, 3)])
        for number in (1, 2):
            store.put(point(number))
        store.put(failure(3))
        store.commit()
        assert store.studies() == [STUDY]
        assert [one.axes["depth"] for one in store.planned("depths")] == ["2", "3"]
        assert [one.key for one in store.points("depths")] == [point(2).key]
        assert [one.key for one in store.points()] == [point(2).key]
        assert [one.key for one in store.failures()] == [failure(3).key]
        store.put(point(3))  # a point that finishes is no failure any more
        store.commit()
        assert list(store.failures(every=True)) == []


def test_a_second_writer_is_refused_with_the_pid_of_the_first_and_a_reader_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    with Store(path, write=True) as store:
        store.put(point(1))
        store.commit()
        with pytest.raises(GuardlaneError, match=f"process {os.getpid()} is writing to it"):
            Store(path, write=True)
        with Store(path) as reader:
            assert len(list(reader.points(every=True))) == 1
    Store(path, write=True).__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import os, signal, sys
from pathlib import Path
from guardlane.store import Store
from tests.arch.store.test_store import point
store = Store(Path(sys.argv[1]), write=True)
for number in range(10_000):
    store.put(point(number))
    store.commit()
    print(number, flush=True)
"""


def test_what_was_committed_outlives_a_kill(tmp_path: Path) -> None:
    path, said = tmp_path / "a.db", -1
    for _ in range(3):
        call = [sys.executable, "-c", WRITER, str(path)]
        root = Path(__file__).parents[3]
        child = subprocess.Popen(
            call, stdout=subprocess.PIPE, text=True, cwd=root, env=environment(root)
        )
        assert child.stdout is not None
        for _ in range(40):
            said = max(said, int(child.stdout.readline()))
        child.kill()
        rest = child.stdout.read().split()
        said = max([said, *(int(one) for one in rest)])
        child.wait()
        child.stdout.close()
        with Store(path, write=True) as store:  # nobody's lock is left
            assert len(list(store.points(every=True))) >= said + 1


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    said = "a.db: the disk is full; what was stored is safe"
    with pytest.raises(GuardlaneError, match=said), Store(path, write=True) as store:
        store.put(point(1))
        store.commit()
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(2, 200):
            store.put(point(number, note="x" * 500))
    with Store(path, write=True) as store:
        kept = len(list(store.points(every=True)))
        assert 1 <= kept < 199
        store.put(point(500))
    assert table(path).count(b"\n") == kept + 2


LIMITED = """
import resource, sys
from pathlib import Path
from guardlane.errors import GuardlaneError
from guardlane.store import Store
from tests.arch.store.test_store import point
try:
    with Store(Path(sys.argv[1]), write=True) as store:
        store.put(point(1))
        store.commit()
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
        for number in range(2, 2000):
            store.put(point(number, note="x" * 500))
except GuardlaneError as reason:
    print(reason)
"""


def test_a_file_that_may_not_grow_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    root = Path(__file__).parents[3]
    call = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(
        call, capture_output=True, text=True, check=True, cwd=root, env=environment(root)
    )
    assert done.stdout.startswith(f"{path}: ")
    assert "what was stored is safe" in done.stdout
    assert done.stdout.count("\n") == 1
    with Store(path, write=True) as store:
        assert len(list(store.points(every=True))) >= 1


def test_a_newer_store_is_refused_and_an_older_one_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with Store(path, write=True) as store:
        store.put(point(1))
    step = "ALTER TABLE study ADD COLUMN note TEXT"
    with monkeypatch.context() as later:
        later.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
        later.setattr(schema, "NEWEST", schema.NEWEST + 1)
        with Store(path, write=True) as store:  # the next release migrates ...
            assert list(store.points(every=True)) == [point(1)]
            store._db.execute("SELECT note FROM study")
    for write in (False, True):  # ... and this one then refuses
        with pytest.raises(GuardlaneError, match="is a store of version 3, newer than 2"):
            Store(path, write=write)


def test_a_store_of_the_first_version_keeps_points_and_plans(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as old:
        old.executescript(schema.MIGRATIONS[0])
        old.execute(f"PRAGMA application_id = {schema.APPLICATION}")
        old.execute("PRAGMA user_version = 1")
        about = {**vars(STUDY), "axes": ["depth"], "metrics": []}
        old.execute("INSERT INTO study VALUES ('depths', ?)", (json.dumps(about),))
        for place, (key, depth, seed) in enumerate((("b", 2, 1), ("a", 2, 2), ("c", 1, 1))):
            axes = json.dumps({"depth": str(depth), "seed": str(seed)}, sort_keys=True)
            old.execute("INSERT INTO planned VALUES ('depths', ?, ?, ?)", (place, key, axes))
        old.execute("INSERT INTO planned VALUES ('once', 0, 'd', '{}')")
    old.close()
    with pytest.raises(GuardlaneError, match="is a store of version 1; a sweep into it brings"):
        Store(path)
    with Store(path, write=True) as store:
        assert store.studies() == [STUDY]
        assert list(store.planned("depths")) == [
            Planned("b", {"depth": "2"}, 1), Planned("a", {"depth": "2"}, 2),
            Planned("c", {"depth": "1"}, 1),
        ]  # fmt: skip
        assert list(store.planned("once")) == [Planned("d", {})]
        assert store.wanted("depths", "a") == {"depth": "2", "seed": "2"}


def test_runs_of_a_study_come_with_their_combination_and_the_metrics_asked_for(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "a.db", write=True) as store:
        wanted = [Planned(point(n).key, {"depth": str(n // 2)}, n) for n in (3, 2, 1)]
        store.plan(STUDY, wanted)
        store.put(point(1))
        store.put(point(3))
        store.commit()
        assert store.cells("depths") == [{"depth": "1"}, {"depth": "0"}]
        assert list(store.runs("depths", ["sum", "none"])) == [
            (1, "completed", (1 / 3, None)), (0, None, (None, None)), (0, "completed", (1.0, None)),
        ]  # fmt: skip
        keys = [point(n).key for n in (1, 2, 3)]
        assert store.values("sum", keys) == {keys[0]: 1 / 3, keys[2]: 1.0}
        assert store.values("detail", keys) == {keys[0]: None, keys[2]: None}


def test_a_plan_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    plan = [Planned(point(n).key, {"depth": str(n)}) for n in (1, 2)]
    with Store(tmp_path / "a.db", write=True) as store:
        store.plan(STUDY, plan)
        before = store._db.total_changes
        store.plan(STUDY, plan)
        assert store._db.total_changes == before
        store.plan(STUDY, plan[::-1])
        assert store._db.total_changes > before
        assert list(store.planned("depths")) == plan[::-1]


@pytest.mark.parametrize("write", [False, True])
def test_what_is_no_store_is_one_line_and_stays_as_it_is(tmp_path: Path, write: bool) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, but long enough to be taken for one\n" * 100)
    before = path.read_bytes()
    with pytest.raises(GuardlaneError, match="is damaged, or no store at all"):
        Store(path, write=write)
    assert path.read_bytes() == before
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(GuardlaneError, match="is a database of another program"):
        Store(tmp_path / "other.db", write=write)
    with pytest.raises(GuardlaneError, match="no/a.db"):
        Store(tmp_path / "no" / "a.db", write=write)


@pytest.mark.parametrize("length", [100, 4096, 4096 * 9 + 7, -4096])
@pytest.mark.parametrize("write", [False, True])
def test_a_file_cut_short_is_one_line_and_stays_as_it_is(
    tmp_path: Path, length: int, write: bool
) -> None:
    path = tmp_path / "a.db"
    with Store(path, write=True) as store:
        for number in range(500):
            store.put(point(number))
    content = path.read_bytes()[:length]
    path.write_bytes(content)
    with (
        pytest.raises(GuardlaneError, match="a.db: is damaged") as caught,
        Store(path, write=write) as store,
    ):
        list(store.points(every=True))
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_log_cut_short_costs_what_stood_in_it_at_most(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    with Store(path, write=True) as store:
        for number in range(64):
            store.put(point(number))
        store.commit()
        store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(64, 128):
            store.put(point(number))
        store.commit()
        copy.write_bytes(path.read_bytes())
        log = path.with_name("a.db-wal").read_bytes()
        copy.with_name("copy.db-wal").write_bytes(log[: len(log) // 2])
    with Store(copy, write=True) as store:  # as a machine that lost power may leave it
        kept = [one.key for one in store.points(every=True)]
        assert kept == [point(number).key for number in range(64)]
        store.put(point(200))


def test_a_store_whose_writer_was_killed_as_it_tidied_up_can_be_read(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db", write=True) as store:
        store.put(point(1))
    database = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    database.execute("PRAGMA cache_size = 2")  # pages: the rest is written before the commit
    database.execute("BEGIN IMMEDIATE")
    database.execute("CREATE TABLE half (done)")
    for _ in range(100):
        database.execute("INSERT INTO half VALUES (?)", ("x" * 1000,))
    for name in ("a.db", "a.db-journal"):  # what there is after a kill at this moment
        (tmp_path / name.replace("a", "b", 1)).write_bytes((tmp_path / name).read_bytes())
    database.close()
    with Store(tmp_path / "b.db") as store:
        assert list(store.points(every=True)) == [point(1)]
    assert not (tmp_path / "b.db-journal").exists()


def test_a_damaged_page_is_found_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store(path, write=True) as store:
        for number in range(500):
            store.put(point(number))
    content = bytearray(path.read_bytes())
    content[4096 * 4 : 4096 * 9] = b"\xff" * (4096 * 5)
    path.write_bytes(content)
    with pytest.raises(GuardlaneError, match="is damaged"):
        Store(path, write=True)
    assert path.read_bytes() == bytes(content)
    assert list(tmp_path.iterdir()) == [path]
