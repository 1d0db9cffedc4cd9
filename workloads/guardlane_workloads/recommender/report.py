# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of look-ups: the requests one by one, then what all seeds say."""

from __future__ import annotations

from dataclasses import replace

from guardlane.config import Settings
from guardlane.record import Record
from guardlane.report import Chart, Group, Highlight, Note, Page, Point, Section, Strip, estimate
from guardlane.report.render import render
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages

PAGE = "report.html"
ERROR = "relative_error"


def lookup_report(
    comparison: Comparison, command: str, model: type[Settings], metrics: tuple[Metric, ...]
) -> dict[str, bytes]:
    """Draw up the page; its name is its only key."""
    shown = pages.shown_seed(comparison, ERROR)
    named = {metric.name: metric for metric in metrics}
    picked = [(label, pages.run_of(runs, shown)) for label, runs in comparison[1:]]
    # CommGuard less the reliable queue is below zero where it helps; here more is better.
    saved = {seed: -change for seed, change in pages.gains(comparison, ERROR).items()}
    charts = [
        pages.chart(comparison, named[ERROR], shown, 3),
        pages.chart(comparison, named["wrong_requests"], shown, 3),
        *([_saved_chart(saved, shown)] if saved else []),
        pages.chart(comparison, named["cycles_per_look_up"], shown),
        pages.chart(comparison, named["faults_injected"], shown, title="Flips a run"),
    ]
    record = comparison[0][1][0]
    seeds = max(len(runs) for _, runs in comparison)
    cores = int(pages.setting(record, "cores"))
    where = "a core" if cores == 1 else f"{cores} cores, and joined by one more,"
    page = Page(
        title="Embedding vectors looked up on cores that make mistakes",
        lead=(
            f"{pages.setting(record, 'requests'):,} requests with "
            f"{record.metrics['look_ups']:,} look-ups in all, in {pages.setting(record, 'tables')} "
            f"tables ({pages.setting(record, 'format')}, {pages.setting(record, 'pooling')}), on "
            f"{where} that {_make(pages.errors(comparison), cores)}. What differs is how items "
            "travel."
        ),
        tally=pages.tally(comparison),
        highlights=tuple(pages.highlights(comparison, _saved_highlight(saved))),
        sections=(
            Section(
                "Request by request",
                tuple(_strip(run, label, named[ERROR]) for label, run in picked),
                f"Seed {shown}: the median of {seeds} by the relative error with CommGuard. Height "
                "is 1 less the relative error of the answers of a frame; 0 is as bad as no answer.",
            ),
            Section(f"Quality over {seeds} seeds", tuple(charts), pages.LEGEND),
            pages.statistics(comparison, metrics),
            pages.parameters(comparison, model),
            pages.again(
                comparison,
                command,
                {"indices, SHA-256": pages.setting(record, "indices_sha256")},
            ),
        ),
    )
    return {PAGE: render(page)}


def _make(said: str, cores: int) -> str:
    """Value of what cores do as what one does."""
    if cores > 1:
        return said
    return said.replace("each make an", "makes an").replace("make ", "makes ", 1)


def _saved_highlight(saved: dict[int, float]) -> Highlight | None:
    """Say how much less the error is with CommGuard."""
    if not saved:
        return None
    size = estimate(list(saved.values()))
    span = "one seed"
    if size.low is not None:
        span = f"paired by seed, 95 %: {size.low:.3f} to {size.high:.3f}"
    return Highlight(f"{size.mean:.3f}", "relative error less than with the reliable queue", span)


def _saved_chart(saved: dict[int, float], shown: int) -> Chart:
    """Draw how much less the error is with CommGuard, for each seed."""
    points = tuple(Point(f"seed {seed}", value, seed == shown) for seed, value in saved.items())
    return Chart(
        "Relative error, reliable queue less CommGuard, seed by seed",
        "",
        (Group("error saved", points, True),),
        "higher",
        0.0,
        3,
    )


def _strip(run: Record, label: str, metric: Metric) -> Strip | Note:
    strip = pages.strip(run, metric, f"Accuracy, {label}", "frame")
    if strip is None:
        return Note(f"{label}: more frames than a drawing can show")
    values = tuple(1.0 - (value or 0.0) for value in strip.values)
    return replace(strip, values=values, reference=(1.0,) * len(values), decimals=3)
