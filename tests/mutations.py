# SPDX-License-Identifier: Apache-2.0
"""Wrong files by the hundred thousand: valid texts with a few bytes, words or lines changed."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PIECE = re.compile(rb'"[^"\n]*"|[A-Za-z0-9_.-]+|\s+|.', re.DOTALL)
WORD = re.compile(rb'[A-Za-z0-9_."-]')
VALUES = (
    b"0", b"1", b"-1", b"2.5", b"1e999", b"inf", b"-nan", b"1_0", b"0x7f", b"9" * 25, b"true",
    b'""', b"'x'", b"[]", b"{}", b"[1, 2]", b"[[1]]", b"1979-05-27", b"07:32:00", b'"64k"',
    b'"inf"', b'"1us"', b'"64 KiB"', b'"1..3"', b'"\\u202e"', b'"1 s"', b'"a b"', b'"\\uD800"',
    b"{ first = 1, last = 9, step = 2 }", b"{ first = 1, last = 1e308, count = 3 }",
)  # fmt: skip
MARKS = (
    b"=", b"[", b"]", b"[[", b"]]", b"{", b"}", b'"', b"'", b'"""', b"\n", b",", b".", b"#", b"-",
    b"\xff", b"\xc3\xa9", b"\0", b"\r", b"a.b.c", b"\\",
)  # fmt: skip


def mutations(texts: Sequence[bytes], count: int, seed: int = 1) -> Iterator[bytes]:
    """Value of `count` changed texts, the same for the same seed; most have one change, some four.

    Half of the changes put a value or a name in the place of another one, which most often leaves
    TOML; the others take away, double or swap pieces, put in a mark or change a byte.
    """
    dice = random.Random(seed)
    pieces = [PIECE.findall(text) for text in texts]
    words = [[n for n, piece in enumerate(text) if WORD.match(piece)] for text in pieces]
    names = sorted({piece for text in pieces for piece in text if WORD.match(piece)})
    for _ in range(count):
        which = dice.randrange(len(pieces))
        own, places = list(pieces[which]), words[which]
        for _ in range(dice.choice((1, 1, 1, 1, 2, 2, 3, 4))):
            at, kind = dice.randrange(len(own)), dice.randrange(10)
            if kind < 5:
                word = dice.choice(VALUES) if kind < 3 else dice.choice(names)
                own[dice.choice(places) % len(own)] = word
            elif kind == 5 and len(own) > 4:
                del own[at : at + dice.randint(1, 4)]
            elif kind == 6:
                own[at:at] = own[max(0, at - dice.randint(1, 30)) : at]
            elif kind == 7:
                other = dice.randrange(len(own))
                own[at], own[other] = own[other], own[at]
            elif kind == 8:
                own.insert(at, dice.choice(MARKS))
            else:
                own[at] = own[at][:-1] + bytes([dice.randrange(256)])
        yield b"".join(own)


@contextmanager
def file_in_memory() -> Iterator[tuple[Path, int]]:
    """Open a file that is on no disk: its path, and the handle to write to it by `fill`."""
    handle = os.memfd_create("fuzzed")
    try:
        yield Path(f"/proc/self/fd/{handle}"), handle
    finally:
        os.close(handle)


def fill(handle: int, content: bytes) -> None:
    """Make `content` all that a file holds."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, content, 0)
