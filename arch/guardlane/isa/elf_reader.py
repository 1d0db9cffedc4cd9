# SPDX-License-Identifier: Apache-2.0
"""A statically linked RV32 ELF executable read into a program, every byte of it distrusted.

The layout is that of the System V ABI's "Object Files", the flags those of the RISC-V psABI.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from guardlane.errors import GuardlaneError
from guardlane.isa.elf_symbols import read_symbols
from guardlane.isa.memory_image import Executable, Segment, lay_out

MAGIC = b"\x7fELF"
_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<8I")
_CLASS_32, _LITTLE_ENDIAN, _EXECUTABLE, _RISCV = 1, 1, 2, 243
_COMPRESSED, _FLOAT_ABI, _FEW_REGISTERS = 0x1, 0x6, 0x8
_REFUSED_FLOATS = {0x4: "double", 0x6: "quad"}
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_CODE, _WRITABLE = 1, 2
_KINDS = {1: "an object file that is not linked", 3: "position-independent or a shared object"}
_MACHINES = {
    3: "x86", 8: "MIPS", 20: "PowerPC", 40: "Arm", 62: "x86-64", 94: "Xtensa", 183: "AArch64",
}  # fmt: skip


def read_elf(content: bytes, whose: str, memory: int | None = None) -> Executable:
    """Read the bytes of an ELF file that is called `whose` in messages.

    `memory` bytes are to be had; without, as much as the program takes and a stack. Raises
    GuardlaneError for whatever is no static RV32 executable without compressed code, or is not
    whole.
    """
    if len(content) < _HEADER.size:
        raise GuardlaneError(
            f"{whose}: an ELF header has {_HEADER.size} bytes, and here are {len(content)}"
        )
    (
        ident, kind, machine, version, entry, headers_at, sections_at, flags, _, header_size,
        header_count, section_size, section_count, _,
    ) = _HEADER.unpack_from(content)  # fmt: skip
    _check_kind(whose, ident, kind, machine, version)
    _check_flags(whose, flags)
    if header_count and header_size != _PROGRAM_HEADER.size:
        raise GuardlaneError(
            f"{whose}: program headers must have {_PROGRAM_HEADER.size} bytes, not {header_size}"
        )
    end = headers_at + header_count * _PROGRAM_HEADER.size
    if end > len(content):
        raise GuardlaneError(
            f"{whose}: program headers reach to byte {end}, the file to {len(content)}"
        )
    headers = content[headers_at:end]
    segments = list(_segments(whose, content, headers))
    symbols = read_symbols(whose, content, sections_at, section_size, section_count)
    return lay_out(whose, segments, entry, memory, symbols)


def _check_kind(whose: str, ident: bytes, kind: int, machine: int, version: int) -> None:
    """Refuse what is no linked RV32 executable, by the first thing that is wrong."""
    if ident[:4] != MAGIC:
        raise GuardlaneError(f"{whose}: is no ELF file: it starts with {ident[:4].hex()}")
    if ident[4] != _CLASS_32:
        bits = "64-bit" if ident[4] == 2 else f"of class {ident[4]}"
        raise GuardlaneError(f"{whose}: must be a 32-bit ELF file, and is {bits}")
    if ident[5] != _LITTLE_ENDIAN:
        order = "big-endian" if ident[5] == 2 else f"of byte order {ident[5]}"
        raise GuardlaneError(f"{whose}: must be little-endian, and is {order}")
    if ident[6] != 1 or version != 1:
        raise GuardlaneError(f"{whose}: must be ELF version 1, not {ident[6]} and {version}")
    if machine != _RISCV:
        name = _MACHINES.get(machine)
        of = f"{name} ({machine})" if name else str(machine)
        raise GuardlaneError(f"{whose}: must be for machine RISC-V ({_RISCV}), not {of}")
    if kind != _EXECUTABLE:
        what = _KINDS.get(kind, "something else")
        raise GuardlaneError(
            f"{whose}: must be an executable of type {_EXECUTABLE}, not {kind}: it is {what}"
        )


def _check_flags(whose: str, flags: int) -> None:
    """Refuse code the core does not run, by the flags the linker left."""
    if flags & _COMPRESSED:
        raise GuardlaneError(
            f"{whose}: has compressed code (flags {flags:#x}); compile with -march=rv32imf"
        )
    if flags & _FLOAT_ABI in _REFUSED_FLOATS:
        width = _REFUSED_FLOATS[flags & _FLOAT_ABI]
        raise GuardlaneError(
            f"{whose}: passes {width} floats in registers (flags {flags:#x}); "
            "compile with -mabi=ilp32f"
        )
    if flags & _FEW_REGISTERS:
        raise GuardlaneError(
            f"{whose}: is for 16 registers (flags {flags:#x}); compile with -march=rv32imf"
        )


def _segments(whose: str, content: bytes, headers: bytes) -> Iterator[Segment]:
    """Give what is to be loaded, nothing of it copied."""
    view = memoryview(content)
    for header in _PROGRAM_HEADER.iter_unpack(headers):
        kind, offset, address, _, in_file, in_memory, flags, align = header
        if kind in (_DYNAMIC, _INTERPRETER):
            raise GuardlaneError(f"{whose}: is linked dynamically; link it with -static")
        if kind != _LOAD:
            continue
        if in_memory < in_file:
            raise GuardlaneError(
                f"{whose}: segment at {address:#x} has {in_file} bytes in the file and only "
                f"{in_memory} in memory"
            )
        if in_file and offset + in_file > len(content):
            raise GuardlaneError(
                f"{whose}: segment at {address:#x} reaches to byte {offset + in_file}, the file "
                f"to {len(content)}"
            )
        if align > 1 and (align & (align - 1) or (address - offset) % align):
            raise GuardlaneError(
                f"{whose}: segment at {address:#x}, byte {offset} of the file, is not aligned "
                f"to {align}"
            )
        yield Segment(
            address, view[offset : offset + in_file], in_memory,
            is_writable=bool(flags & _WRITABLE), is_code=bool(flags & _CODE),
        )  # fmt: skip
