# SPDX-License-Identifier: Apache-2.0
"""The description of a server core: every number with its unit and where it is from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from guardlane.cite import Citation, assumed, chosen, related, vendor
from guardlane.config import Settings
from guardlane.memory.dram.timing import known_grade
from guardlane.memory.hierarchy import Hierarchy, Tlb
from guardlane.memory.shape import CacheShape
from guardlane.units import Frequency, Time

_MANUAL = "intel-optimization"
_LATENCY = "Memory Subsystem: Latency, Skylake-SP, DDR4-2666"

Page = Literal["4KiB", "2MiB", "1GiB"]

ENTRIES = {"4KiB": (64, 1536), "2MiB": (32, 1536), "1GiB": (4, 16)}  # of the first, second TLB
WAYS = {4: 4, 16: 4, 32: 4, 64: 4, 1536: 12}
TLB_CITATION = related(
    "entries and ways of the TLBs for data, by page size",
    unit="entries",
    ref="intel-cpuid-skylake-sp",
    place="what cpuid tells of a Skylake-SP",
    why="the 32 entries for pages of 2 MiB are Haswell's; the 16 of the second TLB for 1 GiB and "
    "its 12 ways are the manual's as remembered",
)
CACHES = (
    CacheShape(32 << 10, 8, 64),
    CacheShape(1 << 20, 16, 64),
    CacheShape(22 << 20, 11, 64),
)
CACHES_CITATION = related(
    "32 KiB, 1 MiB and 22 MiB in 8, 16 and 11 ways",
    unit="bytes",
    ref="xeon-6138-8176",
    place="27.5 MB L3 cache of a Gold 6138",
    why="27.5 MiB would be 40,960 sets, and 32,768 are modelled; the first cache is that of "
    "intel-optimization's table of Skylake, the second is as so-39260020 says, its ways assumed",
)
GEMM: tuple[tuple[int, int, Citation], ...] = tuple(  # rows, millions of flops a second
    (
        rows,
        mflops,
        related(
            f"single precision, {rows} rows", unit="Mflop/s", ref="fbgemm", place=place, why=why
        ),
    )
    for rows, mflops, place, why in (
        (1, 2_400, "issue 292: MKL_FP32, 1 x 256 x 256", "a user's machine"),
        (2, 3_700, "issue 292: MKL_FP32, 2 x 256 x 256", "a user's machine"),
        (16, 24_700, "pull request 166: MKL_fp32, 16 x 256 x 512", "machine and threads not said"),
        (64, 52_900, "pull request 166: MKL_fp32, 64 x 800 x 320 and 64 x 768 x 512",
         "the mean of 62.2 and 43.6"),
    )
)  # fmt: skip


class ServerCore(Settings):
    """One core of a server, its caches, its TLBs, and the memory of its socket.

    The defaults are a Xeon Gold 6138 (Skylake-SP), on which the published look-ups were measured.
    """

    name: Annotated[
        str,
        Field(max_length=60),
        chosen("name of the core", unit="name", why="the published figures were measured on it"),
    ] = "xeon-gold-6138"
    clock: Annotated[
        Frequency,
        vendor("base frequency", unit="Hz", ref="intel-xeon-6138", place="2.00 GHz in its name"),
    ] = Frequency(2_000_000_000)
    simd_lanes: Annotated[
        int,
        Field(ge=1, le=256),
        related(
            "single-precision floats in a vector register",
            unit="floats",
            ref="colfax2017",
            place="section 1: Intel AVX-512",
        ),
    ] = 16
    issue_width: Annotated[
        int,
        Field(ge=1, le=16),
        assumed("micro-operations issued a cycle", unit="uops", why="four are renamed a cycle"),
    ] = 4
    reorder_buffer: Annotated[
        int,
        Field(ge=1, le=4096),
        related(
            "micro-operations in flight",
            unit="uops",
            ref="wikichip-skylake",
            place="Key changes from Broadwell: larger re-order buffer",
        ),
    ] = 224
    fill_buffers: Annotated[
        int,
        Field(ge=1, le=1024),
        related(
            "lines that may be missing in the first cache at once",
            unit="lines",
            ref="so-39260020",
            place="answer 1, update: Skylake probably has 12",
        ),
    ] = 12
    walkers: Annotated[
        int,
        Field(ge=1, le=16),
        vendor(
            "page walks at once",
            unit="walks",
            ref=_MANUAL,
            place="Skylake, cache and memory subsystem: two page walks in parallel",
            why="as quoted by a translation of that section",
        ),
    ] = 2
    second_cache: Annotated[
        int,
        Field(ge=0, le=10_000),
        related(
            "load from the second cache", unit="cycles", ref="anandtech-skylake-sp", place=_LATENCY
        ),
    ] = 14
    third_cache: Annotated[
        Time,
        related(
            "load from the third cache",
            unit="ps",
            ref="anandtech-skylake-sp",
            place=f"{_LATENCY}: 25 to 27 ns at 16 to 32 MB",
        ),
    ] = Time(26_000)
    memory: Annotated[
        Time,
        related(
            "load from memory with nothing else under way",
            unit="ps",
            ref="intel-mlc-4110",
            place="loaded latencies, largest delay: 81.96 ns",
            why="a smaller Skylake-SP with DDR4-2666",
        ),
    ] = Time(81_960)
    second_tlb: Annotated[
        int,
        Field(ge=0, le=1000),
        assumed(
            "look-up in the second TLB after a miss of the first",
            unit="cycles",
            why="on Haswell such a load took some 12 cycles in the stead of 4",
        ),
    ] = 8
    upper_tables: Annotated[
        int,
        Field(ge=1, le=64),
        assumed(
            "page-directory entries that the walker keeps, a page-walk cache",
            unit="entries",
            why="no maker tells; tables further up have 4",
        ),
    ] = 32
    page: Annotated[
        Page,
        chosen("size of the pages", unit="name", why="what Linux gives to who does not ask"),
    ] = "4KiB"
    dram: Annotated[
        str,
        related(
            "speed grade of the DRAM",
            unit="name",
            ref="xeon-6138-8176",
            place="memory: six channels of DDR4-2666",
        ),
    ] = "DDR4-2666"
    channels: Annotated[
        int,
        Field(ge=1, le=64),
        related(
            "channels of DRAM", unit="channels", ref="xeon-6138-8176", place="memory: six channels"
        ),
    ] = 6
    look_up_uops: Annotated[
        int,
        Field(ge=1, le=10_000),
        assumed(
            "micro-operations of a look-up besides its vectors",
            unit="uops",
            why="index, bounds, address, loop; for 8-bit rows scale and bias as well, counted "
            "by hand in a loop of this kind",
        ),
    ] = 8
    float_uops: Annotated[
        int,
        Field(ge=1, le=100),
        assumed("micro-operations of a register of floats", unit="uops", why="load, add"),
    ] = 2
    half_uops: Annotated[
        int,
        Field(ge=1, le=100),
        assumed(
            "micro-operations of a register of half floats",
            unit="uops",
            why="load, convert, add",
        ),
    ] = 3
    byte_uops: Annotated[
        int,
        Field(ge=1, le=100),
        assumed(
            "micro-operations of a register of bytes made floats",
            unit="uops",
            why="load and widen, convert, multiply and add, add the bias",
        ),
    ] = 4
    bag: Annotated[
        int,
        Field(ge=0, le=100_000),
        assumed(
            "cycles of a bag besides its look-ups",
            unit="cycles",
            why="a branch that is not foreseen, some 20, and as much for its vector",
        ),
    ] = 40

    _grade_is_known = field_validator("dram")(known_grade)

    def cycles(self, count: int) -> int:
        """Value of so many cycles in picoseconds, parts of one lost."""
        return count * 10**12 // int(self.clock)

    @property
    def latencies(self) -> tuple[int, int, int, int]:
        """Value of what a load takes by level, in picoseconds; the first cache is pipelined."""
        return (0, self.cycles(self.second_cache), int(self.third_cache), int(self.memory))

    @property
    def tlb(self) -> Tlb:
        """Value of the TLBs for the pages that are used."""
        first, second = (CacheShape(count, WAYS[count], 1) for count in ENTRIES[self.page])
        upper = {"4KiB": (self.upper_tables, 4, 4), "2MiB": (4, 4), "1GiB": (4,)}[self.page]
        return Tlb(self.page, first, second, upper)

    def hierarchy(self) -> Hierarchy:
        """Value of empty caches and TLBs."""
        return Hierarchy(CACHES, self.tlb)
