# SPDX-License-Identifier: Apache-2.0
"""Strangers' files are regular, bounded and text, or one line says what they are instead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded, read_text


def test_a_file_is_read_up_to_its_limit_and_not_one_byte_further(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    assert read_bounded(path, 100) == b"x" * 100
    with pytest.raises(GuardlaneError, match=r"a: must be 99 bytes or less"):
        read_bounded(path, 99)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(GuardlaneError, match=r"(pipe|zero): is not a regular file"):
            read_bounded(path, 10)
    with pytest.raises(GuardlaneError, match=r"Is a directory"):
        read_bounded(tmp_path, 10)


@pytest.mark.parametrize("name", ["missing", "nul\0byte"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(GuardlaneError, match="No such file|null byte"):
        read_bounded(tmp_path / name, 10)


def test_text_that_is_not_utf8_is_placed_by_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"ok\nab\xff")
    with pytest.raises(GuardlaneError, match=r"a:2:3: is not UTF-8 text"):
        read_text(path, 100)
