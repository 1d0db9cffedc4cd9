# SPDX-License-Identifier: Apache-2.0
"""ELF files made byte by byte, right unless a test asks for something wrong."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from guardlane.isa.encoding import encode

CODE_AT, DATA_AT = 0x1_0000, 0x1_1000
CODE = np.array(
    [
        encode("lui", rd=10, imm=DATA_AT),
        encode("lw", rd=11, rs1=10, imm=0),  # 42
        encode("addi", rd=11, rs1=11, imm=1),
        encode("sw", rs1=10, rs2=11, imm=4),
        encode("lw", rd=10, rs1=10, imm=4),
        encode("jalr", rs1=1),
    ],
    np.uint32,
).tobytes()
DATA = struct.pack("<i", 42)
READ, WRITE, EXECUTE = 4, 2, 1
LOAD = 1


def segment(
    address: int, content: bytes, flags: int, *, size: int | None = None, kind: int = LOAD,
    align: int = 4, in_file: int | None = None, offset: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A program header and what belongs to it; sizes and offset as they should be unless given."""
    return {
        "kind": kind, "address": address, "content": content, "flags": flags, "align": align,
        "in_file": len(content) if in_file is None else in_file,
        "size": len(content) if size is None else size, "offset": offset,
    }  # fmt: skip


def code(**changes: Any) -> dict[str, Any]:
    return segment(CODE_AT, CODE, READ | EXECUTE) | changes


def data(**changes: Any) -> dict[str, Any]:
    return segment(DATA_AT, DATA, READ | WRITE, size=64) | changes


def elf_file(
    *segments: dict[str, Any], symbols: dict[str, int] | None = None, **header: int
) -> bytes:
    """Value of an executable; `header` overrides fields of the ELF header by name."""
    parts = segments or (code(), data())
    content = bytearray(52 + 32 * len(parts))
    table = b""
    for part in parts:
        offset = len(content) if part["offset"] is None else part["offset"]
        table += struct.pack(
            "<8I", part["kind"], offset, part["address"], part["address"], part["in_file"],
            part["size"], part["flags"], part["align"],
        )  # fmt: skip
        content += part["content"]
    content[52 : 52 + len(table)] = table
    sections, count = 0, 0
    if symbols is not None:
        sections, count = add_symbols(content, symbols), 3
    fields = {
        "magic": 0x464C457F, "class_": 1, "order": 1, "ident_version": 1, "kind": 2,
        "machine": 243, "version": 1, "entry": CODE_AT, "headers_at": 52, "sections_at": sections,
        "flags": 2, "header_size": 32, "header_count": len(parts), "section_size": 40,
        "section_count": count,
    } | header  # fmt: skip
    content[:52] = struct.pack(
        "<I3B9xHHIIIIIHHHHHH", *(fields[name] for name in tuple(fields)[:11]), 52,
        *(fields[name] for name in tuple(fields)[11:]), 0,
    )  # fmt: skip
    return bytes(content)


def add_symbols(content: bytearray, symbols: dict[str, int]) -> int:
    """Append a symbol table and its names; value of where the section headers start."""
    names, table = b"\0", b""
    for name, value in symbols.items():
        table += struct.pack("<IIIBBH", len(names), value, 0, 0x10, 0, 1)
        names += name.encode() + b"\0"
    table_at = len(content)
    content += table
    names_at = len(content)
    content += names
    sections_at = len(content)
    content += bytes(40)
    content += struct.pack("<10I", 0, 2, 0, 0, table_at, len(table), 2, 0, 4, 16)
    content += struct.pack("<10I", 0, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    return sections_at
