# SPDX-License-Identifier: Apache-2.0
"""A `$readmemh` memory image read into a program: hexadecimal words, `@` before a word's number.

Words are counted from 0x10000 and execution begins at word 0x20. Such an image does not say where
its code ends: here it ends at the first page boundary behind the entry with a zero word before it,
which is the padding that a linker script puts between code and data.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator

from guardlane.errors import GuardlaneError
from guardlane.isa.memory_image import ALIGNMENT, MOST_MEMORY_ASKED, MOST_TEXT, Executable

HEX_BASE = 0x1_0000
HEX_ENTRY = 0x1_0080
HEX_MEMORY = 128 << 10  # bytes
_PAGE = 0x1000
_WORD = re.compile(r"[0-9a-fA-F][0-9a-fA-F_]*")
_LONGEST = 64  # characters of a word, zeros and underscores included


def read_hex(content: bytes, whose: str, memory: int | None = None) -> Executable:
    """Read the text of an image that is called `whose` in messages, for `memory` bytes (128 KiB).

    Raises GuardlaneError with the line of what is no word, is too wide, lies outside memory or is
    given twice, and for an image without code.
    """
    size = HEX_MEMORY if memory is None else memory
    if size % ALIGNMENT or not _PAGE < size <= MOST_MEMORY_ASKED:
        raise GuardlaneError(
            f"{whose}: memory of an image must be a multiple of {ALIGNMENT} from {_PAGE + 16:,} "
            f"to {MOST_MEMORY_ASKED:,} bytes, not {size:,}"
        )
    words: dict[int, int] = {}
    place = 0
    for line, token in _tokens(content, whose):
        number = token.removeprefix("@")
        if not _WORD.fullmatch(number) or len(number) > _LONGEST:
            raise GuardlaneError(
                f"{whose}:{line}: wants hexadecimal words or @ and a word's number, "
                f"not {token[:_LONGEST]!r}"
            )
        value = int(number.replace("_", ""), 16)
        if token.startswith("@"):
            place = value
            continue
        if value >> 32:
            raise GuardlaneError(f"{whose}:{line}: {token} is more than 32 bits")
        if 4 * place >= size:
            raise GuardlaneError(
                f"{whose}:{line}: word {place:#x} lies outside {size:,} bytes of memory"
            )
        if place in words:
            raise GuardlaneError(f"{whose}:{line}: word {place:#x} is given twice")
        words[place] = value
        place += 1
    return _laid_out(whose, words, size)


def _laid_out(whose: str, words: dict[int, int], size: int) -> Executable:
    """Put words by their number into memory, and find the end of code."""
    first = (HEX_ENTRY - HEX_BASE) // 4
    if first not in words:
        raise GuardlaneError(f"{whose}: has no word {first:#x}, where execution begins")
    filled = array("I", bytes(4 * (max(words) + 1)))
    for place, value in words.items():
        filled[place] = value
    step = _PAGE // 4
    text_words = step
    while text_words < len(filled) and filled[text_words - 1]:
        text_words += step
    if 4 * text_words > min(MOST_TEXT, size):
        raise GuardlaneError(
            f"{whose}: code with its padding fills {4 * text_words:,} bytes; "
            f"{min(MOST_TEXT, size):,} are the most"
        )
    return Executable(
        base=HEX_BASE,
        size=size,
        content=b"".join(value.to_bytes(4, "little") for value in filled),
        entry=HEX_ENTRY,
        text_words=text_words,
        write_from=HEX_BASE + 4 * text_words,
    )


def _tokens(content: bytes, whose: str) -> Iterator[tuple[int, str]]:
    """Give what stands between blanks and comments, with its line."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise GuardlaneError(
            f"{whose}:{line}: byte {content[reason.start]:#x} is neither in an ELF file nor in a "
            "hexadecimal image"
        ) from None
    in_comment = False
    for number, line_text in enumerate(text.split("\n"), start=1):
        rest = line_text
        kept = ""
        while rest:
            if in_comment:
                _, closed, rest = rest.partition("*/")
                in_comment = not closed
                continue
            opening = re.search(r"//|/\*", rest)
            kept += rest[: opening.start()] + " " if opening else rest
            in_comment = opening is not None and opening[0] == "/*"
            rest = rest[opening.end() :] if in_comment and opening else ""
        yield from ((number, token) for token in kept.split())
