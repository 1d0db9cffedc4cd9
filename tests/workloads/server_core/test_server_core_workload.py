# SPDX-License-Identifier: Apache-2.0
"""The workload `server-core` says what the model says, and writes what a cluster reads."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from pydantic import ValidationError

from guardlane.server.table import freeze
from guardlane.service import ServiceTable
from guardlane.units import Bytes
from guardlane_workloads.server_core import workload
from guardlane_workloads.server_core.workload import ServerCoreConfig, ServerCoreLookUps


def config(**changes: Any) -> ServerCoreConfig:
    """A small look-up."""
    return ServerCoreConfig(**({"table": Bytes(1 << 16)} | changes))


def test_the_parts_add_up_and_published_look_ups_stand_beside_the_model() -> None:
    record = ServerCoreLookUps().run(config())
    metrics = record.metrics
    assert metrics["look_up_ns"] == pytest.approx(
        metrics["issue_ns"] + metrics["data_ns"] + metrics["translation_ns"]
    )
    assert {metric.name for metric in ServerCoreLookUps.metrics} == set(metrics)
    rows = list(csv.DictReader(io.StringIO(record.files["published.csv"].decode())))
    assert len(rows) == len(record.notes) == 10
    assert rows[0]["published_ns"] == "8.08"
    assert record.notes[0].startswith("published   8.1 ns, model ")
    assert record.notes[3].startswith("published  51.7 ns, 18.1 of them waking, model ")
    assert [row["waking_ns"] for row in rows] == ["0.00"] * 3 + ["18.09"] * 3 + ["0.00"] * 4
    assert all(bool(row["source_of_waking"]) == (row["waking_ns"] != "0.00") for row in rows)
    assert record.to_json() == ServerCoreLookUps().run(config()).to_json()


def test_a_service_table_is_frozen_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    def small(core: Any, row_format: Any, told: Any) -> ServiceTable:
        return freeze(core, row_format, vectors=(64,), tables=(1 << 14, 1 << 16), told=told)

    monkeypatch.setattr(workload, "freeze", small)
    record = ServerCoreLookUps().run(
        config(freeze=True), lambda done, total, what: told.append((done, total))
    )
    found = ServiceTable.from_json(record.files["service.json"].decode(), "service.json")
    assert found.digest == record.metrics["service_digest"]
    assert told == [(0, 2), (1, 2)]


@pytest.mark.parametrize("size", [0, 1 << 47])
def test_a_table_that_no_address_reaches_is_refused(size: int) -> None:
    with pytest.raises(ValidationError, match="must be 1 to 70368744177664 bytes, not"):
        config(table=Bytes(size))
