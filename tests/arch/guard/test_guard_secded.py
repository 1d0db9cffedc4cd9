# SPDX-License-Identifier: Apache-2.0
"""The code corrects any one flip and notices any two, as the page that publishes it says."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest

from guardlane.guard.secded import Secded
from guardlane.guard.words import BAD, EOC, HEADER, ITEM, Unit, WordLayout

PAGE = Path(__file__).parents[3] / "docs" / "guard.md"


@pytest.mark.parametrize(("id_width", "check_bits"), [(2, 4), (8, 5), (32, 7)])
def test_a_header_costs_the_check_bits_that_are_published(id_width: int, check_bits: int) -> None:
    assert WordLayout(32, id_width).code.check_bits == check_bits


@pytest.mark.parametrize("data_width", range(1, 34))
def test_columns_are_odd_distinct_and_no_check_bits_own(data_width: int) -> None:
    code = Secded(data_width)
    assert len(set(code.columns)) == data_width
    assert all(c.bit_count() % 2 == 1 and c.bit_count() >= 3 for c in code.columns)
    assert max(code.columns) < 1 << code.check_bits


def samples(data_width: int) -> list[int]:
    """All data of a narrow code; of a wide one the ends, each single bit, and a few at random."""
    if data_width <= 6:
        return list(range(1 << data_width))
    ones = (1 << data_width) - 1
    random_data = [random.Random(data_width).getrandbits(data_width) for _ in range(4)]
    return [0, ones, *(1 << bit for bit in range(0, data_width, 5)), *random_data]


@pytest.mark.parametrize("data_width", [1, 2, 3, 4, 5, 6, 9, 17, 33])
def test_any_single_flip_is_corrected_and_any_double_flip_is_noticed(data_width: int) -> None:
    code = Secded(data_width)
    for data in samples(data_width):
        word = code.encode(data)
        assert code.decode(word) == (data, False, False)
        for bit in range(code.code_width):
            assert code.decode(word ^ 1 << bit) == (data, True, False)
        for one, two in itertools.combinations(range(code.code_width), 2):
            assert code.decode(word ^ 1 << one ^ 1 << two).is_uncorrectable


@pytest.mark.parametrize("id_width", range(1, 33))
def test_a_cell_stuck_at_zeros_or_ones_is_no_header(id_width: int) -> None:
    code = Secded(id_width + 1)
    for word in (0, (1 << code.code_width) - 1):
        found = code.decode(word)
        assert found.is_corrected or found.is_uncorrectable
        if id_width in (8, 32):
            assert found.is_uncorrectable


@pytest.mark.parametrize(("data_width", "id_width"), [(32, 32), (8, 2), (64, 8), (1, 1)])
def test_a_stored_word_survives_the_loss_of_one_bit_of_its_boundary(
    data_width: int, id_width: int
) -> None:
    layout = WordLayout(data_width, id_width)
    data = (1 << data_width) - 1
    for unit in (Unit(ITEM, data=data), Unit(ITEM, data=data // 3), Unit(HEADER, 1), Unit(EOC, 0)):
        word = layout.encode(unit)
        assert word < 1 << layout.width
        assert layout.decode(word) == unit
        for tag in range(3):
            assert layout.decode(word ^ 1 << (layout.payload_width + tag)) == unit
        if unit.kind != ITEM:
            for bit in range(layout.code.code_width):
                assert layout.decode(word ^ 1 << bit) == unit
            assert layout.decode(word ^ 0b11).kind == BAD


def test_a_word_is_as_wide_as_the_wider_of_item_and_header() -> None:
    assert WordLayout(32, 32).width == 32 + 1 + 7 + 3
    assert WordLayout(64, 32).width == 64 + 3


def test_the_published_matrix_and_vectors_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    layout = WordLayout(32, 32)
    matrix = re.search(r"<!-- matrix -->\n```text\n(.*?)```", page, re.DOTALL)
    assert matrix
    rows = [line.split() for line in matrix[1].splitlines()]
    assert len(rows) == layout.code.check_bits
    for check, (name, bits) in enumerate(rows):
        assert name == f"c{check}"
        drawn = {layout.code.data_width - 1 - n for n, bit in enumerate(bits) if bit == "1"}
        assert drawn == {d for d, column in enumerate(layout.code.columns) if column >> check & 1}
    vectors = re.findall(r"^\| (\d+) \| (\w+) \| ([01]) \| `(0x[0-9a-f]+)` \|", page, re.MULTILINE)
    assert len(vectors) == 10
    for width, ident, eoc, code in vectors:
        word = WordLayout(32, int(width))
        unit = Unit(EOC if eoc == "1" else HEADER, int(ident, 0))
        assert word.encode(unit) & ((1 << word.code.code_width) - 1) == int(code, 0)
        assert word.decode(int(code, 0) | 0b111 << word.payload_width) == unit


def test_data_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="0x8 does not fit the code's 3 data bits"):
        Secded(3).encode(8)
    with pytest.raises(ValueError, match="1 bit or more, not 0"):
        Secded(0)
    with pytest.raises(ValueError, match="bad is what a reader finds"):
        WordLayout(32, 32).encode(Unit(BAD))
