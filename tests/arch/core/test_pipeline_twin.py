# SPDX-License-Identifier: Apache-2.0
"""The compiled pipeline and the readable one agree after every instruction, and in every count."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from guardlane.core.pipeline import STALLS, Cache, Pipeline, timing_counts
from guardlane.core.pipeline_twin import PipelineTwin
from guardlane.core.presets import presets
from guardlane.isa import state
from guardlane.isa.encoding import Decoded, decode, encode
from guardlane.isa.execute import execute
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.isa.step import BRANCH
from tests.arch.isa.machine import FOREVER, SIZE, Core
from tests.arch.isa.random_programs import (
    ANCHOR,
    AREA,
    CONTROL,
    COUNTER,
    FLOATS,
    INTEGERS,
    POINTER,
    area,
    corner,
    program,
)

DATA = state.MEMORY_BASE + 2 * SIZE
FEW = range(5, 10)  # registers that dense programs use, so that they wait for each other
SMALL_CACHES = {
    "fetch_depth": 0,
    "fetch_cache": Cache(size=128, ways=2, line=16, miss=3),
    "data_cache": Cache(size=96, ways=3, line=16, miss=2),
    "second_cache": Cache(size=512, ways=4, line=32, miss=6),
}
CACHED = {
    "small_caches": Pipeline().model_copy(update=SMALL_CACHES),
    "small_caches_predicted": presets()["vexriscv_no_prediction"].model_copy(
        update=SMALL_CACHES | {"predicts": "backward", "redirect_predicted": 2}
    ),
    "small_caches_without_a_second": presets()["vexriscv_full_bypass"].model_copy(
        update={**SMALL_CACHES, "second_cache": Cache()}
    ),
    "data_cache_behind_a_buffer": presets()["ibex_branch_predictor"].model_copy(
        update={"data_cache": SMALL_CACHES["data_cache"], "reload": 4, "reload_window": 6}
    ),
}
PIPELINES = {**presets(), **CACHED}
ALL = tuple(name for name in INSTRUCTIONS if name not in (*CONTROL, "ecall", "ebreak"))
OFTEN = ("lw", "lbu", "sw", "sb", "flw", "mul", "div", "rem", "srl", "slli", "add", "addi", "beq",
         "blt", "fadd.s", "fmadd.s", "fmv.x.w", "jal")  # fmt: skip


def dense_word(draw: random.Random, name: str, place: int) -> list[int]:
    """One instruction among few registers, `place` words behind where ANCHOR points.

    Jumps lead at most three places forward.
    """
    letters = INSTRUCTIONS[name].layout.operands.lower()
    values = {
        "d": ("rd", draw.choice((0, *FEW))), "s": ("rs1", draw.choice((0, *FEW))),
        "t": ("rs2", draw.choice((0, *FEW))), "r": ("rs3", draw.choice(FEW)), "m": ("rm", 7),
        "i": ("imm", draw.choice((0, 1, -1, 5, 2047, -2048))), "j": ("imm", draw.randrange(32)),
        "u": ("imm", draw.getrandbits(20) << 12), "b": ("imm", 4 * draw.randint(1, 3)),
        "w": ("imm", 4 * draw.randint(1, 3)),
    }  # fmt: skip
    fields = {values[one][0]: values[one][1] for one in letters if one in values}
    if name == "jalr":  # now and then its operand has only just been computed
        moved = [encode("addi", rd=ANCHOR, rs1=ANCHOR)] * draw.randrange(2)
        at = 4 * (place + len(moved) + draw.randint(1, 3))
        return [*moved, encode("jalr", rd=fields["rd"], rs1=ANCHOR, imm=at)]
    if set(letters) & set("lp"):
        at = 4 * draw.randrange(4) if draw.random() < 0.6 else 4 * draw.randrange(AREA // 8)
        fields |= {"rs1": POINTER, "imm": at}
    return [encode(name, **fields)]


def dense_program(draw: random.Random) -> list[int]:
    """Loops of words that wait for each other, with branches back that are taken and that are not.

    A forward jump may land in the middle of what follows, but behind no step of a counter.
    """
    high = DATA + 0x800 & 0xFFFFF000
    words = [encode("lui", rd=POINTER, imm=high),
             encode("addi", rd=POINTER, rs1=POINTER, imm=DATA - high)]  # fmt: skip
    words += [encode("lw", rd=r, rs1=POINTER, imm=4 * r) for r in FEW]
    words += [encode("flw", rd=r, rs1=POINTER, imm=128 + 4 * r) for r in FEW]
    for _ in range(4):
        words.append(encode("addi", rd=COUNTER, imm=draw.randint(1, 4)))
        words.append(encode("auipc", rd=ANCHOR))
        top = len(words)
        for _ in range(draw.randint(1, 25)):
            words += dense_word(draw, draw.choice(draw.choice((ALL, OFTEN))), len(words) - top + 1)
            if draw.random() < 0.1:  # a word, back soon
                at = 4 * draw.randrange(4)
                words.append(encode("sw", rs1=POINTER, rs2=draw.choice(FEW), imm=at))
                words += [encode("addi")] * draw.randrange(4)
                words.append(encode("lw", rd=draw.choice(FEW), rs1=POINTER, imm=at))
            if draw.random() < 0.1:
                words.append(encode("bne", imm=-4 * draw.randint(0, 3) - 4))
        words += [encode("addi", rd=5, rs1=5, imm=1)] * draw.choice((3, 4))
        words.append(encode("addi", rd=COUNTER, rs1=COUNTER, imm=-1))
        words.append(encode("bne", rs1=COUNTER, imm=4 * (top - len(words))))
    return words


def start(words: list[int], draw: random.Random) -> Core:
    """A core with `words` as text and an area of data in the corners."""
    core = Core([*words, encode("ebreak")], size=2 * SIZE + AREA)
    core.mem8[2 * SIZE :] = np.array(area(draw), np.uint32).view(np.uint8)
    for register in FEW:
        core.x[register] = np.uint32(corner(draw, INTEGERS)).astype(np.int32)
        core.f_bits[register] = np.uint32(corner(draw, FLOATS)).astype(np.int32)
    return core


def what_happens(found: Decoded, a: int, b: int, taken: bool) -> str:
    """One word for what an instruction exercises."""
    if found.name in BRANCH:
        way = "backward" if found.imm < 0 else "forward"
        return f"{way}_{'taken' if taken else 'not_taken'}"
    kind = INSTRUCTIONS[found.name].cost_class
    if kind == "div":
        return "div_by_zero" if b == 0 else "div_by_minus_one" if b == 0xFFFFFFFF else "div"
    return kind


def compare(core: Core, pipeline: Pipeline) -> Counter[str]:
    """Run to the ebreak on both; what happened, and the kernel's counts."""
    twin = PipelineTwin(pipeline)
    issue, pipe = pipeline.issue(core.rows), pipeline.new()
    core.s[state.CYCLES] = pipeline.start
    happened: Counter[str] = Counter()
    while True:
        pc, retired = int(core.s[state.PC]), int(core.s[state.RETIRED])
        found = decode(int(core.mem32[pc - state.MEMORY_BASE >> 2].view(np.uint32)))
        assert found is not None
        a, b = (int(core.x[r].view(np.uint32)) for r in (found.rs1, found.rs2))
        stop = execute(
            core.rows, core.x, core.f_bits, core.f_bits.view(np.float32), core.mem8,
            core.mem8.view(np.int16), core.mem32, core.s, retired + 1, FOREVER, issue, pipe,
        )  # fmt: skip
        if stop != state.LIMIT:
            assert stop == state.EBREAK
            break
        taken = found.name in BRANCH and BRANCH[found.name](a, b)
        happened[what_happens(found, a, b, taken)] += 1
        expected = twin.issue(found, pc, a, b, is_taken=taken)
        counts = timing_counts(core.rows, issue, pipe)
        seen = (retired, found, b, int(core.s[state.CYCLES]))
        assert seen == (retired, found, b, expected)
        stalls = {one.name: counts[one.name] for one in STALLS}
        assert stalls == {one: twin.counts[one] for one in stalls}, (retired, found)
        assert sum(counts.values()) - sum(stalls.values()) == retired + 1
    return happened + Counter(stalls)


