# SPDX-License-Identifier: Apache-2.0
"""The door for users' programs: ELF executables and `$readmemh` images, told apart by content."""

from __future__ import annotations

from guardlane.isa.elf_reader import MAGIC, read_elf
from guardlane.isa.hex_reader import read_hex
from guardlane.isa.memory_image import Executable

__all__ = ["MOST_BYTES", "Executable", "read_elf", "read_executable", "read_hex"]

MOST_BYTES = 64 << 20  # of a file


def read_executable(content: bytes, whose: str, memory: int | None = None) -> Executable:
    """Read the bytes of a program that is called `whose` in messages, for `memory` bytes.

    Raises GuardlaneError for what is neither or not whole; see `read_elf` and `read_hex`.
    """
    reader = read_elf if content.startswith(MAGIC) else read_hex
    return reader(content, whose, memory)
