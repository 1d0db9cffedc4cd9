# SPDX-License-Identifier: Apache-2.0
"""The words of guest code: types, arrays and ports that mean the same on a core and in Python.

Guest code imports from here. `guardlane.isa.compiler` turns these words into instructions and
`guardlane.isa.native` into plain Python; called outright they refuse, as there is no port to reach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar, overload

from guardlane.errors import GuardlaneError

Element = TypeVar("Element", int, float)

i32 = int  # 32 bits, wraps on a core; i32(x) truncates towards zero
f32 = float  # IEEE single precision on a core and under `native`


class i16(int):  # noqa: N801 - a type of guest code, written like i32
    """A signed half word: the type of elements of an array, read as i32."""


class u8(int):  # noqa: N801 - a type of guest code, written like i32
    """An unsigned byte: the type of elements of an array, read as i32."""


TYPE_NAMES: dict[type, str] = {int: "i32", float: "f32", i16: "i16", u8: "u8"}


@dataclass(frozen=True, eq=False)
class Array(Generic[Element]):
    """A fixed array of a filter's own memory."""

    role: str  # "constant", "table" or "state"
    dtype: str  # "i32", "f32", "i16" or "u8"
    length: int  # 0 of an open table, whose length comes with its elements
    values: tuple[Element, ...] = ()  # of a constant

    @property
    def is_open(self) -> bool:
        return self.length == 0

    def __len__(self) -> int:
        if self.is_open:
            raise GuardlaneError("an open table has no len; its elements have")
        return self.length

    def __getitem__(self, index: int) -> Element:
        if self.role != "constant":
            _refuse(f"a {self.role}")
        return self.values[index]

    def __setitem__(self, index: int, value: Element) -> None:
        _refuse(f"a {self.role}")


@overload
def constant(dtype: type[int], values: Sequence[int]) -> Array[int]: ...
@overload
def constant(dtype: type[float], values: Sequence[float]) -> Array[float]: ...
def constant(dtype: type, values: Sequence[Any]) -> Array[Any]:
    """Declare a read-only array whose elements stand in the source."""
    elements = tuple(values)
    name = _type_name(dtype, len(elements))
    for place, value in enumerate(elements):
        if not fits(name, value):
            raise GuardlaneError(f"element {place} of a constant, {value!r}, does not fit {name}")
    return Array("constant", name, len(elements), elements)


@overload
def table(dtype: type[int], length: int | None) -> Array[int]: ...
@overload
def table(dtype: type[float], length: int | None) -> Array[float]: ...
def table(dtype: type, length: int | None) -> Array[Any]:
    """Declare a read-only array whose elements are given for each filter of a graph.

    With the length None the table is open: it is as long as the elements that are given.
    """
    if length is None:
        return Array("table", _type_name(dtype, 1), 0)
    return Array("table", _type_name(dtype, length), length)


@overload
def state(dtype: type[int], length: int) -> Array[int]: ...
@overload
def state(dtype: type[float], length: int) -> Array[float]: ...
def state(dtype: type, length: int) -> Array[Any]:
    """Declare an array that starts as zeros and keeps its elements from firing to firing."""
    return Array("state", _type_name(dtype, length), length)


SINGLE_MAXIMUM = (2.0 - 2.0**-23) * 2.0**127
RANGES = {"i32": (-(2**31), 2**31 - 1), "i16": (-(2**15), 2**15 - 1), "u8": (0, 255)}


def fits(dtype: str, value: object) -> bool:
    """Say whether an array of `dtype` can hold `value`."""
    if dtype == "f32":
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return False
        return not SINGLE_MAXIMUM < abs(value) < math.inf
    low, high = RANGES[dtype]
    return isinstance(value, int) and low <= value <= high


def pop_i32(port: int) -> int:
    """Take the next item of in-port `port`, a constant from 0 to 508, as an integer."""
    _refuse("pop_i32")


def pop_f32(port: int) -> float:
    """Take the next item of in-port `port`, a constant from 0 to 508, as a float."""
    _refuse("pop_f32")


def push(port: int, value: float) -> None:
    """Give `value`, i32 or f32, to out-port `port`, a constant from 0 to 508."""
    _refuse("push")


def bits_of(value: float) -> int:
    """Value of the 32 bits of an f32, read as an i32."""
    _refuse("bits_of")


def float_of(bits: int) -> float:
    """Value of the f32 that has the bits of an i32."""
    _refuse("float_of")


def sqrt(value: float) -> float:
    """Value of the square root of an f32, correctly rounded; not a number below zero."""
    _refuse("sqrt")


def load_word(address: int) -> int:
    """Read the i32 at a byte address, also of the shared window."""
    _refuse("load_word")


def store_word(address: int, value: int) -> None:
    """Write an i32 to a byte address, also of the shared window."""
    _refuse("store_word")


def wait_event() -> int:
    """Sleep until someone else touches a queue of this core: 1, or 0 when that took too long."""
    _refuse("wait_event")


def new_frame() -> None:
    """Tell the core that the guest begins a frame."""
    _refuse("new_frame")


def end_of_stream() -> None:
    """Tell the core that the guest pushes no more."""
    _refuse("end_of_stream")


def halt() -> None:
    """Stop the core for good."""
    _refuse("halt")


def _type_name(dtype: type, length: int) -> str:
    if dtype not in TYPE_NAMES:
        name = getattr(dtype, "__name__", dtype)
        raise GuardlaneError(f"elements of an array are i32, f32, i16 or u8, not {name}")
    if not 1 <= length < 1 << 20:
        raise GuardlaneError(f"an array has 1 to {(1 << 20) - 1} elements, not {length}")
    return TYPE_NAMES[dtype]


def _refuse(word: str) -> NoReturn:
    raise GuardlaneError(f"{word} works in guest code only: compile the filter or run it natively")
