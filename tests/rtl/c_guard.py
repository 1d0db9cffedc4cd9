# SPDX-License-Identifier: Apache-2.0
"""The C library for tests: compiled once a session, with the loops that drive it from arrays."""

from __future__ import annotations

import functools
from pathlib import Path

from guardlane_rtl.c_library import SOURCES, STRICT, Library, compile_c, load

__all__ = ["SOURCES", "STRICT", "Library", "compile_c", "library"]

LOOPS = [Path(__file__).with_name(f"c_guard_{name}.c") for name in ("driver", "sweep")]

LOOP_CALLS = """
void drive_alignment(guardlane_alignment *am, const int64_t *ops, size_t count, int64_t *rows);
void drive_inserter(guardlane_inserter *hi, const int64_t *ops, size_t count, int64_t *rows);
uint64_t time_alignment(guardlane_alignment *am, const guardlane_unit *units, size_t count);
uint64_t time_queue(guardlane_queue *q, guardlane_word *words, size_t count);
size_t count_bad_codewords(uint32_t data_width, const uint64_t *data, size_t count);
void sweep(uint32_t frames, uint32_t most_pushes, uint32_t most_pops, uint32_t any_bad,
           uint32_t bad_end, uint32_t wrong_way, uint64_t *tally);
"""


@functools.cache
def library() -> Library:
    """Compile and load, once."""
    return load(LOOPS, LOOP_CALLS)
