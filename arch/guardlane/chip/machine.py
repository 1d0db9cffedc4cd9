# SPDX-License-Identifier: Apache-2.0
"""The machine description: every number of a chip, with its unit and where it is from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from guardlane.cite import Citation, assumed, chosen, measured
from guardlane.config import Settings
from guardlane.core.pipeline import Pipeline
from guardlane.core.presets import preset, presets
from guardlane.units import Bytes, Frequency

_LOOPS = "cycles of its RTL in loops of one class of instruction, zero-wait memory"
_CORE = "cv32e40p"


def _looped(sentence: str) -> Citation:
    """Cite a count of cycles that was read off the core's RTL."""
    return measured(sentence, unit="cycles", ref=_CORE, place=_LOOPS)


class Costs(Settings):
    """Cycles that an instruction of each class keeps the core busy."""

    alu: Annotated[int, Field(ge=1), _looped("add, sub, compare, logic, lui, auipc")] = 1
    shift: Annotated[int, Field(ge=1), _looped("shifts")] = 1
    mul: Annotated[int, Field(ge=1), _looped("mul")] = 1
    mulh: Annotated[int, Field(ge=1), _looped("mulh, mulhsu, mulhu")] = 5
    div: Annotated[int, Field(ge=1), _looped("div, rem; the longest, of 3 to 35 by operand")] = 35
    fp_add: Annotated[
        int, Field(ge=1), _looped("fadd, fsub, fmin, fmax, fsgnj; one FPU pipeline stage")
    ] = 1
    fp_mul: Annotated[int, Field(ge=1), _looped("fmul; one FPU pipeline stage")] = 1
    fp_fma: Annotated[int, Field(ge=1), _looped("fmadd and its kin; one FPU pipeline stage")] = 1
    fp_div: Annotated[
        int,
        Field(ge=1),
        assumed(
            "fdiv",
            unit="cycles",
            why="the divider of that core did not answer when measured; a radix-2 recurrence takes "
            "about a cycle a bit of the 24-bit significand",
        ),
    ] = 26
    fp_sqrt: Annotated[int, Field(ge=1), assumed("fsqrt", unit="cycles", why="as fp_div")] = 26
    fp_move: Annotated[
        int, Field(ge=1), _looped("fmv, fclass; half of the measured dependent pair")
    ] = 2
    fp_convert: Annotated[
        int, Field(ge=1), _looped("fcvt; half of the measured dependent pair")
    ] = 2
    fp_compare: Annotated[
        int, Field(ge=1), _looped("feq, flt, fle; the measured pair less its branch")
    ] = 2
    load: Annotated[int, Field(ge=1), _looped("loads from private memory, not used at once")] = 1
    store: Annotated[int, Field(ge=1), _looped("stores to private memory")] = 1
    branch_not_taken: Annotated[int, Field(ge=1), _looped("branches that fall through")] = 1
    branch_taken: Annotated[int, Field(ge=1), _looped("branches that are taken")] = 3
    jump: Annotated[int, Field(ge=1), _looped("jal")] = 2
    jump_register: Annotated[int, Field(ge=1), _looped("jalr")] = 3


def known_timing(name: str, *others: str) -> str:
    """Value of `name` if it is a preset or one of `others`; a ValueError lists them all if not."""
    known = (*others, *presets())
    if name not in known:
        raise ValueError(f"must be one of {', '.join(known)}, not {name!r}")
    return name


class Core(Settings):
    """One in-order core with private memory."""

    clock: Annotated[
        Frequency,
        assumed(
            "clock of every core",
            unit="Hz",
            why="at one instruction a cycle the abstract's 500 us are then 500,000 instructions",
        ),
    ] = Frequency(1_000_000_000)
    memory: Annotated[
        Bytes,
        assumed(
            "private memory: text, tables, state, stack",
            unit="B",
            why="a power of two well above the largest kernel with its tables and stack (20 KiB)",
        ),
    ] = Bytes(65_536)
    timing: Annotated[
        str,
        chosen(
            "cycles by class, a public core's pipeline by name, or pipeline for the table below",
            unit="name",
            why="results under faults hardly depend on it, and a fixed cost is faster to run",
        ),
    ] = "classes"
    pipeline: Annotated[
        Pipeline, chosen("the pipeline of timing = pipeline", unit="table", why="see its fields")
    ] = Pipeline()
    cycles: Annotated[
        Costs, chosen("cycles by class of instruction", unit="cycles", why="see its fields")
    ] = Costs()

    @field_validator("timing")
    @classmethod
    def _known_timing(cls, name: str) -> str:
        return known_timing(name, "classes", "pipeline")

    def pipeline_or_none(self) -> Pipeline | None:
        """Value of the pipeline that decides the cycles, None where each class has its cost."""
        if self.timing == "classes":
            return None
        return self.pipeline if self.timing == "pipeline" else preset(self.timing)


class Queue(Settings):
    """A queue between two tiles."""

    depth: Annotated[
        int,
        Field(ge=4, le=1 << 20),
        assumed(
            "words a queue holds",
            unit="words",
            why="more than a firing of any shipped filter moves (192): the ends rarely wait",
        ),
    ] = 512
    working_set: Annotated[
        int,
        Field(ge=1),
        assumed(
            "words that pass a shared pointer at a time",
            unit="words",
            why="an eighth of the depth: a shared pointer is touched once in 64 words",
        ),
    ] = 64


