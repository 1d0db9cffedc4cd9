# SPDX-License-Identifier: Apache-2.0
"""A linked filter: its instructions, its tables and how its private memory looks before it runs.

From MEMORY_BASE up lie text, constants (read-only tables, those of open length last), data (state)
and, to the end, the stack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from guardlane.errors import GuardlaneError
from guardlane.isa.guest import RANGES, SINGLE_MAXIMUM
from guardlane.isa.state import MEMORY_BASE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NUMPY_NAMES = {"i32": "<i4", "f32": "<f4", "i16": "<i2", "u8": "u1"}
MINIMUM_STACK = 256  # bytes; the deepest stack of the built-in filters is below 200


@dataclass(frozen=True)
class Table:
    """Where an array of a filter lies: byte address, type of its elements, number of elements."""

    address: int
    dtype: str
    length: int

    @property
    def size(self) -> int:
        """Value of its size in bytes."""
        return self.length * int(NUMPY_NAMES[self.dtype][-1])


@runtime_checkable
class LaidInPlace(Protocol):
    """Elements of a table that are made where they are to lie: for tables too large to copy."""

    def __len__(self) -> int: ...

    def lay(self, place: npt.NDArray[Any]) -> None:
        """Write all elements to `place`, an array of the table's type and length."""
        ...


@dataclass(frozen=True)
class Image:
    """A filter ready to load, and where everything in it lies (byte addresses)."""

    name: str  # of the work function, for messages
    text: bytes  # at MEMORY_BASE
    constants: bytes
    constants_address: int
    data_address: int
    data_size: int  # bytes
    entry: int  # of `frame`
    symbols: Mapping[str, int]  # functions: frame, main, work, begin and those they call
    tables: Mapping[str, Table] = field(default_factory=dict)  # given per instance
    arrays: Mapping[str, Table] = field(default_factory=dict)  # state
    data: bytes = b""  # first bytes of the data; the rest is zero

    @property
    def text_sha256(self) -> str:
        return hashlib.sha256(self.text).hexdigest()

    @property
    def end(self) -> int:
        """Value of the first byte address behind the data: the stack may come down to it."""
        return self.data_address + self.data_size

    def write_from(self, write_guard: bool) -> int:
        """Value of the first byte address a store may touch, with the tables guarded or not."""
        return self.data_address if write_guard else self.constants_address

    def load(self, size: int, tables: Mapping[str, Any] | None = None) -> npt.NDArray[np.uint8]:
        """Lay out private memory of `size` bytes, with the elements of each table by its name.

        Returns uint8[size]. Raises GuardlaneError for a size that is no multiple of 16 or leaves
        no stack, and for a table that is missing, unknown, of wrong length or out of range.
        """
        import numpy as np

        needed = self.end - MEMORY_BASE + MINIMUM_STACK
        if size % 16 or size < needed:
            raise GuardlaneError(
                f"private memory of {self.name} must be a multiple of 16 and at least {needed} "
                f"bytes, not {size}"
            )
        memory = np.zeros(size, np.uint8)
        for address, content in (
            (MEMORY_BASE, self.text),
            (self.constants_address, self.constants),
            (self.data_address, self.data),
        ):
            start = address - MEMORY_BASE
            memory[start : start + len(content)] = np.frombuffer(content, np.uint8)
        given = {} if tables is None else tables
        for name in given:
            if name not in self.tables:
                known = ", ".join(self.tables) or "none"
                raise GuardlaneError(f"{self.name} has no table {name!r}; it has {known}")
        for name, table in self.tables.items():
            if name not in given:
                raise GuardlaneError(f"table {name} of {self.name} has been given no elements")
            start, whose = table.address - MEMORY_BASE, f"table {name} of {self.name}"
            place = memory[start : start + table.size].view(NUMPY_NAMES[table.dtype])
            if isinstance(given[name], LaidInPlace):
                check_length(whose, table, len(given[name]))
                given[name].lay(place)
            else:
                place[:] = table_elements(whose, table, given[name])
        return memory


def check_length(whose: str, table: Table, length: int) -> None:
    """Raise GuardlaneError when `table` is not of this length."""
    if length != table.length:
        raise GuardlaneError(f"{whose} has {table.length} elements, not {length}")


def table_elements(whose: str, table: Table, elements: Any) -> npt.NDArray[Any]:
    """Value of `elements` as `table` holds them; raises GuardlaneError when they do not fit.

    An array that has the table's own type is not copied.
    """
    import numpy as np

    values = np.asarray(elements)
    kinds = "iuf" if table.dtype == "f32" else "iu"
    if values.ndim != 1 or values.dtype.kind not in kinds:
        raise GuardlaneError(
            f"{whose} takes a row of {table.dtype}, not {values.ndim} dimensions of {values.dtype}"
        )
    check_length(whose, table, len(values))
    if values.dtype == NUMPY_NAMES[table.dtype]:
        return values
    low, high = RANGES.get(table.dtype, (-SINGLE_MAXIMUM, SINGLE_MAXIMUM))
    wrong = np.isfinite(values) & ((values < low) | (values > high))
    if wrong.any():
        place = int(wrong.argmax())
        raise GuardlaneError(
            f"element {place} of {whose}, {values[place]}, does not fit {table.dtype}"
        )
    return values.astype(NUMPY_NAMES[table.dtype])
