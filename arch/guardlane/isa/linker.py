# SPDX-License-Identifier: Apache-2.0
"""The linker: an RV32 object file becomes text, constants and data at fixed addresses."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guardlane.errors import GuardlaneError
from guardlane.isa.state import MEMORY_BASE

_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<IIIBBH")
_RELOCATION = struct.Struct("<IIi")
_PROGBITS, _RELA = 1, 4
_WRITE, _ALLOC, _EXECUTE = 1, 2, 4
_FUNCTION = 2
_ALIGNMENT = 16  # bytes, of each part of memory
LARGEST = 1 << 31  # byte address; from here on memory is shared

# Relocation types, from the RISC-V ELF psABI.
_ABSOLUTE, _BRANCH, _JAL, _CALL, _CALL_PLT = 1, 16, 17, 18, 19
_PCREL_HI, _PCREL_LO_I, _PCREL_LO_S, _HI, _LO_I, _LO_S = 23, 24, 25, 26, 27, 28
_RELAX = 51  # permission to shorten code, which stays as it is here


@dataclass(frozen=True)
class Reservation:
    """Bytes that the object file refers to by `symbol` and the linker finds a place for."""

    symbol: str
    size: int
    content: bytes = b""  # zeros where shorter than size


@dataclass(frozen=True)
class Linked:
    """The parts of memory with their addresses, and where each symbol lies."""

    text: bytes
    constants: bytes
    constants_address: int
    data_address: int
    data_size: int
    functions: Mapping[str, int]
    reserved: Mapping[str, int]


@dataclass(frozen=True)
class _Section:
    name: str
    kind: int
    flags: int
    content: bytes
    link: int
    info: int
    alignment: int


def link(
    object_file: bytes,
    constants: Sequence[Reservation],
    data: Sequence[Reservation],
    open_tables: Sequence[Reservation] = (),
) -> Linked:
    """Place the object file's sections and the reservations, and resolve every reference.

    Open tables lie between constants and data and are no part of either's bytes. Raises
    GuardlaneError for a section, symbol or relocation that this memory has no place for.
    """
    sections = _read_sections(object_file)
    bases: dict[int, int] = {}
    text = bytearray()
    for number, section in enumerate(sections):
        if section.flags & _EXECUTE and section.content:
            text += b"\0" * (-len(text) % max(section.alignment, 4))
            bases[number] = MEMORY_BASE + len(text)
            text += section.content
    read_only = bytearray()
    constants_address = _align(MEMORY_BASE + len(text))
    reserved: dict[str, int] = {}
    for reservation in constants:
        read_only += b"\0" * (-len(read_only) % _ALIGNMENT)
        reserved[reservation.symbol] = constants_address + len(read_only)
        read_only += reservation.content.ljust(reservation.size, b"\0")
    for number, section in enumerate(sections):
        if section.flags & _ALLOC and not section.flags & _EXECUTE and section.content:
            if section.flags & _WRITE or section.kind != _PROGBITS:
                raise GuardlaneError(f"the linker has no place for section {section.name}")
            read_only += b"\0" * (-len(read_only) % max(section.alignment, 4))
            bases[number] = constants_address + len(read_only)
            read_only += section.content
    data_address = _align(constants_address + len(read_only))
    for reservation in open_tables:
        reserved[reservation.symbol] = data_address
        data_address = _align(data_address + reservation.size)
    data_end = data_address
    for reservation in data:
        reserved[reservation.symbol] = data_end
        data_end = _align(data_end + reservation.size)
    if data_end > LARGEST:
        raise GuardlaneError(
            f"constants, tables and state end at byte {data_end:,}, past the {LARGEST:,} bytes "
            "that private memory may reach to"
        )

    symbols, functions = _resolve_symbols(sections, bases, reserved)
    images = {number: bytearray(sections[number].content) for number in bases}
    for section in sections:
        if section.kind == _RELA and section.info in images:
            _relocate(images[section.info], bases[section.info], section.content, symbols)
    for number, image in images.items():
        part, start = (
            (text, bases[number] - MEMORY_BASE)
            if sections[number].flags & _EXECUTE
            else (read_only, bases[number] - constants_address)
        )
        part[start : start + len(image)] = image
    return Linked(
        bytes(text), bytes(read_only), constants_address, data_address, data_end - data_address,
        functions, reserved,
    )  # fmt: skip


def _align(address: int) -> int:
    return address + -address % _ALIGNMENT


def _read_sections(file: bytes) -> list[_Section]:
    header = _HEADER.unpack_from(file)
    offset, count, names_index = header[6], header[12], header[13]
    raw = [_SECTION.unpack_from(file, offset + i * _SECTION.size) for i in range(count)]
    names = file[raw[names_index][4] :]
    sections = []
    for name, kind, flags, _, start, size, linked, info, alignment, _ in raw:
        has_content = kind not in (0, 8)  # neither unused nor zeros
        content = file[start : start + size] if has_content else b"\0" * (size if kind else 0)
        text = names[name : names.index(b"\0", name)].decode()
        sections.append(_Section(text, kind, flags, content, linked, info, alignment))
    return sections


def _resolve_symbols(
    sections: Sequence[_Section], bases: Mapping[int, int], reserved: Mapping[str, int]
) -> tuple[list[int | str], dict[str, int]]:
    """Value of each symbol's address (or, unresolved, its name), and the functions by name."""
    table = next(section for section in sections if section.kind == 2)
    strings = sections[table.link].content
    symbols: list[int | str] = []
    functions = {}
    for name, value, _, info, _, section in _SYMBOL.iter_unpack(table.content):
        text = strings[name : strings.index(b"\0", name)].decode()
        if section in bases:
            address = bases[section] + value
            symbols.append(address)
            if info & 15 == _FUNCTION:
                functions[text] = address
        else:
            symbols.append(reserved.get(text, text))
    return symbols, functions


