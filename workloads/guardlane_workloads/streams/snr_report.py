# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of programs whose output is a signal: along its frames, then seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from guardlane.record import Record
from guardlane.report import Block, Gallery, Note, Page, Panel, Section, Strip
from guardlane.report.render import render
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages
from guardlane_workloads.streams.common import StreamWorkload
from guardlane_workloads.streams.snr import SNR
from guardlane_workloads.streams.snr_waterfall import MOST_ROWS, row_height

PAGE = "report.html"
# What lies below is all noise, above it less than a converter of 10 bits shows; one span for all
# strips lets heights compare.
LEAST, MOST = 0.0, 60.0
SPAN = f"frame by frame, drawn from {LEAST:.0f} to {MOST:.0f} dB"


def snr_page(
    comparison: Comparison,
    command: str,
    workload: StreamWorkload[Any],
    *,
    title: str,
    lead: str,
    opening: Section,
    content: Mapping[str, str],
) -> dict[str, bytes]:
    """Draw up the page; its name is its only key.

    `opening` is what the program shows of its output, `content` what it was done with.
    """
    shown = shown_seed(comparison)
    flips = next(metric for metric in workload.metrics if metric.name == "faults_injected")
    gain = pages.gains(comparison, SNR.name)
    charts = [
        *(pages.chart(comparison, metric, shown) for metric in workload.quality),
        *([pages.gain_chart(gain, shown, "SNR", SNR)] if gain else []),
        pages.chart(comparison, flips, shown, title="Flips a run"),
    ]
    seeds = max(len(runs) for _, runs in comparison)
    page = Page(
        title=title,
        lead=lead,
        tally=pages.tally(comparison),
        highlights=tuple(pages.highlights(comparison, pages.gain_highlight(gain, "SNR", SNR))),
        sections=(
            opening,
            Section(f"Quality over {seeds} seeds", tuple(charts), pages.LEGEND),
            pages.statistics(comparison, workload.metrics),
            pages.parameters(comparison, workload.Config),
            pages.again(comparison, command, content),
        ),
    )
    return {PAGE: render(page)}


def shown_seed(comparison: Comparison) -> int:
    """Find the seed whose SNR with CommGuard is the median."""
    return pages.shown_seed(comparison, SNR.name)


def along(title: str, comparison: Comparison, *more: Block) -> Section:
    """Draw the SNR along the runs of the median seed, a strip a guard, and `more` below them."""
    shown = shown_seed(comparison)
    strips: list[Block] = []
    for label, runs in comparison[1:]:
        drawn = strip(pages.run_of(runs, shown), f"SNR, {label}")
        strips.append(drawn or Note(f"{label}: more frames than a drawing can show"))
    return Section(title, (*strips, *more), f"Seed {shown}, {SPAN}.")


def gallery(
    comparison: Comparison, picture: str, noun: str, per_state: int, per_row: int
) -> tuple[Gallery, dict[str, bytes]]:
    """Show the file `picture` of each kind's run of the median seed; give them by name as well.

    The pictures are waterfalls of `noun`: a row for every `per_row` samples, of which there are
    `per_state` a steady state.
    """
    shown = shown_seed(comparison)
    picked = [(label, pages.run_of(runs, shown)) for label, runs in comparison]
    rows = -(-int(pages.setting(picked[0][1], "samples")) // per_row)
    state_pixels = Fraction(per_state * row_height(rows), per_row) if rows <= MOST_ROWS else None
    panels = [_panel(label, run, run.files[picture], noun, state_pixels) for label, run in picked]
    return Gallery(tuple(panels)), named(comparison, picture)


def named(comparison: Comparison, file: str) -> dict[str, bytes]:
    """Value of a file of each kind's run of the median seed, named by the kind of run."""
    shown, suffix = shown_seed(comparison), file.rpartition(".")[2]
    return {
        f"{label.lower().replace(' ', '-')}.{suffix}": pages.run_of(runs, shown).files[file]
        for label, runs in comparison
    }


def _panel(
    label: str, run: Record, picture: bytes, noun: str, state_pixels: Fraction | None
) -> Panel:
    """Value of a panel whose bars stand beside the picture if a frame is whole pixels high."""
    drawn = strip(run, "SNR")
    if drawn is not None:
        drawn = replace(drawn, reference=(MOST,) * len(drawn.values))
    ratio = run.metrics[SNR.name]
    pixels = None if state_pixels is None else state_pixels * int(pages.setting(run, "frame_size"))
    return Panel(
        title=label,
        picture=picture,
        alt=f"{noun.capitalize()}, time downwards: {label}",
        value="no error" if ratio is None else f"{ratio:.1f} dB",
        caption=pages.caption(run),
        strip=drawn,
        frame_pixels=int(pixels) if pixels is not None and pixels.denominator == 1 else None,
        is_emphasised=pages.setting(run, "guard") == pages.SUBJECT,
    )


def strip(run: Record, label: str) -> Strip | None:
    """Draw the SNR along one run, within the span; None if there are too many frames."""
    drawn = pages.strip(run, SNR, label, "frame")
    if drawn is None:
        return None
    return replace(drawn, values=tuple(min(max(value or 0, LEAST), MOST) for value in drawn.values))
