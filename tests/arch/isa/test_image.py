# SPDX-License-Identifier: Apache-2.0
"""An image lies in memory as promised, and refuses tables and sizes that do not fit."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa import state
from guardlane.isa.compiler import compile_filter
from guardlane.isa.image import MINIMUM_STACK, Image
from tests.arch.isa.guest_core import GuestCore, guest_module, word

TEXT = """Q = table(i16, 3)
G = table(f32, 2)
B = table(u8, 5)
C = constant(f32, (0.5, -1.0))
kept = state(i32, 5)
small = state(u8, 3)
def work() -> None:
    kept[0] += Q[1] + B[4]
    small[0] = Q[0]
    push(0, kept[0])
    push(0, C[pop_i32(0)] * G[1])
"""
GIVEN: dict[str, Any] = {"Q": [-5, 300, 7], "G": [0.25, 3.0], "B": [1, 2, 3, 4, 255]}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return compile_filter(guest_module(tmp_path, TEXT).work)


def test_text_constants_and_data_follow_each_other_from_the_base(image: Image) -> None:
    text_end = state.MEMORY_BASE + len(image.text)
    assert text_end <= image.constants_address < text_end + 16
    constants_end = image.constants_address + len(image.constants)
    assert constants_end <= image.data_address < constants_end + 16
    assert image.entry == image.symbols["frame"]
    for table in image.tables.values():
        assert image.constants_address <= table.address < image.data_address
    for array in image.arrays.values():
        assert image.data_address <= array.address < image.end
    assert {name: (t.dtype, t.length) for name, t in image.tables.items()} == {
        "Q": ("i16", 3), "G": ("f32", 2), "B": ("u8", 5)
    }  # fmt: skip
    assert set(image.arrays) == {"kept", "small"}
    assert image.text_sha256 == hashlib.sha256(image.text).hexdigest()


def test_memory_holds_the_text_the_constants_and_the_tables_given(image: Image) -> None:
    memory = image.load(4096, GIVEN)
    assert memory.dtype == np.uint8
    assert memory.size == 4096
    assert memory[: len(image.text)].tobytes() == image.text

    def at(address: int, dtype: str, length: int) -> list[float]:
        start = address - state.MEMORY_BASE
        size = np.dtype(dtype).itemsize * length
        return memory[start : start + size].view(dtype).tolist()  # type: ignore[no-any-return]

    assert at(image.tables["Q"].address, "<i2", 3) == GIVEN["Q"]
    assert at(image.tables["G"].address, "<f4", 2) == GIVEN["G"]
    assert at(image.tables["B"].address, "u1", 5) == GIVEN["B"]
    assert not memory[image.data_address - state.MEMORY_BASE :].any()
    assert np.array([0.5, -1.0], np.float32).tobytes() in image.constants


def test_the_write_guard_covers_text_and_tables_but_no_state(image: Image) -> None:
    assert image.write_from(True) == image.data_address
    assert image.write_from(False) == image.constants_address
    core = GuestCore(image, [[1, 0]], GIVEN)
    core.run(1, 2)
    assert core.pushed[0] == [555, word(-3.0), 1110, word(1.5)]
    core.s[state.WRITE_FROM] = image.end  # as if the guard began too late: the store must trap
    core.start("frame", 1, 1)
    assert core.serve() == state.STORE_GUARDED


@pytest.mark.parametrize(
    ("name", "elements", "message"),
    [
        ("Q", [1, 2], "table Q of work has 3 elements, not 2"),
        ("Q", [1, 2, 3, 4], "table Q of work has 3 elements, not 4"),
        ("Q", [1, 2, 32768], "element 2 of table Q of work, 32768, does not fit i16"),
        ("B", [1, -1, 3, 4, 5], "element 1 of table B of work, -1, does not fit u8"),
        ("Q", [1.0, 2.0, 3.0], "table Q of work takes a row of i16, not 1 dimensions of float64"),
        ("G", [[1.0, 2.0]], "table G of work takes a row of f32, not 2 dimensions of float64"),
        ("G", ["1", "2"], "table G of work takes a row of f32, not 1 dimensions of <U1"),
        ("G", [1.0, 1e39], "element 1 of table G of work, 1e[+]39, does not fit f32"),
    ],
)
def test_elements_that_do_not_fit_their_table_are_refused(
    image: Image, name: str, elements: Any, message: str
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        image.load(4096, GIVEN | {name: elements})


def test_a_table_must_be_given_and_known(image: Image) -> None:
    with pytest.raises(GuardlaneError, match="table Q of work has been given no elements"):
        image.load(4096, {"G": GIVEN["G"], "B": GIVEN["B"]})
    with pytest.raises(GuardlaneError, match="work has no table 'QUANT'; it has Q, B, G"):
        image.load(4096, GIVEN | {"QUANT": [1]})


def test_memory_must_leave_room_for_a_stack(image: Image) -> None:
    least = image.end - state.MEMORY_BASE + MINIMUM_STACK
    assert least % 16 == 0
    image.load(least, GIVEN)
    for size in (least - 16, least + 1):
        with pytest.raises(GuardlaneError, match=f"of 16 and at least {least} bytes, not {size}"):
            image.load(size, GIVEN)
