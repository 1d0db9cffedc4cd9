# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of complex FIR runs: the signal along its frames, then all seeds."""

from __future__ import annotations

from dataclasses import replace

from guardlane.config import Settings
from guardlane.record import Record
from guardlane.report import Note, Page, Section, Strip
from guardlane.report.render import render
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages

PAGE = "report.html"
# What lies below is all noise, above it less than the receiver's 12 bits show; one span for all
# strips lets heights compare.
LEAST, MOST = 0.0, 60.0
SPAN = f"frame by frame, drawn from {LEAST:.0f} to {MOST:.0f} dB"


def fir_report(
    comparison: Comparison, command: str, model: type[Settings], metrics: tuple[Metric, ...]
) -> dict[str, bytes]:
    """Draw up the page; its name is its only key."""
    shown = pages.shown_seed(comparison, "snr_db")
    flips = next(metric for metric in metrics if metric.name == "faults_injected")
    gain = pages.gains(comparison, "snr_db")
    strips = [_strip(pages.run_of(runs, shown), label) for label, runs in comparison[1:]]
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
            Section("Along the signal", tuple(strips), f"Seed {shown}, {SPAN}."),
            Section(f"Quality over {seeds} seeds", tuple(charts), pages.LEGEND),
            pages.statistics(comparison, metrics),
            pages.parameters(comparison, model),
            pages.again(comparison, command, content),
        ),
    )
    return {PAGE: render(page)}


def _strip(run: Record, label: str) -> Strip | Note:
    strip = pages.strip(run, "snr_db", f"SNR, {label}", "frame")
    if strip is None:
        return Note(f"{label}: more frames than a drawing can show")
    return replace(strip, values=tuple(min(max(value or 0, LEAST), MOST) for value in strip.values))
