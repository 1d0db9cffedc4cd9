# SPDX-License-Identifier: Apache-2.0
"""A guarded stream from end to end, clock by clock: what `commguard_link` is held against.

Inserter, queue and alignment manager are those of `guardlane.guard`; the two ends as streams, the
timers and the stored words, whose bits can be flipped, are added here. One call of `cycle` is one
clock; the names of inputs and outputs are those of the ports.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from guardlane.guard import inserter, shell_alignment
from guardlane.guard.queue import QueueInputs, QueueManager
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager, AlignmentOutputs
from guardlane.guard.shell_inserter import HeaderInserter, InserterInputs
from guardlane.guard.words import EOC, ITEM, Unit, WordLayout


class LinkInputs(NamedTuple):
    """The input ports of one cycle."""

    s_axis_tdata: int = 0
    s_axis_tvalid: int = 0
    s_axis_tlast: int = 0
    frame_i: int = 0
    eoc_i: int = 0
    frame_len_i: int = 0
    end_i: int = 0
    m_axis_tready: int = 0


class LinkOutputs(NamedTuple):
    """The output ports of one cycle."""

    s_axis_tready: int
    m_axis_tdata: int
    m_axis_tvalid: int
    m_axis_tlast: int
    m_axis_tuser: int
    source_frame_o: int
    source_done_o: int
    skip_frame_o: int
    drop_tail_o: int
    occupancy_o: int
    corrected_o: int
    detected_o: int
    sink_frame_o: int
    sink_done_o: int
    state_o: int
    discard_item_o: int
    discard_header_o: int
    pad_o: int
    skew_err_o: int


class StoredWords:
    """The words of a queue as bits: written as units, read as what the bits say."""

    def __init__(self, layout: WordLayout, depth: int) -> None:
        self.layout = layout
        self.bits = [0] * depth
        self.latest: tuple[int, Unit] | None = None  # slot and unit last written

    def __getitem__(self, slot: int) -> Unit:
        return self.layout.decode(self.bits[slot])

    def __setitem__(self, slot: int, unit: Unit) -> None:
        self.bits[slot] = self.layout.encode(unit)
        self.latest = slot, unit


class Queue(QueueManager):
    """A queue manager over stored words."""

    def __init__(self, depth: int, working_set: int, layout: WordLayout) -> None:
        super().__init__(depth, working_set)
        self.words = StoredWords(layout, depth)
        self.slots = self.words

    def ends(self) -> tuple[bool, Unit | None, bool]:
        """Return whether there is room, the unit at the head, and whether it is closed."""
        now = self.look()
        unit = Unit(now.pop_kind, now.pop_id, now.pop_data) if now.pop_valid else None
        return now.push_ready, unit, now.closed


class Timer:
    """How long a command has waited; `limit` in cycles, 0 waits for ever."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waited = 0

    @property
    def is_out(self) -> bool:
        """Whether the command has waited too long."""
        return self.limit > 0 and self.waited == self.limit

    def clock(self, waits: bool, is_done: bool) -> None:
        """Take the clock edge of a cycle in which a command waits, or is done."""
        self.waited = 0 if is_done or not waits else min(self.waited + 1, self.limit)


class Phase(IntEnum):
    """Where a sink is in its frame."""

    BOUNDARY = 0
    POP = 1
    ANSWER = 2
    END = 3
    DONE = 4


