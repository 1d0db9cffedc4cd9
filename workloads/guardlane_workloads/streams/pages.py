# SPDX-License-Identifier: Apache-2.0
"""The parts of a comparison's report that every stream program shares, made from records alone.

A comparison begins with the error-free run; the groups after it have faults and a guard each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from guardlane.config import Settings, explain
from guardlane.record import Record
from guardlane.report import (
    Chart,
    Column,
    Commands,
    Group,
    Highlight,
    Marks,
    Point,
    Section,
    Strip,
    Table,
    Tally,
    estimate,
    median_seed,
    paired_differences,
)
from guardlane.report.text import number
from guardlane.stats import Metric
from guardlane.workload import Comparison

SUBJECT, RIVAL = "commguard", "reliable-queue"  # whose gain is measured, over whom
MOST_STRIP_FRAMES = 500
LEGEND = (
    "A dot is a run, the ring marks the seed shown above; diamond and bar are the mean and its "
    "95 % interval; the dashed line is the error-free run."
)
LANES = (("fault", "flips", "faults"), ("pad", "pads", "pads"), ("discard", "discards", "discards"))


def infinite(value: float | None) -> float:
    """Value of a ratio in dB, which a record holds as None when there is no error at all."""
    return math.inf if value is None else value


def setting(record: Record, name: str) -> Any:
    """Value of a setting by its dotted name, or None."""
    found: Any = record.config
    for key in name.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def guarded_by(comparison: Comparison, guard: str) -> Sequence[Record]:
    """Find the runs with faults whose guard is `guard`; none of them, perhaps."""
    wanted = [runs for _, runs in comparison[1:] if setting(runs[0], "guard") == guard]
    return wanted[0] if wanted else ()


def by_seed(runs: Sequence[Record], metric: str) -> dict[int, float]:
    """Value of a metric in dB for each seed."""
    return {int(setting(run, "seed")): infinite(run.metrics[metric]) for run in runs}


def shown_seed(comparison: Comparison, metric: str) -> int:
    """Find the seed whose run with CommGuard is the median, or that of the last runs there are."""
    runs = guarded_by(comparison, SUBJECT) or comparison[-1][1]
    return median_seed(by_seed(runs, metric))


def run_of(runs: Sequence[Record], seed: int) -> Record:
    """Find the run of a seed; the only one when there is but one, without faults."""
    return next((run for run in runs if setting(run, "seed") == seed), runs[0])


def errors(comparison: Comparison) -> str:
    """Say how often a core makes an error, to follow "cores that"."""
    run = comparison[-1][1][0]
    mtbe = str(setting(run, "mtbe"))
    if setting(run, "replay") is not None:
        return "make the errors that were asked for"
    if mtbe == "inf":
        return "make no errors"
    unit = "" if mtbe.endswith("s") else " instructions"
    return f"each make an error every {mtbe}{unit} on average"


def tally(comparison: Comparison) -> Tally:
    """Count the runs that completed, and name those that did not."""
    runs = [(label, run) for label, group in comparison for run in group]
    failures = tuple(
        f"{label}, seed {setting(run, 'seed')}: "
        + ": ".join(filter(None, (str(run.outcome), run.metrics.get("detail"))))
        for label, run in runs
        if not run.completed
    )
    return Tally(len(runs) - len(failures), len(runs), failures)


def chart(
    comparison: Comparison, metric: Metric, shown: int, decimals: int = 1, title: str = ""
) -> Chart:
    """Draw a metric of all runs with faults, with a line where the error-free run is."""
    groups = []
    for label, runs in comparison[1:]:
        values = {int(setting(run, "seed")): _number(run, metric) for run in runs}
        points = (Point(f"seed {seed}", value, seed == shown) for seed, value in values.items())
        groups.append(Group(label, tuple(points), setting(runs[0], "guard") == SUBJECT))
    clean = _number(comparison[0][1][0], metric)
    level = clean if metric.better != "neither" and clean != math.inf else None
    better = metric.better if metric.better != "neither" else ""
    title = title or metric.sentence[:1].upper() + metric.sentence[1:]
    return Chart(title, unit_of(metric), tuple(groups), better, level, decimals)


def unit_of(metric: Metric) -> str:
    """Value of the unit as it stands behind a number: nothing for a ratio."""
    return "" if metric.unit == "1" else metric.unit


def gains(comparison: Comparison, metric: str) -> dict[int, float]:
    """Value of CommGuard's metric less the reliable queue's, by seed, where both are finite."""
    sides = [
        {seed: value for seed, value in by_seed(runs, metric).items() if math.isfinite(value)}
        for runs in (guarded_by(comparison, SUBJECT), guarded_by(comparison, RIVAL))
    ]
    common = sides[0].keys() & sides[1].keys()
    after, before = ({seed: side[seed] for seed in common} for side in sides)
    return paired_differences(after, before)


def gain_chart(gain: Mapping[int, float], shown: int, noun: str, metric: Metric) -> Chart:
    """Draw the gain of each seed in a metric that is called `noun`."""
    points = tuple(Point(f"seed {seed}", value, seed == shown) for seed, value in gain.items())
    group = Group(f"gain in {noun}", points, True)
    title = "CommGuard less reliable queue, seed by seed"
    return Chart(title, unit_of(metric), (group,), "higher", 0.0)


def gain_highlight(gain: Mapping[int, float], noun: str, metric: Metric) -> Highlight | None:
    """Say the mean gain in a metric that is called `noun`, and how sure it is; None without one."""
    if not gain:
        return None
    size = estimate(list(gain.values()))
    span = "one seed"
    if size.low is not None:
        span = f"paired by seed, 95 %: {size.low:.1f} to {size.high:.1f}"
    said = f"{size.mean:+.1f} {unit_of(metric)}".rstrip()
    return Highlight(said, f"{noun} over the reliable queue", span)


def highlights(comparison: Comparison, gain: Highlight | None) -> list[Highlight]:
    """Sum the comparison up in a few numbers, with the gain, if there is one, in second place."""
    found = []
    runs = guarded_by(comparison, SUBJECT)
    if runs:
        done = sum(run.completed for run in runs)
        found.append(Highlight(f"{done} of {len(runs)}", "CommGuard runs completed"))
        flips = [run.metrics["faults_injected"] for run in runs]
        detail = f"fault model {setting(runs[0], 'faults')}, all cores"
        found.append(Highlight(f"{sum(flips) / len(flips):.1f}", "flips a run", detail))
    if gain is not None:
        found.insert(1, gain)
    return found


def caption(run: Record) -> str:
    """Say what struck a run and what its guards did, and how it ended if it did not complete."""
    counts = run.metrics
    told = "no flips"
    if counts["faults_injected"]:
        told = f"seed {setting(run, 'seed')}, {counts['faults_injected']:,} flips, "
        told += f"{counts['pads']:,} pads, {counts['discarded_items']:,} discarded"
    return told if run.completed else f"{told}; {run.outcome}"


def strip(run: Record, metric: Metric, label: str, frame: str, reference: str = "") -> Strip | None:
    """Draw a metric along a run, with its flips, pads and discards; None if it is too long."""
    values = run.series[metric.name]
    if len(values) > MOST_STRIP_FRAMES:
        return None
    marks = tuple(Marks(kind, text, tuple(run.series[name])) for kind, text, name in LANES)  # type: ignore[arg-type]
    level = tuple(infinite(value) for value in run.series[reference]) if reference else ()
    drawn = tuple(map(infinite, values))
    return Strip(label, unit_of(metric), frame, drawn, level, marks=marks)


def statistics(comparison: Comparison, metrics: Sequence[Metric]) -> Section:
    """Tabulate the mean of each metric that every run has, a column a group."""
    columns = [Column("Metric"), Column("Unit")]
    columns += [Column(label, is_numeric=True) for label, _ in comparison]
    rows = []
    for metric in metrics:
        cells = [_mean([_number(run, metric) for run in runs], metric) for _, runs in comparison]
        rows.append((metric.name.replace("_", " "), metric.unit, *cells))
    table = Table("Mean of the runs of each kind", tuple(columns), tuple(rows))
    return Section("Statistics", (table,))


def parameters(comparison: Comparison, model: type[Settings]) -> Section:
    """Tabulate every setting of the runs with faults: value, unit, status and source."""
    record = (guarded_by(comparison, SUBJECT) or comparison[-1][1])[0]
    rows = []
    for one in explain(model):
        if one.is_identity and one.citation and one.name not in ("seed", "guard"):
            cited = one.citation
            value = setting(record, one.name)
            rows.append((one.name, _said(value), cited.unit, cited.status, cited.source))
    heads = ("Parameter", "Value", "Unit", "Status", "Source")
    columns = tuple(Column(head, is_numeric=head == "Value") for head in heads)
    return Section("Parameters", (Table("Every number the runs depend on", columns, tuple(rows)),))


def again(comparison: Comparison, command: str, about: Mapping[str, str]) -> Section:
    """Say how to do it again, and what it was done with."""
    record = comparison[0][1][0]
    rows = [*about.items(), *((name, version) for name, version in record.versions.items())]
    for label, runs in comparison:
        seeds = f"seed {setting(runs[0], 'seed')}" if len(runs) == 1 else "its first seed"
        rows.append((f"configuration of {label}, {seeds}", runs[0].config_hash))
        rows.append((f"guest code of {label}, SHA-256", runs[0].guest_sha256 or ""))
    table = Table("What it was made with", (Column("What"), Column("Value")), tuple(rows))
    return Section(
        "How to do it again", (Commands("This makes the page again:", (command,)), table)
    )


def _number(run: Record, metric: Metric) -> float | None:
    """Value of a metric; a ratio in dB without any error is infinite."""
    value = run.metrics[metric.name]
    return math.inf if value is None and metric.unit == "dB" else value


def _mean(values: Sequence[float | None], metric: Metric) -> str:
    """Say the mean of a metric's finite values, and how many are infinite."""
    decimals = 3 if metric.unit == "1" else 1
    known = [value for value in values if value is not None]
    finite = [value for value in known if math.isfinite(value)]
    if len(set(known)) < 2 or not finite:
        mean = known[0] if known else None
        return number(mean, None if type(mean) is int else decimals)
    said = number(math.fsum(finite) / len(finite), decimals)
    return f"{said}, {len(known) - len(finite)} ∞" if len(finite) < len(known) else said


def _said(value: Any) -> str:
    return "" if value is None else f"{value:,}" if type(value) is int else str(value)
