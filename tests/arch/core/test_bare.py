# SPDX-License-Identifier: Apache-2.0
"""A program alone on a core ends as on any other machine, and faults strike it as on a chip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from guardlane.core import lanes
from guardlane.core.bare import BareCore, BareResult
from guardlane.core.energy import energy_pj
from guardlane.core.lanes import WINDOW
from guardlane.core.pipeline import Pipeline
from guardlane.core.protection import Protection
from guardlane.core.supply import NOMINAL
from guardlane.errors import GuardlaneError
from guardlane.faults import Fault
from guardlane.isa.costs import CLASSES, cost_array, one_cycle_each
from guardlane.isa.encoding import encode
from guardlane.isa.executable import read_elf, read_hex
from tests.arch.isa.elf_files import DATA_AT, READ, code, data, elf_file, segment
from tests.core_golden import MixRow, golden_images, mix_rows

A0, A1, A7, SP, GP, RA = 10, 11, 17, 2, 3, 1
RETURN = encode("jalr", rs1=RA)


def core(
    *words: int, protection: str = "ppu", pipeline: Pipeline | None = None, **header: Any
) -> BareCore:
    """A core with `words` as code, and 64 bytes of data."""
    text = np.array(words, np.uint32).tobytes()
    content = elf_file(code(content=text, in_file=len(text), size=len(text)), data(), **header)
    kept = Protection.parse(protection)
    return BareCore(read_elf(content, "words"), one_cycle_each(), kept, pipeline=pipeline)


def echo(count: int, *, step: int = 1, pipeline: Pipeline | None = None) -> BareCore:
    """A core that pops `count` items from port 0 and pushes each `step` times to port 3."""
    return core(
        encode("lui", rd=A1, imm=(count + 0x800) & ~0xFFF),
        encode("addi", rd=A1, rs1=A1, imm=(count & 0xFFF ^ 0x800) - 0x800),
        encode("lw", rd=A0, imm=-4),
        *(encode("sw", rs2=A0, imm=-16) for _ in range(step)),
        encode("addi", rd=A1, rs1=A1, imm=-1),
        encode("bne", rs1=A1, imm=-4 * (2 + step)),
        RETURN,
        pipeline=pipeline,
    )


def pushed(result: BareResult, port: int = 3) -> list[int]:
    return [int(item) for item in result.outputs[port]]


@pytest.mark.parametrize("row", mix_rows(), ids=lambda row: row.image)
def test_programs_of_public_cores_retire_and_store_what_they_do_there(row: MixRow) -> None:
    program = read_hex(golden_images()[row.image], row.image)
    result = BareCore(program, one_cycle_each()).run(limit=10_000_000)
    assert result.outcome == "completed"
    assert result.retired_instructions == row.retired_instructions == sum(row.counts.values())
    assert result.result is not None
    assert result.result & 0xFFFFFFFF == row.result


def test_every_image_has_a_row() -> None:
    assert {row.image for row in mix_rows()} == set(golden_images())
    assert len(golden_images()) == 134


def test_a_return_gives_what_the_entry_returned() -> None:
    result = core(encode("addi", rd=A0, imm=-7), RETURN).run()
    assert (result.outcome, result.result, result.detail) == ("completed", -7, "")
    assert (result.retired_instructions, result.cycles) == (2, 2)


@pytest.mark.parametrize(
    ("last", "outcome", "result", "retired", "detail"),
    [
        ((encode("ebreak"),), "completed", 5, 1, ""),
        ((encode("addi", rd=A7, imm=93), encode("ecall")), "completed", 5, 2, ""),
        ((encode("addi", rd=A7, imm=94), encode("ecall")), "completed", 5, 2, ""),
        ((encode("ecall"),), "trapped", None, 1, "call 0 at pc 0x10004 is not served; 93 ends"),
        ((0,), "trapped", None, 1, "illegal at pc 0x10004, address 0x0"),
        ((encode("lw", rd=1),), "trapped", None, 1, "bad load at pc 0x10004, address 0x0"),
        ((encode("jalr", imm=0x100),), "trapped", None, 2, "bad pc at pc 0x100, address 0x100"),
        ((encode("jal"),), "limit", None, 1000, "1000 instructions retired, next at pc 0x10004"),
    ],
)
def test_every_way_to_end_is_told_apart(
    last: Sequence[int], outcome: str, result: int | None, retired: int, detail: str
) -> None:
    ended = core(encode("addi", rd=A0, imm=5), *last).run(limit=1000)
    assert (ended.outcome, ended.result, ended.detail) == (outcome, result, detail)
    assert ended.retired_instructions == retired  # not what stops


def test_a_store_to_the_end_address_ends_counts_and_is_the_result() -> None:
    costs = cost_array(dict.fromkeys(CLASSES, 1) | {"store": 7})
    words = (
        encode("lui", rd=A1, imm=0xF0000000),
        encode("addi", rd=A0, imm=-3),
        encode("sw", rs1=A1, rs2=A0),
    )
    text = np.array(words, np.uint32).tobytes()
    program = read_elf(elf_file(code(content=text, in_file=12, size=12)), "store")
    result = BareCore(program, costs).run()
    assert (result.outcome, result.result) == ("completed", -3)
    assert (result.retired_instructions, result.cycles) == (3, 9)


def by_class(result: BareResult) -> dict[str, int]:
    """Retired instructions of a core with a pipeline, by class, of those that there are."""
    total = {
        key.removeprefix("retired_"): count
        for key, count in result.timing.items()
        if key.startswith("retired_") and count
    }
    assert sum(total.values()) == result.retired_instructions
    return total


def test_the_store_that_ends_a_program_is_counted_as_one() -> None:
    result = core(
        encode("lui", rd=A1, imm=0xF0000000), encode("sw", rs1=A1, rs2=A0), pipeline=Pipeline()
    ).run()
    assert by_class(result) == {"alu": 1, "store": 1}
    assert energy_pj(result.timing, NOMINAL) == 145  # two of 70 pJ, an addition, a store of 5


@pytest.mark.parametrize(
    ("faults", "ports"),
    [
        ([], 20), (["core@9:missing-push.3"], 20), (["core@9:missing-pop.0"], 20),
        (["core@9:extra-push.3"], 20), (["core@9:extra-pop.0"], 20),
        (["core@9:missing-push.3", "core@30:missing-pop.0", "core@33:missing-push.3"], 20),
    ],
)  # fmt: skip
def test_pops_and_pushes_are_counted_whether_they_happen_or_not(
    faults: list[str], ports: int
) -> None:
    program = echo(10, pipeline=Pipeline())
    items = np.arange(20, dtype=np.int32)
    result = program.run({0: items}, [Fault.parse(text) for text in faults])
    assert len(result.fault_events) == len(faults)
    assert by_class(result) == {
        "alu": 12, "port": ports, "branch_not_taken": 10, "jump_register": 1,
    }  # fmt: skip


def test_ports_that_do_nothing_are_counted() -> None:
    result = core(
        encode("sw", imm=-2044), encode("lw", rd=A0, imm=-2044), encode("sw", imm=-2040), RETURN,
        pipeline=Pipeline(),
    ).run()  # fmt: skip
    assert by_class(result) == {"port": 3, "jump_register": 1}


def test_the_end_address_cannot_be_loaded() -> None:
    result = core(encode("lui", rd=A1, imm=0xF0000000), encode("lw", rd=A0, rs1=A1)).run()
    assert result.detail == "bad load at pc 0x10004, address 0xf0000000"


def test_registers_are_those_of_a_function_that_was_called() -> None:
    pushes = [encode("sw", rs2=register, imm=-4) for register in (RA, SP, GP, A0)]
    content = elf_file(
        code(content=np.array([*pushes, RETURN], np.uint32).tobytes(), in_file=20, size=20),
        data(),
        symbols={"__global_pointer$": 0x8765_4321},
    )
    program = read_elf(content, "registers")
    result = BareCore(program, one_cycle_each()).run()
    assert (result.outputs[0].view(np.uint32)).tolist() == [
        0xFFC, program.base + program.size, 0x8765_4321, 0,
    ]  # fmt: skip


def test_items_go_through_windows_of_any_number() -> None:
    count = 2 * WINDOW + 7
    items = np.arange(count, dtype=np.int32) - 5
    result = echo(count, step=2).run({0: items})
    assert result.outcome == "completed"
    assert result.popped == count
    np.testing.assert_array_equal(result.outputs[3], np.repeat(items, 2))
    assert result.retired_instructions == 2 + 5 * count + 1


@pytest.mark.parametrize("count", [0, 1, WINDOW, WINDOW + 1])
def test_a_pop_past_the_end_of_the_input_ends_the_run(count: int) -> None:
    result = echo(count + 1).run({0: np.arange(count, dtype=np.int32)})
    assert (result.outcome, result.result) == ("trapped", None)
    assert result.detail == "input exhausted: pop from port 0 at pc 0x10008"
    assert result.popped == len(pushed(result)) == count


def test_ports_that_mean_something_on_a_chip_only_are_harmless() -> None:
    result = core(
        encode("sw", imm=-2044), encode("addi", rd=A0, imm=9), encode("lw", rd=A0, imm=-2044),
        encode("sw", imm=-2040), RETURN,
    ).run()  # fmt: skip
    assert (result.outcome, result.result) == ("completed", 0)
    assert (result.retired_instructions, result.cycles) == (5, 5)


def test_input_that_is_no_row_of_words_is_refused() -> None:
    for wrong in (np.zeros(3), np.zeros((2, 2), np.int32), [1, 2]):
        with pytest.raises(GuardlaneError, match="input of port 0 must be a row of int32, not"):
            echo(1).run({0: wrong})
    with pytest.raises(GuardlaneError, match="ports are numbered 0 to 508, not 509"):
        echo(1).run({509: np.zeros(1, np.int32)})


def test_a_run_leaves_nothing_to_the_next() -> None:
    counting = core(
        encode("lui", rd=A1, imm=DATA_AT), encode("lw", rd=A0, rs1=A1),
        encode("addi", rd=A0, rs1=A0, imm=1), encode("sw", rs1=A1, rs2=A0), RETURN,
    )  # fmt: skip
    assert [counting.run().result for _ in range(2)] == [43, 43]


def test_only_with_the_write_guard_constants_cannot_be_stored_to() -> None:
    store = np.array(
        [encode("auipc", rd=A1), encode("sw", rs1=A1, rs2=A0, imm=0x100), RETURN], np.uint32
    ).tobytes()
    content = elf_file(
        code(content=store, in_file=12, size=12), segment(0x10100, b"constant", READ), data()
    )
    outcomes = {
        text: BareCore(read_elf(content, "c"), one_cycle_each(), Protection.parse(text)).run()
        for text in ("write-guard", "none")
    }
    assert outcomes["write-guard"].detail == "store guarded at pc 0x10004, address 0x10100"
    assert outcomes["none"].outcome == "completed"


def test_a_fault_strikes_before_the_instruction_it_names() -> None:
    program = core(*(encode("addi", rd=A0, rs1=A0, imm=1) for _ in range(4)), RETURN)
    clean = program.run()
    struck = program.run(faults=[Fault.parse("core@2:x10.4")])
    assert (clean.result, struck.result) == (4, 20)
    assert clean.fault_events == ()
    assert struck.fault_events == ({"fault": "core@2:x10.4", "cycle": 2, "retired": 2},)
    assert program.run(faults=[Fault.parse("core@2:alu.8")]).result == 260
    assert program.run(faults=[Fault.parse("core@3c:x10.4")]).result == 20
    late = program.run(faults=[Fault.parse("core@99:x10.4")])
    assert (late.result, late.fault_events) == (4, ())


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("missing-pop.0", [1, 2, 0, 3, 4]),
        ("extra-pop.0", [1, 2, 4, 5, 6]),
        ("missing-push.3", [1, 2, 4, 5]),
        ("extra-push.3", [1, 2, 3, 3, 4, 5]),
        ("missing-push.1", [1, 2, 3, 4, 5]),
        ("missing-pop.3", [1, 2, 3, 4, 5]),
    ],
)
def test_a_miscount_drops_or_repeats_one_item(fault: str, expected: list[int]) -> None:
    items = np.arange(1, 10, dtype=np.int32)
    result = echo(5).run({0: items}, [Fault.parse(f"core@10:{fault}")])
    assert pushed(result) == expected
    assert result.retired_instructions == 2 + 4 * 5 + 1
    assert result.cycles == result.retired_instructions


def test_a_program_that_pushes_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_PUSHED", 3 * WINDOW)
    result = core(encode("sw", rs2=A0, imm=-4), encode("jal", imm=-4)).run()
    assert (result.outcome, len(result.outputs[0])) == ("limit", 3 * WINDOW)
    assert result.detail.endswith("items or more pushed, next at pc 0x10000")


def test_an_extra_pop_of_the_last_item_finds_none() -> None:
    result = echo(2).run({0: np.array([1, 2], np.int32)}, [Fault.parse("core@6:extra-pop.0")])
    assert (result.outcome, result.popped) == ("trapped", 2)


def test_faults_of_no_core_or_in_two_clocks_are_refused() -> None:
    with pytest.raises(GuardlaneError, match="no core is named 'huff'; there is core"):
        echo(1).run(faults=[Fault.parse("huff@1:x1.1")])
    two = [Fault.parse("core@1:x1.1"), Fault.parse("core@1c:x1.1")]
    with pytest.raises(GuardlaneError, match="count in instructions and in cycles"):
        echo(1).run(faults=two)


@pytest.mark.parametrize("limit", [0, 1, 22, 23])
def test_a_run_that_reaches_its_limit_was_stopped_there(limit: int) -> None:
    result = echo(5).run({0: np.arange(5, dtype=np.int32)}, limit=limit)
    assert (result.outcome, result.retired_instructions) == ("limit", limit)
    assert result.detail.startswith(f"{limit} instructions retired")


def test_a_run_that_stays_below_its_limit_completes() -> None:
    assert echo(5).run({0: np.arange(5, dtype=np.int32)}, limit=24).outcome == "completed"
