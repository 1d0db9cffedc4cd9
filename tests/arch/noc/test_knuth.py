# SPDX-License-Identifier: Apache-2.0
"""Knuth's generators give the numbers that their author publishes to check them by."""

from __future__ import annotations

from guardlane.noc.knuth import FRACTION_BITS, INTEGER_BITS, LONG, generators, refill

SEED = 310952


def test_integers_are_those_that_knuth_prints() -> None:
    integers, _ = generators(SEED)
    for _ in range(2009):  # his program asks 2,010 times for 1,009 numbers and prints the first
        refill(integers, -1, (1 << INTEGER_BITS) - 1)
    assert integers[0] == 995235265


def test_fractions_are_those_that_knuth_prints() -> None:
    _, fractions = generators(SEED)
    for _ in range(2009):
        refill(fractions, 1, (1 << FRACTION_BITS) - 1)
    assert f"{fractions[0] / 2**FRACTION_BITS:.20f}" == "0.36410514377569680455"


def test_seeds_give_different_streams() -> None:
    assert (generators(0)[:, :LONG] != generators(1)[:, :LONG]).mean() > 0.95
