# SPDX-License-Identifier: Apache-2.0
"""The linker places sections where they belong and patches every kind of reference."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa.encoding import decode, encode
from guardlane.isa.linker import Reservation, link
from guardlane.isa.state import MEMORY_BASE

BRANCH, JAL, CALL, CALL_PLT, PCREL_HI, PCREL_LO_I, PCREL_LO_S = 16, 17, 18, 19, 23, 24, 25
ABSOLUTE, HI, LO_I, LO_S, RELAX = 1, 26, 27, 28, 51
ALLOC, WRITE, EXECUTE = 2, 1, 4
TEXT, RODATA, ABSENT = 1, 2, 0


def object_file(
    text: Sequence[int],
    symbols: Sequence[tuple[str, int, int]] = (),
    relocations: Sequence[tuple[int, int, int, int]] = (),
    rodata: bytes = b"",
    rodata_flags: int = ALLOC,
    rodata_relocations: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:
    """An ELF32 object; symbol: name, section, offset; relocation: offset, type, symbol, addend."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name, _, _ in symbols)
    table = bytes(16)
    for name, section, offset in symbols:
        place = strings.index(b"\0" + name.encode() + b"\0") + 1
        kind = 2 if section == TEXT else 0
        table += struct.pack("<IIIBBH", place, offset, 0, kind, 0, section)

    def rela(entries: Sequence[tuple[int, int, int, int]]) -> bytes:
        packed = (
            struct.pack("<IIi", at, symbol << 8 | kind, add) for at, kind, symbol, add in entries
        )
        return b"".join(packed)

    names = [b"", b".text", b".rodata", b".rela.text", b".rela.rodata", b".symtab", b".strtab"]
    name_table = b"\0".join(names) + b"\0"
    words = struct.pack(f"<{len(text)}I", *text)
    parts = [
        (0, 0, b"", 0, 0), (1, ALLOC | EXECUTE, words, 0, 0), (1, rodata_flags, rodata, 0, 0),
        (4, 0, rela(relocations), 5, TEXT), (4, 0, rela(rodata_relocations), 5, RODATA),
        (2, 0, table, 6, 0), (3, 0, strings + name_table, 0, 0),
    ]  # fmt: skip
    content, headers = bytearray(52), b""
    for number, (kind, flags, part, linked, info) in enumerate(parts):
        place = len(strings) + sum(len(n) + 1 for n in names[:number])
        headers += struct.pack(
            "<10I", place, kind, flags, 0, len(content), len(part), linked, info, 4, 0
        )
        content += part
    header = struct.pack(
        "<16sHHIIIIIHHHHHH",
        b"\x7fELF",
        1,
        243,
        1,
        0,
        0,
        len(content),
        0,
        52,
        0,
        0,
        40,
        len(parts),
        6,
    )
    return header + bytes(content[52:]) + headers


def immediates(text: bytes) -> list[int]:
    found = [decode(word) for (word,) in struct.iter_unpack("<I", text)]
    assert all(found)
    return [instruction.imm for instruction in found if instruction]


LUI = encode("lui", rd=5)
ADDI = encode("addi", rd=5, rs1=5)
LOAD = encode("lw", rd=6, rs1=5)
STORE = encode("sw", rs1=5, rs2=6)
AUIPC = encode("auipc", rd=1)
JALR = encode("jalr", rd=1, rs1=1)
NOP = encode("addi")


@pytest.mark.parametrize("offset", [0, 8, 0x7E0, 0x800, 0xFFC, 0x1800, 0x12340])
def test_an_absolute_address_is_split_so_that_the_signed_low_part_fits(offset: int) -> None:
    relocations = [(0, HI, 1, 4), (4, LO_I, 1, 4), (8, LO_I, 1, 4), (12, LO_S, 1, 4)]
    relocations += [(0, RELAX, 0, 0)]
    linked = link(
        object_file([LUI, ADDI, LOAD, STORE], [("a", ABSENT, 0)], relocations),
        [], [Reservation("before", offset), Reservation("a", 8)],
    )  # fmt: skip
    upper, *lower = immediates(linked.text)
    assert len(set(lower)) == 1
    assert upper + lower[0] == linked.reserved["a"] + 4
    assert linked.reserved["a"] >= linked.data_address + offset


