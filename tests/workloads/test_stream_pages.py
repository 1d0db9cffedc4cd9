# SPDX-License-Identifier: Apache-2.0
"""What a report says of a comparison is what the records say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from guardlane.record import Outcome, Record
from guardlane.report import Table
from guardlane.stats import Metric
from guardlane_workloads.streams import pages

SNR = Metric("snr_db", "dB", "ratio", "higher")
SSIM = Metric("ssim", "1", "likeness", "higher")
FLIPS = Metric("faults_injected", "faults", "faults that struck")
LABELS = {"reliable-queue": "Reliable queue", "commguard": "CommGuard"}


def record(guard: str, seed: int, snr: float | None, **changes: Any) -> Record:
    config = {"guard": guard, "seed": seed, "mtbe": "512k", "replay": None, "faults": "alu-uniform"}
    metrics = {"snr_db": snr, "ssim": 0.5, "faults_injected": 10 * seed, "detail": ""}
    series: dict[str, Any] = {
        "snr_db": [snr, 5.0],
        "pads": [1, 0],
        "discards": [0, 2],
        "faults": [3, 0],
    }
    made = Record(
        workload="it",
        config=config,
        config_hash="00",
        outcome=Outcome.COMPLETED,
        metrics=metrics,
        series=series,
        versions={"guardlane": "9"},
    )
    return replace(made, **changes)


def comparison(rival: list[float | None], subject: list[float | None]) -> Any:
    groups = [("Error-free", [record("reliable-queue", 1, None)])]
    for guard, values in (("reliable-queue", rival), ("commguard", subject)):
        runs = [record(guard, seed, value) for seed, value in enumerate(values, start=1)]
        groups.append((LABELS[guard], runs))
    return groups


def test_runs_that_did_not_complete_are_named() -> None:
    runs = comparison([5.0], [9.0, 8.0])
    failed = record("commguard", 2, 1.0)
    runs[2][1][1] = replace(
        failed, outcome=Outcome.HUNG, metrics={**failed.metrics, "detail": "huff is stuck"}
    )
    tally = pages.tally(runs)
    assert (tally.completed, tally.total) == (3, 4)
    assert tally.failures == ("CommGuard, seed 2: hung: huff is stuck",)


def test_the_seed_shown_is_the_median_with_commguard() -> None:
    runs = comparison([1.0, 2.0, 3.0], [30.0, 10.0, 20.0])
    assert pages.shown_seed(runs, "snr_db") == 3
    assert pages.run_of(runs[2][1], 3).metrics["snr_db"] == 20.0
    assert pages.run_of(runs[0][1], 3) is runs[0][1][0]


def test_gains_are_seed_by_seed_where_both_are_finite() -> None:
    runs = comparison([5.0, None, 7.0, 6.0], [9.0, 20.0, None, 5.0])
    assert pages.gains(runs, "snr_db") == {1: 4.0, 4: -1.0}
    assert pages.gains(runs[:2], "snr_db") == {}


def test_a_chart_has_a_dot_a_run_and_a_line_where_there_are_no_errors() -> None:
    runs = comparison([5.0, 6.0], [9.0, None])
    chart = pages.chart(runs, SNR, shown=2)
    assert [group.label for group in chart.groups] == ["Reliable queue", "CommGuard"]
    assert [point.value for point in chart.groups[1].points] == [9.0, math.inf]
    assert [point.is_marked for point in chart.groups[1].points] == [False, True]
    assert chart.reference is None
    assert pages.chart(runs, SSIM, shown=2).reference == 0.5
    assert pages.chart(runs, FLIPS, shown=2).reference is None
    assert pages.chart(runs, FLIPS, shown=2).title == "Faults that struck"


def test_a_strip_marks_flips_pads_and_discards() -> None:
    strip = pages.strip(record("commguard", 1, None), SNR, "SNR", "frame")
    assert strip is not None
    assert strip.values == (math.inf, 5.0)
    assert [(lane.kind, lane.counts) for lane in strip.marks] == [
        ("fault", (3, 0)), ("pad", (1, 0)), ("discard", (0, 2))
    ]  # fmt: skip


def test_a_strip_of_too_many_frames_is_not_drawn() -> None:
    most = pages.MOST_STRIP_FRAMES
    for frames in (most, most + 1):
        series = {name: [1] * frames for name in ("snr_db", "pads", "discards", "faults")}
        long = record("commguard", 1, 1.0, series=series)
        assert (pages.strip(long, SNR, "SNR", "frame") is None) == (frames > most)


def test_statistics_are_means_by_kind() -> None:
    section = pages.statistics(comparison([5.0, 6.0], [9.0, None]), (SNR, SSIM, FLIPS))
    table = section.blocks[0]
    assert isinstance(table, Table)
    assert table.rows == (
        ("snr db", "dB", "∞", "5.5", "9.0, 1 ∞"),
        ("ssim", "1", "0.500", "0.500", "0.500"),
        ("faults injected", "faults", "10", "15.0", "15.0"),
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "each make an error every 512k instructions on average"),
        ({"mtbe": "500us"}, "each make an error every 500us on average"),
        ({"mtbe": "inf"}, "make no errors"),
        ({"replay": "huff@1:x7.4"}, "make the errors that were asked for"),
    ],
)
def test_the_rate_of_errors_is_said(changes: dict[str, str], said: str) -> None:
    runs = comparison([5.0], [9.0])
    run = runs[2][1][0]
    runs[2][1][0] = replace(run, config={**run.config, **changes})
    assert pages.errors(runs) == said


def test_the_highlights_sum_up() -> None:
    runs = comparison([5.0, 6.0], [9.0, 12.0])
    gain = pages.gain_highlight(pages.gains(runs, "snr_db"), "SNR", SNR)
    found = pages.highlights(runs, gain)
    assert [(one.value, one.label) for one in found] == [
        ("2 of 2", "CommGuard runs completed"),
        ("+5.0 dB", "SNR over the reliable queue"),
        ("15.0", "flips a run"),
    ]
    assert found[1].detail == "paired by seed, 95 %: -7.7 to 17.7"


@pytest.mark.parametrize(("unit", "shown"), [("dB", "dB"), ("bits", "bits"), ("1", "")])
def test_the_unit_is_that_of_the_metric_wherever_it_stands(unit: str, shown: str) -> None:
    metric = replace(SNR, unit=unit)
    runs = comparison([5.0, 6.0], [9.0, 12.0])
    gain = pages.gains(runs, metric.name)
    said = pages.gain_highlight(gain, "SNR", metric)
    strip = pages.strip(runs[2][1][0], metric, "SNR", "frame")
    assert said is not None
    assert strip is not None
    assert said.value == f"+5.0 {shown}".rstrip()
    assert (strip.unit, pages.gain_chart(gain, 1, "SNR", metric).unit) == (shown, shown)
    assert pages.gain_highlight({}, "SNR", metric) is None
