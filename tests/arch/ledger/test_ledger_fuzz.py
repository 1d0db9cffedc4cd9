# SPDX-License-Identifier: Apache-2.0
"""Whatever stands in a file of claims or evidence, it is read or refused in one plain line."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from tests.ledger_fuzz import EVIDENCE, fuzz, fuzz_both


def test_a_hundred_thousand_broken_files_raise_nothing_else(tmp_path: Path) -> None:
    found = fuzz_both(100_000, seed=1, folder=tmp_path)
    assert sum(ends.total() for ends in found.values()) == 100_000
    for ends in found.values():
        assert ends["read"] > 100  # good ones too, or the mutations would test syntax alone
        assert ends["refused"] > 4_000


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ZeroDivisionError("by zero"), "raised ZeroDivisionError: by zero"),
        (GuardlaneError("a\x1b[2J"), "is refused with"),
        (GuardlaneError(""), "is refused with ''"),
    ],
)
def test_a_reader_that_lets_something_else_out_is_found(
    raised: Exception, said: str, tmp_path: Path
) -> None:
    def read(path: Path) -> None:
        raise raised

    with pytest.raises(AssertionError, match=said):
        fuzz(read, tmp_path / "a", (EVIDENCE,), 1, 1)
