# SPDX-License-Identifier: Apache-2.0
"""Quantities with units, read exactly into integers: `512k`, `500us`, `1 GHz`, `64 KiB`, `1..20`.

k is 1,000 and Ki is 1,024. Nothing is rounded: a quantity that is finer than its base unit is an
error. This module imports pydantic only when pydantic asks for a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from guardlane.errors import GuardlaneError

LARGEST = (1 << 63) - 1
MOST_SEEDS = 1_000_000
_NUMBER = re.compile(r"([+-]?[0-9][0-9_]{0,39}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?)\s*(\S*)")
_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


class QuantityError(GuardlaneError, ValueError):
    """A text that is no quantity of the wanted kind."""


class Read:
    """What can be read from text, by `parse`; pydantic fields of these types take text."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text; raises QuantityError that says what would be right."""
        raise NotImplementedError(cls)

    @classmethod
    def accept(cls, value: object) -> Self:
        """Take a value of this type as it is and read a text; anything else is an error."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise cls.refusal(value)

    @classmethod
    def refusal(cls, value: object) -> QuantityError:
        """Value of the error that says what `value` should have been."""
        return QuantityError(f"must be a text, not {value!r}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls.accept)


class Quantity(Read, int):
    """An integer number of a base unit; prints with the largest unit that divides it."""

    noun: ClassVar[str]
    example: ClassVar[str]
    scales: ClassVar[Mapping[str, int]]  # unit -> base units, in the order in which they print
    separator: ClassVar[str] = " "
    may_be_bare: ClassVar[bool] = False

    @classmethod
    def parse(cls, text: str) -> Self:
        found = _NUMBER.fullmatch(text.strip())
        unit = found[2].replace("µ", "u").replace("μ", "u") if found else ""
        if found is None or unit not in cls.scales:
            raise cls.refusal(text)
        exact = Fraction(found[1]) * cls.scales[unit]
        base = next(name for name, scale in cls.scales.items() if scale == 1)
        if exact.denominator != 1:
            finest = f"1 {base}".strip()
            raise QuantityError(f"{text!r} is finer than {finest}, the least step of {cls.noun}")
        if not 0 <= exact <= LARGEST:
            raise QuantityError(
                f"{cls.noun} must be 0 to {LARGEST}{base and ' ' + base}, not {text!r}"
            )
        return cls(int(exact))

    @classmethod
    def accept(cls, value: object) -> Self:
        if cls.may_be_bare and type(value) is int:
            return cls.parse(str(value))
        return super().accept(value)

    @classmethod
    def refusal(cls, value: object) -> QuantityError:
        units = ", ".join(unit for unit in cls.scales if unit)
        return QuantityError(
            f"want {cls.noun} such as '{cls.example}' (units {units}), not {value!r}"
        )

    def __str__(self) -> str:
        for unit, scale in self.scales.items():
            if int(self) % scale == 0 and (int(self) or scale == 1):
                return f"{int(self) // scale}{self.separator}{unit}".strip()
        raise AssertionError("one scale of every quantity is 1")

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec) if spec else str(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"


class Frequency(Quantity):
    """A frequency in Hz."""

    noun, example = "a frequency", "1 GHz"
    scales = {"GHz": 10**9, "MHz": 10**6, "kHz": 10**3, "Hz": 1}


class Time(Quantity):
    """A span of time in picoseconds."""

    noun, example = "a time", "500 us"
    scales = {"s": 10**12, "ms": 10**9, "us": 10**6, "ns": 10**3, "ps": 1}

    def cycles(self, clock: Frequency) -> int:
        """Value of the whole cycles of `clock` in this time, at least 1; parts are lost."""
        return max(1, int(self) * int(clock) // 10**12)


class Voltage(Quantity):
    """A voltage in millivolts."""

    noun, example = "a voltage", "800 mV"
    scales = {"V": 10**3, "mV": 1}


class Bytes(Quantity):
    """An amount of memory in bytes."""

    noun, example = "an amount of memory", "64 KiB"
    scales = {
        **{f"{prefix}B": scale for prefix, scale in reversed(_BINARY.items())},
        **{f"{prefix}B": scale for prefix, scale in reversed(_DECIMAL.items())},
    }


class Count(Quantity):
    """A count; a bare number will do."""

    noun, example = "a count", "512k"
    scales = {**dict(reversed(_DECIMAL.items())), **dict(reversed(_BINARY.items()))}
    separator = ""
    may_be_bare = True


@dataclass(frozen=True)
class Mtbe(Read):
    """A mean time between errors: in retired instructions, in time at the core's clock, or never.

    Exactly one of `instructions` and `time` is set, or neither: then there are no errors.
    """

    instructions: Count | None = None
    time: Time | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        text = text.strip()
        if text == "inf":
            return cls()
        found = _NUMBER.fullmatch(text)
        is_time = found is not None and found[2].replace("µ", "u").replace("μ", "u") in Time.scales
        try:
            value = cls(time=Time.parse(text)) if is_time else cls(Count.parse(text))
        except QuantityError:
            raise cls.refusal(text) from None
        if value.instructions == 0 or value.time == 0:
            raise QuantityError(f"the mean time between errors must be more than 0, not {text!r}")
        return value

    @classmethod
    def accept(cls, value: object) -> Self:
        if type(value) is int or value == float("inf"):
            return cls.parse(str(value))
        return super().accept(value)

    @classmethod
    def refusal(cls, value: object) -> QuantityError:
        return QuantityError(
            f"want instructions such as '512k', a time such as '500us', or 'inf', not {value!r}"
        )

    @property
    def is_never(self) -> bool:
        """Whether there are no errors at all."""
        return self.instructions is None and self.time is None

    def __str__(self) -> str:
        if self.time is not None:
            return str(self.time).replace(" ", "")
        return "inf" if self.instructions is None else str(self.instructions)


@dataclass(frozen=True)
class SeedRange(Read):
    """Seeds from `first` to `last`, both included."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Self:
        found = re.fullmatch(r"\s*([0-9]{1,18})(?:\.\.([0-9]{1,18}))?\s*", text)
        if found is None:
            raise cls.refusal(text)
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise QuantityError(f"seeds must go up, not down as in {text!r}")
        if last - first >= MOST_SEEDS:
            raise QuantityError(f"seeds must be {MOST_SEEDS:,} or fewer, not as many as {text!r}")
        return cls(first, last)

    @classmethod
    def refusal(cls, value: object) -> QuantityError:
        return QuantityError(f"want seeds such as '7' or '1..20' (both included), not {value!r}")

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"
