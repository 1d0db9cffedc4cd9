# SPDX-License-Identifier: Apache-2.0
"""The blocks at small parameters, where mutants are planted and coverage is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs
from guardlane.guard.shell_inserter import InserterInputs, InserterOutputs
from guardlane_rtl.link_bench import link_flips
from guardlane_rtl.link_model import LinkOutputs
from guardlane_rtl.link_segments import link_columns, link_segments
from guardlane_rtl.lockstep import QUEUE_FLIPS, TIMER, in_ports, out_ports
from guardlane_rtl.segments import (
    Segment,
    alignment_segments,
    decoder_segments,
    encoder_segments,
    inserter_segments,
    timer_segments,
    worn_queue_segments,
)


class Case(NamedTuple):
    """A block at the parameters of its mutants: its ports, its flips, and its segments.

    `is_exhaustive` says that the segments hold all inputs there are. `within` names the modules
    below the block that mutants are planted in; without, they are planted everywhere.
    """

    parameters: Mapping[str, int]
    inputs: Sequence[str]
    outputs: Sequence[str]
    segments: Callable[[], Iterator[Segment]]
    flips: Mapping[str, str] = {}
    is_exhaustive: bool = False
    within: Sequence[str] = ()


LINK = {
    "DataWidth": 4, "IdWidth": 4, "PadData": 10, "LenWidth": 3, "Depth": 3, "WorkingSet": 2,
    "PushTimeout": 12, "PopTimeout": 15,
}  # fmt: skip
WORN_FLIPS = QUEUE_FLIPS | {f"flip_{slot}": f"words_q[{slot}]" for slot in range(3)}

CASES = {
    "alignment_manager": Case(
        {"DataWidth": 4, "IdWidth": 4, "PadData": 10},
        in_ports(AlignmentInputs._fields),
        out_ports(AlignmentOutputs._fields),
        lambda: alignment_segments(4, 4, 10),
    ),
    "header_inserter": Case(
        {"DataWidth": 4, "IdWidth": 4, "DelayFrames": 3},
        in_ports(InserterInputs._fields),
        out_ports(InserterOutputs._fields),
        lambda: inserter_segments(4, 4, 3),
    ),
    "queue_manager": Case(
        {"DataWidth": 4, "IdWidth": 2, "Depth": 3, "WorkingSet": 2},
        [*in_ports(QueueInputs._fields), *WORN_FLIPS],
        out_ports(QueueOutputs._fields),
        lambda: worn_queue_segments(4, 2, 3, 2),
        flips=WORN_FLIPS,
    ),
    "secded_enc": Case(
        {"DataWidth": 9}, ["data_i"], ["code_o"], lambda: encoder_segments(9), is_exhaustive=True
    ),
    "secded_dec": Case(
        {"DataWidth": 9},
        ["code_i"],
        ["data_o", "corrected_o", "uncorrectable_o"],
        lambda: decoder_segments(9),
        is_exhaustive=True,
    ),
    "commguard_link": Case(
        LINK,
        link_columns(LINK["Depth"]),
        LinkOutputs._fields,
        lambda: link_segments(LINK),
        flips=link_flips(LINK["Depth"]),
        within=("commguard_source", "commguard_sink"),
    ),
    "command_timer": Case({"Limit": 6}, *TIMER, lambda: timer_segments(6)),
}
