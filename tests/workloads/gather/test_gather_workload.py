# SPDX-License-Identifier: Apache-2.0
"""A gather as a workload: what it says, what it reads, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from guardlane.errors import GuardlaneError
from guardlane.record import Record
from guardlane.units import Bytes, Count, Time
from guardlane_workloads.gather.settings import GatherConfig
from guardlane_workloads.gather.workload import Gather


def gather(**changes: Any) -> Record:
    """The record of a short gather."""
    return Gather().run(GatherConfig(**({"vectors": Count(5000)} | changes)))


def test_the_stack_adds_up_to_the_latency() -> None:
    metrics = gather(on_chip=Time.parse("30 ns")).metrics
    assert sum(metrics["stack"].values()) == pytest.approx(metrics["mean_latency_ns"], rel=1e-12)
    assert metrics["stack"]["on_chip_ns"] == pytest.approx((37 + 1) * 0.833)


def test_every_declared_metric_is_there() -> None:
    assert {metric.name for metric in Gather.metrics} | {"stack"} == set(gather().metrics)


def test_equal_settings_give_equal_bytes_and_another_seed_other_rows() -> None:
    assert gather().to_json() == gather().to_json()
    assert gather().config["rows_sha256"] != gather(seed=2).config["rows_sha256"]


def test_a_small_table_stays_in_its_pages_and_hits_rows() -> None:
    page = gather(tables=Bytes(8192)).metrics
    assert page["row_hit_rate"] > 0.98
    assert page["mean_latency_ns"] < gather().metrics["mean_latency_ns"] + 60


def test_a_trace_is_read_and_is_identity_wherever_it_lies(tmp_path: Path) -> None:
    rows = np.arange(3000, dtype=np.int32) % 64
    runs = []
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, rows)
        runs.append(gather(trace=tmp_path / name))
    assert runs[0].to_json() == runs[1].to_json()
    assert runs[0].metrics["lines"] == 6000
    np.save(tmp_path / "b.npy", rows[::-1])
    assert gather(trace=tmp_path / "b.npy").config_hash != runs[0].config_hash


def saved(path: Path, rows: Any) -> Path:
    """The path of a file that numpy saved."""
    np.save(path, rows)
    return path


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.array([[1]]), "t.npy: must be whole numbers of one dimension"),
        (np.array([1.0]), "t.npy: must be whole numbers of one dimension"),
        (np.zeros(0, np.int64), "t.npy: must be 1 to 50,000,000 rows, not 0"),
        (np.array([5, -1]), "look-up 1: row of table 0 must be 0 to 134217727, not -1"),
        (
            np.array([1 << 40]),
            "look-up 0: row of table 0 must be 0 to 134217727, not 1099511627776",
        ),
    ],
)
def test_a_wrong_trace_is_one_line(tmp_path: Path, rows: Any, said: str) -> None:
    with pytest.raises(GuardlaneError) as error:
        gather(trace=saved(tmp_path / "t.npy", rows))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\x93NUMPY\x01\x00\xff\xff{}"])
def test_a_trace_that_is_no_array_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.npy").write_bytes(content)
    with pytest.raises(GuardlaneError, match="t.npy: is no .npy file of numbers$"):
        gather(trace=tmp_path / "t.npy")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dram": "DDR4-2401"}, "did you mean DDR4-2400"),
        ({"vectors": Count(0)}, "must be 1 to 50,000,000, not 0"),
        ({"vector_bytes": 0}, "greater than or equal to 1"),
        ({"outstanding": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_settings_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        GatherConfig(**change)


def test_tables_that_do_not_fit_are_one_line() -> None:
    with pytest.raises(
        GuardlaneError, match="tables must be 128 to 17179869184 bytes, not 17179869185"
    ):
        gather(tables=Bytes((1 << 34) + 1))


def test_larger_pages_wait_less_for_their_addresses() -> None:
    pages = ("none", "1GiB", "2MiB", "4KiB")
    waits = [gather(page=page, outstanding=4).metrics for page in pages]
    translations = [found["translation_ns"] for found in waits]
    assert translations[0] == 0
    assert translations == sorted(translations)
    assert translations[3] > 20
    assert waits[3]["bandwidth_gb_s"] < waits[0]["bandwidth_gb_s"]
    assert sum(waits[3]["stack"].values()) == pytest.approx(waits[3]["mean_latency_ns"])
