# SPDX-License-Identifier: Apache-2.0
"""How a core enters a filter: `frame` for the frame sequencer, `main` for a core that has none.

Both are guest code like the filter itself: their loop counters and return address can flip too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from guardlane.isa.guest import end_of_stream, halt, i32, new_frame


class Entry(NamedTuple):
    """The functions a core can be sent to."""

    begin: Callable[[], None]
    frame: Callable[[int, int], None]
    main: Callable[[int, int, int, int], None]


def entry_of(work: Callable[[], None], begin: Callable[[], None] | None) -> Entry:
    """Enclose a filter in its entry code."""

    def nothing() -> None:
        return

    start = begin or nothing

    def frame(steady_states: i32, firings: i32) -> None:
        for _ in range(steady_states):
            start()
            for _ in range(firings):
                work()

    def main(frames: i32, steady_states: i32, firings: i32, last: i32) -> None:
        for number in range(frames):
            new_frame()
            frame(steady_states if number < frames - 1 else last, firings)
        end_of_stream()
        halt()

    return Entry(start, frame, main)