@pytest.mark.parametrize("kind", [CALL, CALL_PLT])
@pytest.mark.parametrize("distance", [4, -8, 0x7FC, 0x800, 0x1804])
def test_a_call_reaches_forward_and_back(kind: int, distance: int) -> None:
    text = [NOP, NOP, AUIPC, JALR, *[NOP] * 0x700]
    file = object_file(text, [("f", TEXT, 8 + distance)], [(8, kind, 1, 0)])
    linked = link(file, [], [])
    upper, lower = immediates(linked.text)[2:4]
    assert upper + lower == distance
    assert linked.functions == {"f": MEMORY_BASE + 8 + distance}


@pytest.mark.parametrize(
    ("name", "kind", "distance"),
    [
        ("beq", BRANCH, 4094), ("beq", BRANCH, -4096), ("bne", BRANCH, 8), ("bge", BRANCH, -2046),
        ("jal", JAL, 0xFFFFE), ("jal", JAL, -0x100000), ("jal", JAL, 2048), ("jal", JAL, -4),
    ],
)  # fmt: skip
def test_a_jump_reaches_to_the_end_of_its_range_and_no_further(
    name: str, kind: int, distance: int
) -> None:
    file = object_file([encode(name)], [("t", TEXT, 0)], [(0, kind, 1, distance)])
    assert immediates(link(file, [], []).text) == [distance]


@pytest.mark.parametrize(
    ("name", "kind", "distance", "message"),
    [
        ("beq", BRANCH, 4096, "a branch of 4096 bytes is out of reach; split the filter"),
        ("jal", JAL, -0x100002, "a jump of -1048578 bytes is out of reach; split the filter"),
    ],
)
def test_a_jump_out_of_reach_is_refused(name: str, kind: int, distance: int, message: str) -> None:
    file = object_file([encode(name)], [("t", TEXT, 0)], [(0, kind, 1, distance)])
    with pytest.raises(GuardlaneError, match=message):
        link(file, [], [])


def test_a_pc_relative_pair_reaches_a_constant() -> None:
    relocations = [(4, PCREL_HI, 1, 0), (8, PCREL_LO_I, 2, 0), (12, PCREL_LO_S, 2, 0)]
    symbols = [("c", ABSENT, 0), ("here", TEXT, 4)]
    file = object_file([NOP, AUIPC, LOAD, STORE], symbols, relocations)
    linked = link(file, [Reservation("far", 0x2000), Reservation("c", 4, b"\1\2\3\4")], [])
    _, upper, load, store = immediates(linked.text)
    assert load == store
    assert MEMORY_BASE + 4 + upper + load == linked.reserved["c"]
    start = linked.reserved["c"] - linked.constants_address
    assert linked.constants[start:] == b"\1\2\3\4"


def test_read_only_sections_join_the_constants_and_may_hold_addresses() -> None:
    file = object_file(
        [LUI, ADDI], [("f", TEXT, 4), (".L", RODATA, 4)], [(0, HI, 2, 0), (4, LO_I, 2, 0)],
        rodata=b"12345678", rodata_relocations=[(0, ABSOLUTE, 1, 8)],
    )  # fmt: skip
    linked = link(file, [Reservation("t", 3, b"abc")], [])
    upper, lower = immediates(linked.text)
    place = upper + lower - 4 - linked.constants_address
    assert linked.constants[place : place + 8] == struct.pack("<I", MEMORY_BASE + 12) + b"5678"
    assert linked.constants[:4] == b"abc\0"


def test_what_has_no_place_is_named() -> None:
    with pytest.raises(GuardlaneError, match=r"no place for section \.rodata"):
        link(object_file([NOP], rodata=b"1234", rodata_flags=ALLOC | WRITE), [], [])
    with pytest.raises(GuardlaneError, match="does not know the symbol 'memcpy'"):
        link(object_file([AUIPC, JALR], [("memcpy", ABSENT, 0)], [(0, CALL, 1, 0)]), [], [])
    with pytest.raises(GuardlaneError, match="does not know relocation type 2"):
        link(object_file([NOP], [("f", TEXT, 0)], [(0, 2, 1, 0)]), [], [])
