# SPDX-License-Identifier: Apache-2.0
"""The tables of the documentation, made from runs: quality, cost, error rates, protection.

python tests/benchmarks/tables.py [--store DB] [quality] [cost] [mtbe] [protection] [fir] [programs]

The output is Markdown, and the same on every machine. Runs are points of sweeps: with a store none
of them is made twice, whoever made it. Intervals are at 95 %: Student's of a mean,
Wilson's of a share, and that of the sign test of a median.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from guardlane.chip.machine import Machine, Queue
from guardlane.core.protection import Protection
from guardlane.estimates import (
    estimate,
    median_interval,
    paired_differences,
    share_interval,
)
from guardlane.record import Record
from guardlane.store import Store
from guardlane.sweep.local import LocalEngine
from guardlane.sweep.runs import Runs, Swept, Wanted
from guardlane.units import Mtbe, Voltage
from guardlane.workload import load_workload

SEEDS = range(1, 21)
GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
RATES = ("512k", "500us")
SWEEP = tuple(f"{64 << octave}k" for octave in range(8))
COUNTS = ("cycles", "queue_accesses", "ecc_operations", "headers")
# Name -> the metric that judges it, and a size at which a run takes a tenth of a second or two.
PROGRAMS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("psnr_db", {}),
    "complex-fir": ("snr_db", {}),
    "fft": ("snr_db", {"steady_states": 64}),
    "audiobeamformer": ("snr_db", {"steady_states": 30}),
    "lookup": ("relative_error", {"requests": 32}),
}
PROGRAM_RATES = {"regfile-int": ("32k", "128k", "512k"), "alu-timing": ("2k", "8k", "32k")}
PROTECTION_RATES = {"jpeg": "512k"}  # the rate at which faults bite; 32k for all others
PHOTO = "the shipped photo, quality 85"


Name = TypeVar("Name", bound=Hashable)


def program(name: str, **settings: Any) -> Wanted:
    workload = load_workload(name)
    return workload, workload.Config(**settings)


jpeg = partial(program, "jpeg")
fir = partial(program, "complex-fir")


def each_seed(wanted: Callable[..., Wanted], **settings: Any) -> list[Wanted]:
    return [wanted(**settings, seed=seed) for seed in SEEDS]


def decodes(mtbe: str, **settings: Any) -> list[Wanted]:
    """Decode the shipped photo once a seed."""
    return each_seed(jpeg, mtbe=Mtbe.parse(mtbe), **settings)


def run_all(groups: Mapping[Name, Sequence[Wanted]], runs: Runs) -> dict[Name, list[Record]]:
    """Value of the records of each group, all run in one sweep."""
    records = iter(runs([one for group in groups.values() for one in group], is_whole=False))
    return {name: [next(records) for _ in group] for name, group in groups.items()}


def values(runs: Iterable[Record], metric: str) -> dict[int, float]:
    return {run.config["seed"]: run.metrics[metric] for run in runs}


def with_interval(numbers: Iterable[float]) -> str:
    found = estimate(list(numbers))
    return f"{found.mean:.1f} ({found.low:.1f} .. {found.high:.1f})"


def span(numbers: Iterable[float], digits: int = 1) -> str:
    listed = list(numbers)
    return f"{min(listed):.{digits}f} .. {max(listed):.{digits}f}"


def mean(numbers: Iterable[float], digits: int = 1) -> str:
    return f"{estimate(list(numbers)).mean:.{digits}f}"


def completed(runs: Sequence[Record]) -> str:
    """Value of `20 of 20`, with how the others ended."""
    ends = Counter(str(run.outcome) for run in runs if not run.completed)
    others = ", ".join(f"{count} {outcome}" for outcome, count in sorted(ends.items()))
    return f"{sum(run.completed for run in runs)} of {len(runs)}" + (
        f" ({others})" if others else ""
    )


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table; the first column reads from the left, the others from the right."""
    print(f"**{title}**\n")
    print(f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print(flush=True)


def quality(runs: Runs) -> None:
    """How good the picture is with each guard, and what it gains over the reliable queue."""
    for rate in RATES:
        found = run_all({guard: decodes(rate, guard=guard) for guard in GUARDS}, runs)
        rows = (
            [
                guard, completed(own), with_interval(values(own, "psnr_db").values()),
                span(values(own, "psnr_db").values()), mean(values(own, "ssim").values(), 2),
                mean(values(own, "faults_injected").values()), gain(own, found["reliable-queue"]),
            ]
            for guard, own in found.items()
        )  # fmt: skip
        heads = ("guard", "completed", "mean PSNR, dB (95 %)", "min .. max, dB", "mean SSIM",
                 "flips a run", "gain over reliable-queue, dB (95 %)")  # fmt: skip
        show(f"Quality: {PHOTO}, MTBE {rate}, {len(SEEDS)} seeds", heads, rows)


def gain(runs: Sequence[Record], base: Sequence[Record]) -> str:
    """Value of the gain in PSNR over `base`, seed by seed."""
    if runs is base:
        return "-"
    paired = paired_differences(values(runs, "psnr_db"), values(base, "psnr_db"))
    return with_interval(paired.values())


def cost(runs: Runs) -> None:
    """What headers cost where nothing goes wrong, by frame size."""
    programs: tuple[tuple[str, Callable[..., Wanted], Mapping[str, Any]], ...] = (
        (f"JPEG: {PHOTO}, working sets of 64 words", jpeg, {}),
        (f"JPEG: {PHOTO}, working sets of 63 words", jpeg,
         {"machine": Machine(queue=Queue(working_set=63))}),
        ("complex-fir, 64 samples a steady state", fir, {}),
        ("complex-fir, 1 sample a steady state", fir,
         {"samples_per_steady_state": 1, "steady_states": 4096}),
    )  # fmt: skip
    sizes, guards = (1, 2, 4, 8), ("reliable-queue", "commguard")
    heads = ("frame size", "guard", "cycles", "queue accesses", "ECC operations", "headers")
    for name, wanted, settings in programs:
        asked = {"mtbe": Mtbe.parse("inf"), **settings}
        found = run_all(
            {s: [wanted(guard=g, frame_size=s, **asked) for g in guards] for s in sizes}, runs
        )
        rows = [row for size, pair in found.items() for row in costs(size, pair)]
        show(f"Cost without errors: {name}", heads, rows)


def costs(size: int, pair: Sequence[Record]) -> list[list[str]]:
    """Value of three rows: the reliable queue, CommGuard, and how many times as much that is."""
    counts = [[record.metrics[name] for name in COUNTS] for record in pair]
    ratios = [
        f"{after / before:.4f}" if before else "-" for before, after in zip(*counts, strict=True)
    ]
    rows = [[f"{count:,}" for count in row] for row in counts]
    return [
        [str(size), "reliable-queue", *rows[0]],
        ["", "commguard", *rows[1]],
        ["", "ratio", *ratios],
    ]


def mtbe(runs: Runs) -> None:
    """How the picture gets better as errors get rarer."""

    wanted = {(rate, g): decodes(rate, guard=g) for rate in SWEEP for g in GUARDS[1::2]}
    found = run_all(wanted, runs)

    def rows() -> Iterable[list[str]]:
        for rate in SWEEP:
            bare, guarded = (found[rate, guard] for guard in GUARDS[1::2])
            cells = [
                cell
                for own in (bare, guarded)
                for cell in (
                    with_interval(values(own, "psnr_db").values()),
                    span(values(own, "psnr_db").values()),
                )
            ]
            flips = mean(values(guarded, "faults_injected").values())
            yield [rate, *cells, gain(guarded, bare), flips]

    heads = ("MTBE, instructions a core", "reliable-queue, dB (95 %)", "min .. max",
             "commguard, dB (95 %)", "min .. max", "gain, dB (95 %)", "flips a run")  # fmt: skip
    title = f"Quality by error rate, of this reconstruction: {PHOTO}, {len(SEEDS)} seeds"
    show(title, heads, rows())


def protection(runs: Runs) -> None:
    """What each piece of the protection is there for, program by program."""
    pieces = Protection.pieces()
    settings = {"all pieces": "ppu"}
    settings |= {f"no {gone}": ",".join(p for p in pieces if p != gone) for gone in pieces}
    settings |= {"none": "none"}

    def rows(name: str, judge: str, size: Mapping[str, Any], rate: str) -> Iterable[list[str]]:
        asked = {"name": name, "guard": "commguard", "mtbe": Mtbe.parse(rate), **size}
        wanted = {
            kept: each_seed(program, **asked, protection=listed)
            for kept, listed in settings.items()
        }
        for kept, own in run_all(wanted, runs).items():
            done = share_interval(sum(record.completed for record in own), len(own))
            shares = f"{completed(own)}, {100 * done.low:.0f} .. {100 * done.high:.0f} %"
            traps, dogs = (mean(values(own, m).values()) for m in ("traps", "watchdogs"))
            yield [kept, shares, middle_with_interval(own, judge), traps, dogs]

    for name, (judge, size) in PROGRAMS.items():
        rate = PROTECTION_RATES.get(name, "32k")
        heads = ("protection", "completed (95 %)", f"median {judge} (95 %)", "traps a run",
                 "watchdogs a run")  # fmt: skip
        title = f"Protection: {name}, CommGuard, regfile-int, MTBE {rate}, {len(SEEDS)} seeds"
        show(title, heads, rows(name, judge, size, rate))


def middle_with_interval(runs: Sequence[Record], metric: str) -> str:
    """Value of the median of a metric with its interval; an absent ratio in dB is infinite."""
    found = [run.metrics[metric] for run in runs]
    middle = median_interval([math.inf if value is None else value for value in found])
    shown = [
        "exact" if math.isinf(v) else f"{v:.3g}" for v in (middle.value, middle.low, middle.high)
    ]
    return f"{shown[0]} ({shown[1]} .. {shown[2]})"


def fir_table(runs: Runs) -> None:
    """The other program: signal-to-noise ratio by error rate and guard."""
    for model in ("regfile-int", "regfile-int+fp"):
        rows = []
        for rate in ("16k", "32k", "64k", "128k", "256k", "512k"):
            asked = {"mtbe": Mtbe.parse(rate), "faults": model}
            found = run_all({g: each_seed(fir, guard=g, **asked) for g in GUARDS}, runs)
            flips = mean(values(found["commguard"], "faults_injected").values())
            rows.append([rate, *map(middle, found.values()), flips])
        title = (
            f"Complex FIR: median SNR in dB against the error-free output, {model}, {len(SEEDS)} "
            "seeds; in brackets the runs whose output had no error at all"
        )
        show(title, ("MTBE, instructions", *GUARDS, "flips a run, commguard"), rows)


def middle(runs: Sequence[Record]) -> str:
    """Value of the median SNR, with the number of exact runs, whose SNR is infinite."""
    ratios = [run.metrics["snr_db"] for run in runs]
    median = statistics.median(math.inf if ratio is None else ratio for ratio in ratios)
    shown = "exact" if math.isinf(median) else f"{median:.1f}"
    unfinished = sum(not run.completed for run in runs)
    return f"{shown} ({ratios.count(None)})" + (f", {unfinished} unfinished" if unfinished else "")


def programs_table(runs: Runs) -> None:
    """Every program under every guard, with flips in registers and with late results."""
    for model, rates in PROGRAM_RATES.items():
        rows = []
        for name, (judge, settings) in PROGRAMS.items():
            for rate in rates:
                asked = {"name": name, "faults": model, "voltage": Voltage(780)}
                asked |= {"mtbe": Mtbe.parse(rate), **settings}
                found = run_all({g: each_seed(program, **asked, guard=g) for g in GUARDS}, runs)
                cells = [judged(own, judge) for own in found.values()]
                wrong = mean(values(found["commguard"], "wrong_results").values())
                rows.append([f"{name}, {judge}", rate, *cells, wrong])
        title = (
            f"All programs, {model}, 780 mV: median of {len(SEEDS)} seeds; in brackets the runs "
            "that did not complete"
        )
        show(title, ("program, metric", "MTBE", *GUARDS, "wrong results, commguard"), rows)


def judged(runs: Sequence[Record], metric: str) -> str:
    """Value of the median of a metric, an absent ratio being infinite."""
    found = [run.metrics[metric] for run in runs]
    median = statistics.median(math.inf if value is None else value for value in found)
    shown = "exact" if math.isinf(median) else f"{median:.3g}"
    return f"{shown} ({sum(not run.completed for run in runs)})"


TABLES = {
    "quality": quality,
    "cost": cost,
    "mtbe": mtbe,
    "protection": protection,
    "fir": fir_table,
    "programs": programs_table,
}


def main() -> None:
    """Print the tables that are asked for, all if none is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--store", type=Path, help="to take runs from, and keep them in")
    asked = parser.parse_args()
    names = asked.names or list(TABLES)
    for name in names:
        if name not in TABLES:
            parser.error(f"no table is named {name!r}; there are {', '.join(TABLES)}")
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(asked.store or Path(folder) / "runs.db", write=True) as store,
    ):
        runs = Swept(store, LocalEngine(os.cpu_count() or 1))
        for name in names:
            TABLES[name](runs)


if __name__ == "__main__":
    main()
