# SPDX-License-Identifier: Apache-2.0
"""A bench for a guarded stream from end to end, judged by the scoreboard.

It offers random frames with gaps, asks for random numbers of beats, takes them when it likes, and
tells the scoreboard what went in and what came out. Time-outs must be off: who waited too long
cannot be told from these ports.
"""

from __future__ import annotations

import random
from collections import Counter

import numpy as np

from guardlane_rtl.block import Block
from guardlane_rtl.build import Built
from guardlane_rtl.scoreboard import Item, Scoreboard

INPUTS = (
    "s_axis_tdata", "s_axis_tvalid", "s_axis_tlast", "frame_i", "eoc_i", "frame_len_i",
    "m_axis_tready",
)  # fmt: skip
OUTPUTS = (
    "s_axis_tready", "m_axis_tvalid", "m_axis_tdata", "m_axis_tlast", "m_axis_tuser",
    "sink_done_o", "discard_item_o", "pad_o", "state_o", "skew_err_o",
)  # fmt: skip


class LinkBench:
    """One stream of `frames` frames of 0 to `most` items, each asked for 1 to `most` beats."""

    def __init__(self, seed: int, frames: int, most: int = 5) -> None:
        self.rng = random.Random(seed)
        draw = self.rng.randrange
        self.pushes = [draw(most + 1) for _ in range(frames)]
        self.lengths = [
            max(1, pushes + self.rng.choice((-1, 0, 0, 0, 1, 2))) for pushes in self.pushes
        ]
        self.busy_source, self.busy_sink = (self.rng.choice((0.2, 0.6, 1.0)) for _ in range(2))
        self.board = Scoreboard()
        self.seen: Counter[str] = Counter()

    def run(self, built: Built, limit: int = 100_000) -> bool:
        """Run a link from reset until its sink is done; False if `limit` cycles pass first."""
        block = Block(built, INPUTS, OUTPUTS)
        board, toss = self.board, self.rng.random
        board.header_entered(1)
        board.frame_started(1)
        frame, index, taken = 0, 0, 0  # of the source; frames that the sink has given
        offers, has_ended = False, False
        for _ in range(limit):
            is_empty = frame < len(self.pushes) and not self.pushes[frame]
            offers = offers or (
                frame < len(self.pushes) and not is_empty and toss() < self.busy_source
            )
            ends_empty = is_empty and toss() < self.busy_source
            ends = frame == len(self.pushes) and not has_ended
            is_last = offers and index == self.pushes[frame] - 1
            length = self.lengths[taken] if taken < len(self.lengths) else 1
            ready = toss() < self.busy_sink
            data = frame << 8 | index
            row = np.array([[data, offers, is_last, ends_empty, ends, length, ready]], np.int64)
            o = dict(zip(OUTPUTS, block.run(row)[0].tolist(), strict=True))
            self._count(o)
            if offers and o["s_axis_tready"]:
                board.item_entered()
                self.seen["items"] += 1
                offers, index = False, index + 1
            if ends_empty or (not offers and is_last):
                frame, index = frame + 1, 0
                board.header_entered(frame + 1)
            if ends:
                has_ended = True
                board.producer_ended()
            if o["m_axis_tvalid"] and ready:
                if o["m_axis_tuser"]:
                    board.padded()
                    self.seen["pads"] += 1
                else:
                    board.delivered(Item((o["m_axis_tdata"] >> 8) + 1, o["m_axis_tdata"] & 0xFF))
                    self.seen["delivered"] += 1
                if o["m_axis_tlast"]:
                    taken += 1
                    board.frame_started(taken + 1)
            if o["sink_done_o"]:
                self.seen["frames"] = taken
                return True
        return False

    def _count(self, o: dict[str, int]) -> None:
        self.seen["cycles"] += 1
        self.seen[f"state {o['state_o']}"] += 1
        self.seen["discarded"] += o["discard_item_o"]
        self.seen["skew"] += o["skew_err_o"]