def in_turns(words: list[int], draw: random.Random, pipeline: Pipeline, turns: int) -> list[int]:
    """Counts and cycles of a run that stops after so many instructions, again and again."""
    core = start(words, draw)
    issue, pipe = pipeline.issue(core.rows), pipeline.new()
    core.s[state.CYCLES] = pipeline.start
    stop, seen = state.LIMIT, []
    while stop == state.LIMIT:
        limit = int(core.s[state.RETIRED]) + (turns or draw.randint(1, 40))
        stop = execute(
            core.rows, core.x, core.f_bits, core.f_bits.view(np.float32), core.mem8,
            core.mem8.view(np.int16), core.mem32, core.s, limit, FOREVER, issue, pipe,
        )  # fmt: skip
        seen.append(int(core.s[state.CYCLES]))
    return [*timing_counts(core.rows, issue, pipe).values(), seen[-1]]


@pytest.mark.parametrize("name", PIPELINES)
def test_a_run_takes_the_same_however_often_it_stops(name: str) -> None:
    for seed in range(40):
        pipeline = PIPELINES[name].model_copy(update={"memory_wait": (0, 0, 1)[seed % 3]})
        words = dense_program(random.Random(seed))
        alone, by_two, some, whole = (
            in_turns(words, random.Random(seed), pipeline, turns) for turns in (1, 2, 0, FOREVER)
        )
        assert alone == by_two == some == whole, seed