def _relocate(
    image: bytearray, base: int, relocations: bytes, symbols: Sequence[int | str]
) -> None:
    """Patch the addresses into one section's bytes."""
    targets = {}
    for offset, info, addend in _RELOCATION.iter_unpack(relocations):
        if info & 255 == _RELAX:
            continue
        symbol = symbols[info >> 8]
        if isinstance(symbol, str):
            raise GuardlaneError(f"the linker does not know the symbol {symbol!r}")
        targets[offset, info & 255] = symbol + addend
    for (offset, kind), target in targets.items():
        if kind in (_PCREL_LO_I, _PCREL_LO_S):  # points to its auipc, which knows the target
            _patch(image, offset, kind, targets[target - base, _PCREL_HI] - target)
        elif kind in (_BRANCH, _JAL, _CALL, _CALL_PLT, _PCREL_HI):
            _patch(image, offset, kind, target - base - offset)
        else:
            _patch(image, offset, kind, target)


def _patch(image: bytearray, offset: int, kind: int, value: int) -> None:
    (word,) = struct.unpack_from("<I", image, offset)
    upper = (value + 0x800) & 0xFFFFF000
    if kind == _ABSOLUTE:
        word = value
    elif kind == _BRANCH:
        _check_reach("branch", value, 12)
        word |= (value >> 12 & 1) << 31 | (value >> 5 & 63) << 25
        word |= (value >> 1 & 15) << 8 | (value >> 11 & 1) << 7
    elif kind == _JAL:
        _check_reach("jump", value, 20)
        word |= (value >> 20 & 1) << 31 | (value >> 1 & 1023) << 21
        word |= (value >> 11 & 1) << 20 | (value >> 12 & 255) << 12
    elif kind in (_CALL, _CALL_PLT):  # auipc and jalr
        (second,) = struct.unpack_from("<I", image, offset + 4)
        struct.pack_into("<I", image, offset + 4, second | (value & 0xFFF) << 20)
        word |= upper
    elif kind in (_HI, _PCREL_HI):
        word |= upper
    elif kind in (_LO_I, _PCREL_LO_I):
        word |= (value & 0xFFF) << 20
    elif kind in (_LO_S, _PCREL_LO_S):
        word |= (value >> 5 & 127) << 25 | (value & 31) << 7
    else:
        raise GuardlaneError(f"the linker does not know relocation type {kind}")
    struct.pack_into("<I", image, offset, word & 0xFFFFFFFF)


def _check_reach(what: str, distance: int, bits: int) -> None:
    if not -(1 << bits) <= distance < 1 << bits:
        raise GuardlaneError(f"a {what} of {distance} bytes is out of reach; split the filter")
