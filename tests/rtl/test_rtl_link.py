# SPDX-License-Identifier: Apache-2.0
"""A whole link keeps step with its compiled twin, and the twin with the readable model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from guardlane.guard.alignment import State
from guardlane.guard.words import WordLayout
from guardlane_rtl.build import RTL, build
from guardlane_rtl.cases import CASES
from guardlane_rtl.checks import SETS
from guardlane_rtl.link_bench import link_flips
from guardlane_rtl.link_model import Link, LinkInputs, LinkOutputs
from guardlane_rtl.link_segments import link_columns, link_segments, link_twin
from guardlane_rtl.link_twin import replay_link
from guardlane_rtl.lockstep import link_lockstep
from guardlane_rtl.segments import Segment

CYCLES = 200_000
PORTS = len(LinkInputs._fields)


def model(parameters: Mapping[str, int]) -> Link:
    p = parameters
    layout = WordLayout(p["DataWidth"], p["IdWidth"])
    return Link(
        p["Depth"], p["WorkingSet"], layout, push_timeout=p["PushTimeout"],
        pop_timeout=p["PopTimeout"],
    )  # fmt: skip


def seen(segments: list[Segment]) -> Counter[str]:
    """Count what the cycles of some segments were about."""
    found: Counter[str] = Counter()
    for segment in segments:
        o = LinkOutputs(*segment.due.T)
        found.update(
            {
                f"state {state}": int(np.count_nonzero(np.array(o.state_o) == state))
                for state in State
            }
        )
        for name in ("skip_frame_o", "drop_tail_o", "discard_header_o", "corrected_o",
                     "detected_o", "skew_err_o"):  # fmt: skip
            found[name] += int(np.count_nonzero(getattr(o, name)))
        found["done"] += int(np.array(o.sink_done_o)[-1] & np.array(o.source_done_o)[-1])
        found["left"] += int(segment.stimulus[:, LinkInputs._fields.index("end_i")].any())
        found["spoilt"] += int(np.count_nonzero(segment.stimulus[:, PORTS + 2 :]))
    return found


@pytest.mark.parametrize("parameters", SETS["commguard_link"], ids=str)
def test_the_twin_keeps_step_with_the_model(parameters: Mapping[str, int]) -> None:
    own = {**parameters, "PadData": 0}
    segments = list(islice(link_segments(own), 20))
    for segment in segments:
        link = model(own)
        for row, due in zip(segment.stimulus.tolist(), segment.due.tolist(), strict=True):
            link.flip(row[PORTS], row[PORTS + 1], row[PORTS + 2 :])
            assert list(map(int, link.cycle(LinkInputs(*row[:PORTS])))) == due
    assert seen(segments)["spoilt"] > 5


def test_a_twin_replays_what_it_drove() -> None:
    parameters = SETS["commguard_link"][0]
    segment = next(link_segments(parameters))
    response = np.zeros_like(segment.due)
    replay_link(link_twin(parameters), segment.stimulus, response)
    assert np.array_equal(response, segment.due)
    plain = next(link_segments(parameters, spoils=False))
    assert plain.stimulus.shape[1] == PORTS + 2
    assert link_columns(parameters["Depth"])[PORTS:] == tuple(link_flips(parameters["Depth"]))


@pytest.mark.parametrize("parameters", SETS["commguard_link"], ids=str)
def test_the_hardware_keeps_step_with_the_twin(parameters: Mapping[str, int]) -> None:
    built = build("commguard_link", parameters, flips=link_flips(parameters["Depth"]))
    done = link_lockstep(built, parameters, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES


def test_the_segments_go_everywhere_in_a_link() -> None:
    found = seen(list(islice(CASES["commguard_link"].segments(), 500)))
    assert all(found[f"state {state}"] > 2_000 for state in State), found
    for name in ("skip_frame_o", "drop_tail_o", "discard_header_o", "corrected_o", "detected_o",
                 "skew_err_o"):  # fmt: skip
        assert found[name] > 300, name
    assert found["done"] > 200
    assert found["left"] > 50
    assert found["spoilt"] > 50


@pytest.mark.parametrize(
    ("block", "right", "wrong"),
    [
        ("commguard_source", "opens_q <= IdWidth'(1);", "opens_q <= IdWidth'(0);"),
        ("commguard_sink", "unit_kind_i == KindEoc", "unit_kind_i[1]"),  # a bad header, too
        ("command_timer", "waited_q == Width'(Limit)", "waited_q == Width'(Limit - 1)"),
    ],
)
def test_one_thing_wrong_in_a_shell_is_found(
    block: str, right: str, wrong: str, tmp_path: Path
) -> None:
    text = (RTL / f"{block}.sv").read_text()
    assert text.count(right) == 1
    (tmp_path / f"{block}.sv").write_text(text.replace(right, wrong))
    parameters = SETS["commguard_link"][0]
    flips = link_flips(parameters["Depth"])
    built = build("commguard_link", parameters, sources=(tmp_path, RTL), flips=flips)
    done = link_lockstep(built, parameters, CYCLES)
    assert done.mismatches > 10
    assert done.first.startswith("cycle ")
