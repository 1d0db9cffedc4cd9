# SPDX-License-Identifier: Apache-2.0
"""Knuth's lagged-Fibonacci generators, from which BookSim2 draws: equal seeds give equal traffic.

The Art of Computer Programming, volume 2, section 3.6: ran_array subtracts modulo 2**30, ranf_array
adds fractions modulo 1. Both take lags 100 and 37, give out the first 100 of each 1009 numbers, and
are started by raising a polynomial to a power, so that streams of different seeds lie far apart.
Fractions are kept as whole multiples of 2**-52, which is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.kernel import kernel, part
from guardlane.views import row as view_row

LONG, SHORT = 100, 37  # the lags
PERIOD = 1009  # numbers a batch, of which LONG are given out
POSITION = LONG  # where a generator's row holds what it gives out next
INTEGER_BITS, FRACTION_BITS = 30, 52
SEED_MASK = (1 << 30) - 1
_SPREAD = 69  # squarings: streams are apart by 2**70 numbers
_WARM_UP = 10 * (2 * LONG - 1)  # numbers thrown away


def generators(seed: int) -> npt.NDArray[np.int64]:
    """Start both generators: int64[2, 101], row 0 the integers, row 1 the fractions."""
    low = seed & SEED_MASK
    integer = _start((low + 2) & ((1 << INTEGER_BITS) - 2), low, INTEGER_BITS, -1, 29)
    fraction = _start(2 * (low + 2), low, FRACTION_BITS, +1, 51)
    return np.array([[*integer, 0], [*fraction, 0]], dtype=np.int64)


def _start(first: int, seed: int, bits: int, sign: int, cycle: int) -> list[int]:
    """Raise the generator's polynomial to the power that `seed` says; give the first LONG state."""
    modulus = 1 << bits
    x = [0] * (2 * LONG)
    for j in range(LONG):
        x[j] = first
        first = 2 * first if 2 * first < modulus else 2 * first - (modulus - 2)
    x[1] += 1
    left, squarings = seed, _SPREAD
    while squarings:
        for j in range(LONG - 1, 0, -1):
            x[2 * j], x[2 * j - 1] = x[j], 0
        for j in range(2 * LONG - 2, LONG - 1, -1):
            for back in (LONG - SHORT, LONG):
                x[j - back] = (x[j - back] + sign * x[j]) % modulus
        if left & 1:
            x[1 : LONG + 1] = x[:LONG]
            x[0] = x[LONG]
            x[SHORT] = (x[SHORT] + sign * x[LONG]) % modulus
        if left:
            left >>= 1
        else:
            squarings -= 1
    state = [*x[SHORT:LONG], *x[:SHORT]]
    for _ in range(_WARM_UP):
        state.append((state[-LONG] + sign * state[-SHORT]) % modulus)
    return state[-LONG:]


@kernel
def refill(row: Any, sign: Any, mask: Any) -> None:
    """Advance one generator by a batch; `sign` and `mask` say which it is."""
    done = 0
    while done < PERIOD:
        stop = min(LONG, PERIOD - done)
        for i in range(min(SHORT, stop)):
            row[i] = (row[i] + sign * row[i + LONG - SHORT]) & mask
        for i in range(SHORT, stop):
            row[i] = (row[i] + sign * row[i - SHORT]) & mask
        done += stop
    kept = np.empty(LONG, np.int64)
    for i in range(LONG):
        kept[i] = row[(i + stop) % LONG]
    for i in range(LONG):
        row[i] = kept[i]
    row[POSITION] = 0


@part
def draw_integer(state: Any, count: Any) -> Any:
    """Draw a whole number below `count` from the generators' state."""
    row = view_row(state, 0)
    if row[POSITION] == LONG:
        refill(row, -1, (1 << INTEGER_BITS) - 1)
    position = row[POSITION]
    row[POSITION] = position + 1
    return row[position] % count


@part
def draw_fraction(state: Any) -> Any:
    """Draw a fraction of 1 as a whole multiple of 2**-52."""
    row = view_row(state, 1)
    if row[POSITION] == LONG:
        refill(row, 1, (1 << FRACTION_BITS) - 1)
    position = row[POSITION]
    row[POSITION] = position + 1
    return row[position]
