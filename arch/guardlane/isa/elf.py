# SPDX-License-Identifier: Apache-2.0
"""A static RV32 ELF file in two headers, so that other simulators run the same bytes."""

from __future__ import annotations

import struct
from pathlib import Path

_PAGE = 0x1000
_EXECUTABLE, _RISCV, _SINGLE_FLOAT_ABI = 2, 243, 0x2
_LOAD, _READ_WRITE_EXECUTE = 1, 7
_HEADER = struct.Struct("<4s5B7xHHIIIIIHHHHHH")
_SEGMENT = struct.Struct("<8I")


def elf_bytes(memory: bytes, base: int, entry: int, size: int | None = None) -> bytes:
    """Wrap `memory`, a private memory from its first byte (the text) on, as an ELF executable.

    `base` and `entry` are byte addresses; `size` bytes are mapped (default: all of `memory`), the
    rest of them zero. Raises ValueError when base is no page boundary or entry lies outside.
    """
    size = len(memory) if size is None else size
    if base % _PAGE:
        raise ValueError(f"base of an executable must be a multiple of {_PAGE:#x}, not {base:#x}")
    if size < len(memory):
        raise ValueError(f"{len(memory)} bytes of memory do not fit in {size}")
    if not base <= entry < base + len(memory):
        raise ValueError(f"entry {entry:#x} lies outside {base:#x}..{base + len(memory):#x}")
    header = _HEADER.pack(
        b"\x7fELF", 1, 1, 1, 0, 0, _EXECUTABLE, _RISCV, 1, entry, _HEADER.size, 0,
        _SINGLE_FLOAT_ABI, _HEADER.size, _SEGMENT.size, 1, 0, 0, 0,
    )  # fmt: skip
    segment = _SEGMENT.pack(_LOAD, _PAGE, base, base, len(memory), size, _READ_WRITE_EXECUTE, _PAGE)
    return (header + segment).ljust(_PAGE, b"\0") + memory


def write_elf(path: Path, memory: bytes, base: int, entry: int, size: int | None = None) -> None:
    """Write `elf_bytes` to `path` and make it executable."""
    path.write_bytes(elf_bytes(memory, base, entry, size))
    path.chmod(0o755)
