# SPDX-License-Identifier: Apache-2.0
"""Look-ups that were measured on a core like the modelled one and published, beside the model's.

Nothing is fitted to them. One choice was made in their sight: that times of resources are added
instead of the longest taken, which is farther below them.

Flushed rows of bytes were timed after a long loop without a vector instruction, from which vector
units had to wake: a time a run, not a look-up. What it was on another processor is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardlane.cite import Citation, related
from guardlane.server.core import ServerCore
from guardlane.server.look_up import LookUpTime, RowFormat, repeated

RUN = 898  # look-ups of a run over rows of bytes
WAKING = 35.7582 - 19.5106  # microseconds of a run
WAKING_CITATION = related(
    "time of a run of 898 look-ups less that of one whose flushing loop also adds floats",
    unit="us",
    ref="fbgemm",
    place="issue 333, comment of 2020-04-01: 35.7582 and 19.5106 us of 2-bit rows, prefetch on",
    why="Xeon Platinum 8280, turbo off; the same authors then changed the loop, in pull request "
    "337. That it is vector units that wake is ours: agner-warm-up has 14 us for a Skylake",
)


@dataclass(frozen=True)
class Published:
    """A measured look-up: its row, whether caches had been flushed, nanoseconds, and the source.

    `waking` nanoseconds of them are taken to be a run's waking, shared by its look-ups.
    """

    what: str
    vector_bytes: int
    row_format: RowFormat
    rows: int
    look_ups: int
    is_flushed: bool
    nanoseconds: float
    citation: Citation
    waking: float = 0.0

    @property
    def own(self) -> float:
        """Value of the nanoseconds without waking."""
        return self.nanoseconds - self.waking


def _bytes(index_bits: int, prefetch: str, is_flushed: bool, microseconds: float) -> Published:
    """Look-ups of rows of 64 bytes, scale and bias."""
    caches = "cache flushed" if is_flushed else "cache not flushed"
    what = f"{index_bits} bit indices, {caches}, prefetch {prefetch}"
    return Published(
        what=f"dim 64, 8 bit, {what}",
        vector_bytes=72,
        row_format="int8",
        rows=4_000_000,
        look_ups=RUN,
        is_flushed=is_flushed,
        nanoseconds=microseconds * 1000 / RUN,
        waking=WAKING * 1000 / RUN if is_flushed else 0.0,
        citation=related(
            "time of 898 look-ups over 898",
            unit="ns",
            ref="fbgemm",
            place=f"pull request 322, before: SLS, {what}",
            why="Xeon Gold 6138, one core; the division is ours",
        ),
    )


def _halves(row_format: str, is_flushed: bool, microseconds: float) -> Published:
    """Look-ups of rows of 32 numbers of 16 bits, of which the model knows one kind."""
    caches = "cache flushed" if is_flushed else "cache not flushed"
    return Published(
        what=f"dim 32, {row_format}, {caches}, prefetch off",
        vector_bytes=64,
        row_format="fp16",
        rows=4_000_000,
        look_ups=1110,
        is_flushed=is_flushed,
        nanoseconds=microseconds * 1000 / 1110,
        citation=related(
            "time of 1110 look-ups over 1110",
            unit="ns",
            ref="fbgemm",
            place=f"pull request 1540: {row_format} inputs, SLS, {caches}, prefetch off",
            why="the core is not named; the division is ours",
        ),
    )


PUBLISHED = (
    _bytes(64, "off", False, 7.2572),
    _bytes(64, "on", False, 5.7323),
    _bytes(32, "off", False, 6.8974),
    _bytes(64, "off", True, 46.4037),
    _bytes(64, "on", True, 40.1878),
    _bytes(32, "off", True, 47.0278),
    _halves("fp16", False, 4.0862),
    _halves("bf16", False, 5.1743),
    _halves("fp16", True, 20.3636),
    _halves("bf16", True, 22.0432),
)


def predicted(core: ServerCore, one: Published) -> LookUpTime:
    """Value of what the model says to a published look-up; it knows of no prefetch instructions."""
    return repeated(
        core, one.vector_bytes, one.rows, one.look_ups, one.row_format, is_flushed=one.is_flushed
    )
