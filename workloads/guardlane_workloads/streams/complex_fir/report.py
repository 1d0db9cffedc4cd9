# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of complex FIR runs: the signal along its frames, then all seeds."""

from __future__ import annotations

from guardlane.config import Settings
from guardlane.report import Note, Page, Section
from guardlane.report.render import render
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages

PAGE = "report.html"


def fir_report(
    comparison: Comparison, command: str, model: type[Settings], metrics: tuple[Metric, ...]
) -> dict[str, bytes]:
    """Draw up the page; its name is its only key."""
    shown = pages.shown_seed(comparison, "snr_db")
    flips = next(metric for metric in metrics if metric.name == "faults_injected")
    gain = pages.gains(comparison, "snr_db")
    strips = [
        pages.strip(pages.run_of(runs, shown), "snr_db", f"SNR, {label}", "frame")
        or Note(f"{label}: more frames than a drawing can show")
        for label, runs in comparison[1:]
    ]
    charts = [
        pages.chart(comparison, metrics[0], shown),
        *([pages.gain_chart(gain, shown, "SNR")] if gain else []),
        pages.chart(comparison, flips, shown, title="Flips a run"),
    ]
    seeds = max(len(runs) for _, runs in comparison)
    content = {"signal, SHA-256": pages.setting(comparison[0][1][0], "signal_sha256")}
    page = Page(
        title="A radio signal filtered on a core that makes mistakes",
        lead=(
            "A complex FIR filter of sixteen taps, in floating point, on cores that "
            f"{pages.errors(comparison)}. What differs is how items travel to them and from them."
        ),
        tally=pages.tally(comparison),
        highlights=tuple(pages.highlights(comparison, gain, "SNR")),
        sections=(
            Section("Along the signal", tuple(strips), f"Seed {shown}, frame by frame."),
            Section(f"Quality over {seeds} seeds", tuple(charts), pages.LEGEND),
            pages.statistics(comparison, metrics),
            pages.parameters(comparison, model),
            pages.again(comparison, command, content),
        ),
    )
    return {PAGE: render(page)}
