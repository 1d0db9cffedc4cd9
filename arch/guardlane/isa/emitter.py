# SPDX-License-Identifier: Apache-2.0
"""One function of LLVM IR as it is written, line by line, and the values its lines yield."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

LLVM_TYPES = {"i32": "i32", "f32": "float", "bool": "i1", "i16": "i16", "u8": "i8", "None": "void"}


class Value(NamedTuple):
    """A value of guest code: its type, its text in LLVM IR, and its number if that is known."""

    type: str  # "i32", "f32", "bool" or, of a call that yields nothing, "None"
    text: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{LLVM_TYPES[self.type]} {self.text}"


NOTHING = Value("None", "")


def integer(number: int) -> Value:
    """Value of a known i32."""
    return Value("i32", str(number), number)


def truth(known: bool) -> Value:
    """Value of a known bool."""
    return Value("bool", "true" if known else "false", int(known))


def single(number: float) -> Value:
    """Value of a known f32, rounded to nearest; raises OverflowError when it is too large."""
    rounded = struct.unpack("<f", struct.pack("<f", number))[0]
    return Value("f32", f"0x{struct.pack('>d', rounded).hex().upper()}")


@dataclass
class Emitter:
    """The lines of a function, the block they now go to, and its local variables."""

    lines: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    block: str = "entry"
    closed: bool = False  # the block has ended in a branch or a return
    count: int = 0

    def do(self, line: str) -> None:
        """Append a line that yields nothing."""
        if self.closed:  # what follows a return or break: valid IR that LLVM drops
            self.place(self.label("dead"))
        self.lines.append(f"  {line}")

    def get(self, kind: str, line: str) -> Value:
        """Append a line that yields a value of type `kind`."""
        self.count += 1
        self.do(f"%t{self.count} = {line}")
        return Value(kind, f"%t{self.count}")

    def slot(self, kind: str, name: str) -> str:
        """Add a local variable and return its address."""
        self.count += 1
        address = f"%{name if name.isascii() else 'v'}.{self.count}"
        self.slots.append(f"  {address} = alloca {LLVM_TYPES[kind]}")
        return address

    def label(self, hint: str) -> str:
        """Name a block that is yet to be placed."""
        self.count += 1
        return f"{hint}.{self.count}"

    def place(self, label: str) -> None:
        """Begin block `label`; the block before it falls through."""
        if not self.closed:
            self.lines.append(f"  br label %{label}")
        self.lines.append(f"{label}:")
        self.block, self.closed = label, False

    def jump(self, label: str) -> None:
        """End the block by going to `label`."""
        self.do(f"br label %{label}")
        self.closed = True

    def fork(self, condition: Value, then: str, other: str) -> None:
        """End the block by going to `then` if `condition`, a bool, holds, and to `other` if not."""
        self.do(f"br {condition}, label %{then}, label %{other}")
        self.closed = True

    def leave(self, value: Value) -> None:
        """End the function with `value`, or with nothing."""
        self.do("ret void" if value is NOTHING else f"ret {value}")
        self.closed = True

    def body(self) -> str:
        """Value of the function's text between its braces."""
        return "\n".join(["entry:", *self.slots, *self.lines])
