# SPDX-License-Identifier: Apache-2.0
"""Hardware against the twins, output by output and state by state, in every cycle.

Each lockstep runs short segments from reset, each in a mood of its own, until it has compared as
many cycles as asked. It returns how much was compared, so that a bench can say that it saw enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from guardlane.guard.alignment import Event, State
from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs, Command
from guardlane.guard.shell_inserter import InserterInputs, InserterOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane_rtl.block import Block, Rows
from guardlane_rtl.build import Built
from guardlane_rtl.link_model import LinkInputs, LinkOutputs
from guardlane_rtl.link_segments import link_segments
from guardlane_rtl.segments import (
    Segment,
    alignment_segments,
    decoder_segments,
    encoder_segments,
    inserter_segments,
    queue_segments,
    timer_segments,
)

QUEUE_FLIPS = {"flip_write": "u_write_pointer.code_q", "flip_read": "u_read_pointer.code_q"}


def in_ports(fields: Sequence[str]) -> list[str]:
    """Value of the input ports that are the fields of a shell's inputs."""
    return [f"{name}_i" for name in fields]


def out_ports(fields: Sequence[str]) -> list[str]:
    """Value of the output ports that are the fields of a shell's outputs."""
    return [f"{name}_o" for name in fields]


CODES = {
    "secded_enc": (encoder_segments, ["data_i"], ["code_o"]),
    "secded_dec": (decoder_segments, ["code_i"], ["data_o", "corrected_o", "uncorrectable_o"]),
}
TIMER = ["waits_i", "done_i"], ["timeout_o"]
OPEN_POP = 3  # a command that was accepted before and goes on
NOTHING, NOT_READ = -1, -2  # events: the queue is empty, or not asked


@dataclass(slots=True)
class Agreement:
    """What a lockstep compared, and where the two first differed."""

    cycles: int = 0
    mismatches: int = 0  # cycles in which an output differed
    first: str = ""
    seen: Counter[tuple[str | int, ...]] = field(
        default_factory=Counter
    )  # what the cycles were about

    def compare(self, names: Sequence[str], segment: Segment, got: Rows) -> None:
        """Compare the response to one segment with the one due."""
        differs = (segment.due != got) & segment.counts
        if differs.any() and not self.mismatches:
            cycle, column = np.argwhere(differs)[0]
            self.first = (
                f"cycle {self.cycles + cycle}: {names[column]} is {got[cycle, column]}, "
                f"not {segment.due[cycle, column]}"
            )
        self.mismatches += int(differs.any(axis=1).sum())
        self.cycles += len(got)

    def count(
        self, what: str, *columns: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]
    ) -> None:
        """Count the different rows of `columns` in the cycles `where`."""
        rows = np.stack([column[where] for column in columns], axis=1)
        for row, number in zip(*np.unique(rows, axis=0, return_counts=True), strict=True):
            self.seen[(what, *row.tolist())] += int(number)


def alignment_lockstep(
    built: Built, data_width: int, id_width: int, pad_data: int, cycles: int, seed: int = 1
) -> Agreement:
    """Run an alignment manager against its twin for `cycles` cycles or a few more."""
    names = out_ports(AlignmentOutputs._fields)
    block = Block(built, in_ports(AlignmentInputs._fields), names)
    agreement = Agreement()
    for segment in alignment_segments(data_width, id_width, pad_data, seed):
        block.reset(segment.stimulus[-1])
        agreement.compare(names, segment, block.run(segment.stimulus))
        _count_alignment(agreement, segment.stimulus, segment.due, id_width)
        if agreement.cycles >= cycles:
            break
    return agreement


def _count_alignment(agreement: Agreement, stimulus: Rows, due: Rows, id_width: int) -> None:
    """Count (state, event) of the units looked at, and (state, state after) of the frames."""
    i = AlignmentInputs(*stimulus.T)
    o = AlignmentOutputs(*due.T)
    accepts = (np.array(i.cmd_valid) & np.array(o.cmd_ready)) != 0
    has_ended = np.cumsum(accepts & (i.cmd == Command.END)) > 0
    distance = (i.unit_id - i.active_frame) & ((1 << id_width) - 1)
    is_past = distance >= 1 << (id_width - 1)
    event = np.select(
        [
            (i.unit_valid != 0) & (i.unit_kind == kind)
            for kind in (ITEM, BAD, EOC)
        ]
        + [(i.unit_valid != 0) & (i.unit_kind == HEADER) & where
           for where in (distance == 0, is_past, ~is_past)]
        + [np.array(i.closed) != 0, np.array(i.timeout) != 0],
        [Event.ITEM, Event.BAD, Event.EOC, Event.SAME, Event.PAST, Event.FUTURE, Event.CLOSED,
         Event.TIMEOUT],
        -1,
    )  # fmt: skip
    looks = (np.array(o.unit_ready) != 0) & ~has_ended
    state = np.array(o.state)
    agreement.count("look", state, event, where=looks)
    is_pop = accepts & (i.cmd == Command.POP)
    ready = np.array(i.rsp_ready)
    command = np.where(accepts, i.cmd, OPEN_POP)
    read = np.where(looks, event, NOT_READ)
    agreement.count("cell", state, read, command, ready, where=looks | accepts)
    agreement.count("pad", state, where=is_pop & (state == State.PDG))
    opens = accepts & (i.cmd == Command.NEW_FRAME)
    opens[-1] = False
    agreement.count("frame", state, np.roll(state, -1), where=opens)
    agreement.count("after the end", np.array(i.unit_kind), where=has_ended & (i.unit_valid != 0))
    agreement.count("skew", np.array(o.skew_err), where=np.ones(len(state), np.bool_))


