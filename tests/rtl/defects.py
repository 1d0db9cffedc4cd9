# SPDX-License-Identifier: Apache-2.0
"""Hardware with one thing wrong: a block's source with one place changed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from guardlane_rtl.build import RTL


class Defect(NamedTuple):
    """What is wrong, in which block, the text that makes it so, and a bench that must find it."""

    name: str
    block: str
    right: str
    wrong: str
    bench: str


DEFECTS = (
    Defect(
        "wrong transition: a new frame leaves the old one's items to it",
        "alignment_manager",
        "RcvCmp: state_d = ExpHdr;",
        "RcvCmp: state_d = RcvCmp;",
        "frames_of_any_length",
    ),
    Defect(
        "lossy arc: a push that waited too long is lost alone",
        "header_inserter",
        "else if (gives_up) dropping_q <= 1'b1;",
        "else if (gives_up) dropping_q <= cmd_i != CmdPush;",
        "hasty",
    ),
    Defect(
        "wrong compare width: the sign of a distance of one bit",
        "alignment_manager",
        "assign is_future        = !is_same && !unit_distance[IdWidth-1];",
        "assign is_future        = !is_same && !unit_distance[0];",
        "frames_of_any_length",
    ),
    Defect(
        "unpublished partial set: a stall hands nothing over",
        "queue_manager",
        "assign publishes = publish_i || close_i ||",
        "assign publishes = close_i ||",
        "each_frame_is_answered_before_the_next",
    ),
    Defect(
        "dropped header: one of four never reaches the queue",
        "header_inserter",
        "assign swallows = is_live && dropping_q && cmd_i == CmdPush;",
        "assign swallows = is_live && (cmd_i == CmdNewFrame ? &active_frame_i[1:0] :\n"
        "                              dropping_q && cmd_i == CmdPush);",
        "frames_of_any_length",
    ),
)


def plant(defect: Defect, folder: Path) -> Path:
    """Write the block with the defect into `folder`, which goes before the sources."""
    source = (RTL / f"{defect.block}.sv").read_text()
    found = source.count(defect.right)
    assert found == 1, f"{defect.name}: {found} places in {defect.block}"
    folder.mkdir()
    (folder / f"{defect.block}.sv").write_text(source.replace(defect.right, defect.wrong))
    return folder
