# SPDX-License-Identifier: Apache-2.0
"""An executable holds the memory it was given, at the address it was given."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from guardlane.isa.elf import elf_bytes, write_elf
from guardlane.isa.encoding import encode
from tests.requirements import require_tool

LEAVE_WITH_7 = (encode("addi", rd=10, imm=7), encode("addi", rd=17, imm=93), encode("ecall"))
WORDS = np.array(LEAVE_WITH_7, np.uint32).tobytes()


def test_the_segment_is_the_memory() -> None:
    found = elf_bytes(WORDS, 0x1000, 0x1004, size=0x3000)
    assert found[:7] == b"\x7fELF\x01\x01\x01"
    kind, machine, _, entry = struct.unpack_from("<HHII", found, 16)
    assert (kind, machine, entry) == (2, 243, 0x1004)
    segment = struct.unpack_from("<8I", found, 52)
    kind, offset, address, _, in_file, in_memory, _, align = segment
    assert (kind, address, in_file, in_memory) == (1, 0x1000, len(WORDS), 0x3000)
    assert offset % align == address % align
    assert found[offset:] == WORDS


def test_it_runs(tmp_path: Path) -> None:
    qemu = require_tool("qemu-riscv32", package="qemu-user")
    write_elf(tmp_path / "guest", WORDS, 0x1000, 0x1000)
    assert subprocess.run([qemu, tmp_path / "guest"], check=False).returncode == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0x1004, 0x1004), "base of an executable must be a multiple of 0x1000, not 0x1004"),
        ((0x1000, 0x100C), "entry 0x100c lies outside 0x1000..0x100c"),
        ((0x1000, 0x1000, 8), "12 bytes of memory do not fit in 8"),
    ],
)
def test_what_cannot_be_loaded_is_refused(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        elf_bytes(WORDS, *arguments)
