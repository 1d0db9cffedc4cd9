# SPDX-License-Identifier: Apache-2.0
"""A table of open length is as long as what is given, and lies in memory without a detour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa import state
from guardlane.isa.compiler import Compiled, compile_filter
from guardlane.isa.native import native
from guardlane.isa.source import GuestError
from tests.arch.isa.guest_core import GuestCore, guest_module

TEXT = """C = constant(i32, (5, 6))
LONG = table(f32, None)
SHORT = table(u8, None)
kept = state(i32, 3)
def work() -> None:
    kept[0] += 1
    push(0, LONG[pop_i32(0)] + f32(SHORT[pop_i32(0)] + C[kept[0]]))
"""


class Counting:
    """The elements 0, 1, 2, ..., made in place."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def lay(self, place: npt.NDArray[Any]) -> None:
        place[:] = np.arange(self.length)


@pytest.mark.parametrize("length", [1, 7, 5000])
def test_every_length_gives_the_same_program_other_elements(tmp_path: Path, length: int) -> None:
    work = guest_module(tmp_path, TEXT).work
    given = {"LONG": np.arange(length, dtype=np.float32) + 0.5, "SHORT": [9, 200]}
    items = [[length - 1, 1]]
    image = compile_filter(work, lengths={"LONG": length, "SHORT": 2})
    core = GuestCore(image, items, given, size=65536).run()
    expected = native(work, pops=items, tables=given).run().words(0)
    assert core.pushed[0] == expected.tolist()


def test_open_tables_lie_between_constants_and_state_and_are_guarded_with_them(
    tmp_path: Path,
) -> None:
    image = compile_filter(guest_module(tmp_path, TEXT).work, lengths={"LONG": 100, "SHORT": 3})
    long, short = image.tables["LONG"], image.tables["SHORT"]
    closed = image.constants_address + len(image.constants)
    assert closed <= long.address < closed + 16
    assert long.address + 400 == short.address
    assert short.address + 3 <= image.data_address < short.address + 19
    assert image.write_from(True) == image.data_address
    assert len(image.constants) < 100


def test_elements_may_be_made_where_they_lie(tmp_path: Path) -> None:
    image = compile_filter(guest_module(tmp_path, TEXT).work, lengths={"LONG": 9, "SHORT": 4})
    memory = image.load(4096, {"LONG": Counting(9), "SHORT": Counting(4)})
    first = image.tables["LONG"].address - state.MEMORY_BASE
    assert memory[first : first + 36].view(np.float32).tolist() == list(range(9))
    with pytest.raises(GuardlaneError, match="table LONG of work has 9 elements, not 8"):
        image.load(4096, {"LONG": Counting(8), "SHORT": Counting(4)})


def test_an_object_file_serves_every_length(tmp_path: Path) -> None:
    compiled = Compiled(guest_module(tmp_path, TEXT).work)
    assert compiled.open_tables == ["LONG", "SHORT"]
    small, large = (compiled.image({"LONG": n, "SHORT": 1}) for n in (1, 1 << 26))
    assert large.end - small.end == 4 * ((1 << 26) - 4)
    assert len(large.constants) == len(small.constants)


def test_what_an_open_table_cannot_be_is_said(tmp_path: Path) -> None:
    compiled = Compiled(guest_module(tmp_path, TEXT).work)
    with pytest.raises(GuardlaneError, match="table SHORT of work has been given no elements"):
        compiled.image({"LONG": 1})
    with pytest.raises(GuardlaneError, match="past the 2,147,483,648 bytes that private memory"):
        compiled.image({"LONG": 1 << 29, "SHORT": 1})
    module = guest_module(tmp_path, "T = table(i32, None)\n")
    with pytest.raises(GuardlaneError, match="an open table has no len; its elements have"):
        len(module.T)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("push(0, len(T))", "an open table has no len; give its length in a table"),
        ("push(0, T[-1])", "T has elements 0 to 2147483647, not -1"),
    ],
)
def test_guest_code_that_needs_the_length_is_refused(
    tmp_path: Path, line: str, message: str
) -> None:
    module = guest_module(tmp_path, f"T = table(i32, None)\ndef work() -> None:\n    {line}\n")
    with pytest.raises(GuestError, match=message):
        compile_filter(module.work)