class Guarding(Settings):
    """What the guards of every tile have in common."""

    pad: Annotated[
        int,
        Field(ge=-(1 << 31), lt=1 << 31),
        chosen(
            "value that stands in for a missing item",
            unit="bits of an item",
            why="zero is black, silence and no contribution",
        ),
    ] = 0
    id_width: Annotated[
        int,
        Field(ge=2, le=32),
        chosen(
            "width of a frame id",
            unit="bits",
            why="ids of 32 bits cannot wrap in any run that is feasible",
        ),
    ] = 32
    timeouts: Annotated[
        Literal["on", "off"],
        chosen(
            "whether a pop that waits too long is answered by a pad",
            unit="switch",
            why="a bounded fork-join deadlocks without, after a push too many",
        ),
    ] = "on"
    timeout_factor: Annotated[
        int,
        Field(ge=1),
        assumed(
            "a pop's patience, over the longest error-free frame, for each level of the graph",
            unit="1",
            why="twice the longest frame that the budget lets a failing core take",
        ),
    ] = 4
    timeout: Annotated[
        int,
        Field(ge=0),
        chosen(
            "a pop's patience per level of the graph; 0 derives it from an error-free run",
            unit="cycles",
            why="a fixed number would not follow the workload",
        ),
    ] = 0
    budget_factor: Annotated[
        int,
        Field(ge=1),
        assumed(
            "instructions a frame may retire, over the most an error-free frame does",
            unit="1",
            why="a frame that takes twice as long is a runaway, not data-dependent work",
        ),
    ] = 2
    limit_factor: Annotated[
        int,
        Field(ge=2),
        assumed(
            "cycles before a run is stopped, over what it may take with a time-out at every turn",
            unit="1",
            why="far past any run that still gets anywhere",
        ),
    ] = 20


_BOOKSIM = "input-queued router, its default configuration"


def _router(sentence: str, unit: str = "cycles") -> Citation:
    """Cite a default of the reference simulator of on-chip networks."""
    return measured(sentence, unit=unit, ref="booksim2", place=_BOOKSIM)


class Flits(Settings):
    """A network of routers: its shape, how words are packed, and what each step takes."""

    topology: Annotated[
        Literal["mesh", "torus", "ring"],
        chosen("shape of the network", unit="name", why="what tiled chips have"),
    ] = "mesh"
    width: Annotated[
        int,
        Field(ge=8, le=4096),
        assumed("bits of a flit", unit="bits", why="two words; links of 64 to 256 bits are usual"),
    ] = 84
    word: Annotated[
        int,
        Field(ge=1, le=4096),
        chosen(
            "bits of a word as it travels: its payload, its code and its tag",
            unit="bits",
            why="what the queue of the hardware stores at 32 bits of data and of identity",
        ),
    ] = 42
    channel: Annotated[int, Field(ge=1, le=255), _router("a flit from router to router")] = 1
    routing_delay: Annotated[int, Field(ge=0, le=255), _router("to route a head")] = 1
    traversal: Annotated[int, Field(ge=1, le=255), _router("to cross a router's switch")] = 1
    depth: Annotated[int, Field(ge=1, le=255), _router("buffer of a VC", "flits")] = 8
    waiting: Annotated[
        int,
        Field(ge=1, le=4096),
        assumed(
            "packets that wait at a tile's interface",
            unit="packets",
            why="a full working set of each of a tile's queues, and their answers",
        ),
    ] = 16
    placement: Annotated[
        str,
        chosen(
            "order, partition, or the node of each tile with commas between them",
            unit="name",
            why="neighbours in a chain are then neighbours in a row",
        ),
    ] = "order"


class Network(Settings):
    """How words travel from tile to tile."""

    kind: Annotated[
        str,
        chosen(
            "network between tiles, by entry point",
            unit="name",
            why="the fixed-latency network needs no placement",
        ),
    ] = "fixed"
    latency: Annotated[
        int,
        Field(ge=1),
        assumed(
            "cycles from publication at one tile to sight at the other",
            unit="cycles",
            why="four hops of two cycles, the mean of a 4 x 4 mesh and a bit",
        ),
    ] = 8
    shared_latency: Annotated[
        int,
        Field(ge=1),
        assumed(
            "cycles of a guest's access to shared memory",
            unit="cycles",
            why="as one crossing of the network",
        ),
    ] = 8
    flits: Annotated[
        Flits, chosen("the routers of network flit", unit="table", why="see its fields")
    ] = Flits()


class Machine(Settings):
    """A chip of tiles, each a core with its guard."""

    name: Annotated[
        str, chosen("name of the machine in records", unit="name", why="the shipped description")
    ] = "ten-tile-1GHz"
    core: Annotated[Core, chosen("the cores", unit="table", why="see its fields")] = Core()
    queue: Annotated[Queue, chosen("the queues", unit="table", why="see its fields")] = Queue()
    guard: Annotated[Guarding, chosen("the guards", unit="table", why="see its fields")] = (
        Guarding()
    )
    network: Annotated[Network, chosen("the network", unit="table", why="see its fields")] = (
        Network()
    )
