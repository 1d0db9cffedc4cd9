# SPDX-License-Identifier: Apache-2.0
"""What a lower supply costs and saves, as the table and the picture of docs/alu-errors.md.

for name in jpeg audiobeamformer; do guardlane sweep voltage-$name --store voltage.db; done
python tests/benchmarks/voltage.py voltage.db [--svg FILE]

Of runs with CommGuard. Droops come at one mean distance at every voltage; what they make wrong
depends on it. Medians of the seeds, with the interval of the sign test at 95 %. At 900 mV no droop
makes anything late, so those runs are the error-free ones. The output is the same on every machine.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardlane.estimates import Interval, median_interval
from guardlane.record import Record
from guardlane.report.svg import Scale, drawing, element, label, line, scale_for
from guardlane.store import Store
from guardlane.sweep.single import record_of

NOMINAL = 900  # mV
# Name -> the metric that judges it, and what that is called.
PROGRAMS: Mapping[str, tuple[str, str]] = {
    "jpeg": ("psnr_db", "PSNR, dB"),
    "audiobeamformer": ("snr_db", "SNR, dB"),
}


@dataclass(frozen=True)
class Level:
    """What the runs at one voltage say."""

    millivolts: int
    count: int
    completed: int
    quality: Interval  # infinite where the output has no error
    wrong: Interval  # results in a million instructions
    energy: Interval  # over that of the error-free run at 900 mV

    def measures(self) -> tuple[Interval, Interval, Interval]:
        """Value of what is drawn, from the top."""
        return self.quality, self.wrong, self.energy


def levels(store: Store, name: str) -> tuple[Record, list[Level]]:
    """Value of a program's error-free run, and of what its runs at each voltage say, from above."""
    runs: dict[int, list[Record]] = {}
    for point in store.points(f"voltage-{name}"):
        if point.settings["guard"] == "commguard":
            run = record_of(point)
            runs.setdefault(run.config["voltage"], []).append(run)
    clean = runs[NOMINAL][0]
    metric, energy = PROGRAMS[name][0], clean.metrics["energy_pj"]
    return clean, [measured(at, runs[at], metric, energy) for at in sorted(runs, reverse=True)]


def measured(millivolts: int, runs: Sequence[Record], metric: str, energy: int) -> Level:
    found = [run.metrics for run in runs]
    quality = (math.inf if one[metric] is None else one[metric] for one in found)
    wrong = (1e6 * one["wrong_results"] / one["retired_instructions"] for one in found)
    return Level(
        millivolts,
        len(runs),
        sum(run.completed for run in runs),
        median_interval(list(quality)),
        median_interval(list(wrong)),
        median_interval([one["energy_pj"] / energy for one in found]),
    )


def table(name: str, clean: Record, points: Sequence[Level]) -> None:
    """Print the points of a program as Markdown."""
    metric, _ = PROGRAMS[name]
    frame = clean.metrics["energy_pj"] / clean.metrics["frame_count"] / 1e6
    print(
        f"**{name}, CommGuard, a droop every {clean.config['mtbe']} instructions of a core, "
        f"{points[0].count} seeds; "
        f"1.000 is {frame:.2f} µJ a frame**\n"
    )
    print(f"| supply | completed | {metric} | wrong results, of a million | energy |")
    print(f"|---|{'---:|' * 4}")
    for point in points:
        cells = [said(point.quality, 1), said(point.wrong, 2), said(point.energy, 3)]
        done = f"{point.completed} of {point.count}"
        print(f"| {point.millivolts} mV | {done} | {' | '.join(cells)} |")
    print(flush=True)


def said(found: Interval, decimals: int) -> str:
    middle, low, high = (
        "exact" if math.isinf(value) else f"{value:.{decimals}f}"
        for value in (found.value, found.low, found.high)
    )
    return middle if middle == low == high else f"{middle} ({low} .. {high})"


# The picture: a column a program, a row a measure, in tenths of a pixel.
COLUMN, ROW, HEAD, LEFT, GAP = 4300, 1900, 520, 620, 420
INFINITE = 150  # above a plot: where a run without any error is drawn
STYLE = """
svg { background: #ffffff; font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
text { fill: #59626d; font-size: 130px; }
.name { fill: #16191d; font-size: 160px; font-weight: 620; }
.said { fill: #16191d; }
.grid { stroke: #e2e6ea; stroke-width: 8; }
.zero { stroke: #16191d; stroke-width: 10; stroke-dasharray: 45 35; }
.line { fill: none; stroke: #1463a5; stroke-width: 20; stroke-linejoin: round; }
.interval { stroke: #1463a5; stroke-width: 44; stroke-opacity: 0.3; }
.dot { fill: #1463a5; }
"""


