# SPDX-License-Identifier: Apache-2.0
"""A record is plain data with one way to write it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from guardlane.errors import GuardlaneError
from guardlane.record import Outcome, Record, versions


def record(**changes: Any) -> Record:
    values: dict[str, Any] = {
        "workload": "toy",
        "config": {"seed": 3, "machine": {"name": "small", "depth": 4}},
        "config_hash": "ab",
        "outcome": "completed",
        "metrics": {"psnr_db": None, "cycles": 7},
        "statistics": {"core.a.pops": 2},
    }
    return Record(**{**values, **changes})


def test_settings_and_metrics_stand_at_the_top_of_the_json() -> None:
    flat = json.loads(record().to_json())
    assert flat["seed"] == 3
    assert flat["machine"] == "small"
    assert flat["config"]["machine"] == {"depth": 4, "name": "small"}
    assert flat["psnr_db"] is None
    assert flat["cycles"] == 7
    assert flat["statistics"] == {"core.a.pops": 2}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_completed_is_completed(outcome: Outcome) -> None:
    flat = json.loads(record(outcome=outcome).to_json())
    assert flat["completed"] is (outcome == "completed")
    assert flat["outcome"] == outcome.value


def test_equal_records_are_equal_bytes_whatever_the_order_and_files_and_notes_stay_out() -> None:
    other = record(
        metrics={"cycles": 7, "psnr_db": None},
        files={"a.png": b"png"},
        notes=("read /home/me/a.png",),
    )
    assert other.to_json() == record().to_json()
    assert other == record()
    assert list(json.loads(other.to_json())) == sorted(json.loads(other.to_json()))


def test_floats_come_back_as_the_same_bits() -> None:
    value = 0.1 + 0.2
    assert json.loads(record(metrics={"a": value}).to_json())["a"] == value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metrics": {"a": float("nan")}}, r"record of toy.a must be a finite number or None, not"),
        ({"series": {"s": [1.0, float("inf")]}}, r"series.s\[1\] must be a finite number"),
        ({"statistics": {"a": b"x"}}, r"statistics.a must be plain data, not bytes"),
        ({"fault_events": [{1: 2}]}, r"fault_events\[0\] must have names that are text, not 1"),
        ({"metrics": {"seed": 1}}, "metric seed of toy: the name is taken"),
        ({"config": {"outcome": 1}}, "setting outcome of toy: the name is taken"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GuardlaneError, match=message):
        record(**changes)


def test_an_outcome_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="fine"):
        replace(record(), outcome="fine")  # type: ignore[arg-type]


def test_versions_name_what_a_result_depends_on() -> None:
    assert set(versions()) == {"guardlane", "llvmlite", "numba", "numpy"}
