# SPDX-License-Identifier: Apache-2.0
"""A pipeline trace is a log that a strict reader takes, and says what the run says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from guardlane.core.bare import BareCore, BareResult
from guardlane.core.presets import preset
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.executable import read_executable
from guardlane.report.konata import konata_text
from guardlane.window import Window
from tests.core_golden import golden_images
from tests.kanata import Log, read_kanata

WHOLE = Window(1, 1_000_000)


def traced(image: str, core: str, wait: int, window: Window) -> tuple[BareResult, str, Log]:
    program = read_executable(golden_images()[image], image)
    pipeline = preset(core).model_copy(update={"memory_wait": wait})
    result = BareCore(program, one_cycle_each(), pipeline=pipeline).run(window=window)
    assert result.steps is not None
    text = konata_text(result.steps)
    return result, text, read_kanata(text)


@pytest.mark.parametrize("wait", [0, 3])
@pytest.mark.parametrize("core", ["ibex_maxperf", "vexriscv_lite", "cv32e40p"])
@pytest.mark.parametrize("image", ["fir16_4", "div_neg_100", "load_chase_100"])
def test_a_whole_trace_has_every_instruction_and_every_cycle(
    image: str, core: str, wait: int
) -> None:
    result, text, log = traced(image, core, wait, WHOLE)
    assert len(log.ops) == result.retired_instructions
    assert (log.first, log.last) == (0, result.cycles)
    assert "cut" not in text
    ops = list(log.ops.values())
    assert all(a.retired <= b.retired for a, b in pairwise(ops))
    for lane, total in (("opr", "stall_operand"), ("ftc", "stall_fetch"), ("mem", "stall_data"),
                        ("jmp", "stall_redirect")):  # fmt: skip
        assert sum(op.length(1, lane) for op in ops) == result.timing[total]
    for op, step in zip(ops, result.steps.taken if result.steps else (), strict=True):
        assert op.stages[0, "X"] == (step.issued, step.after)
        assert op.simulated == step.number
        stages = [op.stages[0, name] for name in "FDXMW" if (0, name) in op.stages]
        assert all(a[1] == b[0] for a, b in pairwise(stages))
        assert (stages[0][0], stages[-1][1]) == (op.started, op.retired)


def test_labels_are_the_disassembly_with_its_address() -> None:
    _, _, log = traced("fir16_4", "cv32e40p", 0, WHOLE)
    labels = [op.labels[0] for op in log.ops.values()]
    assert labels[0].startswith("00010080: ")
    assert any(": mul " in label for label in labels)
    assert log.ops[0].labels[1].startswith("issued in cycle ")


def test_a_part_says_that_it_was_cut_and_where() -> None:
    result, _, log = traced("fir16_8", "cv32e40p", 1, Window(101, 150))
    assert [op.simulated for op in log.ops.values()] == [*range(101, 151)]
    cut = [op.labels[1].split("\\n")[-1] for op in log.ops.values() if "cut" in op.labels[1]]
    retired = result.retired_instructions
    assert cut == [f"cut: instructions 101 to 150 of {retired} are shown"]
    whole = traced("fir16_8", "cv32e40p", 1, WHOLE)[2]
    assert log.ops[49].stages[0, "X"] == whole.ops[149].stages[0, "X"]


def test_nothing_to_show_is_an_empty_log() -> None:
    _, text, log = traced("fir16_4", "cv32e40p", 0, Window(900_000, 900_001))
    assert (text, log.ops) == ("Kanata\t0004\nC=\t0\n", {})


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = (traced("gcd_10", "ibex_small", 1, WHOLE)[1] for _ in range(2))
    assert first == second
