# SPDX-License-Identifier: Apache-2.0
"""A user's program laid out in the one flat memory of a core: bytes, entry, code, what is writable.

What the core demands of it: code lies below everything that is stored to, and no memory lies where
the core keeps its own addresses (the return address below, the end of a measurement above).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from guardlane.errors import GuardlaneError
from guardlane.isa.state import MEMORY_BASE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

END_ADDRESS = 0xF000_0000  # a store here ends a program that has nobody to return to
STACK = 64 << 10  # bytes behind a program whose user does not say how much memory it has
MINIMUM_STACK = 256  # bytes
MOST_MEMORY = 64 << 20  # bytes, unless more is asked for
MOST_MEMORY_ASKED = 1 << 30  # bytes
MOST_TEXT = 4 << 20  # bytes up to the end of code; each word takes 33 bytes once decoded
ALIGNMENT = 16  # bytes: of the base, of the size, and so of the stack pointer


@dataclass(frozen=True)
class Executable:
    """A program and its memory; addresses and sizes in bytes.

    Memory is `size` bytes from `base`, at first `content` and then zeros. Code ends `text_words`
    words behind `base`; what lies before or within it and is no code simply is never reached.
    """

    base: int
    size: int
    content: bytes
    entry: int
    text_words: int
    write_from: int  # first address that was meant to be stored to
    symbols: Mapping[str, int] = field(default_factory=dict)

    @property
    def global_pointer(self) -> int:
        """Value of what the linker thinks gp holds; 0 when the program does not say."""
        return self.symbols.get("__global_pointer$", 0)

    @property
    def text_sha256(self) -> str:
        return hashlib.sha256(self.content[: 4 * self.text_words]).hexdigest()

    def text(self) -> npt.NDArray[np.uint32]:
        """Value of the words from `base` to the end of code, uint32[text_words]."""
        import numpy as np

        content = self.content[: 4 * self.text_words].ljust(4 * self.text_words, b"\0")
        return np.frombuffer(content, np.dtype("<u4")).astype(np.uint32)

    def memory(self) -> npt.NDArray[np.uint8]:
        """Lay out memory as it is before the first instruction, uint8[size]."""
        import numpy as np

        memory = np.zeros(self.size, np.uint8)
        memory[: len(self.content)] = np.frombuffer(self.content, np.uint8)
        return memory


class Segment(NamedTuple):
    """A piece of a program: `content`, then zeros up to `size` bytes, from `address` on."""

    address: int
    content: bytes | memoryview
    size: int
    is_writable: bool
    is_code: bool

    @property
    def end(self) -> int:
        return self.address + self.size

    def __str__(self) -> str:
        return f"segment {self.address:#x}..{self.end:#x}"


def lay_out(
    whose: str,
    segments: Sequence[Segment],
    entry: int,
    memory: int | None = None,
    symbols: Mapping[str, int] | None = None,
) -> Executable:
    """Put `segments` into a memory of `memory` bytes (without: as much as they need and a stack).

    Raises GuardlaneError that begins with `whose` for segments that overlap, lie where the core
    has no memory, are too much, or store below the end of code; and for an entry outside code.
    """
    pieces = sorted((one for one in segments if one.size), key=lambda one: (one.address, one.size))
    if not pieces:
        raise GuardlaneError(f"{whose}: has nothing to load")
    for piece in pieces:
        if not MEMORY_BASE <= piece.address <= piece.end <= END_ADDRESS:
            raise GuardlaneError(
                f"{whose}: {piece} must lie within {MEMORY_BASE:#x}..{END_ADDRESS:#x}"
            )
        if piece.is_writable and piece.is_code:
            raise GuardlaneError(
                f"{whose}: {piece} is both writable and code, and code cannot be stored to; "
                "link them apart (without -N)"
            )
    for one, other in pairwise(pieces):
        if other.address < one.end:
            raise GuardlaneError(f"{whose}: {other} overlaps {one}")
    base = pieces[0].address // ALIGNMENT * ALIGNMENT
    size = _memory_size(whose, base, pieces[-1].end, memory)
    code_end = _code_end(whose, pieces, base, entry)
    writable = [piece.address for piece in pieces if piece.is_writable]
    if writable and writable[0] < code_end:
        raise GuardlaneError(
            f"{whose}: writable data at {writable[0]:#x} lies below the end of code at "
            f"{code_end:#x}, where nothing can be stored"
        )
    filled = max(piece.address + len(piece.content) for piece in pieces)
    content = bytearray(filled - base)
    for piece in pieces:
        start = piece.address - base
        content[start : start + len(piece.content)] = piece.content
    return Executable(
        base=base,
        size=size,
        content=bytes(content),
        entry=entry,
        text_words=(code_end - base) // 4,
        write_from=min(writable, default=pieces[-1].end),
        symbols=dict(symbols or {}),
    )


def _memory_size(whose: str, base: int, end: int, asked: int | None) -> int:
    """Value of the bytes of memory for a program that ends at `end`."""
    needed = -(-(end - base) // ALIGNMENT) * ALIGNMENT
    if asked is None:
        if needed + STACK > MOST_MEMORY:
            raise GuardlaneError(
                f"{whose}: takes {needed:,} bytes of memory and a stack of {STACK:,}; more than "
                f"{MOST_MEMORY:,} must be asked for"
            )
        asked = needed + STACK
    if asked % ALIGNMENT or not needed + MINIMUM_STACK <= asked <= MOST_MEMORY_ASKED:
        raise GuardlaneError(
            f"{whose}: memory must be a multiple of {ALIGNMENT} from "
            f"{needed + MINIMUM_STACK:,} to {MOST_MEMORY_ASKED:,} bytes, not {asked:,}"
        )
    if base + asked > END_ADDRESS:
        raise GuardlaneError(
            f"{whose}: {asked:,} bytes of memory from {base:#x} reach past {END_ADDRESS:#x}"
        )
    return asked


def _code_end(whose: str, pieces: Sequence[Segment], base: int, entry: int) -> int:
    """Value of the address behind the last word of code, after a look at all of it."""
    code = [piece for piece in pieces if piece.is_code]
    for piece in code:
        if piece.address % 4:
            raise GuardlaneError(f"{whose}: code {piece} must start at a multiple of 4")
    if entry % 4:
        raise GuardlaneError(f"{whose}: entry {entry:#x} must be a multiple of 4")
    if not any(piece.address <= entry < piece.address + len(piece.content) for piece in code):
        raise GuardlaneError(f"{whose}: entry {entry:#x} lies outside its code")
    end = max(-(-(piece.address + len(piece.content)) // 4) * 4 for piece in code)
    if end - base > MOST_TEXT:
        raise GuardlaneError(
            f"{whose}: code ends {end - base:,} bytes behind the first byte of memory; "
            f"{MOST_TEXT:,} are the most"
        )
    return end
