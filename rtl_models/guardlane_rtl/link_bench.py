# SPDX-License-Identifier: Apache-2.0
"""A bench for a guarded stream from end to end, judged by the scoreboard.

It offers random frames with gaps, asks for random numbers of beats, takes them when it likes, and
tells the scoreboard what went in and what came out. Time-outs must be off: who waited too long
cannot be told from these ports. It may flip bits while it runs: of the shared pointers, and of the
tags of stored words, one of a word at most.
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


def link_flips(depth: int) -> dict[str, str]:
    """Value of the registers of a link whose bits the bench flips: the pointers, then the words."""
    pointers = {f"flip_{name}": f"u_queue.u_{name}_pointer.code_q" for name in ("write", "read")}
    return pointers | {f"flip_{slot}": f"u_queue.words_q[{slot}]" for slot in range(depth)}


class Upsets:
    """Bits to flip: in a cycle at most one of each pointer, now and then the tag of a word.

    A pointer has `code_width` bits, a tag lies above `payload_width` bits. A word's
    tag is flipped again only when as many items have entered as the queue has words.
    """

    def __init__(self, rng: random.Random, depth: int, code_width: int, payload_width: int) -> None:
        self.rng = rng
        self.code_width = code_width
        self.payload_width = payload_width
        self.flipped_at = [-depth] * depth  # items that had entered then
        self.flips = 0

    def row(self, items: int) -> list[int]:
        """Draw the masks of a cycle, as link_flips orders them; `items` have entered so far."""
        rng, depth = self.rng, len(self.flipped_at)
        masks = [(rng.random() < 0.2) << rng.randrange(self.code_width) for _ in range(2)]
        words = [0] * depth
        slot = rng.randrange(depth)
        if rng.random() < 0.2 and items >= self.flipped_at[slot] + depth:
            self.flipped_at[slot] = items
            words[slot] = 1 << self.payload_width + rng.randrange(3)
        masks += words
        self.flips += sum(mask != 0 for mask in masks)
        return masks


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

    def run(self, built: Built, limit: int = 100_000, upsets: Upsets | None = None) -> bool:
        """Run a link from reset until its sink is done; False if `limit` cycles pass first."""
        block = Block(built, (*INPUTS, *built.flips) if upsets else INPUTS, OUTPUTS)
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
            row = [data, offers, is_last, ends_empty, ends, length, ready]
            if upsets:
                row += upsets.row(self.seen["items"])
            o = dict(zip(OUTPUTS, block.run(np.array([row], np.int64))[0].tolist(), strict=True))
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
