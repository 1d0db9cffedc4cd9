# SPDX-License-Identifier: Apache-2.0
"""A core's arrays in one place, for tests that run a few words of machine code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from guardlane.isa import state
from guardlane.isa.costs import CLASSES, cost_array
from guardlane.isa.execute import execute
from guardlane.isa.predecode import predecode
from guardlane.isa.step import Machine

COSTS = {name: 1 + place % 5 for place, name in enumerate(CLASSES)}
FOREVER = 1 << 60
SIZE = 4096
SHARED = range(state.MEMORY_BASE + SIZE, state.MEMORY_BASE + SIZE + 256)


class Core:
    """Registers, memory and state of one core with `words` as its text."""

    def __init__(
        self, words: Sequence[int], size: int = SIZE, costs: dict[str, int] | None = None,
        write_from: int = 0,
    ) -> None:  # fmt: skip
        text = np.array(words, np.uint32)
        self.rows = predecode(text, cost_array(costs or COSTS))
        self.x = np.zeros(33, np.int32)
        self.f_bits = np.zeros(32, np.int32)
        self.mem8 = np.zeros(size, np.uint8)
        self.mem8[: 4 * len(text)] = text.view(np.uint8)
        self.mem32 = self.mem8.view(np.int32)
        self.s = np.zeros(state.STATE_WIDTH, np.int64)
        self.s[state.BASE] = self.s[state.PC] = state.MEMORY_BASE
        self.s[state.SIZE] = size
        self.s[state.TEXT_WORDS] = len(text)
        self.s[state.WRITE_FROM] = write_from
        self.x[1] = state.RETURN_ADDRESS

    def run(self, retired: int = FOREVER, cycles: int = FOREVER) -> int:
        """Run until `retired` instructions or `cycles` are reached in all, or a stop."""
        return execute(
            self.rows, self.x, self.f_bits, self.f_bits.view(np.float32), self.mem8,
            self.mem8.view(np.int16), self.mem32, self.s, retired, cycles,
        )  # fmt: skip

    def snapshot(self) -> tuple[object, ...]:
        """Everything a program can see, and the counts."""
        counts = tuple(int(n) for n in self.s[: state.CYCLES + 1])
        registers = (self.x[:32].tobytes(), self.f_bits.tobytes())
        return (*counts, *registers, self.mem8.tobytes())


def twin(core: Core) -> Machine:
    """The same core for the readable interpreter."""
    words = int(core.s[state.TEXT_WORDS])
    return Machine(
        text=[int(word) for word in core.mem32[:words].view(np.uint32)],
        memory=bytearray(core.mem8.tobytes()),
        write_from=int(core.s[state.WRITE_FROM]),
        shared=SHARED if core.s[state.SHARED_SIZE] else range(0),
        x=[int(bits) for bits in core.x[:32].view(np.uint32)],
        f=[int(bits) for bits in core.f_bits.view(np.uint32)],
        costs=COSTS,
    )