class Link:
    """One link after reset. A part that is handed in takes the place of the usual one."""

    def __init__(
        self,
        depth: int,
        working_set: int,
        layout: WordLayout,
        *,
        push_timeout: int = 0,
        pop_timeout: int = 0,
        alignment: type[AlignmentManager] = AlignmentManager,
    ) -> None:
        self.mask = (1 << layout.id_width) - 1
        self.queue = Queue(depth, working_set, layout)
        self.inserter = HeaderInserter(layout.data_width, layout.id_width)
        self.alignment = alignment(layout.data_width, layout.id_width)
        self.push_timer, self.pop_timer = Timer(push_timeout), Timer(pop_timeout)
        # The source: frames to open before anything else, the frame it is in, its end.
        self.opens, self.source_frame, self.is_ending, self.source_done = 1, 0, False, False
        # The sink: beats of the frame after the one in hand; whether none has been given.
        self.phase, self.left, self.is_first, self.sink_frame = Phase.BOUNDARY, 0, False, 0
        self.is_leaving = self.has_met_end = False

    def flip(self, write: int, read: int, words: list[int]) -> None:
        """Flip the bits of these masks: in the two shared pointers, and in each stored word."""
        self.queue.write_pointer.flip(write)
        self.queue.read_pointer.flip(read)
        for slot, mask in enumerate(words):
            self.queue.words.bits[slot] ^= mask

    def cycle(self, i: LinkInputs) -> LinkOutputs:
        """Return the outputs of this cycle and take the clock edge."""
        has_room, unit, is_closed = self.queue.ends()

        opens = self.opens > 0
        if opens:
            command = inserter.Command.NEW_FRAME
        else:
            command = inserter.Command.END if self.is_ending else inserter.Command.PUSH
        waits = opens or (not self.source_done if self.is_ending else bool(i.s_axis_tvalid))
        source_frame = (self.source_frame + opens) & self.mask
        into = self.inserter.cycle(
            InserterInputs(
                waits, command, i.s_axis_tdata, source_frame, has_room, self.push_timer.is_out
            )
        )
        takes = into.cmd_ready and command == inserter.Command.PUSH
        closes = into.cmd_ready and command == inserter.Command.END
        self.push_timer.clock(waits, into.cmd_ready)

        begins = (
            self.phase == Phase.BOUNDARY
            and not (self.is_leaving or self.has_met_end)
            and i.frame_len_i > 0
        )
        sink_frame = (self.sink_frame + begins) & self.mask
        answer = self.alignment.answer
        is_no_frame = self.is_first and answer is not None and answer[1] and self.has_met_end
        takes_answer = self.phase == Phase.ANSWER and bool(i.m_axis_tready or is_no_frame)
        out = self._align(begins, sink_frame, unit, is_closed, takes_answer)
        gives = self.phase == Phase.ANSWER and out.rsp_valid and not is_no_frame
        self.pop_timer.clock(
            self.phase in (Phase.POP, Phase.ANSWER), out.rsp_valid and takes_answer
        )

        between = self.queue.cycle(
            QueueInputs(
                into.unit_valid, into.unit_kind, into.unit_id, into.unit_data,
                publish=not (into.unit_valid and has_room),
                close=closes,
                pop_ready=out.unit_ready,
                release=not (unit is not None and out.unit_ready),
            )
        )  # fmt: skip
        outputs = LinkOutputs(
            takes, out.rsp_data, gives, self.left == 0, out.rsp_pad,
            source_frame, self.source_done, into.skip_frame, into.drop_tail,
            between.occupancy, between.corrected, between.detected,
            sink_frame, self.phase == Phase.DONE, out.state,
            out.discard_item, out.discard_header, out.pad, out.skew_err,
        )  # fmt: skip
        self._clock_source(i, opens and into.cmd_ready, source_frame, takes, closes)
        self._clock_sink(i, begins, sink_frame, is_no_frame, out)
        meets_end = unit.kind == EOC if unit is not None else is_closed
        self.has_met_end |= out.unit_ready and meets_end
        self.is_leaving |= bool(i.end_i)
        return outputs

    def _align(
        self, begins: bool, frame: int, unit: Unit | None, is_closed: bool, takes_answer: bool
    ) -> AlignmentOutputs:
        """Clock the alignment manager with the sink's command and the head of the queue."""
        command = shell_alignment.Command.POP
        if self.phase == Phase.BOUNDARY:
            command = shell_alignment.Command.NEW_FRAME
        elif self.phase == Phase.END:
            command = shell_alignment.Command.END
        asks = begins or self.phase in (Phase.POP, Phase.END)
        head = unit or Unit(ITEM)
        return self.alignment.cycle(
            AlignmentInputs(
                asks, command, frame, unit is not None, *head, is_closed, self.pop_timer.is_out,
                takes_answer,
            )
        )  # fmt: skip

    def _clock_source(
        self, i: LinkInputs, has_opened: bool, frame: int, takes: bool, closes: bool
    ) -> None:
        ends_frame = i.frame_i or (i.s_axis_tvalid and takes and i.s_axis_tlast)
        if has_opened:
            self.source_frame = frame
            self.opens -= 1
        if ends_frame and not self.is_ending:
            self.opens = (self.opens + 1) & self.mask
        self.is_ending |= bool(i.eoc_i)
        self.source_done |= closes

    def _clock_sink(
        self, i: LinkInputs, begins: bool, frame: int, is_no_frame: bool, out: AlignmentOutputs
    ) -> None:
        if self.phase == Phase.BOUNDARY and (self.is_leaving or self.has_met_end):
            self.phase = Phase.END
        elif begins and out.cmd_ready:
            self.phase, self.left, self.is_first = Phase.POP, i.frame_len_i - 1, True
            self.sink_frame = frame
        elif self.phase == Phase.POP and out.cmd_ready:
            self.phase = Phase.ANSWER
        elif self.phase == Phase.ANSWER and out.rsp_valid and is_no_frame:
            self.phase = Phase.END
        elif self.phase == Phase.ANSWER and out.rsp_valid and i.m_axis_tready:
            self.phase = Phase.POP if self.left else Phase.BOUNDARY
            self.left, self.is_first = (self.left - 1) & 0xFFFF, False
        elif self.phase == Phase.END and out.cmd_ready:
            self.phase = Phase.DONE
