# SPDX-License-Identifier: Apache-2.0
"""What came of a run of a link, read off its ports: frames, time-outs, and the promises it broke.

Nothing here knows the table or the states of a checker, nor the model: two arrays of port values go
in, a column a field of `LinkInputs` and `LinkOutputs`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from guardlane_rtl.injections import TIMEOUT, Rows
from guardlane_rtl.link_model import LinkInputs, LinkOutputs
from guardlane_rtl.scoreboard import Item, Scoreboard


def frames_of(inputs: Rows, outputs: Rows) -> list[list[int | None]]:
    """Value of the frames that came out: the data of each beat, None for a pad."""
    frames: list[list[int | None]] = [[]]
    ready = inputs[:, LinkInputs._fields.index("m_axis_tready")]
    valid, data, last, pad = (
        outputs[:, LinkOutputs._fields.index(f"m_axis_{name}")]
        for name in ("tvalid", "tdata", "tlast", "tuser")
    )
    for cycle in (ready & valid).nonzero()[0]:
        frames[-1].append(None if pad[cycle] else int(data[cycle]))
        if last[cycle]:
            frames.append([])
    return frames if frames[-1] else frames[:-1]


def mark(data: int) -> Item:
    """Value of the frame and the position that an item carries."""
    return Item(data >> 8 & 0xFFFF, data & 0xFF)


@dataclass
class Judge:
    """Tells a scoreboard what a run did; `bad` are the frames whose header is beyond repair."""

    bad: Iterable[int] = ()
    board: Scoreboard = field(default_factory=Scoreboard)
    timed_out: list[int] = field(default_factory=list)  # frames of the consumer, one a time-out
    cut: list[int] = field(default_factory=list)  # frames of the producer, one a time-out

    def hear(self, inputs: Rows, outputs: Rows) -> None:
        """Go through a whole run and finish the scoreboard."""
        seen = [LinkOutputs(*row) for row in outputs.tolist()]
        self.board.frame_started(1)
        waiting: deque[Item] = deque()  # items in the queue
        opened, taken, quiet, is_answered = 0, 0, 0, False
        for cycle, row in enumerate(inputs[:, : len(LinkInputs._fields)].tolist()):
            i, o = LinkInputs(*row), seen[cycle]
            after = seen[min(cycle + 1, len(seen) - 1)]  # strobes come in the cycle after
            if o.source_frame_o != opened:
                opened = o.source_frame_o
                self.board.header_entered(opened, is_bad=opened in self.bad)
            self._hear_source(i, o, after, waiting)
            if o.discard_item_o and waiting:
                self.board.discarded(waiting.popleft())
            if o.m_axis_tvalid and not is_answered:
                is_answered = True
                self._hear_answer(o, quiet, taken + 1, waiting)
            quiet = 0 if o.m_axis_tvalid else quiet + 1
            if o.m_axis_tvalid and i.m_axis_tready:
                is_answered = False
                if o.m_axis_tlast:
                    taken += 1
                    self.board.frame_started(taken + 1)
            if o.sink_done_o:
                self.board.consumer_ended()
        self.board.finish()

    def _hear_source(
        self, i: LinkInputs, o: LinkOutputs, after: LinkOutputs, waiting: deque[Item]
    ) -> None:
        if after.drop_tail_o:
            self.cut.append(o.source_frame_o)
            self.board.tail_dropped()
        if after.skip_frame_o:
            self.cut.append(o.source_frame_o)
            self.board.header_skipped(o.source_frame_o)
        if i.s_axis_tvalid and o.s_axis_tready and o.source_frame_o not in self.cut:
            self.board.item_entered()
            waiting.append(mark(i.s_axis_tdata))
        if i.eoc_i:
            self.board.producer_ended()

    def _hear_answer(self, o: LinkOutputs, quiet: int, frame: int, waiting: deque[Item]) -> None:
        if o.m_axis_tuser:
            if quiet >= TIMEOUT:
                self.timed_out.append(frame)
                self.board.timed_out()
            self.board.padded()
        else:
            if waiting:
                waiting.popleft()
            self.board.delivered(mark(o.m_axis_tdata))
