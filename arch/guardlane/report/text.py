# SPDX-License-Identifier: Apache-2.0
"""Numbers as a reader wants them, and strangers' text made fit to stand in a page."""

from __future__ import annotations

import math
import re

NO_VALUE = "\N{EN DASH}"
INFINITE = "∞"
# Controls, lone surrogates and non-characters break XML; bidirectional overrides make a page lie
# about the order of what it quotes.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def plain(text: str) -> str:
    """Replace each character that no page can show as itself by U+FFFD."""
    if text.isascii() and text.isprintable():  # as nearly all of a page is
        return text
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: float | None, decimals: int | None = None) -> str:
    """Print a number with thousands separated and a true minus sign.

    Integers are printed whole; floats with `decimals`, or with four significant digits if that is
    None. None and NaN print as a dash, infinity as ∞.
    """
    if value is None or math.isnan(value):
        return NO_VALUE
    if math.isinf(value):
        return INFINITE if value > 0 else f"\N{MINUS SIGN}{INFINITE}"
    if decimals is None and isinstance(value, int):
        text = f"{value:,d}"
    elif decimals is None:
        text = _significant(value)
    else:
        text = f"{value:,.{decimals}f}"
    if text.startswith("-") and not any(digit in text for digit in "123456789"):
        text = text[1:]
    return text.replace("-", "\N{MINUS SIGN}")


def compact(value: float) -> str:
    """Print a number with three digits at most and a prefix: 12,345 is 12.3k."""
    if not math.isfinite(value) or abs(value) < 1000:
        return number(value, None if not math.isfinite(value) else _fraction(value))
    if abs(value) >= 1e15:
        return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    power = min(int(math.log10(abs(value)) / 3 + 1e-9), 4)
    scaled = value / 1000**power
    return f"{number(scaled, _fraction(scaled))}{' kMGT'[power]}"


def _fraction(value: float) -> int:
    """Value of the decimals that leave three digits, fewer where those would be zeros."""
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    while decimals and float(f"{value:.{decimals}f}") == float(f"{value:.{decimals - 1}f}"):
        decimals -= 1
    return decimals


def _significant(value: float) -> str:
    if value and not 1e-4 <= abs(value) < 1e15:
        return f"{value:.3e}"
    digits = 3 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:,.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Print a number and its unit, joined so that a line never breaks between them."""
    text = number(value, decimals)
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and text != NO_VALUE else text


def count(value: int, noun: str) -> str:
    """Print how many of a noun given in the plural: `count(1, "flips")` is "1 flip"."""
    singular = value == 1 and noun.endswith("s")
    return f"{value:,} {noun[:-1] if singular else noun}"