def picture(found: Mapping[str, tuple[Record, list[Level]]]) -> str:
    """Draw quality, wrong results and energy over the supply voltage."""
    columns = [
        column(name, clean, points, place * COLUMN)
        for place, (name, (clean, points)) in enumerate(found.items())
    ]
    width, height = COLUMN * len(columns), HEAD + 3 * ROW + 60
    told = f"Quality, wrong results and energy of {', '.join(found)} over the supply voltage"
    return drawing(width, height, "voltage", told, element("style", STYLE), *columns) + "\n"


def column(name: str, clean: Record, points: Sequence[Level], left: int) -> str:
    """Draw the three plots of one program, from `left` on."""
    metric, noun = PROGRAMS[name]
    across = Scale(
        points[-1].millivolts, points[0].millivolts, left + LEFT, left + COLUMN - 180, (), 0
    )
    heads = (
        f"{noun}; exact: no error" if clean.metrics[metric] is None
        else f"{noun}; dashed: error-free",
        "wrong results in a million",
        "energy, over error-free at 900 mV; dashed: V² alone",
    )  # fmt: skip
    square = [Interval((p.millivolts / 900) ** 2, 0, 0) for p in points]
    parts = [label(name, left + LEFT, 200, "name")]
    for row, head in enumerate(heads):
        top = HEAD + row * ROW
        measures = [point.measures()[row] for point in points]
        values = [v for one in measures for v in (one.value, one.low, one.high)]
        level = clean.metrics[metric] if row == 0 else None
        upward = scale_for([*values, 0.0, level], top + ROW - GAP, top + INFINITE, steps=4)
        if row == 2:
            upward = scale_for([*values, *(one.value for one in square)], top + ROW - GAP,
                               top + INFINITE, steps=4)  # fmt: skip
        parts += frame(head, left, top, across, upward)
        if level is not None:
            y = upward(level)
            parts.append(line(across.start, y, across.end, y, "zero"))
        if row == 2:
            parts.append(curve(points, square, across, upward, top, "zero"))
        parts += plot(points, measures, across, upward, top)
    for millivolts in range(780, 901, 20):
        place = HEAD + 3 * ROW - GAP + 180
        parts.append(label(str(millivolts), across(millivolts), place, anchor="middle"))
    parts.append(label("supply, mV", across.end, HEAD + 3 * ROW - GAP + 370, anchor="end"))
    return element("g", *parts)


def frame(head: str, left: int, top: int, across: Scale, upward: Scale) -> list[str]:
    """Draw the head and the grid of one plot."""
    parts = [label(head, left + LEFT, top - 110, "said")]
    for tick in upward.ticks:
        y = upward(tick)
        parts.append(line(across.start, y, across.end, y, "grid"))
        parts.append(label(upward.print_tick(tick), across.start - 90, y + 45, anchor="end"))
    return parts


def plot(
    points: Sequence[Level], measures: Sequence[Interval], across: Scale, upward: Scale, top: int
) -> list[str]:
    """Draw the medians, joined, each with its interval."""
    parts = []
    if any(math.isinf(one.high) for one in measures):
        parts.append(label("exact", across.start - 90, top + 45, anchor="end"))
        parts.append(line(across.start, top, across.end, top, "grid"))
    for point, one in zip(points, measures, strict=True):
        x = across(point.millivolts)
        parts.append(line(x, height(one.low, upward, top), x, height(one.high, upward, top),
                          "interval"))  # fmt: skip
    parts.append(curve(points, measures, across, upward, top, "line"))
    for point, one in zip(points, measures, strict=True):
        y = height(one.value, upward, top)
        parts.append(element("circle", cx=across(point.millivolts), cy=y, r=48, class_="dot"))
    return parts


def curve(
    points: Sequence[Level], measures: Sequence[Interval], across: Scale, upward: Scale, top: int,
    class_: str,
) -> str:  # fmt: skip
    places = [
        f"{across(point.millivolts)} {height(one.value, upward, top)}"
        for point, one in zip(points, measures, strict=True)
    ]
    return element("path", d=f"M{'L'.join(places)}", class_=class_, fill="none")


def height(value: float, upward: Scale, top: int) -> int:
    """Value of where a value is drawn; the infinite has a line of its own above the others."""
    return top if math.isinf(value) else upward(value)


def main() -> None:
    """Print the tables of both programs; draw them if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("store", type=Path, metavar="DB", help="a store with both studies")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the same as a picture")
    given = parser.parse_args()
    with Store(given.store) as store:
        found = {name: levels(store, name) for name in PROGRAMS}
    for name, own in found.items():
        table(name, *own)
    if given.svg:
        given.svg.write_text(picture(found), "utf-8")


if __name__ == "__main__":
    main()
