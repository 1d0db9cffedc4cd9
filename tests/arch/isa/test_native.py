# SPDX-License-Identifier: Apache-2.0
"""Guest source as plain Python: single precision, its own state, 32-bit items, clear refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa.native import native
from tests.arch.isa.guest_core import guest_module


def test_every_float_is_single_from_literals_constants_and_arrays(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "TENTH = 0.1\nBIG = 1e8\nD = constant(f32, (0.1,))\nF = state(f32, 1)\nT = table(f32, 1)\n"
        "def third(x: f32) -> f32:\n    return x / 3.0\n"
        "def work() -> None:\n"
        "    F[0] = 0.1\n    push(0, 0.1 + 0.2)\n    push(0, TENTH * 3.0)\n"
        "    push(0, D[0] * 3.0)\n"
        "    push(0, F[0] * 3.0)\n    push(0, T[0] * 3.0)\n    push(0, third(f32(1)))\n"
        "    push(0, sqrt(2.0))\n    push(0, TENTH + BIG - BIG)\n    push(0, 0.1 + 1e8 - 1e8)\n",
    )
    tenth, one = np.float32(0.1), np.float32(1)
    thrice = tenth * np.float32(3)
    said = native(module.work, tables={"T": [0.1]}).run().pushed[0]
    assert said == [
        tenth + np.float32(0.2), thrice, thrice, thrice, thrice, one / np.float32(3),
        np.sqrt(np.float32(2)), np.float32(0), np.float32(0),
    ]  # fmt: skip
    assert all(isinstance(item, np.float32) for item in said)
    assert float(thrice) != 0.1 * 3.0  # so that double precision would show


def test_two_runners_of_one_filter_share_no_state_and_leave_the_source_alone(
    tmp_path: Path,
) -> None:
    module = guest_module(
        tmp_path,
        "A = state(i32, 1)\ndef bump() -> None:\n    A[0] += 1\n"
        "def work() -> None:\n    bump()\n    push(0, A[0])\n",
    )
    one, two = native(module.work), native(module.work)
    one.run(1, 3)
    two.run()
    assert one.pushed == {0: [1, 2, 3]}
    assert two.pushed == {0: [1]}
    with pytest.raises(GuardlaneError, match="works in guest code only"):
        module.work()


def test_items_are_32_bits_whichever_way_they_are_popped(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n"
        "    push(0, pop_i32(0))\n    push(1, pop_f32(0))\n    push(0, pop_i32(0))\n",
    )
    runner = native(module.work, pops=[[1.5, 0xC0000000, 2**32 - 1]]).run()
    assert runner.pushed == {0: [0x3FC00000, -1], 1: [-2.0]}
    assert runner.words(1).tolist() == [0xC0000000 - 2**32]
    assert runner.words(1).dtype == np.int32
    assert runner.words(7).tolist() == []


def test_a_comparison_adds_up_as_a_number(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n    x = pop_f32(0)\n    y = (x > 1.0) + (x > 2.0)\n    push(0, y)\n",
    )
    assert native(module.work, pops=[[3.0]]).run().pushed[0] == [2]


def test_a_local_may_bear_the_name_of_a_function_or_table(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "T = table(i32, 1)\ndef other() -> None:\n    pop_i32(9)\n"
        "def work() -> None:\n    other = 4\n    T = 3\n    push(0, other + T)\n",
    )
    assert native(module.work).run().pushed[0] == [7]


def test_an_empty_in_port_is_named(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "def work() -> None:\n    push(0, pop_i32(1))\n")
    with pytest.raises(GuardlaneError, match="in-port 1 of work has no item left"):
        native(module.work, pops=[[], [5]]).run(1, 2)
    with pytest.raises(GuardlaneError, match="work pops in-port 1, which has been given no items"):
        native(module.work, pops=[[1]]).run()


def test_tables_are_checked_as_on_a_core(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "T = table(u8, 2)\ndef work() -> None:\n    push(0, T[0])\n")
    with pytest.raises(GuardlaneError, match="table T of work has been given no elements"):
        native(module.work)
    with pytest.raises(GuardlaneError, match="table T of work has 2 elements, not 3"):
        native(module.work, tables={"T": [1, 2, 3]})
    with pytest.raises(GuardlaneError, match="element 1 of table T of work, 256, does not fit u8"):
        native(module.work, tables={"T": [1, 256]})


def test_shared_memory_has_no_meaning_natively(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "def work() -> None:\n    push(0, load_word(4096))\n")
    with pytest.raises(GuardlaneError, match="load_word works in guest code only"):
        native(module.work).run()


def test_an_error_in_a_native_run_shows_the_line_of_the_source(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path, "A = state(i32, 2)\ndef work() -> None:\n    push(0, A[pop_i32(0)])\n"
    )
    with pytest.raises(IndexError) as caught:
        native(module.work, pops=[[2]]).run()
    assert caught.traceback[-1].path == Path(str(module.__file__))
    assert "A[pop_i32(0)]" in str(caught.traceback[-1].statement)
