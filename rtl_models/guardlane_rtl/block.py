# SPDX-License-Identifier: Apache-2.0
"""A hardware block in this process: rows of input ports in, rows of output ports out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import Built

Rows = npt.NDArray[np.int64]
Outputs = TypeVar("Outputs", bound=NamedTuple)


class Block:
    """One instance of a built block, after reset.

    `inputs` and `outputs` name the columns of a stimulus and of a response: ports, or flips of the
    build. A port that no column drives is 0.
    """

    def __init__(self, built: Built, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        driven = [port.name for port in built.inputs] + list(built.flips)
        seen = [port.name for port in built.outputs]
        unknown = [*set(inputs) - set(driven), *set(outputs) - set(seen)]
        if unknown:
            raise GuardlaneError(f"{built.library.parent.name} has no port {min(unknown)}")
        columns = [_column(self.inputs, name) for name in driven]
        columns += [_column(self.outputs, name) for name in seen]
        self._columns = np.array(columns, np.int32)
        self._library = _load(str(built.library))
        self._bench = ctypes.c_void_p(self._library.bench_new())
        self.reset()

    def __del__(self) -> None:
        if hasattr(self, "_bench"):
            self._library.bench_delete(self._bench)

    def reset(self, row: Rows | None = None) -> None:
        """Hold the reset for two cycles, the inputs at int64[inputs] or at 0; nothing flips."""
        held = None if row is None else np.ascontiguousarray(row, np.int64)
        place = None if held is None else held.ctypes.data
        self._library.bench_reset(self._bench, self._columns.ctypes.data, place)

    def write_coverage(self, path: Path) -> None:
        """Write what ran so far, as Verilator counts it; the block has to be built to count."""
        self._library.bench_coverage(self._bench, str(path).encode())

    def run(self, stimulus: Rows) -> Rows:
        """Clock the block through int64[cycles, inputs]; returns int64[cycles, outputs].

        A row of the response has the outputs of its cycle, before the clock edge.
        """
        stimulus = np.ascontiguousarray(stimulus, np.int64)
        cycles, width = stimulus.shape
        if width != len(self.inputs):
            raise ValueError(f"a row of the stimulus has {len(self.inputs)} columns, not {width}")
        response = np.empty((cycles, len(self.outputs)), np.int64)
        self._library.bench_run(
            self._bench,
            cycles,
            self._columns.ctypes.data,
            stimulus.ctypes.data,
            width,
            response.ctypes.data,
            len(self.outputs),
        )
        return response


class Cycled:
    """A block with the method `cycle` of the shells: named inputs in, named outputs out."""

    def __init__(self, block: Block, outputs: type[Any]) -> None:
        self.block = block
        self.as_outputs = outputs

    def cycle(self, i: tuple[int, ...]) -> Any:
        """Return the outputs of this cycle and take the clock edge."""
        return self.as_outputs(*self.block.run(np.array([i], np.int64))[0].tolist())


def _column(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1


def _load(path: str) -> Any:
    library: Any = ctypes.CDLL(path)
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    library.bench_new.restype = pointer
    library.bench_delete.argtypes = [pointer]
    library.bench_reset.argtypes = [pointer, pointer, pointer]
    library.bench_run.argtypes = [pointer, number, pointer, pointer, number, pointer, number]
    if hasattr(library, "bench_coverage"):
        library.bench_coverage.argtypes = [pointer, ctypes.c_char_p]
        library.bench_coverage.restype = None
    for function in (library.bench_delete, library.bench_reset, library.bench_run):
        function.restype = None
    return library