def timer_lockstep(built: Built, limit: int, cycles: int) -> Agreement:
    """Run the timer of a command against a count of the cycles that it waits."""
    block, agreement = Block(built, *TIMER), Agreement()
    for segment in timer_segments(limit):
        block.reset(segment.stimulus[-1])
        agreement.compare(TIMER[1], segment, block.run(segment.stimulus))
        if agreement.cycles >= cycles:
            break
    return agreement


def code_lockstep(block: str, built: Built, data_width: int) -> Agreement:
    """Run an encoder or a decoder through every word there is of `data_width`, 16 or fewer."""
    segments, inputs, names = CODES[block]
    running, agreement = Block(built, inputs, names), Agreement()
    for segment in segments(data_width):
        agreement.compare(names, segment, running.run(segment.stimulus))
    return agreement


def inserter_lockstep(
    built: Built,
    data_width: int,
    id_width: int,
    delay_frames: int,
    cycles: int,
    seed: int = 1,
) -> Agreement:
    """Run a header inserter against its twin for `cycles` cycles or a few more."""
    names = out_ports(InserterOutputs._fields)
    block = Block(built, in_ports(InserterInputs._fields), names)
    agreement = Agreement()
    for segment in inserter_segments(data_width, id_width, delay_frames, seed):
        block.reset(segment.stimulus[-1])
        agreement.compare(names, segment, block.run(segment.stimulus))
        valid, command, _, _, ready, timeout = segment.stimulus.T
        agreement.count("command", command, ready, timeout, segment.due[:, 1], where=valid != 0)
        if agreement.cycles >= cycles:
            break
    return agreement


def queue_lockstep(
    built: Built,
    data_width: int,
    id_width: int,
    depth: int,
    working_set: int,
    cycles: int,
    seed: int = 1,
) -> Agreement:
    """Run a queue manager against its twin, bits of shared pointers flipped in both.

    The block has to be built with QUEUE_FLIPS.
    """
    names = out_ports(QueueOutputs._fields)
    block = Block(built, [*in_ports(QueueInputs._fields), *QUEUE_FLIPS], names)
    agreement = Agreement()
    for segment in queue_segments(data_width, id_width, depth, working_set, seed):
        stimulus, due, _ = segment
        block.reset(stimulus[-1])
        agreement.compare(names, segment, block.run(stimulus))
        push, pop = due[:, 0] & stimulus[:, 0], due[:, 1] & stimulus[:, 6]
        every = np.ones(len(due), np.bool_)
        agreement.count("occupancy", due[:, names.index("occupancy_o")], where=every)
        agreement.count("hands", push, stimulus[:, 4], pop, stimulus[:, 7], where=every)
        agreement.count("popped", due[:, names.index("pop_kind_o")], where=pop != 0)
        agreement.count("upset", due[:, 7], due[:, 8], where=every)
        agreement.count("closed", due[:, 5], stimulus[:, 8], where=every)
        if agreement.cycles >= cycles:
            break
    return agreement


def link_lockstep(
    built: Built, parameters: Mapping[str, int], cycles: int, seed: int = 1
) -> Agreement:
    """Run a whole link against its twin, bits of pointers and of headers flipped in both.

    The block has to be built with `link_flips` of its depth, or only with those of the pointers.
    """
    names = LinkOutputs._fields
    columns = (*LinkInputs._fields, *built.flips)
    block, agreement = Block(built, columns, names), Agreement()
    for segment in link_segments(parameters, seed, spoils=len(built.flips) > 2):
        block.reset(segment.stimulus[-1])
        agreement.compare(names, segment, block.run(segment.stimulus))
        if agreement.cycles >= cycles:
            break
    return agreement
