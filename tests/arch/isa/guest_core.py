# SPDX-License-Identifier: Apache-2.0
"""One core with lists for queues, to run a compiled filter in tests; guest source from text."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from guardlane.core import frame
from guardlane.isa import state
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.execute import execute, finish_load, finish_store
from guardlane.isa.image import Image
from guardlane.isa.native import bits_of
from guardlane.isa.predecode import predecode

WORDS = """from guardlane.isa.guest import (
    bits_of, constant, f32, float_of, i16, i32, load_word, pop_f32, pop_i32, push, sqrt, state,
    store_word, table, u8, wait_event,
)
"""


class GuestCore:
    """An image on a core whose in-ports hold `pops` and whose out-ports collect in `pushed`."""

    def __init__(
        self, image: Image, pops: Sequence[Iterable[Any]] = (),
        tables: Mapping[str, Any] | None = None, size: int = 16384,
    ) -> None:  # fmt: skip
        self.image = image
        self.pops = [iter([word(item) for item in items]) for items in pops]
        self.pushed: dict[int, list[int]] = {}
        self.events: list[str] = []  # stops other than pops and pushes
        self.mem8 = image.load(size, tables)
        self.rows = predecode(np.frombuffer(image.text, np.uint32), one_cycle_each())
        self.x, self.f_bits = np.zeros(33, np.int32), np.zeros(32, np.int32)
        self.s = np.zeros(state.STATE_WIDTH, np.int64)
        self.s[state.BASE], self.s[state.SIZE] = state.MEMORY_BASE, size
        self.s[state.TEXT_WORDS] = len(self.rows)
        self.s[state.WRITE_FROM] = image.write_from(True)

    def start(self, symbol: str, *arguments: int) -> None:
        a0, a1, a2, a3 = (*arguments, 0, 0, 0, 0)[:4]
        enter: Any = frame.enter  # a kernel
        enter(self.s, self.x, self.f_bits, self.image.symbols[symbol], a0, a1, a2, a3)

    def advance(self, limit: int = 20_000_000) -> int:
        """Run to the next stop; pops and pushes are not answered."""
        return execute(
            self.rows, self.x, self.f_bits, self.f_bits.view(np.float32), self.mem8,
            self.mem8.view(np.int16), self.mem8.view(np.int32), self.s, limit, 1 << 60,
        )  # fmt: skip

    def run(self, steady_states: int = 1, firings: int = 1, entry: str = "frame") -> GuestCore:
        """Run a frame to its return; anything else ends the test."""
        self.start(entry, steady_states, firings)
        stop = self.serve()
        assert stop == state.RETURNED, f"{state.STOP_NAMES[stop]} at {self.s[state.PC]:#x}"
        return self

    def serve(self) -> int:
        """Answer pops and pushes until another stop."""
        while True:
            stop = self.advance()
            port = int(self.s[state.PORT])
            if stop == state.POP:
                finish_load(self.s, self.x, self.f_bits, next(self.pops[port]))
            elif stop == state.PUSH:
                self.pushed.setdefault(port, []).append(int(self.s[state.VALUE]))
                finish_store(self.s)
            elif stop in (state.NEW_FRAME_PORT, state.END_PORT):
                self.events.append(state.STOP_NAMES[stop])
                finish_store(self.s)
            else:
                return stop


def word(item: Any) -> int:
    """The 32 bits of an item as a signed integer."""
    return bits_of(item) if isinstance(item, (float, np.floating)) else int(np.int32(item))


def guest_module(folder: Path, text: str) -> ModuleType:
    """Guest source as a module of its own file, whose first line follows the imports of WORDS."""
    path = folder / f"guest_{hashlib.sha256(text.encode()).hexdigest()[:12]}.py"
    path.write_text(WORDS + text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FIRST_LINE = WORDS.count("\n") + 1
Filter = Callable[[], None]
