# SPDX-License-Identifier: Apache-2.0
"""A terminal shows what is meant: no steering characters, whole rows in a pipe, progress."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.cli.console import one_line, print_table, printable, shown_progress


class Terminal(StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@given(st.text())
def test_no_character_can_steer_a_terminal(text: str) -> None:
    assert one_line(text).isprintable()


def test_what_cannot_be_shown_is_shown_as_its_code() -> None:
    assert printable("a\x1b[31m\x9b\nß∞") == "a\\x1b[31m\\x9b\\x0aß∞"


def test_a_row_in_a_pipe_is_a_line_without_blanks_at_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "x" * 300
    print_table("title", ["name", "n", "said"], [["a", "1", long], ["bc", "1,000", "[red]\x1b"]])
    assert capsys.readouterr().out.splitlines() == [
        "title",
        "name      n  said",
        f"a         1  {long}",
        "bc    1,000  [red]\\x1b",
    ]


def test_progress_in_a_file_is_a_line_a_tenth() -> None:
    out = StringIO()
    with shown_progress(out) as progress:
        for done in range(101):
            progress(done, 100, f"run {done}")
        progress(1, 1, "a single step is no news")
    assert out.getvalue().splitlines() == [
        f"{done} of 100: run {done}" for done in range(0, 101, 10)
    ]


def test_progress_on_a_terminal_is_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with shown_progress(out) as progress:
        progress(3, 7, "seed\x1b 3")
    assert "3/7" in out.getvalue()
    assert "seed\\x1b 3" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")
