# SPDX-License-Identifier: Apache-2.0
"""Published look-ups of flushed rows, taken apart, and what one number or term more would change.

PYTHONPATH=arch:. python -m tests.benchmarks.cold_look_ups
"""

from __future__ import annotations

from typing import Any

from guardlane.memory.rows import LINE
from guardlane.server.core import ServerCore
from guardlane.server.look_up import LookUpTime
from guardlane.server.published import PUBLISHED, Published, predicted

CORE = ServerCore()
COLD = [one for one in PUBLISHED if one.is_flushed]
INDEX = {"64 bit": 8, "32 bit": 4}  # bytes, of rows of bytes; the others' are not told
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as it is", {}),
    ("10 lines under way, as measured on a Skylake (lemire-parallelism)", {"fill_buffers": 10}),
    ("one page walk at a time", {"walkers": 1}),
    ("pages of 2 MiB", {"page": "2MiB"}),
    ("twice the other micro-operations of a look-up", {"look_up_uops": 2 * CORE.look_up_uops}),
    ("memory at 95 ns", {"memory": 95_000}),
    ("half the reorder buffer", {"reorder_buffer": CORE.reorder_buffer // 2}),
)


def walks_from_memory(one: Published, found: LookUpTime) -> float:
    """Value of the nanoseconds if the last entry of each walk came from memory, not from a cache.

    It is taken to have come from the second cache, where most are.
    """
    more = (int(CORE.memory) - CORE.cycles(CORE.second_cache)) * found.walks / CORE.walkers
    return (found.total + more) / 1000


def indices_from_memory(one: Published, found: LookUpTime) -> float:
    """Value of the nanoseconds if every line of indices were waited for, with nothing beside it."""
    size = next((size for bits, size in INDEX.items() if bits in one.what), 8)
    return (found.total + int(CORE.memory) * size / LINE) / 1000


def main() -> None:
    """Print the parts of each cold look-up, then a row a change: model over published time."""
    print("| look-up | FBGEMM | without waking | issue | data | translation | model | ratio |")
    print("|---|" + "---:|" * 7)
    for one in COLD:
        found = predicted(CORE, one)
        parts = (found.issue, found.data, found.translation, found.total)
        print(
            f"| {one.what} | {one.nanoseconds:.1f} | {one.own:.1f} | "
            + " | ".join(f"{part / 1000:.1f}" for part in parts)
            + f" | {found.total / 1000 / one.own:.2f} |"
        )
    print(
        "\n| change | " + " | ".join(one.what.replace(", cache flushed", "") for one in COLD) + " |"
    )
    print("|---|" + "---:|" * len(COLD))
    for what, change in CHANGES:
        core = CORE.model_copy(update=change)
        ratios = [predicted(core, one).total / 1000 / one.own for one in COLD]
        print(f"| {what} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")
    for what, term in (
        ("each walk ends in memory", walks_from_memory),
        ("each line of indices is waited for alone", indices_from_memory),
    ):
        ratios = [term(one, predicted(CORE, one)) / one.own for one in COLD]
        print(f"| {what} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")


if __name__ == "__main__":
    main()
