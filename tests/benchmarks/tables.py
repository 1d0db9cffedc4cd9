# SPDX-License-Identifier: Apache-2.0
"""The tables of the documentation, made from runs: quality, cost, error rates, protection.

python tests/benchmarks/tables.py [quality] [cost] [mtbe] [protection] [fir] [programs]

The output is Markdown, and the same on every machine. Intervals are at 95 %: Student's of a mean,
Wilson's of a share, and that of the sign test of a median.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guardlane.chip.machine import Machine, Queue
from guardlane.core.protection import Protection
from guardlane.estimates import (
    estimate,
    median_interval,
    paired_differences,
    share_interval,
)
from guardlane.record import Record
from guardlane.units import Mtbe, Voltage
from guardlane.workload import Workload, load_workload
from guardlane_workloads.streams.complex_fir.workload import ComplexFIR, ComplexFIRConfig
from guardlane_workloads.streams.jpeg.workload import JPEG, JPEGConfig

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


def jpeg(**settings: Any) -> Record:
    return JPEG().run(JPEGConfig(**settings))


def fir(**settings: Any) -> Record:
    return ComplexFIR().run(ComplexFIRConfig(**settings))


def decodes(mtbe: str, **settings: Any) -> list[Record]:
    """Decode the shipped photo once a seed."""
    return [jpeg(mtbe=Mtbe.parse(mtbe), seed=seed, **settings) for seed in SEEDS]


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


def quality() -> None:
    """How good the picture is with each guard, and what it gains over the reliable queue."""
    for rate in RATES:
        found = {guard: decodes(rate, guard=guard) for guard in GUARDS}
        rows = (
            [
                guard, completed(runs), with_interval(values(runs, "psnr_db").values()),
                span(values(runs, "psnr_db").values()), mean(values(runs, "ssim").values(), 2),
                mean(values(runs, "faults_injected").values()), gain(runs, found["reliable-queue"]),
            ]
            for guard, runs in found.items()
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


def cost() -> None:
    """What headers cost where nothing goes wrong, by frame size."""
    programs: tuple[tuple[str, Any, Mapping[str, Any]], ...] = (
        (f"JPEG: {PHOTO}, working sets of 64 words", jpeg, {}),
        (f"JPEG: {PHOTO}, working sets of 63 words", jpeg,
         {"machine": Machine(queue=Queue(working_set=63))}),
        ("complex-fir, 64 samples a steady state", fir, {}),
        ("complex-fir, 1 sample a steady state", fir,
         {"samples_per_steady_state": 1, "steady_states": 4096}),
    )  # fmt: skip
    for name, program, settings in programs:
        rows = [row for size in (1, 2, 4, 8) for row in costs(program, size, settings)]
        heads = ("frame size", "guard", "cycles", "queue accesses", "ECC operations", "headers")
        show(f"Cost without errors: {name}", heads, rows)


def costs(program: Any, size: int, settings: Mapping[str, Any]) -> list[list[str]]:
    """Value of three rows: the reliable queue, CommGuard, and how many times as much that is."""
    runs = [
        program(guard=guard, mtbe=Mtbe.parse("inf"), frame_size=size, **settings)
        for guard in ("reliable-queue", "commguard")
    ]
    counts = [[run.metrics[name] for name in COUNTS] for run in runs]
    ratios = [
        f"{after / before:.4f}" if before else "-" for before, after in zip(*counts, strict=True)
    ]
    rows = [[f"{count:,}" for count in row] for row in counts]
    return [
        [str(size), "reliable-queue", *rows[0]],
        ["", "commguard", *rows[1]],
        ["", "ratio", *ratios],
    ]


def mtbe() -> None:
    """How the picture gets better as errors get rarer."""

    def rows() -> Iterable[list[str]]:
        for rate in SWEEP:
            bare, guarded = (decodes(rate, guard=guard) for guard in GUARDS[1::2])
            cells = [
                cell
                for runs in (bare, guarded)
                for cell in (
                    with_interval(values(runs, "psnr_db").values()),
                    span(values(runs, "psnr_db").values()),
                )
            ]
            flips = mean(values(guarded, "faults_injected").values())
            yield [rate, *cells, gain(guarded, bare), flips]

    heads = ("MTBE, instructions a core", "reliable-queue, dB (95 %)", "min .. max",
             "commguard, dB (95 %)", "min .. max", "gain, dB (95 %)", "flips a run")  # fmt: skip
    title = f"Quality by error rate, of this reconstruction: {PHOTO}, {len(SEEDS)} seeds"
    show(title, heads, rows())


def protection() -> None:
    """What each piece of the protection is there for, program by program."""
    pieces = Protection.pieces()
    settings = {"all pieces": "ppu"}
    settings |= {f"no {gone}": ",".join(p for p in pieces if p != gone) for gone in pieces}
    settings |= {"none": "none"}

    def rows(name: str, judge: str, size: Mapping[str, Any], rate: str) -> Iterable[list[str]]:
        workload = load_workload(name)
        asked = {"guard": "commguard", "mtbe": Mtbe.parse(rate), **size}
        for kept, listed in settings.items():
            runs = [run(workload, asked | {"protection": listed, "seed": seed}) for seed in SEEDS]
            done = share_interval(sum(run.completed for run in runs), len(runs))
            shares = f"{completed(runs)}, {100 * done.low:.0f} .. {100 * done.high:.0f} %"
            traps, dogs = (mean(values(runs, m).values()) for m in ("traps", "watchdogs"))
            yield [kept, shares, middle_with_interval(runs, judge), traps, dogs]

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


def fir_table() -> None:
    """The other program: signal-to-noise ratio by error rate and guard."""
    for model in ("regfile-int", "regfile-int+fp"):
        rows = []
        for rate in ("16k", "32k", "64k", "128k", "256k", "512k"):
            found = {
                guard: [
                    fir(guard=guard, mtbe=Mtbe.parse(rate), seed=seed, faults=model)
                    for seed in SEEDS
                ]
                for guard in GUARDS
            }
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


def programs_table() -> None:
    """Every program under every guard, with flips in registers and with late results."""
    for model, rates in PROGRAM_RATES.items():
        rows = []
        for name, (judge, settings) in PROGRAMS.items():
            workload = load_workload(name)
            for rate in rates:
                cells = []
                for guard in GUARDS:
                    asked: dict[str, Any] = {"guard": guard, "faults": model}
                    asked |= {"voltage": Voltage(780), "mtbe": Mtbe.parse(rate), **settings}
                    runs = [run(workload, asked | {"seed": seed}) for seed in SEEDS]
                    cells.append(judged(runs, judge))
                wrong = mean(values(runs, "wrong_results").values())
                rows.append([f"{name}, {judge}", rate, *cells, wrong])
        title = (
            f"All programs, {model}, 780 mV: median of {len(SEEDS)} seeds; in brackets the runs "
            "that did not complete"
        )
        show(title, ("program, metric", "MTBE", *GUARDS, "wrong results, commguard"), rows)


def run(workload: Workload, settings: dict[str, Any]) -> Record:
    return workload.run(workload.Config(**settings))


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
    names = parser.parse_args().names or list(TABLES)
    for name in names:
        if name not in TABLES:
            parser.error(f"no table is named {name!r}; there are {', '.join(TABLES)}")
    for name in names:
        TABLES[name]()


if __name__ == "__main__":
    main()
