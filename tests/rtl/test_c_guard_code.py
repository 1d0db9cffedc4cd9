# SPDX-License-Identifier: Apache-2.0
"""The C library's code: any one flip corrected, any two noticed, and the vectors as published."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardlane.guard.secded import Secded
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from tests.rtl.c_guard import library

PAGE = Path(__file__).parents[2] / "docs" / "guard.md"
WIDEST = 57


def new_code(data_width: int) -> Any:
    ffi, lib = library()
    code = ffi.new("guardlane_code *")
    assert lib.guardlane_code_init(code, data_width) == lib.GUARDLANE_DONE
    return code


def samples(data_width: int, most: int) -> np.ndarray:
    """All data of a narrow code; of a wide one its ends, each single bit, and many at random."""
    if 1 << data_width <= most:
        return np.arange(1 << data_width, dtype=np.uint64)
    ones = (1 << data_width) - 1
    drawn = np.random.default_rng(data_width).integers(ones, size=most, dtype=np.uint64)
    single = np.array([0, ones, *(1 << bit for bit in range(data_width))], np.uint64)
    return np.concatenate([single, drawn])


@pytest.mark.parametrize("data_width", range(1, WIDEST + 1))
def test_any_flip_is_corrected_and_any_two_are_noticed(data_width: int) -> None:
    ffi, lib = library()
    data = samples(data_width, 1024 if data_width <= 10 else 128)
    pointer = ffi.cast("uint64_t *", data.ctypes.data)
    assert lib.count_bad_codewords(data_width, pointer, len(data)) == 0


@pytest.mark.parametrize("data_width", range(1, 34))
def test_codewords_are_those_of_the_python_code(data_width: int) -> None:
    _, lib = library()
    code, secded = new_code(data_width), Secded(data_width)
    assert code.check_bits == secded.check_bits
    for data in samples(data_width, 64).tolist():
        word = lib.guardlane_code_encode(code, data)
        assert word == secded.encode(data)
        assert lib.guardlane_code_encode(code, data | 1 << 63) == word  # cut to the width


@pytest.mark.parametrize("data_width", [3, 4, 9, 12])
def test_every_word_at_all_is_read_as_the_python_code_reads_it(data_width: int) -> None:
    ffi, lib = library()
    code, secded, data = new_code(data_width), Secded(data_width), ffi.new("uint64_t *")
    for word in range(1 << secded.code_width):
        result = lib.guardlane_code_decode(code, word, data)
        found = secded.decode(word)
        assert result & lib.GUARDLANE_DONE
        assert bool(result & lib.GUARDLANE_WORD_CORRECTED) == found.is_corrected
        assert bool(result & lib.GUARDLANE_WORD_DETECTED) == found.is_uncorrectable
        assert data[0] == found.data


def test_a_width_that_no_code_has_is_invalid() -> None:
    ffi, lib = library()
    code = ffi.new("guardlane_code *")
    for width in (0, WIDEST + 1, 1 << 31):
        assert lib.guardlane_code_init(code, width) == lib.GUARDLANE_INVALID


def stored(id_width: int, kind: int, ident: int, data: int = 0, data_width: int = 32) -> Any:
    """Return (queue, words) with one unit in word 0, seen by the consumer."""
    ffi, lib = library()
    queue, words = ffi.new("guardlane_queue *"), ffi.new("guardlane_word[2]")
    settings = (2, 1, data_width, id_width)
    assert lib.guardlane_queue_init(queue, words, *settings) == lib.GUARDLANE_DONE
    unit = ffi.new("guardlane_unit *", {"kind": kind, "id": ident, "data": data})
    assert lib.guardlane_queue_push(queue, words, unit) == lib.GUARDLANE_DONE
    lib.guardlane_queue_clock(queue)
    return queue, words


def front(queue: Any, words: Any) -> tuple[int, tuple[int, int, int]]:
    """Return the result of a look, and (kind, id, data)."""
    ffi, lib = library()
    unit = ffi.new("guardlane_unit *")
    result = lib.guardlane_queue_front(queue, words, unit)
    return result, (unit.kind, unit.id, unit.data)


def test_the_published_vectors_are_what_the_queue_stores() -> None:
    page = PAGE.read_text(encoding="utf-8")
    vectors = re.findall(r"^\| (\d+) \| (\w+) \| ([01]) \| `(0x[0-9a-f]+)` \|", page, re.MULTILINE)
    assert len(vectors) == 10
    for width, ident, eoc, word in vectors:
        kind = EOC if eoc == "1" else HEADER
        queue, words = stored(int(width), kind, int(ident, 0))
        assert (words[0].payload, words[0].tag) == (int(word, 0), 0b111)
        assert front(queue, words)[1] == (kind, int(ident, 0), 0)


def test_the_published_matrix_is_the_librarys() -> None:
    page = PAGE.read_text(encoding="utf-8")
    matrix = re.search(r"<!-- matrix -->\n```text\n(.*?)```", page, re.DOTALL)
    assert matrix
    rows = [int(line.split()[1], 2) for line in matrix[1].splitlines()]
    code = new_code(33)
    assert [code.rows[n] for n in range(code.check_bits)] == rows


@pytest.mark.parametrize("data_width", [8, 32, 64])
@pytest.mark.parametrize("id_width", [1, 2, 8, 32])
def test_a_stored_word_survives_any_flip_of_its_code_and_of_its_tag(
    data_width: int, id_width: int
) -> None:
    _, lib = library()
    most_data, most_id = (1 << data_width) - 1, (1 << id_width) - 1
    code_width = id_width + 1 + Secded(id_width + 1).check_bits
    for unit in ((ITEM, 0, most_data), (ITEM, 0, 0), (HEADER, most_id, 0), (EOC, 0, 0)):
        queue, words = stored(id_width, *unit, data_width=data_width)
        assert front(queue, words) == (lib.GUARDLANE_DONE, unit)
        for tag in range(3):
            words[0].tag ^= 1 << tag
            assert front(queue, words) == (lib.GUARDLANE_DONE | lib.GUARDLANE_WORD_CORRECTED, unit)
            words[0].tag ^= 1 << tag
        if unit[0] == ITEM:
            continue
        for bit in range(code_width):
            words[0].payload ^= 1 << bit
            assert front(queue, words) == (lib.GUARDLANE_DONE | lib.GUARDLANE_WORD_CORRECTED, unit)
            other = (bit + 1) % code_width
            words[0].payload ^= 1 << other
            result, (kind, _, _) = front(queue, words)
            assert (result, kind) == (lib.GUARDLANE_DONE | lib.GUARDLANE_WORD_DETECTED, BAD)
            words[0].payload ^= 1 << bit | 1 << other


def test_neither_zeros_nor_ones_are_a_header() -> None:
    _, lib = library()
    for id_width in range(1, 33):
        queue, words = stored(id_width, HEADER, 1)
        code_width = id_width + 1 + Secded(id_width + 1).check_bits
        for payload in (0, (1 << code_width) - 1):
            words[0].payload = payload
            result, _ = front(queue, words)
            assert result & (lib.GUARDLANE_WORD_CORRECTED | lib.GUARDLANE_WORD_DETECTED)
            assert id_width not in (8, 32) or result & lib.GUARDLANE_WORD_DETECTED
