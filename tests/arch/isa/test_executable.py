# SPDX-License-Identifier: Apache-2.0
"""A program is read whole and as it is meant, or refused in one line that names what is wrong."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.isa.elf import elf_bytes
from guardlane.isa.executable import Executable, read_elf, read_executable, read_hex
from guardlane.isa.memory_image import MOST_MEMORY, MOST_TEXT, STACK
from tests.arch.isa.elf_files import (
    CODE,
    CODE_AT,
    DATA,
    DATA_AT,
    EXECUTE,
    READ,
    WRITE,
    code,
    data,
    elf_file,
    segment,
)

GOOD = elf_file(symbols={"_start": CODE_AT, "__global_pointer$": DATA_AT + 0x800})


def test_memory_is_what_the_segments_say() -> None:
    program = read_elf(GOOD, "good")
    assert (program.base, program.entry, program.write_from) == (CODE_AT, CODE_AT, DATA_AT)
    assert program.size == DATA_AT - CODE_AT + 64 + STACK
    assert program.text().tobytes() == CODE
    assert program.text_words == len(CODE) // 4
    memory = program.memory().tobytes()
    assert memory[: len(CODE)] == CODE
    assert memory[DATA_AT - CODE_AT :][: len(DATA)] == DATA
    assert not any(memory[DATA_AT - CODE_AT + len(DATA) :])
    assert program.symbols["_start"] == CODE_AT
    assert program.global_pointer == DATA_AT + 0x800


def test_a_stripped_program_has_no_global_pointer() -> None:
    assert read_elf(elf_file(), "stripped").global_pointer == 0


def test_constants_below_the_code_are_rows_and_guarded() -> None:
    constants = segment(0xF004, b"constant", READ)
    program = read_elf(elf_file(constants, code(), data()), "guarded")
    assert program.base == 0xF000
    assert program.text()[(CODE_AT - 0xF000) // 4 :].tobytes() == CODE
    assert program.write_from == DATA_AT


def test_constants_behind_the_code_are_below_what_is_meant_to_be_written() -> None:
    constants = segment(CODE_AT + 0x100, b"constant", READ)
    program = read_elf(elf_file(code(), constants, data()), "guarded")
    assert program.text_words == len(CODE) // 4
    assert program.write_from == DATA_AT


def test_memory_can_be_asked_for() -> None:
    assert read_elf(GOOD, "roomy", 1 << 20).size == 1 << 20
    needed = DATA_AT - CODE_AT + 64
    assert read_elf(GOOD, "tight", needed + 256).size == needed + 256
    for size in (needed + 240, needed + 257, (1 << 30) + 16):
        with pytest.raises(GuardlaneError, match=f"tight: memory must be .* not {size:,}"):
            read_elf(GOOD, "tight", size)


def without(**changes: Any) -> bytes:
    return elf_file(code(**changes), data())


REFUSED = [
    (b"", "has 52 bytes, and here are 0"),
    (GOOD[:51], "has 52 bytes, and here are 51"),
    (elf_file(magic=0x464C457E), "is no ELF file: it starts with 7e454c46"),
    (elf_file(class_=2), "must be a 32-bit ELF file, and is 64-bit"),
    (elf_file(order=2), "must be little-endian, and is big-endian"),
    (elf_file(ident_version=0), "must be ELF version 1, not 0 and 1"),
    (elf_file(machine=62), "must be for machine RISC-V \\(243\\), not x86-64 \\(62\\)"),
    (elf_file(machine=40), "not Arm \\(40\\)"),
    (elf_file(machine=999), "not 999"),
    (elf_file(kind=1), "of type 2, not 1: it is an object file that is not linked"),
    (elf_file(kind=3), "not 3: it is position-independent or a shared object"),
    (elf_file(flags=3), "has compressed code \\(flags 0x3\\); compile with -march=rv32imf"),
    (elf_file(flags=4), "passes double floats in registers \\(flags 0x4\\)"),
    (elf_file(flags=6), "passes quad floats"),
    (elf_file(flags=0xA), "is for 16 registers"),
    (elf_file(code(kind=2)), "is linked dynamically; link it with -static"),
    (elf_file(code(), segment(0, b"/lib/ld.so", READ, kind=3)), "is linked dynamically"),
    (elf_file(header_size=56), "program headers must have 32 bytes, not 56"),
    (elf_file(header_count=60000), "program headers reach to byte 1920052, the file to"),
    (elf_file(headers_at=0xFFFFFFFF), "program headers reach to byte 4294967359"),
    (elf_file(header_count=0), "has nothing to load"),
    (elf_file(code(size=0, in_file=0)), "has nothing to load"),
    (without(in_file=1000, size=1000), "reaches to byte 1116, the file to"),
    (without(offset=0xFFFFFFFC, size=4, in_file=4), "reaches to byte 4294967296"),
    (without(size=8), "has 24 bytes in the file and only 8 in memory"),
    (without(align=3), "is not aligned to 3"),
    (without(align=0x1000), "segment at 0x10000, byte 116 of the file, is not aligned to 4096"),
    (elf_file(code(), data(size=MOST_MEMORY)), "takes 67,112,960 bytes of memory and a stack"),
    (elf_file(code(), data(address=0xEFFF0000)), "bytes of memory and a stack of 65,536"),
    (elf_file(code(), data(address=0xF0000000)), "0xf0000000..0xf0000040 must lie within 0x1000"),
    (elf_file(code(), data(size=0xFFFFFFFF)), "segment 0x11000..0x100010fff must lie within"),
    (
        elf_file(code(address=0xEFFFF000), entry=0xEFFFF000),
        "65,568 bytes of memory from 0xeffff000 reach past 0xf0000000",
    ),
    (without(address=0xFFC), "segment 0xffc..0x1014 must lie within 0x1000..0xf0000000"),
    (elf_file(code(), data(address=CODE_AT + 20)), "segment 0x10014..0x10054 overlaps segment"),
    (elf_file(code(), code()), "segment 0x10000..0x10018 overlaps segment 0x10000..0x10018"),
    (without(flags=READ | WRITE | EXECUTE), "is both writable and code"),
    (elf_file(code(), data(address=0xF000)), "writable data at 0xf000 lies below the end of code"),
    (without(address=CODE_AT + 2, align=1), "must start at a multiple of 4"),
    (elf_file(entry=CODE_AT + 2), "entry 0x10002 must be a multiple of 4"),
    (elf_file(entry=CODE_AT + len(CODE)), "entry 0x10018 lies outside its code"),
    (elf_file(entry=DATA_AT), "entry 0x11000 lies outside its code"),
    (without(flags=READ), "entry 0x10000 lies outside its code"),
    (
        elf_file(segment(0x1000, DATA, READ), code(address=0x1000 + MOST_TEXT), entry=0x401000),
        "code ends 4,194,328 bytes behind the first byte of memory; 4,194,304 are the most",
    ),
    (elf_file(sections_at=100, section_count=3, section_size=64), "must have 40 bytes, not 64"),
    (elf_file(sections_at=0xFFFFFFF0, section_count=9), "section headers reach to byte 4294967640"),
]


@pytest.mark.parametrize(("content", "said"), REFUSED)
def test_what_the_core_cannot_run_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(GuardlaneError, match=f"^a.elf: .*{said}") as refusal:
        read_elf(content, "a.elf")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("section", "word", "value", "said"),
    [
        (1, 9, 24, "symbols must have 16 bytes, not 24"),
        (1, 6, 1, "section 1, for names of symbols, is no string table"),
        (1, 6, 7, "section 7, for names of symbols, is no string table"),
        (1, 5, 17, "a symbol table of 17 bytes"),
        (1, 5, 1 << 31, "symbol table reaches to byte"),
        (2, 4, 0xFFFFFFFF, "string table reaches to byte"),
    ],
)
def test_a_forged_symbol_table_is_refused(section: int, word: int, value: int, said: str) -> None:
    content = bytearray(GOOD)
    (sections_at,) = struct.unpack_from("<I", content, 32)
    struct.pack_into("<I", content, sections_at + 40 * section + 4 * word, value)
    with pytest.raises(GuardlaneError, match=said):
        read_elf(bytes(content), "forged")


def test_a_name_that_never_ends_is_no_symbol() -> None:
    program = read_elf(elf_file(symbols={"a" * 255: 1, "b" * 256: 2, "c": 3}), "long")
    assert set(program.symbols) == {"a" * 255, "c"}


def test_what_the_compiler_of_filters_writes_for_simulators_stores_to_its_code() -> None:
    with pytest.raises(GuardlaneError, match="is both writable and code"):
        read_elf(elf_bytes(CODE, 0x1000, 0x1000, 0x2000), "filter")


def looked_at(program: Executable) -> None:
    """Hold a program to what the core takes for granted."""
    assert program.base % 16 == program.size % 16 == program.entry % 4 == 0
    assert 0x1000 <= program.base <= program.entry
    assert program.entry < program.base + 4 * program.text_words
    assert 4 * program.text_words <= MOST_TEXT
    assert program.base + program.size <= 0xF0000000
    assert len(program.content) <= program.size <= MOST_MEMORY
    assert program.write_from >= program.base + 4 * program.text_words
    assert program.text().shape == (program.text_words,)


CORNERS = st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
WORDS = st.sampled_from(
    [0, 1, 4, 0xFFF, 0x1000, 0x10000, 0x11000, 0x400000, 0x4000000, 0x7FFFFFFF, 0x80000000,
     0xEFFFFFFF, 0xF0000000, 0xFFFFFFF0, 0xFFFFFFFF]
) | st.integers(0, 0xFFFFFFFF)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), CORNERS), max_size=4),
    st.lists(st.tuples(st.integers(0, len(GOOD) // 4 - 1), WORDS), max_size=4),
    st.integers(0, len(GOOD)) | st.just(len(GOOD)),
)
def test_no_bytes_of_a_file_do_more_than_be_refused(
    single: list[tuple[int, int]], words: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(GOOD)
    for place, value in single:
        content[place] = value
    for place, value in words:
        struct.pack_into("<I", content, 4 * place, value)
    try:
        looked_at(read_executable(bytes(content[:length]), "mutant"))
    except GuardlaneError as refusal:
        assert str(refusal).startswith("mutant:")
        assert "\n" not in str(refusal)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text("0123456789abcDEF@_x/* \n\t", max_size=200))
def test_no_text_of_an_image_does_more_than_be_refused(content: bytes | str) -> None:
    given_bytes = content if isinstance(content, bytes) else content.encode()
    try:
        looked_at(read_executable(given_bytes, "mutant"))
    except GuardlaneError as refusal:
        assert str(refusal).startswith("mutant:")


def test_an_image_has_words_from_0x10000_and_begins_at_word_0x20() -> None:
    program = read_hex(b"@20 // entry\n00000013 0000_0013\n/* two\nlines */ 6f @400 2a\n", "image")
    assert (program.base, program.entry, program.size) == (0x10000, 0x10080, 128 << 10)
    words = program.memory().view(np.uint32)
    assert words[0x20:0x24].tolist() == [0x13, 0x13, 0x6F, 0]
    assert words[0x400] == 42
    assert program.text_words == 0x400
    assert program.write_from == 0x11000


def test_code_of_an_image_goes_on_over_a_page_that_is_filled() -> None:
    full = b"@20 " + b"13 " * (0x400 - 0x20)
    assert read_hex(full + b"6f 0", "image").text_words == 0x800
    assert read_hex(full[:-3] + b"0 6f", "image").text_words == 0x400


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a.hex: has no word 0x20, where execution begins"),
        (b"@21\n13\n", "a.hex: has no word 0x20"),
        (b"@20\n13\nxyz\n", "a.hex:3: wants hexadecimal words or @ and a word's number, not 'xyz'"),
        (b"@20\n13 @\n", "a.hex:2: wants hexadecimal words or @ and a word's number, not '@'"),
        (b"@20\n" + b"0" * 65, "a.hex:2: wants hexadecimal words"),
        (b"@20\n123456789\n", "a.hex:2: 123456789 is more than 32 bits"),
        (b"@20\n13\n@20\n13\n", "a.hex:4: word 0x20 is given twice"),
        (b"@8000 1", "a.hex:1: word 0x8000 lies outside 131,072 bytes of memory"),
        (b"@ffffffffffffffff 1", "a.hex:1: word 0xffffffffffffffff lies outside"),
        (b"@20\n\xff\xfe", "a.hex:2: byte 0xff is neither in an ELF file nor in a hexadecimal"),
    ],
)
def test_a_mistake_in_an_image_has_its_line(content: bytes, said: str) -> None:
    with pytest.raises(GuardlaneError, match=f"^{said}"):
        read_executable(content, "a.hex")


def test_an_image_is_bounded_by_the_memory_that_is_asked_for() -> None:
    assert read_hex(b"@20 13 @8000 1", "image", 1 << 20).memory().view(np.uint32)[0x8000] == 1
    with pytest.raises(GuardlaneError, match="memory of an image must be .* not 4,096"):
        read_hex(b"@20 13", "image", 4096)
    with pytest.raises(GuardlaneError, match="fills 12,288 bytes; 8,208 are the most"):
        read_hex(b"@20 " + b"13 " * (0x804 - 0x20), "image", 8208)
