# SPDX-License-Identifier: Apache-2.0
"""The pipeline of an in-order core, every parameter in one block, and its layout for the kernel."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from guardlane.cite import Citation, assumed, chosen, measured
from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.isa import pipe_columns as pc
from guardlane.isa import state
from guardlane.isa.costs import CLASSES
from guardlane.isa.issue import issue_rows
from guardlane.isa.plan import plan
from guardlane.memory.shape import CacheShape
from guardlane.stats import Statistic

Int64s = npt.NDArray[np.int64]
Cycles = Annotated[int, Field(ge=0, lt=1 << 15)]

_PLACE = "cycles of its RTL by class of instruction, and its documented structure"


def _read_off(sentence: str, unit: str = "cycles") -> Citation:
    """Cite a number that was read off the RTL of the default core."""
    return measured(sentence, unit=unit, ref="cv32e40p", place=_PLACE)


def _of_no_default(sentence: str, unit: str = "cycles") -> Citation:
    """Declare a number that the default core has no use for."""
    return chosen(sentence, unit=unit, why="the default core has none; presets set it")


STALLS = (
    Statistic("stall_operand", "cycles", "waiting for an operand or a unit"),
    Statistic("stall_fetch", "cycles", "waiting for the word of an instruction"),
    Statistic("stall_data", "cycles", "waiting for the data port or the data cache"),
    Statistic("stall_redirect", "cycles", "waiting for the target of a jump"),
    Statistic("fetch_lookups", "lines", "lines looked up in the instruction cache"),
    Statistic("fetch_misses", "lines", "of them missing"),
    Statistic("data_misses", "lines", "loads that missed the data cache"),
    Statistic("second_lookups", "lines", "lines looked up in the second-level cache"),
    Statistic("second_misses", "lines", "of them missing"),
)
TIMING_STATISTICS = (  # what a core with a pipeline counts beside its cycles
    *STALLS,
    *(
        Statistic(f"retired_{name}", "instructions", f"retired instructions of class {name}")
        for name in CLASSES
        if name != "branch_taken"
    ),
)


def timing_counts(
    rows: npt.NDArray[np.int32],
    issue: npt.NDArray[np.int32],
    pipe: Int64s,
    waiting: int | None = None,
) -> dict[str, int]:
    """Value of TIMING_STATISTICS by name, after a run; branches count as branch_not_taken.

    How often each instruction was retired is the sum of what `isa.timing.mark` has left, and how
    long they waited for operands is what remains of the time that went by. The row `waiting` has
    issued and is not completed.
    """
    values = pipe[pc.STALL_FETCH : pc.STATE_END].tolist()
    found = {one.name: value for one, value in zip(STALLS[1:], values, strict=True)}
    retired = np.cumsum(issue[:, pc.MORE], dtype=np.int64)
    busy = int(retired @ (issue[:, pc.TAKES] & pc.LOW)) + int(pipe[pc.LONGER])
    if waiting is not None:
        retired[waiting] -= 1
    waited = sum(found[f"stall_{name}"] for name in ("fetch", "data", "redirect"))
    counts = np.zeros(len(CLASSES), np.int64)
    np.add.at(counts, rows[:, state.CLASS], retired)
    return {
        "stall_operand": int(pipe[pc.ELAPSED]) - busy - waited,
        **found,
        **{
            f"retired_{name}": int(count)
            for name, count in zip(CLASSES, counts, strict=True)
            if name != "branch_taken"
        },
    }


class Times(Settings):
    """Cycles by class of instruction: how long it keeps the stage, and when its result is there."""

    alu: Annotated[Cycles, _read_off("additions, logic, branches, and all that is not below")] = 1
    shift: Annotated[Cycles, _read_off("shifts")] = 1
    mul: Annotated[Cycles, _read_off("mul")] = 1
    mulh: Annotated[Cycles, _read_off("mulh, mulhsu, mulhu")] = 5
    div: Annotated[Cycles, _read_off("div, rem; with divide_by_bits, the shortest")] = 3
    load: Annotated[Cycles, _read_off("loads")] = 1
    store: Annotated[Cycles, _read_off("stores")] = 1
    jump: Annotated[Cycles, _read_off("jal, for the address it leaves")] = 1
    jump_register: Annotated[Cycles, _read_off("jalr, for the address it leaves")] = 1
    fp_add: Annotated[Cycles, _read_off("fadd, fsub")] = 1
    fp_mul: Annotated[Cycles, _read_off("fmul")] = 1
    fp_fma: Annotated[Cycles, _read_off("fmadd and its kin")] = 1
    fp_div: Annotated[
        Cycles,
        assumed(
            "fdiv",
            unit="cycles",
            why="the divider of that core did not answer when measured; a radix-2 recurrence takes "
            "about a cycle a bit of the 24-bit significand",
        ),
    ] = 26
    fp_sqrt: Annotated[Cycles, assumed("fsqrt", unit="cycles", why="as fp_div")] = 26
    fp_move: Annotated[Cycles, _read_off("fmv, fsgnj, fclass")] = 1
    fp_convert: Annotated[Cycles, _read_off("fcvt")] = 1
    fp_compare: Annotated[Cycles, _read_off("feq, flt, fle, fmin, fmax")] = 1


class Cache(Settings):
    """One level-one or level-two cache; true LRU."""

    size: Annotated[
        int, Field(ge=0), _of_no_default("bytes; 0 for none (of a data cache, write-through)", "B")
    ] = 0
    ways: Annotated[int, Field(ge=1, le=64), _of_no_default("lines of a set", "lines")] = 1
    line: Annotated[int, Field(ge=4), _of_no_default("bytes of a line", "B")] = 32
    miss: Annotated[Cycles, _of_no_default("a miss beside the transfer of its words")] = 0

    def shape(self) -> CacheShape | None:
        """Value of its shape, None without a cache; raises GuardlaneError for one that is odd."""
        return CacheShape(self.size, self.ways, self.line) if self.size else None


class Pipeline(Settings):
    """An in-order core of one instruction a cycle, as the kernel of `isa.timing` reads it."""

    start: Annotated[Cycles, _read_off("from reset to the first fetch")] = 4
    memory_wait: Annotated[
        Cycles,
        chosen(
            "an access to memory beyond its first cycle",
            unit="cycles",
            why="private memory that answers in the next cycle, as the core was measured with",
        ),
    ] = 0
    fetch_depth: Annotated[
        int,
        Field(ge=0, le=7),
        _read_off("words of the prefetch buffer; 0 for none", "words"),
    ] = 2
    redirect_branch: Annotated[Cycles, _read_off("issue of a branch to fetch of its target")] = 1
    redirect_jump: Annotated[Cycles, _read_off("issue of a jal to fetch of its target")] = 0
    redirect_jump_register: Annotated[
        Cycles, _read_off("issue of a jalr to fetch of its target")
    ] = 0
    predicts: Annotated[
        Literal["nothing", "backward"],
        _read_off("branches followed in fetch: nothing, or those that lead back", "name"),
    ] = "nothing"
    redirect_predicted: Annotated[
        Cycles, _of_no_default("a branch followed as predicted, to its target")
    ] = 0
    jump_register_early: Annotated[
        int,
        Field(ge=0, le=1),
        _read_off("cycles by which jalr reads its operand before others do"),
    ] = 1
    port_extra: Annotated[
        Cycles, _of_no_default("an access keeps the data port longer than the memory does")
    ] = 0
    load_blocks: Annotated[
        bool, _read_off("whether what follows a load waits with it for the memory", "switch")
    ] = False
    store_blocks: Annotated[
        bool, _read_off("whether what follows a store waits with it for the memory", "switch")
    ] = False
    reload: Annotated[
        Cycles, _of_no_default("a load of the word that the data cache has just been given")
    ] = 0
    reload_window: Annotated[Cycles, _of_no_default("after the store, in which that happens")] = 0
    divide_by_bits: Annotated[
        bool, _read_off("whether a division takes one more for each leading zero", "switch")
    ] = True
    divide_by_zero: Annotated[Cycles, _of_no_default("a division by zero; 0: as any other")] = 0
    shift_step: Annotated[
        int,
        Field(ge=0, le=31),
        _of_no_default("by which a shift shifts a cycle, the rest bit by bit; 0: all bits", "bits"),
    ] = 0
    float_repeat: Annotated[
        Cycles, _read_off("between the starts of two floating-point operations")
    ] = 1
    float_port: Annotated[
        Cycles, _of_no_default("a floating-point result takes the port of the others; 0: never")
    ] = 0
    occupancy: Annotated[
        Times, chosen("cycles an instruction keeps the stage", unit="table", why="see its fields")
    ] = Times(fp_div=1, fp_sqrt=1)
    latency: Annotated[
        Times, chosen("cycles until a result can be used", unit="table", why="see its fields")
    ] = Times(load=2)
    fetch_cache: Annotated[
        Cache, chosen("the level-one instruction cache", unit="table", why="see its fields")
    ] = Cache()
    data_cache: Annotated[
        Cache, chosen("the level-one data cache", unit="table", why="see its fields")
    ] = Cache()
    second_cache: Annotated[
        Cache,
        chosen("the level-two cache of the tile; `miss` is its hit", unit="table",
               why="see its fields"),
    ] = Cache()  # fmt: skip

    def fetches_in_the_stage(self) -> bool:
        """Whether it has neither cache nor buffer: an instruction keeps the stage for its fetch."""
        return self.fetch_depth == 0 and self.fetch_cache.size == 0

    def busy(self) -> dict[str, int]:
        """Value of the cycles by class that an instruction keeps the stage, but for data."""
        found: dict[str, int] = self.occupancy.model_dump()
        if not self.fetches_in_the_stage():
            return found
        least = self.occupancy.alu + self.memory_wait
        along = {"load", "store"}  # the stage waits for their data first
        return {
            name: cycles + self.memory_wait if name in along else max(cycles, least)
            for name, cycles in found.items()
        }

    def issue(self, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Lay out what this pipeline does with each row of predecoded text, int32[n, 8]."""
        cache, has_data_cache = self.fetch_cache.shape(), self.data_cache.size > 0
        occupancy, latency = self.busy(), self.latency.model_dump()
        if not has_data_cache:  # else a load finds its line, and a store is buffered
            for name, blocks in (("load", self.load_blocks), ("store", self.store_blocks)):
                latency[name] += self.memory_wait
                occupancy[name] += self.memory_wait if blocks else 0
        line_shift = cache.shift if cache else -1
        found = issue_rows(rows, occupancy, latency, line_shift, has_data_cache)
        plan(rows, found, self.new())
        return found

    def _is_paced(self) -> bool:
        """Whether the prefetch buffer can run dry in straight code, or its words matter else."""
        return self.fetch_depth > 0 and (
            self.memory_wait > 0
            or self.fetch_depth == 1
            or self.predicts != "nothing"
            or self.float_port > 0
            or 0 in self.busy().values()
        )

    def _horizon(self) -> int:
        """Cycles after its issue within which all is there that an instruction leaves behind."""
        slowest: int = max(self.latency.model_dump().values())
        return max(slowest, self.float_repeat, 1 + self.port_extra) + self.memory_wait

    def new(self) -> Int64s:
        """Lay out the state of a core before its first instruction; see `isa.timing`.

        Raises GuardlaneError for a cache of an impossible shape, or none that is needed.
        """
        fetch, data = self.fetch_cache.shape(), self.data_cache.shape()
        second = self.second_cache.shape()
        if second is not None and not self.second_cache.miss:
            raise GuardlaneError("a hit in the second-level cache must take 1 cycle or more, not 0")
        if fetch is not None and self.fetch_depth:
            raise GuardlaneError(
                "a pipeline must have an instruction cache, a prefetch buffer or neither, "
                f"not a cache of {self.fetch_cache.size} bytes and a buffer of "
                f"{self.fetch_depth} words"
            )
        tags = [np.zeros(0, np.int64) if one is None else one.empty()
                for one in (fetch, data, second)]  # fmt: skip
        pipe = np.zeros(pc.TAGS, np.int64)
        values = {
            pc.WAIT: self.memory_wait,
            pc.FETCH_DEPTH: self.fetch_depth,
            pc.REDIRECT_BRANCH: self.redirect_branch,
            pc.REDIRECT_JUMP: self.redirect_jump,
            pc.REDIRECT_JUMP_REGISTER: self.redirect_jump_register,
            pc.PREDICTS: self.predicts == "backward",
            pc.REDIRECT_PREDICTED: self.redirect_predicted,
            pc.JUMP_REGISTER_EARLY: self.jump_register_early,
            pc.PORT_EXTRA: self.port_extra,
            pc.RELOAD: self.reload,
            pc.RELOAD_WINDOW: self.reload_window,
            pc.DIVIDE_BY_BITS: self.divide_by_bits,
            pc.DIVIDE_BY_ZERO: self.divide_by_zero,
            pc.SHIFT_STEP: self.shift_step,
            pc.SHIFT_FIRST: self.occupancy.shift,
            pc.FLOAT_REPEAT: self.float_repeat,
            pc.FLOAT_PORT: self.float_port,
            pc.FETCH_MISS: self.fetch_cache.miss,
            pc.DATA_MISS: self.data_cache.miss,
            pc.SECOND_HIT: self.second_cache.miss if second else 0,
            pc.FETCHED_AT: self.start,
            pc.PACED: self._is_paced(),
            pc.EVERY_WORD: self._is_paced() or self.float_port > 0,
            pc.HORIZON: self._horizon(),
            pc.AT_HAND: pc.BY_WORD if self.fetches_in_the_stage() else pc.NONE,
            pc.LINE: pc.NONE,
            pc.STORED_AT: -(1 << 30),
            pc.STORED_WORD: -1,
            pc.FLOAT_TAKES: -1,
        }
        for column, value in values.items():
            pipe[column] = value
        for one, words, shift, mask, ways in (
            (fetch, pc.FETCH_WORDS, pc.FETCH_SHIFT, pc.FETCH_MASK, pc.FETCH_WAYS),
            (data, pc.DATA_WORDS, pc.DATA_SHIFT, pc.DATA_MASK, pc.DATA_WAYS),
            (second, None, pc.SECOND_SHIFT, pc.SECOND_MASK, pc.SECOND_WAYS),
        ):
            if one is not None:
                pipe[[shift, mask, ways]] = one.shift, one.mask, one.ways
                if words is not None:
                    pipe[words] = one.line // 4
        ends = pc.TAGS + np.cumsum([len(one) for one in tags])
        pipe[pc.FETCH_TAGS] = pc.TAGS
        pipe[pc.DATA_TAGS : pc.TAGS_END + 1] = ends
        return np.concatenate([pipe, *tags])
