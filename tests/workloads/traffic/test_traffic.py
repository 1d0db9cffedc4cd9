# SPDX-License-Identifier: Apache-2.0
"""`guardlane run traffic`: the numbers of BookSim2, other networks, traces, errors in one line."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pydantic import ValidationError

from guardlane.cli import main
from guardlane.noc.grids import mesh, torus
from guardlane.noc.simulate import StuckError
from guardlane.record import Outcome, Record
from guardlane_workloads.traffic import workload
from guardlane_workloads.traffic.links import heat_map
from guardlane_workloads.traffic.settings import TrafficConfig
from guardlane_workloads.traffic.workload import TrafficWorkload


def run(**settings: object) -> Record:
    return TrafficWorkload().run(TrafficConfig.model_validate(settings))


def test_the_command_prints_the_numbers_of_booksim2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "traffic", "--preset", "m8", "--rate", "0.1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert f"{said['mean_packet_latency']:g}" == "33.7911"
    assert f"{said['accepted_rate']:g}" == "0.0997478"
    assert f"{said['hops_mean']:g}" == "6.25643"  # as BookSim2 prints it, like the next
    assert said["max_packet_latency"] == 81
    assert said["saturated"] is False
    assert said["cycles"] == 10_066


def test_the_same_run_gives_the_same_bytes() -> None:
    for mode in ("exact", "fast"):
        one, other = (run(mode=mode, rate=0.2) for _ in range(2))
        assert one.to_json() == other.to_json()
        assert one.files == other.files
    assert run(mode="fast").metrics != run(mode="fast", seed=1).metrics


def test_a_saturated_network_has_a_verdict_and_no_latency_of_its_own() -> None:
    fast = run(rate=0.6, mode="fast").metrics
    assert (fast["saturated"], fast["mean_packet_latency"]) == (True, None)
    assert re.fullmatch(r"saturated: takes 0.\d+ flits .* less than offered; .*", fast["verdict"])
    exact = run(rate=0.45).metrics
    assert exact["saturated"] is True
    assert f"{exact['mean_packet_latency']:g}" == "380.696"  # what BookSim2 prints


def test_a_network_from_a_file_and_its_name_does_not_matter(tmp_path: Path) -> None:
    text = "".join(f"router {k} node {k} router {(k + 1) % 5}\n" for k in range(5))
    records = []
    for name in ("one.any", "other.txt"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        records.append(run(topology=tmp_path / name, rate=0.05, mode="fast"))
    assert records[0].config_hash == records[1].config_hash
    assert records[0].config_hash != run(rate=0.05, mode="fast").config_hash
    assert records[0].metrics["mean_packet_latency"] == pytest.approx(2 + 5 * 2.2, abs=1)


def test_a_trace_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("cycle,source,destination,flits\n0,0,63,1\n5,9,9,3\n", encoding="utf-8")
    metrics = run(trace=path).metrics
    assert metrics["packets"] == 2
    assert metrics["max_packet_latency"] == 2 + 5 * 15
    assert metrics["mean_packet_latency"] == (77 + 9) / 2


def test_a_network_that_deadlocks_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(state: object) -> object:
        raise StuckError("the network is deadlocked: 4 flits are in it")

    monkeypatch.setattr(workload, "run_out", stuck)
    record = run()
    assert record.outcome is Outcome.DEADLOCKED
    assert record.metrics["detail"] == "the network is deadlocked: 4 flits are in it"
    assert record.metrics["mean_packet_latency"] is None


def test_links_are_told_and_drawn() -> None:
    record = run(rate=0.1, traffic="transpose")
    rows = list(csv.DictReader(io.StringIO(record.files["links.csv"].decode())))
    assert len(rows) == 224
    assert sum(int(row["flits"]) for row in rows) == record.statistics["link.flits"]
    busiest = max(float(row["utilisation"]) for row in rows)
    assert busiest == pytest.approx(record.metrics["busiest_link"], abs=1e-6)
    drawing = ElementTree.fromstring(record.files["links.svg"].decode())
    titles = [one.text or "" for one in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 224
    assert f"(0,0) to (0,1): {float(rows[1]['utilisation']):.1%} of all cycles" in titles


def test_a_torus_is_drawn_with_links_that_leave_the_picture() -> None:
    for network, ends in ((mesh(3), 24), (torus(3), 24 + 2 * 12)):
        picture = heat_map(network, np.full((9, 5), 0.5))
        assert picture.count("<path") == ends


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"traffic": "zigzag"}, "must be one of uniform, transpose"),
        ({"hotspots": "1,x", "traffic": "hotspot"}, "must be nodes such as 0,7,56,63, not '1,x'"),
        ({"hotspots": "1,2"}, "hotspots are for traffic hotspot"),
        ({"trace": Path("a.csv"), "traffic": "uniform"}, "a trace says itself what is sent"),
        ({"rate": 0}, "greater than 0"),
        ({"routing": "hot-potato"}, "must be one of dimension-order"),
    ],
)
def test_settings_that_do_not_fit_are_said(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        TrafficConfig.model_validate(settings)


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.any"
    bad.write_text("router 0 node 0\nrouter 1 node 0\n", encoding="utf-8")
    assert main(["run", "traffic", "--topology", str(bad)]) == 1
    said = capsys.readouterr().err
    assert said == f"guardlane: {bad}:2: node 0 is at router 0 already, not at 1\n"
