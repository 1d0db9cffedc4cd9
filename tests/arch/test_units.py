# SPDX-License-Identifier: Apache-2.0
"""Quantities are exact integers, print as they read, and say what would have been right."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.units import Bytes, Count, Frequency, Mtbe, Quantity, SeedRange, Time, Voltage
from tests.environment import environment

KINDS = (Bytes, Count, Frequency, Time, Voltage)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Count, "512k", 512_000),
        (Count, "512Ki", 524_288),
        (Count, "7", 7),
        (Count, "1.5e3", 1_500),
        (Count, "1_000", 1_000),
        (Time, "500us", 500_000_000),
        (Time, "500 µs", 500_000_000),
        (Time, "0.001 ns", 1),
        (Frequency, "1 GHz", 10**9),
        (Frequency, "2.4GHz", 2_400_000_000),
        (Voltage, "0.8V", 800),
        (Voltage, "800 mV", 800),
        (Bytes, "64 KiB", 65_536),
        (Bytes, "64 kB", 64_000),
    ],
)
def test_a_text_is_read_into_base_units(kind: type[Quantity], text: str, value: int) -> None:
    assert kind.parse(text) == value


@given(st.sampled_from(KINDS), st.integers(0, (1 << 63) - 1))
def test_what_is_printed_reads_as_the_same_quantity(kind: type[Quantity], value: int) -> None:
    assert kind.parse(str(kind(value))) == value


@given(st.sampled_from((*KINDS, Mtbe, SeedRange)), st.text(max_size=60))
def test_any_text_is_a_quantity_or_one_clear_error(kind: type[Quantity], text: str) -> None:
    try:
        kind.parse(text)
    except GuardlaneError as error:
        assert "\n" not in str(error) or "\n" in text


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Time, "0.5 ps", "'0.5 ps' is finer than 1 ps, the least step of a time"),
        (Count, "0.5", "'0.5' is finer than 1, the least step of a count"),
        (Time, "1 lightyear", r"want a time such as '500 us' \(units s, ms, us, ns, ps\), not"),
        (Frequency, "5", "want a frequency such as '1 GHz'"),
        (Voltage, "0.8", r"want a voltage such as '800 mV' \(units V, mV\), not '0.8'"),
        (Voltage, "0.7745 V", "'0.7745 V' is finer than 1 mV, the least step of a voltage"),
        (Count, "-1", "a count must be 0 to 9223372036854775807, not '-1'"),
        (Count, "1e99", "a count must be 0 to"),
        (Bytes, "64 kiB", "want an amount of memory such as '64 KiB'"),
        (Count, "", "want a count"),
        (Count, "nan", "want a count"),
        (Mtbe, "0", "must be more than 0, not '0'"),
        (Mtbe, "0us", "must be more than 0, not '0us'"),
        (Mtbe, "often", "want instructions such as '512k', a time such as '500us', or 'inf', not"),
        (SeedRange, "20..1", "seeds must go up, not down as in '20..1'"),
        (SeedRange, "0..1000000", "seeds must be 1,000,000 or fewer, not as many as '0..1000000'"),
        (SeedRange, "1...3", r"want seeds such as '7' or '1..20' \(both included\), not '1...3'"),
        (SeedRange, "-1", "want seeds"),
    ],
)
def test_what_cannot_be_read_says_what_is_wanted(
    kind: type[Quantity], text: str, message: str
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        kind.parse(text)


def test_a_quantity_with_a_unit_refuses_a_bare_number_and_a_count_takes_one() -> None:
    with pytest.raises(GuardlaneError, match="want a frequency such as '1 GHz'"):
        Frequency.accept(1000)
    assert Count.accept(1000) == 1000
    with pytest.raises(GuardlaneError, match="want a count"):
        Count.accept(True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("512k", "512k"), ("512000", "512k"), ("500us", "500us"), ("0.5ms", "500us"), ("inf", "inf")],
)
def test_equal_rates_of_errors_print_alike(text: str, shown: str) -> None:
    assert str(Mtbe.parse(text)) == shown


def test_a_rate_of_errors_is_in_instructions_or_time_or_never() -> None:
    assert Mtbe.parse("512k") == Mtbe(instructions=Count(512_000))
    assert Mtbe.parse("500us") == Mtbe(time=Time(500_000_000))
    assert Mtbe.parse("inf").is_never
    assert not Mtbe.parse("1").is_never
    assert Mtbe.accept(float("inf")).is_never


def test_time_is_whole_cycles_of_a_clock_and_at_least_one() -> None:
    assert Time.parse("500us").cycles(Frequency.parse("1 GHz")) == 500_000
    assert Time.parse("1999 ps").cycles(Frequency.parse("1 GHz")) == 1
    assert Time.parse("1 ps").cycles(Frequency.parse("1 GHz")) == 1


def test_seeds_include_both_ends() -> None:
    assert list(SeedRange.parse("3..5")) == [3, 4, 5]
    assert len(SeedRange.parse("1..20")) == 20
    assert len(SeedRange.parse("1..1000000")) == 1_000_000
    assert list(SeedRange.parse("7")) == [7]
    assert str(SeedRange.parse(" 07..9 ")) == "7..9"


def test_units_do_not_import_pydantic() -> None:
    program = "import sys, guardlane.units; sys.exit('pydantic' in sys.modules)"
    call = [sys.executable, "-c", program]
    assert subprocess.run(call, env=environment(), check=False).returncode == 0
