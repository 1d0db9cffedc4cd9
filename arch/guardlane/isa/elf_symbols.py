# SPDX-License-Identifier: Apache-2.0
"""The symbol table of an ELF executable, which may be missing, and may be forged."""

from __future__ import annotations

import struct

from guardlane.errors import GuardlaneError

MOST_SYMBOLS = 1 << 16
LONGEST_NAME = 255  # bytes; what is longer is nobody's symbol to look up
_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<IIIBBH")
_SYMBOL_TABLE, _STRING_TABLE = 2, 3
_FILE = 4


def read_symbols(whose: str, content: bytes, at: int, size: int, count: int) -> dict[str, int]:
    """Value of the addresses of all symbols that are defined, by name.

    The `count` section headers of `size` bytes lie at byte `at`. Of symbols with one name the last
    is taken. Raises GuardlaneError for tables that do not fit the file.
    """
    if at == 0 or count == 0:
        return {}
    if size != _SECTION.size:
        raise GuardlaneError(
            f"{whose}: section headers must have {_SECTION.size} bytes, not {size}"
        )
    end = at + count * _SECTION.size
    if end > len(content):
        raise GuardlaneError(
            f"{whose}: section headers reach to byte {end}, the file to {len(content)}"
        )
    sections = list(_SECTION.iter_unpack(content[at:end]))
    tables = [section for section in sections if section[1] == _SYMBOL_TABLE]
    if not tables:
        return {}
    link, entry_size = tables[0][6], tables[0][9]
    if entry_size != _SYMBOL.size:
        raise GuardlaneError(f"{whose}: symbols must have {_SYMBOL.size} bytes, not {entry_size}")
    if not link < len(sections) or sections[link][1] != _STRING_TABLE:
        raise GuardlaneError(f"{whose}: section {link}, for names of symbols, is no string table")
    table = _part(whose, "symbol table", content, tables[0])
    names = _part(whose, "string table", content, sections[link])
    if len(table) % _SYMBOL.size or len(table) // _SYMBOL.size > MOST_SYMBOLS:
        raise GuardlaneError(
            f"{whose}: a symbol table of {len(table)} bytes is not one of {MOST_SYMBOLS:,} "
            f"symbols or fewer of {_SYMBOL.size} bytes"
        )
    found = {}
    for name_at, value, _, info, _, section in _SYMBOL.iter_unpack(table):
        if section == 0 or info & 15 == _FILE:
            continue
        name_end = names.find(b"\0", name_at, name_at + LONGEST_NAME + 1)
        if name_end > name_at:
            found[names[name_at:name_end].decode("utf-8", "replace")] = value
    return found


def _part(whose: str, what: str, content: bytes, section: tuple[int, ...]) -> bytes:
    """Value of the bytes of a section."""
    offset, size = section[4], section[5]
    if offset + size > len(content):
        raise GuardlaneError(
            f"{whose}: {what} reaches to byte {offset + size}, the file to {len(content)}"
        )
    return content[offset : offset + size]
