# SPDX-License-Identifier: Apache-2.0
"""What a terminal is shown: text without control characters, plain tables, and progress."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.workload import Progress


def printable(text: str) -> str:
    """Value of `text` with every character that could steer a terminal shown as its code."""
    return "".join(
        character if unicodedata.category(character)[0] != "C" else f"\\x{ord(character):02x}"
        for character in text
    )


def one_line(text: str) -> str:
    """Value of `text` on one line, printable."""
    return printable(" ".join(text.split()))


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a column is to the right when all it holds are numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        numeric = all(_is_number(row[place]) for row in rows)
        table.add_column(Text(printable(head)), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if title:
        print(printable(title))
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table)
        return
    # A file or pipe has no width: a row stays on its line, without blanks at its end.
    console = Console(file=StringIO(), width=10_000)
    console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    print("\n".join(line.rstrip() for line in lines))


@contextmanager
def shown_progress(out: TextIO | None = None) -> Iterator[Progress]:
    """Show progress on stderr: a bar on a terminal, else a line a tenth of the way."""
    out = out or sys.stderr
    if not out.isatty():
        yield _Lines(out)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=printable(what))

        yield show


class _Lines:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._tenth = -1

    def __call__(self, done: int, total: int, what: str) -> None:
        tenth = 10 * done // max(total, 1)
        if total > 1 and tenth != self._tenth:
            self._tenth = tenth
            print(f"{done} of {total}: {printable(what)}", file=self._out, flush=True)


def _is_number(text: str) -> bool:
    return text in ("", "-") or text.replace(",", "").replace(".", "").lstrip("-").isdigit()
