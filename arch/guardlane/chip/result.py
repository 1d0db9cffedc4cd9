# SPDX-License-Identifier: Apache-2.0
"""What a run of a chip leaves behind: how it ended, what was kept, every count by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.stats import Statistic

CORE_STATISTICS = (
    Statistic("retired_instructions", "instructions", "guest instructions completed"),
    Statistic("cycles", "cycles", "cycle in which the core ended"),
    Statistic("pop_stall", "cycles", "waiting for an item"),
    Statistic("push_stall", "cycles", "waiting for room, headers included"),
    Statistic("pops", "items", "pops answered, pads included"),
    Statistic("pushes", "items", "pushes accepted, dropped ones included"),
    Statistic("frames", "frames", "frames started"),
    Statistic("faults_injected", "faults", "faults that struck"),
    Statistic("wrong_results", "results", "results that a droop or a stuck bit changed"),
    Statistic("traps", "traps", "bad addresses, illegal instructions and wild jumps"),
    Statistic("watchdogs", "frames", "frames given up because their budget ran out"),
    Statistic("timeouts", "commands", "pops and pushes that waited too long"),
    Statistic("shared_accesses", "accesses", "loads and stores of shared memory"),
)
QUEUE_STATISTICS = (
    Statistic("pads", "items", "pads given instead of items"),
    Statistic(
        "discarded_items", "items", "items of another frame, dropped by the alignment manager"
    ),
    Statistic(
        "discarded_headers", "headers", "headers of an earlier frame or beyond repair, dropped"
    ),
    Statistic("drained_items", "words", "words dropped because their consumer had ended"),
    Statistic("headers", "headers", "headers written, end of computation included"),
    Statistic("accesses", "words", "words written and words read"),
    Statistic(
        "ecc_operations", "operations", "encodings and decodings of headers and shared pointers"
    ),
)


@dataclass(frozen=True)
class FrameEnd:
    """One frame of one core: when it ran, what it retired, how it ended (0: it did not)."""

    start: int
    end: int
    retired: int
    code: int


@dataclass(frozen=True, eq=False)
class ChipResult:
    """One run of a stream graph on a chip."""

    outcome: str
    detail: str  # one line: why it did not complete, else empty
    cycles: int
    kept: Mapping[str, npt.NDArray[np.int32]]  # by sink; what was not delivered is the pad value
    delivered: Mapping[str, int]  # items that a sink took, pads included
    statistics: Mapping[str, int]
    pads: npt.NDArray[np.int64]  # [frame], over all queues
    discards: npt.NDArray[np.int64]  # [frame], items and headers over all queues
    frames: Mapping[str, tuple[FrameEnd, ...]]  # by core
    fault_events: tuple[Mapping[str, Any], ...] = field(default=())

    def total(self, name: str) -> int:
        """Value of a statistic summed over the parts that count it."""
        return sum(
            value for key, value in self.statistics.items() if key.rpartition(".")[2] == name
        )
