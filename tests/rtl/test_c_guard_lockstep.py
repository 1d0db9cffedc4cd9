# SPDX-License-Identifier: Apache-2.0
"""The C library against the compiled twins: every short pattern from every state, and long ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from guardlane.guard import twin
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from tests.rtl import c_guard_twins as twins
from tests.rtl.c_guard import library
from tests.rtl.c_guard_twins import (
    ALIGNMENT_ROW,
    CLOSED,
    END,
    HEADER_OUT,
    INSERTER_ROW,
    LATE_CLOSED,
    LATE_UNIT,
    NEW_FRAME,
    NOTHING,
    PUSH,
    RESET,
    RESET_INSERTER,
    ROOM_FLAG,
    TIMEOUT,
    TIMEOUT_FLAG,
    UNIT,
    Rows,
)

PAD_DATA = 0xDEAD
FIELDS = ("result", "answer", "state", "latch", "latched", "active", "skew", "pads", "items",
          "headers")  # fmt: skip


def alphabet(id_width: int) -> list[tuple[int, int, int, int]]:
    """Return one operation of each kind; headers stand relative to the active frame."""
    half = 1 << (id_width - 1)
    headers = sorted({0, 1, -1, half - 1, half, -half + 1}, key=abs)
    return [
        (NEW_FRAME, 0, 0, 0),
        (UNIT, ITEM, 0, 7),
        *((UNIT, HEADER, near, 0) for near in headers),
        (UNIT, BAD, 0, 0),
        (UNIT, EOC, 0, 0),
        (UNIT, 9, 0, 0),  # a kind that there is not
        (NOTHING, 0, 0, 0),
        (CLOSED, 0, 0, 0),
        (TIMEOUT, 0, 0, 0),
        (LATE_UNIT, ITEM, 0, 8),
        (LATE_CLOSED, 0, 0, 0),
    ]


def in_c(id_width: int, active: int, ops: Rows) -> Rows:
    """Run operations through the library."""
    ffi, lib = library()
    am = ffi.new("guardlane_alignment *")
    assert lib.guardlane_alignment_init(am, id_width, PAD_DATA) == lib.GUARDLANE_DONE
    assert lib.guardlane_alignment_new_frame(am, active) == lib.GUARDLANE_DONE
    rows = np.zeros((len(ops), ALIGNMENT_ROW), np.int64)
    lib.drive_alignment(am, *arrays(ops, rows))
    return rows


def arrays(ops: Rows, rows: Rows) -> tuple[Any, int, Any]:
    """Return the two arrays as the driver takes them."""
    ffi, _ = library()
    cast = [ffi.cast("int64_t *", array.ctypes.data) for array in (ops, rows)]
    return cast[0], len(ops), cast[1]


def in_twin(id_width: int, active: int, ops: Rows) -> Rows:
    """Run operations through the twin."""
    am, rows = twin.new_alignment(id_width), np.zeros((len(ops), ALIGNMENT_ROW), np.int64)
    twin.alignment_new_frame(am, active)
    twins.drive_alignment(am, active, PAD_DATA, ops, rows)
    return rows


def check(got: Rows, expected: Rows, ops: Rows) -> None:
    wrong = np.argwhere(got != expected)
    if wrong.size:
        at, field = wrong[0]
        before = ops[max(0, at - 6) : at + 1].tolist()
        raise AssertionError(f"{FIELDS[field]}: {got[at]} in C, {expected[at]}, after {before}")


def short_patterns(id_width: int, length: int) -> Rows:
    """Every pattern of `length` operations from every state, two that there are not included."""
    starts = [(RESET, 0, state, 0) for state in (0, 1, 2, 3, 5, 0x7FFFFFFF)]
    starts += [(RESET, 0, 4, latch) for latch in (0, 1, 2)]
    patterns = itertools.product(starts, *[alphabet(id_width)] * length)
    return np.array([op for pattern in patterns for op in pattern], np.int64)


@pytest.mark.parametrize(("id_width", "length"), [(2, 4), (3, 4), (8, 3), (31, 3), (32, 4)])
def test_every_short_pattern_from_every_state_is_the_twins(id_width: int, length: int) -> None:
    ops = short_patterns(id_width, length)
    assert len(ops) > 50_000 if length == 4 else len(ops) > 10_000
    check(in_c(id_width, 1, ops), in_twin(id_width, 1, ops), ops)


def long_stream(id_width: int, seed: int, length: int) -> Rows:
    """Draw operations: what a queue would show most often, the rest now and then."""
    rng = np.random.default_rng(seed)
    letters = np.array([*alphabet(id_width), (RESET, 0, 1, 0)], np.int64)
    weights = np.full(len(letters), 1.0)
    weights[:4] = 20, 40, 20, 8  # new frame, item, this frame's header, the next one's
    ends = [(UNIT, EOC, 0, 0), (CLOSED, 0, 0, 0), (LATE_CLOSED, 0, 0, 0), (RESET, 0, 1, 0)]
    weights[[letters.tolist().index(list(end)) for end in ends]] = 0.1, 0.1, 0.1, 0.4
    ops = letters[rng.choice(len(letters), length, p=weights / weights.sum())]
    ops[ops[:, 0] == UNIT, 3] = rng.integers(1 << 40, size=(ops[:, 0] == UNIT).sum())
    return ops


@pytest.mark.parametrize("id_width", [2, 3, 8, 32])
def test_a_million_random_operations_are_the_twins(id_width: int) -> None:
    ops = long_stream(id_width, id_width, 1_000_000)
    active = (1 << id_width) - 3  # so that ids wrap, as any start is legal
    got = in_c(id_width, active, ops)
    check(got, in_twin(id_width, active, ops), ops)
    assert set(got[:, 2]) == {0, 1, 2, 3, 4}
    assert got[:, 7:].max(axis=0).min() > 20


def test_the_lockstep_sees_one_changed_bit() -> None:
    ops = long_stream(8, 1, 20_000)
    expected = in_twin(8, 1, ops)
    is_dropped = expected[:, 0] & twins.DISCARDED_HEADER > 0
    tenth_bad = np.flatnonzero((ops[:, 1] == BAD) & is_dropped)[9]
    ops[tenth_bad] = (NOTHING, 0, 0, 0)  # as if it had been overlooked
    with pytest.raises(AssertionError, match="result"):
        check(in_c(8, 1, ops), expected, ops)


def test_the_bits_of_a_result_are_the_headers() -> None:
    _, lib = library()
    names = ("DONE", "WOULD_BLOCK", "TOOK", "ENTERED", "PADDED", "DISCARDED_ITEM",
             "DISCARDED_HEADER", "SKEWED", "TIMEOUT_TAKEN", "SKIPPED_FRAME", "DROPPED_TAIL",
             "DROPPED_ITEM")  # fmt: skip
    for name in names:
        assert getattr(lib, f"GUARDLANE_{name}") == getattr(twins, name)
    assert (lib.GUARDLANE_TIMEOUT, lib.GUARDLANE_ROOM) == (TIMEOUT_FLAG, ROOM_FLAG)
    states = (lib.GUARDLANE_RCV_CMP, lib.GUARDLANE_EXP_HDR, lib.GUARDLANE_DISC)
    assert states == (twin.RCV_CMP, twin.EXP_HDR, twin.DISC)
    assert (lib.GUARDLANE_DISC_FR, lib.GUARDLANE_PDG) == (twin.DISC_FR, twin.PDG)


def inserter_rows(id_width: int, delay_frames: int, ops: Rows) -> tuple[Rows, Rows]:
    """Run operations through the library's inserter and through the twin's."""
    ffi, lib = library()
    hi = ffi.new("guardlane_inserter *")
    assert lib.guardlane_inserter_init(hi, id_width, delay_frames) == lib.GUARDLANE_DONE
    got, expected = (np.zeros((len(ops), INSERTER_ROW), np.int64) for _ in range(2))
    lib.drive_inserter(hi, *arrays(ops, got))
    twins.drive_inserter(twin.new_inserter(id_width, delay_frames), ops, expected)
    return got, expected


@pytest.mark.parametrize(("id_width", "delay_frames"), [(2, 0), (3, 2), (32, 0), (32, 5)])
def test_the_inserter_is_the_twins(id_width: int, delay_frames: int) -> None:
    active = (1 << id_width) - 2
    flags = (0, TIMEOUT_FLAG, ROOM_FLAG, ROOM_FLAG | TIMEOUT_FLAG)
    letters = [(what, value, flag) for what, value in ((PUSH, 9), (HEADER_OUT, active), (END, 0))
               for flag in flags]  # fmt: skip
    short = [
        op
        for pattern in itertools.product(letters, repeat=4)
        for op in ((RESET_INSERTER, 0, 0), *pattern)
    ]
    rng = np.random.default_rng(id_width)
    drawn = np.array(letters, np.int64)[rng.integers(len(letters), size=200_000)]
    drawn[:, 1] = rng.integers(1 << 30, size=len(drawn))
    for ops in (np.array(short, np.int64), drawn):
        got, expected = inserter_rows(id_width, delay_frames, ops)
        assert (got == expected).all(), ops[np.argwhere(got != expected)[0][0]]
        assert got[:, 3:].max(axis=0).min() > 0
