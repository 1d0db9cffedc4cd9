# SPDX-License-Identifier: Apache-2.0
"""SparseLengthsSum as it runs on a core: a length, so many indices, one pooled vector out.

A firing serves one table; `begin` opens a request. Additions are single precision in the order of
the indices. A fused 8-bit row is its dim bytes and then a float scale and a float bias, as in
Caffe2, and counts as scale * byte + bias, rounded after the product and after the sum.
"""

from __future__ import annotations

from collections.abc import Callable

from guardlane.isa.guest import f32, float_of, i32, pop_i32, push, state, table

MOST_DIM = 1024
MOST_CORES = 8  # ports of a join that works with software queues too

SHAPE = table(i32, 2)  # elements of a vector; whether the mean is asked for
FIRST = table(i32, None)  # where each table of this core begins, in words of its rows
ROWS = table(f32, None)
FUSED_ROWS = table(i32, None)

turn = state(i32, 1)  # the table whose bag comes next
pooled = state(f32, MOST_DIM)


def begin() -> None:
    """Start a request with the first table."""
    turn[0] = 0


def first_word() -> i32:
    """Find the rows of the table whose turn it is, and pass the turn on."""
    place = turn[0]
    turn[0] = place + 1
    return FIRST[place]


def look_up_fp32() -> None:
    """Pool the rows of one bag; a row is dim floats."""
    dim = SHAPE[0]
    first = first_word()
    length = pop_i32(0)
    clear(dim)
    for _ in range(length):
        row = first + dim * pop_i32(0)
        for d in range(dim):
            pooled[d] += ROWS[row + d]
    give(dim, length)


def look_up_int8() -> None:
    """Pool the rows of one bag; a row is dim bytes, four to a word, then scale and bias."""
    dim = SHAPE[0]
    words = dim >> 2
    first = first_word()
    length = pop_i32(0)
    clear(dim)
    for _ in range(length):
        row = first + (words + 2) * pop_i32(0)
        scale = float_of(FUSED_ROWS[row + words])
        bias = float_of(FUSED_ROWS[row + words + 1])
        for w in range(words):
            four = FUSED_ROWS[row + w]
            d = w << 2
            pooled[d] += scale * f32(four & 255) + bias
            pooled[d + 1] += scale * f32(four >> 8 & 255) + bias
            pooled[d + 2] += scale * f32(four >> 16 & 255) + bias
            pooled[d + 3] += scale * f32(four >> 24 & 255) + bias
    give(dim, length)


def clear(dim: i32) -> None:
    """Start a sum."""
    for d in range(dim):
        pooled[d] = 0.0


def give(dim: i32, length: i32) -> None:
    """Push the sum or the mean of `length` rows; of none, both are zero."""
    if SHAPE[1] != 0 and length > 0:
        share = 1.0 / f32(length)
        for d in range(dim):
            push(0, pooled[d] * share)
    else:
        for d in range(dim):
            push(0, pooled[d])


ITEMS = table(i32, MOST_CORES)  # how many come from each core in a request


def join_of(cores: int) -> Callable[[], None]:
    """Make the filter that puts the vectors of `cores` cores behind one another."""

    def join() -> None:
        for _ in range(ITEMS[0]):
            push(0, pop_i32(0))
        for _ in range(ITEMS[1]):
            push(0, pop_i32(1))
        # Only the ports that are joined may stand in the text: a wild jump could use the others.
        if cores > 2:
            for _ in range(ITEMS[2]):
                push(0, pop_i32(2))
        if cores > 3:
            for _ in range(ITEMS[3]):
                push(0, pop_i32(3))
        if cores > 4:
            for _ in range(ITEMS[4]):
                push(0, pop_i32(4))
        if cores > 5:
            for _ in range(ITEMS[5]):
                push(0, pop_i32(5))
        if cores > 6:
            for _ in range(ITEMS[6]):
                push(0, pop_i32(6))
        if cores > 7:
            for _ in range(ITEMS[7]):
                push(0, pop_i32(7))

    return join
