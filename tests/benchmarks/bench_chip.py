# SPDX-License-Identifier: Apache-2.0
"""The ten-core decoder against the bare interpreter: CPU time, runs interleaved, medians.

PYTHONPATH=arch:workloads:. python -m tests.benchmarks.bench_chip

The chip's time is that of a whole run: laying out its state, running it, reading its counts. The
bare interpreter runs two loops of `bench_interpreter`, and the decoder's own ten filters one after
the other, each from a queue that already holds everything to one that has room for everything.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Machine
from guardlane.core.frame import enter
from guardlane.core.protection import Protection
from guardlane.faults import Fault, regfile_int
from guardlane.isa import state
from guardlane.isa.execute import interpret as run_guest
from guardlane.isa.rings import RING_LIMIT, RING_OFFSET, RING_WIDTH
from guardlane_workloads.streams.jpeg.graph import SINK, jpeg_graph
from guardlane_workloads.streams.jpeg.picture import read_photo
from tests.benchmarks.bench_interpreter import interpret
from tests.benchmarks.guest_loops import fir, inverse_dct, memory

FOREVER = 1 << 60
GOAL = 0.25  # of the bare interpreter
Timed = tuple[int, float]  # retired instructions, CPU seconds
Items = npt.NDArray[np.int64]


def loop(words: list[int]) -> Timed:
    """Time one loop of the interpreter's benchmark."""
    _, retired, seconds = interpret(words, memory(words, "int"))
    return retired, seconds


def on_chip(chip: StreamChip, guard: str, faults: Schedule | tuple[Fault, ...] = ()) -> Timed:
    """Time one run of the chip, from its layout to its counts."""
    started = time.process_time()
    result = chip.run(guard, Protection(), faults)
    seconds = time.process_time() - started
    if result.outcome != "completed":
        raise SystemExit(f"{guard}: the run {result.outcome}, {result.detail}")
    return result.total("retired_instructions"), seconds


def one_by_one(chip: StreamChip, wanted: Items) -> Timed:
    """Time the filters without a chip; the last one must give the picture `wanted`."""
    graph, program = chip.balanced.graph, chip.program("commguard")
    held = {edge: items for edge in graph.edges for items in [_source_items(chip, edge.producer)]}
    total, seconds, waiting = 0, 0.0, list(graph.filters())
    while waiting:
        node = next(
            n for n in waiting if all(held[e].size for e in graph.edges if e.consumer == n.name)
        )
        waiting.remove(node)
        inward = sorted(
            (e for e in graph.edges if e.consumer == node.name), key=lambda e: e.in_port
        )
        outward = sorted(
            (e for e in graph.edges if e.producer == node.name), key=lambda e: e.out_port
        )
        rings = np.zeros((2, max(len(inward), len(outward)), RING_WIDTH), np.int64)
        sizes = [held[edge].size for edge in inward]
        sizes += [int(chip.balanced.counts[edge].sum()) for edge in outward]
        starts = np.cumsum([0, *sizes])
        for i, start in enumerate(starts[:-1]):
            side, port = (0, i) if i < len(inward) else (1, i - len(inward))
            rings[side, port, RING_LIMIT], rings[side, port, RING_OFFSET] = sizes[i], start
        words = np.zeros(starts[-1], np.int64)
        words[: starts[len(inward)]] = np.concatenate([held[edge] for edge in inward])
        image, mem8 = program.images[node.name], program.memories[node.name].copy()
        s, x, f_bits = np.zeros(state.STATE_WIDTH, np.int64), *_registers()
        s[state.BASE], s[state.SIZE] = state.MEMORY_BASE, mem8.size
        s[state.TEXT_WORDS] = len(program.rows[node.name])
        s[state.WRITE_FROM] = image.write_from(True)
        enter(s, x, f_bits, image.symbols["frame"], chip.balanced.steady_states,
              chip.balanced.firings[node.name], 0, 0)  # fmt: skip
        arguments = (
            program.rows[node.name], x, f_bits, f_bits.view(np.float32), mem8, mem8.view(np.int16),
            mem8.view(np.int32), s, rings, words, np.zeros(words.size, np.uint8),
            np.zeros(words.size, np.int64), FOREVER, FOREVER,
        )  # fmt: skip
        started = time.process_time()
        stop = run_guest(*arguments)
        seconds += time.process_time() - started
        if stop != state.RETURNED:
            raise SystemExit(f"{node.name} alone stopped with {state.STOP_NAMES[stop]}")
        total += int(s[state.RETIRED])
        for edge, start, size in zip(
            outward, starts[len(inward) :], sizes[len(inward) :], strict=False
        ):
            held[edge] = words[start : start + size]
    last = next(edge for edge in graph.edges if edge.consumer == SINK)
    if not np.array_equal(held[last], wanted):
        raise SystemExit("the filters one by one give another picture than the chip")
    return total, seconds


def _source_items(chip: StreamChip, name: str) -> Items:
    found = [node.items for node in chip.balanced.graph.sources() if node.name == name]
    return found[0].astype(np.int64) if found else np.zeros(0, np.int64)


def _registers() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    return np.zeros(33, np.int32), np.zeros(32, np.int32)


def main() -> None:
    """Print a table of rates and ratios; exit 1 with --check when the goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="interleaved runs of each (7)")
    parser.add_argument("--check", action="store_true", help=f"fail below {GOAL} of each bare rate")
    options = parser.parse_args()
    chip = StreamChip(jpeg_graph(read_photo(None, 85).encoded), Machine())
    wanted = chip.profile("commguard").result.kept[SINK].astype(np.int64)
    integer_fir, integer_idct = fir("int", 1000), inverse_dct(60_000)
    faulty = Schedule(regfile_int, 1, 64 << 10)
    measured: dict[str, Callable[[], Timed]] = {
        "bare: int FIR 64": lambda: loop(integer_fir),
        "bare: int IDCT 8x8": lambda: loop(integer_idct),
        "bare: the ten filters": lambda: one_by_one(chip, wanted),
        "chip: commguard": lambda: on_chip(chip, "commguard"),
        "chip: reliable-queue": lambda: on_chip(chip, "reliable-queue"),
        "chip: pass-through": lambda: on_chip(chip, "pass-through"),
        "chip: software-queue": lambda: on_chip(chip, "software-queue"),
        "chip: commguard, MTBE 64k": lambda: on_chip(chip, "commguard", faulty),
    }
    rates: dict[str, list[float]] = {name: [] for name in measured}
    retired = {}
    for turn in range(options.repeats + 1):
        for name, measure in measured.items():
            retired[name], seconds = measure()
            if turn:  # the first one compiles
                rates[name].append(retired[name] / seconds / 1e6)
    bare = [name for name in measured if name.startswith("bare")]
    print(f"{'':28}{'instructions':>13}{'rate':>11}" + "".join(f"{n[6:]:>16}" for n in bare))
    missed = False
    for name, found in rates.items():
        ratios = [
            statistics.median(a / b for a, b in zip(found, rates[n], strict=True)) for n in bare
        ]
        missed |= name == "chip: commguard" and min(ratios) < GOAL
        shown = "".join(f"{ratio:15.2f}x" for ratio in ratios)
        print(f"{name:28}{retired[name]:13,}{statistics.median(found):6.0f} MIPS{shown}")
    print(f"goal: chip: commguard at {GOAL}x of the bare rates")
    if missed and options.check:
        raise SystemExit("the goal is missed")


if __name__ == "__main__":
    main()
