# SPDX-License-Identifier: Apache-2.0
"""The recommender served: what sharding costs and saves, in records that are the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardlane.cli import main
from guardlane.cluster.machine import Cluster
from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.service import ServiceTable
from guardlane.units import Bytes, Time
from guardlane_workloads.recommender.dlrm.settings import RecommenderConfig
from guardlane_workloads.recommender.dlrm.workload import Recommender, _core


def run(**settings: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = {"requests": 300, "model": "rm1", "shards": 4}
    config = RecommenderConfig(**(chosen | settings))
    return Recommender().run(config).as_dict()


def test_one_server_has_no_calls_and_no_overhead_to_tell() -> None:
    record = run(sharding="singular")
    assert record["completed"]
    assert record["calls"] == 0
    assert record["p99_overhead"] is None
    assert record["shard_gb"] == pytest.approx(4.096)
    assert 0 < record["p50_ms"] <= record["p90_ms"] <= record["p99_ms"]


def test_a_record_is_the_same_again_and_another_seed_is_another() -> None:
    one, again, other = (
        json.dumps(run(seed=seed), sort_keys=True, default=str) for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_more_shards_look_up_side_by_side_and_cost_more_core_time() -> None:
    few, many = run(shards=1), run(shards=8)
    assert many["p50_ms"] < few["p50_ms"]
    assert many["calls"] > 4 * few["calls"]
    assert many["cpu_overhead"] > few["cpu_overhead"] > 0


def test_look_ups_of_rows_all_alike_are_those_of_the_shards() -> None:
    config = RecommenderConfig(
        model="rm2", requests=100, shards=4, jitter=Time(0), popularity="uniform"
    )
    ran = Recommender().run(config)
    alone = Recommender().run(config.model_copy(update={"sharding": "singular"}))
    assert ran.metrics["cpu_ms"] > alone.metrics["cpu_ms"]
    assert ran.metrics["cpu_overhead"] == pytest.approx(
        ran.metrics["cpu_ms"] / alone.metrics["cpu_ms"] - 1
    )


EVEN = {
    "items": 100, "items_spread": 0.0, "batch": 1000, "jitter": Time(0), "popularity": "uniform",
}  # fmt: skip  # a call a shard, and a row takes as long wherever it is


def test_what_calls_carry_and_add_is_what_they_were_given() -> None:
    record = run(**EVEN)  # rm1: 8 tables, 80 rows a bag
    assert record["calls"] == 4
    assert record["look_ups_per_call"] == 2 * 80 * 100
    sent, returned = 2 * (80 * 8 + 4) * 100, 2 * 32 * 4 * 100  # bytes of a call and its answer
    us = 16 + 80 + 30 + (sent + returned) * 0.9e-3  # see docs/cluster.md: both ways, both sides
    alone = run(sharding="singular", **EVEN)
    assert record["cpu_ms"] - alone["cpu_ms"] == pytest.approx(4 * us / 1e3)
    assert record["added_by_calls"] == pytest.approx(1)
    assert alone["added_by_calls"] is alone["look_ups_per_call"] is None


def test_parts_of_the_latency_are_those_of_its_stack() -> None:
    record = run(**EVEN)
    for name in ("embedded", "network"):
        assert record[f"{name}_ms"] == pytest.approx(
            record["statistics"][f"stack.{name}"] / 1e6, rel=1e-6
        )
    over = run(arrivals="poisson", rate=1e6)
    assert over["network_ms"] is over["embedded_ms"] is None


def test_pooling_makes_bags_larger_and_leaves_layers_as_they_are() -> None:
    few, own, many = (run(**EVEN, pooling=pooling) for pooling in (0.25, 1.0, 4.0))
    assert [one["look_ups_per_call"] for one in (few, own, many)] == [4000, 16000, 64000]
    dense = [one["statistics"]["stack.dense"] for one in (few, own, many)]
    assert dense == [dense[0]] * 3
    drawn = [run(model="drm2", pooling=p, requests=200)["look_ups_per_call"] for p in (0.5, 2.0)]
    assert drawn[1] / drawn[0] == pytest.approx(4, rel=0.01)


def test_servers_are_related_to_those_that_hold_everything() -> None:
    record = run(target_rate=10_000.0)
    alone = run(sharding="singular", target_rate=10_000.0)
    assert record["server_ratio"] == record["servers"] / alone["servers"]


def test_requests_at_a_rate_wait_and_too_many_are_told_as_unstable() -> None:
    slow, busy = (run(arrivals="poisson", rate=rate) for rate in (10.0, 2000.0))
    assert busy["p99_ms"] > slow["p99_ms"]
    over = run(arrivals="poisson", rate=1e6)
    assert over["unstable"]
    assert over["p99_ms"] is None


def test_a_rate_by_itself_is_of_poisson_requests() -> None:
    said, unsaid = run(rate=50.0, arrivals="poisson"), run(rate=50.0)
    assert said["p99_ms"] == unsaid["p99_ms"] != run()["p99_ms"]


def test_tables_that_one_server_cannot_hold_have_nothing_to_compare_with() -> None:
    record = run(server_memory=Bytes(2 * 10**9))
    assert record["p99_overhead"] is None
    assert record["p99_ms"] > 0


def test_sharding_saves_memory_where_singles_would_be_many() -> None:
    record = run(model="drm1", shards=8, target_rate=10_000.0, requests=200)
    assert record["table_memory_ratio"] < 0.5
    assert record["servers"] > 8


def test_a_bounded_rate_keeps_to_its_bound() -> None:
    record = run(bound=Time(60 * 10**9), requests=400)
    rate = record["bounded_rate"]
    assert run(arrivals="poisson", rate=rate, requests=400)["p99_ms"] <= 60
    assert not (run(arrivals="poisson", rate=rate * 1.5, requests=400)["p99_ms"] or 61) <= 60


def test_a_trace_gives_tables_and_look_ups(tmp_path: Path) -> None:
    lengths = np.full((3, 50), 4)
    path = tmp_path / "trace.npz"
    indices = np.arange(600) % 97
    np.savez(path, lengths=lengths, indices=indices, offsets=np.arange(0, 604, 4))
    record = run(trace=path, sharding="capacity-balanced", shards=3)
    assert record["completed"]
    assert record["shard_gb"] * 1e9 == pytest.approx(97 * 32 * 4, rel=0.01)


def test_the_shipped_core_is_a_table_with_sources_and_says_whose() -> None:
    core = _core(None)
    assert core.core == "xeon-gold-6138, fp32"
    assert isinstance(core, ServiceTable)
    assert len(core.sources) > 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "drm7"], "model must be one of drm1, "),
        (["--shards", "-1"], "shards"),
        (["--popularity", "zipf"], "--popularity: must be one of skewed, uniform, not 'zipf'"),
        (["--set", "law.alpha=-1"], "law.alpha: must be 0.0 or more, not -1"),
        (["--arrivals", "poisson", "--rate", "-3"], "must have a rate above 0"),
        (["--arrivals", "serial", "--rate", "5"], "arrivals serial have no rate"),
        (["--rate", "0"], "arrivals poisson must have a rate above 0"),
        (["--items", "5"], "but 5 is not from 8 to 1000"),
        (["--set", "cluster.shards=3"], "cluster.shards follows from shards"),
        (["--server-memory", "4 GB"], "would hold"),
        (["--pooling", "0"], "--pooling: must be more than 0.0, not 0"),
        (["--trace", "t.npz", "--pooling", "2"], "pooling must be 1 with a trace, whose bags are"),
        (["--plan", "/nowhere.json"], "/nowhere.json: No such file or directory"),
        (["--trace", "/nowhere.npz"], "/nowhere.npz: No such file or directory"),
        (["--arrivals", "trace"], "arrivals trace and arrivals_file go together"),
        (["--core", "/nowhere.json"], "/nowhere.json: No such file"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "recommender", "--requests", "100", *options]) in (1, 2)
    captured = capsys.readouterr().err
    assert said in captured
    assert "Traceback" not in captured


def test_every_setting_has_unit_and_source() -> None:
    from guardlane.config import explain

    assert issubclass(RecommenderConfig, Settings)
    for one in (*explain(RecommenderConfig), *explain(Cluster)):
        assert one.citation is not None, one.name


def test_a_server_core_that_was_changed_is_refused(tmp_path: Path) -> None:
    text = _core(None).to_json()
    path = tmp_path / "core.json"
    path.write_text(text.replace('"bag_picoseconds": 20000', '"bag_picoseconds": 20001'))
    with pytest.raises(GuardlaneError, match="digest must be"):
        _core(path)