def test_a_stop_remembers_the_latest_write_of_a_register_and_no_earlier_one() -> None:
    """The product would come a cycle after the sum is due, had it not been overwritten."""
    words = [
        encode("jal", imm=4), encode("mul", rd=5, rs1=6, rs2=7), encode("addi", rd=5),
        encode("add", rd=6, rs1=5, rs2=5),
    ]  # fmt: skip
    whole, stopped = (
        in_turns(words, random.Random(0), presets()["vexriscv_full_bypass"], turns)
        for turns in (FOREVER, 3)
    )
    assert whole == stopped


@pytest.mark.parametrize("seed", range(48))
def test_that_holds_for_pipelines_that_nobody_built(seed: int) -> None:
    draw = random.Random(seed)
    pipeline = random_pipeline(draw).model_copy(update={"memory_wait": seed % 2})
    for number in range(8):
        words = dense_program(draw)
        alone, some, whole = (
            in_turns(words, random.Random(number), pipeline, turns) for turns in (1, 0, FOREVER)
        )
        assert alone == some == whole, number


@pytest.mark.parametrize("wait", [0, 1, 3])
@pytest.mark.parametrize("name", PIPELINES)
def test_kernel_and_twin_agree_after_every_instruction(name: str, wait: int) -> None:
    pipeline = PIPELINES[name].model_copy(update={"memory_wait": wait})
    happened: Counter[str] = Counter()
    for seed in range(4):
        draw = random.Random(seed)
        happened += compare(start(program(draw, DATA, 100), draw), pipeline)
    for seed in range(12):
        draw = random.Random(seed)
        happened += compare(start(dense_program(draw), draw), pipeline)
    everything = {
        "alu", "shift", "mul", "mulh", "div", "div_by_zero", "div_by_minus_one", "load", "store",
        "jump", "jump_register", "forward_taken", "forward_not_taken", "backward_taken",
        "backward_not_taken", "fp_add", "fp_mul", "fp_fma", "fp_div", "fp_sqrt", "fp_move",
        "fp_convert", "fp_compare", "stall_redirect",
    }  # fmt: skip
    if not pipeline.fetches_in_the_stage():
        everything |= {"stall_operand", "stall_fetch"}
    assert everything <= set(happened)
    assert (happened["fetch_misses"] > 0) == (pipeline.fetch_cache.size > 0)
    assert (happened["data_misses"] > 0) == (pipeline.data_cache.size > 0)
    assert (happened["second_misses"] > 0) == (pipeline.second_cache.size > 0)
    if name in CACHED:  # lines are driven out and come back
        assert happened["data_misses"] > 2 * pipeline.data_cache.size // pipeline.data_cache.line
    if pipeline.second_cache.size:
        assert happened["second_lookups"] > happened["second_misses"]


def random_pipeline(draw: random.Random) -> Pipeline:
    """A preset with every number that is not a table drawn anew."""
    whole = {
        "memory_wait": 3, "redirect_branch": 4, "redirect_jump": 4, "redirect_jump_register": 4,
        "redirect_predicted": 3, "jump_register_early": 1, "port_extra": 2, "reload": 6,
        "reload_window": 6, "divide_by_zero": 4, "float_repeat": 4, "float_port": 4, "start": 9,
        "shift_step": 5,
    }  # fmt: skip
    found: dict[str, object] = {name: draw.randint(0, most) for name, most in whole.items()}
    switches = ("load_blocks", "store_blocks", "divide_by_bits")
    found |= {name: draw.random() < 0.5 for name in switches}
    found["predicts"] = draw.choice(("nothing", "backward"))
    if draw.random() < 0.5:
        found |= SMALL_CACHES
    else:
        found |= {"fetch_depth": draw.randint(0, 7), "fetch_cache": Cache()}
    table = draw.choice(list(presets().values()))
    return table.model_copy(update=found)


@pytest.mark.parametrize("seed", range(24))
def test_kernel_and_twin_agree_on_pipelines_that_nobody_built(seed: int) -> None:
    draw = random.Random(seed)
    pipeline = random_pipeline(draw)
    for _ in range(4):
        compare(start(dense_program(draw), draw), pipeline)
