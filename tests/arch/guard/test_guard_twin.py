# SPDX-License-Identifier: Apache-2.0
"""The twins against the shells, port by port and cycle by cycle."""

from __future__ import annotations

import random
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.guard import twin
from guardlane.guard.inserter import Command
from guardlane.guard.replay import (
    ALIGNMENT_INPUTS,
    ALIGNMENT_OUTPUTS,
    INSERTER_INPUTS,
    INSERTER_OUTPUTS,
    replay_alignment,
    replay_inserter,
)
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager, AlignmentOutputs
from guardlane.guard.shell_inserter import HeaderInserter, InserterInputs, InserterOutputs
from guardlane_rtl.bench import PATIENT, AlignmentBench, random_script

Rows = npt.NDArray[np.int64]
DATA_MASK = (1 << 32) - 1
PAD_DATA = 0xDEAD


def rows(ports: list[Any], columns: int) -> Rows:
    """Stack the ports of many cycles into int64[cycles, columns]."""
    flat = np.fromiter(chain.from_iterable(ports), np.int64, len(ports) * columns)
    return flat.reshape(-1, columns)


def test_the_columns_are_the_ports() -> None:
    assert len(AlignmentInputs._fields) == ALIGNMENT_INPUTS
    assert len(AlignmentOutputs._fields) == ALIGNMENT_OUTPUTS
    assert len(InserterInputs._fields) == INSERTER_INPUTS
    assert len(InserterOutputs._fields) == INSERTER_OUTPUTS


def alignment_lockstep(cycles: int) -> tuple[int, set[tuple[int, int]]]:
    """Run shell and twin over random frames; returns cycles and the (state, kind) pairs seen."""
    rng = random.Random(2015)
    done, seed, seen = 0, 0, set[tuple[int, int]]()
    while done < cycles:
        seed += 1
        id_width = (2, 3, 8, 32)[seed % 4]
        script = random_script(
            rng,
            2_000,
            id_width,
            bad=(0.0, 0.05)[seed // 4 % 2],
            lost=(0.0, 0.02)[seed // 8 % 2],
            wild=(0.0, 0.2)[seed // 2 % 2],
            patience=(PATIENT, 7)[seed // 3 % 2],
            first_frame=rng.randrange(1, 1 << id_width),
        )
        bench = AlignmentBench(script, seed, id_width)
        assert bench.run(AlignmentManager(32, id_width, PAD_DATA))
        if id_width == 32 and not script.has_strays:
            assert not bench.scoreboard.finish(), bench.scoreboard.first
        stimulus, expected = (
            rows(bench.inputs, ALIGNMENT_INPUTS),
            rows(bench.outputs, ALIGNMENT_OUTPUTS),
        )
        am, response = twin.new_alignment(id_width), np.zeros_like(expected)
        replay_alignment(am, DATA_MASK, PAD_DATA, stimulus, response)
        wrong = np.argwhere(response != expected)
        assert not wrong.size, f"cycle {wrong[0][0]}, {AlignmentOutputs._fields[wrong[0][1]]}"
        counts = am[[twin.AM_DISCARDED_ITEMS, twin.AM_DISCARDED_HEADERS, twin.AM_PADS]]
        assert (counts == expected[:, 6:9].sum(axis=0)).all()
        taken = stimulus[:, 3] * expected[:, 1] * (expected[:, 5] != twin.PDG) > 0
        seen |= set(
            map(tuple, np.unique(np.stack([expected[taken, 5], stimulus[taken, 4]], 1), axis=0))
        )
        done += len(stimulus)
    return done, seen


def test_the_alignment_twin_keeps_step_with_its_shell_for_a_million_cycles() -> None:
    done, seen = alignment_lockstep(1_000_000)
    assert done >= 1_000_000
    assert seen == {(state, kind) for state in range(4) for kind in range(4)}


def test_the_lockstep_notices_a_twin_that_is_wrong_in_one_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("guardlane.guard.shell_alignment.TABLE", swapped())
    with pytest.raises(AssertionError, match="cycle"):
        alignment_lockstep(60_000)


def swapped() -> Any:
    """Return the table with one cell changed: a bad header in frame is ignored."""
    from guardlane.guard.alignment import TABLE, Action, Event, State

    table = [list(row) for row in TABLE]
    table[State.RCV_CMP][Event.BAD] = (State.RCV_CMP, Action.LOOK_ON)
    return table


@pytest.mark.parametrize(("id_width", "delay_frames"), [(32, 0), (3, 0), (3, 2)])
def test_the_inserter_twin_keeps_step_with_its_shell(id_width: int, delay_frames: int) -> None:
    rng = random.Random(id_width)
    shell = HeaderInserter(32, id_width, delay_frames)
    inputs, outputs = [], []
    command, active, waited, offered = Command.PUSH, 0, 0, False
    for cycle in range(30_000):
        if not offered and rng.random() < 0.8:
            offered, waited = True, 0
            command = Command.NEW_FRAME if active == 0 or rng.random() < 0.2 else Command.PUSH
            command = Command.END if cycle > 29_900 else command
            active += command == Command.NEW_FRAME
        i = InserterInputs(
            offered, command, cycle, active % (1 << id_width), rng.random() < 0.3, waited > 5
        )
        o = shell.cycle(i)
        offered = offered and not o.cmd_ready
        waited += 1
        inputs.append(i)
        outputs.append(o)
    expected, hi = rows(outputs, INSERTER_OUTPUTS), twin.new_inserter(id_width, delay_frames)
    response = np.zeros_like(expected)
    replay_inserter(hi, DATA_MASK, rows(inputs, INSERTER_INPUTS), response)
    assert (response == expected).all()
    assert hi[twin.HI_SKIPPED_FRAMES] == expected[:, 5].sum() > 10
    assert hi[twin.HI_DROPPED_TAILS] == expected[:, 6].sum() > 10
    assert hi[twin.HI_DROPPED_ITEMS] > hi[twin.HI_DROPPED_TAILS]
