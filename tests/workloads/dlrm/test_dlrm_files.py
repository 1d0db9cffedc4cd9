# SPDX-License-Identifier: Apache-2.0
"""Plans, traces and arrival times from files: what is right is read, all else is one clear line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardlane.errors import GuardlaneError, UsageError
from guardlane_workloads.recommender.dlrm.arrivals import Arrivals, arrivals, read_arrivals
from guardlane_workloads.recommender.dlrm.index_trace import read_index_trace
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import place
from guardlane_workloads.recommender.dlrm.plan_file import read_plan
from guardlane_workloads.recommender.dlrm.requests import Drawn, asked, cut
from tests.workloads.dlrm.cores import ALIKE

TABLES = [EmbeddingTable("a", 10, 8, 32, 1.0), EmbeddingTable("b", 7, 8, 32, 1.0)]
TWO = Model("two", [Net("n", top=(1,))], TABLES)


def shard(first: int, rows: int, rank: int, column: int = 0, columns: int = 8) -> dict[str, Any]:
    return {
        "shard_offsets": [first, column],
        "shard_sizes": [rows, columns],
        "placement": f"rank:{rank}/cpu",
    }


def plan() -> dict[str, Any]:
    return {
        "plan": {
            "ebc": {
                "a": {"sharding_type": "table_wise", "ranks": [2]},
                "b": {
                    "sharding_type": "row_wise",
                    "ranks": [0, 1],
                    "sharding_spec": {"shards": [shard(0, 4, 0), shard(4, 3, 1)]},
                },
            }
        }
    }


def test_a_plan_says_where_tables_and_rows_go(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan()))
    placed = read_plan(path, TWO, 1000)
    assert [(p.table, p.shard, p.rows) for p in placed.pieces] == [(0, 2, 10), (1, 0, 4), (1, 1, 3)]
    assert placed.shards == 3
    assert placed.bytes_by_shard() == [128, 96, 320]


def by_column(*shards: dict[str, Any]) -> dict[str, Any]:
    whole = plan()
    own = {"sharding_type": "column_wise", "sharding_spec": {"shards": list(shards)}}
    whole["plan"]["ebc"]["a"] = own
    return whole


def test_columns_are_looked_up_everywhere_and_answered_in_slices(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(by_column(shard(0, 10, 2, 6, 2), shard(0, 10, 1, 0, 6))))
    placed = read_plan(path, TWO, 1000)
    assert placed.bytes_by_shard() == [128, 96 + 10 * 24, 10 * 8]
    assert placed.load_by_shard(4) == [4 * 4 / 7, 4 * 3 / 7 + 4, 4]
    found = asked(placed, cut(np.array([4, 4]), 4), Drawn(TWO, 1), ALIKE, seed=1)
    whole = asked(
        place(TWO, "one-shard", 1, 1000), cut(np.array([4, 4]), 4), Drawn(TWO, 1), ALIKE, 1
    )
    b = found.look_ups[:, 0] + found.look_ups[:, 1] - found.look_ups[:, 2]  # of table b alone
    assert (found.look_ups[:, 2] + b).tolist() == whole.look_ups[:, 0].tolist()
    assert found.answer_bytes.sum(axis=1).tolist() == [4 * (8 + 8 + 8) * 4] * 2  # b's sums twice


def test_parts_of_rows_of_different_columns_get_the_same_rows(tmp_path: Path) -> None:
    grid = [shard(r, 5, rank, c, 4) for rank, (r, c) in enumerate([(0, 0), (5, 0), (0, 4), (5, 4)])]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(by_column(*grid)))
    one = Model("one", [Net("n", top=(1,))], TABLES[:1])
    whole = json.loads(path.read_text())
    del whole["plan"]["ebc"]["b"]
    path.write_text(json.dumps(whole))
    found = asked(read_plan(path, one, 1000), cut(np.full(9, 50), 50), Drawn(one, 1), ALIKE, 1)
    assert np.array_equal(found.look_ups[:, :2], found.look_ups[:, 2:])
    assert 0 < found.look_ups[:, 0].sum() < 450


@pytest.mark.parametrize(
    ("shards", "said"),
    [
        ([shard(0, 10, 0, 0, 4)], " has 8 columns, and its shards 4"),
        ([shard(0, 10, 0, 0, 4), shard(0, 10, 1, 5, 3)], "must begin at column 4, not 5"),
        ([shard(0, 10, 0, 0, 5), shard(0, 10, 1, 4, 4)], "must begin at column 5, not 4"),
        ([shard(0, 10, 0), shard(0, 10, 1)], "must begin at row 10, not one of 8 at row 0"),
        ([shard(0, 10, 0), shard(0, 10, 1, 8, 0)], "shard 1 must have 1 column or more, not 0"),
        ([shard(0, 10, 0, 0, 4), shard(0, 9, 1, 4, 4)], " has 10 rows, and its shards 9"),
    ],
)
def test_slices_that_make_no_table_are_refused_with_the_tables_place(
    tmp_path: Path, shards: list[dict[str, Any]], said: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(by_column(*shards), indent=1))
    with pytest.raises(GuardlaneError, match=rf"plan\.json:4:4: table a.*{said}"):
        read_plan(path, TWO, 1000)


Break = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda p: p["a"].update(sharding_type="data_parallel"), "a must be sharded table_wise, "),
        (lambda p: p["a"].update(ranks=[1, 2]), "or one rank, not"),
        (lambda p: p["a"].update(ranks=[-1]), "rank must be a whole number, 0 or more, not -1"),
        (lambda p: p.pop("b"), "has no table b, which two has"),
        (lambda p: p.update(c=p["a"]), "table c is not one of two"),
        (lambda p: p["b"]["sharding_spec"]["shards"].pop(), "b has 7 rows, and its shards 4"),
        (
            lambda p: p["b"]["sharding_spec"]["shards"][1].update(shard_offsets=[5, 0]),
            "shard of 8 columns must begin at row 4, not one of 8 at row 5",
        ),
        (
            lambda p: p["b"]["sharding_spec"]["shards"][1].update(shard_sizes=[3, 4]),
            "shard of 8 columns must begin at row 4, not one of 4 at row 4",
        ),
        (
            lambda p: p["b"]["sharding_spec"]["shards"][1].update(placement="cuda:0"),
            "placement must be like rank:0/cpu, not 'cuda:0'",
        ),
    ],
)
def test_a_plan_that_does_not_fit_its_model_is_refused(
    tmp_path: Path, spoil: Break, said: str
) -> None:
    whole = plan()
    spoil(whole["plan"]["ebc"])
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(GuardlaneError, match=said) as caught:
        read_plan(path, TWO, 1000)
    assert str(caught.value).startswith(str(path))


def test_a_plan_that_is_no_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"plan":\n  [1,}')
    with pytest.raises(GuardlaneError, match=r"plan\.json:2:6: "):
        read_plan(path, TWO, 1000)
    path.write_text("[" * 100_000)
    with pytest.raises(GuardlaneError, match="is nested too deeply"):
        read_plan(path, TWO, 1000)


def test_a_plan_for_servers_too_small_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan()))
    with pytest.raises(GuardlaneError, match="shard 2 would hold 320 bytes .* 319"):
        read_plan(path, TWO, 319)


def trace() -> dict[str, Any]:
    return {
        "lengths": np.array([[2, 0, 1], [1, 1, 3]], np.int32),
        "offsets": np.array([0, 2, 2, 3, 4, 5, 8], np.int64),
        "indices": np.array([4, 9, 0, 1, 1, 2, 3, 5], np.int64),
    }


def test_a_trace_gives_bags_rows_and_pooling_factors(tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    np.savez(path, **trace())
    read = read_index_trace(path)
    assert read.tables == 2
    assert read.rows().tolist() == [10, 6]
    assert read.pooling_factors().tolist() == [1.0, 5 / 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lengths": np.array([1])}, r"lengths must be \[tables, batch\], not \[1\]"),
        ({"lengths": np.array([[2, 0, 1], [1, 1, 2]])}, "add up to 7, and there are 8 indices"),
        ({"lengths": np.array([[2, -1, 2], [1, 1, 3]])}, "lengths must be 0 or more, not -1"),
        ({"offsets": np.array([0, 2, 2, 3, 4, 6, 8])}, "offset 5 must be 5 by the lengths, not 6"),
        ({"offsets": np.array([0])}, "offsets must be 7, one a bag and the end, not 1"),
        ({"indices": np.zeros(8)}, "indices must be whole numbers, not float64"),
        ({"indices": np.array([{}] * 8)}, "is no .npz of arrays"),
    ],
)
def test_a_trace_that_contradicts_itself_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = tmp_path / "trace.npz"
    np.savez(path, **(trace() | change))
    with pytest.raises(GuardlaneError, match=said) as caught:
        read_index_trace(path)
    assert str(caught.value).startswith(str(path))


def test_a_trace_without_an_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    np.savez(path, indices=np.zeros(1, np.int64))
    with pytest.raises(GuardlaneError, match="has no array offsets"):
        read_index_trace(path)


def test_poisson_gaps_vary_as_an_exponential_and_deeprecsys_do_not() -> None:
    variations: dict[Arrivals, float] = {"poisson": 1.0, "deeprecsys": 5**-0.5}
    for kind, variation in variations.items():
        times = arrivals(kind, 50_000, 200.0, 1)
        assert times is not None
        gaps = np.diff(times)
        assert gaps.mean() == pytest.approx(5e9, rel=0.02)
        assert gaps.std() / gaps.mean() == pytest.approx(variation, rel=0.03)
    assert arrivals("serial", 10, None, 1) is None


@pytest.mark.parametrize(
    ("kind", "rate", "said"),
    [
        ("poisson", None, "rate must be above 0 and at most 1e9 requests a second, not None"),
        ("poisson", -1.0, "not -1.0"),
        ("poisson", float("nan"), "not nan"),
        ("serial", 5.0, "serial requests have no rate"),
        ("bursty", 5.0, "arrivals must be serial, poisson or deeprecsys, not 'bursty'"),
        ("poisson", 1e-9, "take longer than 26 days"),
    ],
)
def test_rates_that_cannot_be_are_refused(kind: Any, rate: float | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        arrivals(kind, 10, rate, 1)


def test_arrival_times_are_read_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "times.txt"
    path.write_text("# seconds\n0\n0.5\n\n0.5\n2e0\n")
    assert read_arrivals(path).tolist() == [0, 5 * 10**11, 5 * 10**11, 2 * 10**12]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0\nsoon\n", r":2:1: must be a time in seconds, not 'soon'"),
        ("0\n-1\n", r":2:1: must be a time"),
        ("nan\n", r":1:1: must be a time"),
        ("1\n0.5\n", r":2:1: 0.5 s is before the line above it"),
        ("# none\n", "has no arrivals"),
    ],
)
def test_arrival_times_that_cannot_be_are_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "times.txt"
    path.write_text(text)
    with pytest.raises(GuardlaneError, match=said):
        read_arrivals(path)


def test_no_spoilt_file_raises_anything_but_the_projects_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "good.npz", **trace())
    whole = (tmp_path / "good.npz").read_bytes()
    text = json.dumps(plan()).encode()
    draw = random.Random(1)
    refused = 0
    for number in range(1500):
        source, read = ((whole, read_index_trace), (text, lambda p: read_plan(p, TWO, 1000)))[
            number % 2
        ]
        spoilt = bytearray(source)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(spoilt))
            spoilt[at : at + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 3))
        path = tmp_path / "spoilt"
        path.write_bytes(spoilt)
        try:
            read(path)
        except GuardlaneError as reason:
            refused += 1
            assert str(path) in str(reason)
            assert "\n" not in str(reason)
    assert refused > 700
