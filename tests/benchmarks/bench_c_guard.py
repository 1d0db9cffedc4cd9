# SPDX-License-Identifier: Apache-2.0
"""The C guards against the compiled twins: CPU time, runs interleaved, medians.

PYTHONPATH=arch:rtl_models:. python -m tests.benchmarks.bench_c_guard

Both run one loop over the same prepared units, with the state in memory: a step is one unit looked
at, or one frame entered. The library is called as a simulator would, as a separate -O2 object; the
twin's functions are compiled into its loop. A cycle of the queue is a push, a look, a take and a
clock, with a header every 16 words; the twin has no such loop, as it skips idle cycles.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from guardlane.guard import twin
from guardlane.guard.words import BAD, HEADER, ITEM
from guardlane.kernel import kernel
from tests.rtl.c_guard import library

GOAL = 50e6  # steps a CPU second of the library's alignment manager
UNIT = np.dtype([("data", np.uint64), ("id", np.uint32), ("kind", np.uint32)])
FRAME_ITEMS = (4, 16, 64)


def prepared(steps: int, frame_items: int) -> Any:
    """Return so many steps of a core that pops `frame_items` a frame, one frame in ten miscounted.

    A BAD unit stands for the core's next frame, any other is what the open pop finds at the head.
    """
    rng = np.random.default_rng(2015)
    frames = steps // (frame_items + 1) + 1
    pushes = frame_items + rng.choice((-1, 0, 1), frames, p=(0.05, 0.9, 0.05))
    units = np.zeros(steps, UNIT)
    columns = [np.zeros(steps, np.int64) for _ in range(2)]
    play(twin.new_alignment(32), pushes, frame_items, *columns)
    units["kind"], units["id"], units["data"] = *columns, np.arange(steps)
    return units


@kernel
def play(am: Any, pushes: Any, pops: int, kinds: Any, idents: Any) -> None:
    """Fill in the steps of a core until there are enough, with what each finds at the head."""
    n, head_frame, head_place, frame = 0, 1, -1, 0
    while True:
        frame += 1
        if n == kinds.size:
            return
        kinds[n], idents[n] = BAD, frame
        n += 1
        twin.alignment_new_frame(am, frame)
        for _ in range(pops):
            action = twin.LOOK_ON
            while action == twin.LOOK_ON:
                if n == kinds.size:
                    return
                kinds[n] = HEADER if head_place < 0 else ITEM
                idents[n] = head_frame
                n += 1
                if twin.alignment_is_padding(am):
                    action = twin.alignment_pad(am)
                    continue
                action = twin.alignment_unit(am, kinds[n - 1], head_frame, frame)
                head_place += 1
                if head_place == pushes[head_frame - 1]:
                    head_frame, head_place = head_frame + 1, -1


@kernel
def twin_loop(am: Any, kinds: Any, idents: Any, data: Any) -> int:
    """Do with the twin what `time_alignment` of the driver does with the library."""
    total, active = 0, 0
    for n in range(kinds.size):
        if kinds[n] == BAD:
            active = idents[n]
            twin.alignment_new_frame(am, active)
        elif twin.alignment_is_padding(am):
            twin.alignment_pad(am)
        elif twin.alignment_unit(am, kinds[n], idents[n], active) == twin.DELIVER:
            total += data[n]
    return total


def timed(run: Callable[[], int]) -> tuple[int, float]:
    """Return what a run sums up to, and its CPU seconds."""
    started = time.process_time()
    total = run()
    return total, time.process_time() - started


def in_c(units: Any) -> tuple[int, float]:
    ffi, lib = library()
    am = ffi.new("guardlane_alignment *")
    lib.guardlane_alignment_init(am, 32, 0)
    pointer = ffi.cast("guardlane_unit *", units.ctypes.data)
    return timed(lambda: int(lib.time_alignment(am, pointer, len(units))))


def in_twin(units: Any) -> tuple[int, float]:
    am = twin.new_alignment(32)
    columns = [units[name].astype(np.int64) for name in ("kind", "id", "data")]
    return timed(lambda: int(twin_loop(am, *columns)))


def queue_rate(cycles: int, depth: int, working_set: int) -> float:
    """Cycles a CPU second of the library's queue."""
    ffi, lib = library()
    q, words = ffi.new("guardlane_queue *"), ffi.new("guardlane_word[]", depth)
    lib.guardlane_queue_init(q, words, depth, working_set, 32, 32)
    _, seconds = timed(lambda: int(lib.time_queue(q, words, cycles)))
    return cycles / seconds


def main() -> None:
    """Print rates and ratios; exit 1 with --check when the library is slower than the goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="interleaved runs of each (7)")
    parser.add_argument("--steps", type=int, default=5_000_000, help="steps of a run (5,000,000)")
    parser.add_argument("--check", action="store_true", help="fail below the goal")
    options = parser.parse_args()
    missed = False
    print(f"{'items a frame':>14}{'C library':>14}{'numba twin':>14}{'ratio':>8}")
    for frame_items in FRAME_ITEMS:
        units = prepared(options.steps, frame_items)
        rates = []
        for _ in range(options.repeats + 1):
            (ours, seconds), (theirs, twin_seconds) = in_c(units), in_twin(units)
            if ours != theirs:
                raise SystemExit(f"the library sums up to {ours}, the twin to {theirs}")
            rates.append((len(units) / seconds, len(units) / twin_seconds))
        library_rate, twin_rate = map(statistics.median, zip(*rates[1:], strict=True))
        ratio = statistics.median(a / b for a, b in rates[1:])  # the first run compiles
        missed |= library_rate < GOAL
        print(
            f"{frame_items:14}{library_rate / 1e6:10.0f} M/s{twin_rate / 1e6:10.0f} M/s{ratio:8.2f}"
        )
    for depth, working_set in ((64, 1), (64, 16), (64, 64)):
        cycles = [queue_rate(options.steps, depth, working_set) for _ in range(options.repeats)]
        middle = statistics.median(cycles) / 1e6
        print(f"queue of {depth}, working set {working_set}: {middle:.0f} M cycles/s")
    if missed and options.check:
        raise SystemExit("the library is slower than its goal")


if __name__ == "__main__":
    main()
