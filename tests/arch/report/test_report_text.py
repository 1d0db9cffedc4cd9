# SPDX-License-Identifier: Apache-2.0
"""Numbers print as a reader wants them; text that no page can show is replaced, not passed on."""

from __future__ import annotations

import math

import pytest

from guardlane.report.text import count, number, plain, quantity


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, None, "0"),
        (1234567, None, "1,234,567"),
        (-42, None, "\N{MINUS SIGN}42"),
        (1234567, 1, "1,234,567.0"),
        (18.949, 1, "18.9"),
        (-0.04, 1, "0.0"),
        (-0.0, None, "0"),
        (0.8595, None, "0.8595"),
        (0.000123456, None, "0.0001235"),
        (0.00001, None, "1.000e\N{MINUS SIGN}05"),
        (123456.7, None, "123,457"),
        (2.5, None, "2.5"),
        (3.0, None, "3"),
        (None, 1, "\N{EN DASH}"),
        (math.nan, 1, "\N{EN DASH}"),
        (math.inf, 1, "∞"),
        (-math.inf, None, "\N{MINUS SIGN}∞"),
    ],
)
def test_numbers(value: float | None, decimals: int | None, text: str) -> None:
    assert number(value, decimals) == text


def test_a_unit_never_leaves_its_number() -> None:
    assert quantity(18.94, "dB", 1) == "18.9\N{NO-BREAK SPACE}dB"
    assert quantity(0.5, "") == "0.5"
    assert quantity(None, "dB") == "\N{EN DASH}"


def test_one_is_counted_in_the_singular() -> None:
    assert [count(n, "flips") for n in (0, 1, 2000)] == ["0 flips", "1 flip", "2,000 flips"]


def test_controls_surrogates_and_direction_overrides_are_replaced() -> None:
    assert plain("a\x00b\x1b[31m\ud800\u202ec\uffff") == "a\ufffdb\ufffd[31m\ufffd\ufffdc\ufffd"
    assert plain("tab\tline\nÅ → ∞ 漢") == "tab\tline\nÅ → ∞ 漢"
