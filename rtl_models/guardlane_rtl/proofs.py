# SPDX-License-Identifier: Apache-2.0
"""The proofs: what is claimed of the checkers, at which widths; what must fail, or be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guardlane_rtl.prove import Mode, Proof

Parameters = Mapping[str, int]

SMALL = {"DataWidth": 2, "IdWidth": 3}
LARGE = {"DataWidth": 8, "IdWidth": 8}
ODD = {"DataWidth": 4, "IdWidth": 2, "Depth": 3, "WorkingSet": 2}  # as where mutants are planted
ONE = {"Depth": 1, "WorkingSet": 1}
THREE = {"Flips": 3, "Exact": 0, "Helpers": 0}
ENDS = {"PushTimeout": 0, "Helpers": 0}
FREE = {"Helpers": 0}
FAULTLESS = {"MayBeBad": 0, "MayTimeOut": 0, "Equality": 1}

STREAM = "legal stream; boundary tags survive; frames begin in order (G1), one end (G3); skew bound"
UPSETS = "one flip at a time in each shared pointer, anew every cycle; nothing after close (G3)"
LINK = "begins: nothing. ends: no time-outs, the sink asks for frames and is always ready, no flips"
ENDING = "no time-outs, no flips; the stream over, the sink asks for frames and is always ready"
POINTERS = ("dut.u_write_pointer.code_q", "dut.u_read_pointer.code_q", "dut.pop_word")


def _alignment(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    return _proof("alignment_proof", f"alignment: {name}", mode, depth, label, STREAM, parameters)


def _cells(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    assumed = "frames begin in order (G1), one command at a time"
    return _proof("cells_proof", f"cells: {name}", mode, depth, label, assumed, parameters)


def _timed(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    assumed = "time-outs on; nothing of the queue; one command at a time; no pop after END"
    return _proof("timed_pop_proof", f"timed pop: {name}", mode, depth, label, assumed, parameters)


def _steady(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    assumed = (
        "time-outs off; legal stream, intact headers, at most Items a frame, core at most Ahead "
        "frames ahead, a unit or the closed flag every Gap cycles; skew bound"
    )
    return _proof(
        "steady_pop_proof", f"steady pop: {name}", mode, depth, label, assumed, parameters
    )


def _inserter(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    assumed = "frames begin in order (G1); no push before the first"
    return _proof("inserter_proof", f"inserter: {name}", mode, depth, label, assumed, parameters)


def _queue(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    # one slot is the word at the head itself: it cannot be read as other than it was stored
    cuts = POINTERS[:2] if parameters.get("Depth") == 1 else POINTERS
    return _proof("queue_proof", f"queue: {name}", mode, depth, label, UPSETS, parameters, cuts)


def _link(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    return _proof("link_proof", f"link: {name}", mode, depth, label, LINK, parameters)


def _ending(name: str, mode: Mode, depth: int, parameters: Parameters, label: str = "") -> Proof:
    return _proof("ending_proof", f"ending: {name}", mode, depth, label, ENDING, parameters)


def _proof(
    top: str,
    name: str,
    mode: Mode,
    depth: int,
    label: str,
    assumed: str,
    parameters: Parameters,
    cuts: tuple[str, ...] = (),
) -> Proof:
    return Proof(
        name, top, parameters, mode, depth, "fails" if label else "holds", label, cuts, assumed
    )


# What proofs are about; codes are proved as parts of the queue.
HARNESSES: Mapping[str, Sequence[str]] = {
    "header_inserter": ("inserter_proof",),
    "alignment_manager": ("alignment_proof", "cells_proof", "timed_pop_proof", "steady_pop_proof"),
    "queue_manager": ("queue_proof",),
    "commguard_link": ("link_proof", "ending_proof"),
}

PROOFS = (
    _alignment("(a)-(d), ports, nothing lost", "induction", 1, SMALL),
    _alignment("(a)-(d), wide", "induction", 1, LARGE),
    _alignment("(a)-(e)", "induction", 1, {**SMALL, **FAULTLESS}),
    _alignment("(a)-(e), wide", "induction", 1, {**LARGE, **FAULTLESS}),
    _alignment("what happens", "cover", 12, {}),
    _alignment("what happens without faults", "cover", 12, FAULTLESS),
    _alignment("pads without a later header", "bounded", 8, {"Denied": 1}, "p_b"),
    _alignment("pads without an end", "bounded", 8, {"Denied": 2}, "p_b"),
    _alignment("pads without a time-out", "bounded", 8, {"Denied": 3}, "p_b"),
    _alignment("discards only after bad headers", "bounded", 8, {"Denied": 4}, "p_c"),
    _alignment("discards only other frames", "bounded", 8, {"Denied": 5}, "p_c"),
    _alignment("(e) with bad headers", "bounded", 8, {"MayTimeOut": 0, "Equality": 1}, "p_e"),
    _alignment("(e) with time-outs", "bounded", 8, {"MayBeBad": 0, "Equality": 1}, "p_e"),
    _alignment("no skew bound", "bounded", 8, {"SkewBound": 0, "Helpers": 0}, "p_no_skew"),
    _alignment("an illegal stream", "bounded", 8, {"InOrder": 0, "Helpers": 0}, "p_header_discard"),
    _alignment("frames in any order", "bounded", 8, {"StepsByOne": 0, "Helpers": 0}, "p_c"),
    _cells("no command in Disc or DiscFr, no other state", "induction", 1, SMALL),
    _cells("wide", "induction", 1, LARGE),
    _cells("DISC while POP is accepted", "cover", 8, {"State": 2, "Command": 0}, "c_cell"),
    _cells("DISC while NEW_FRAME is accepted", "cover", 8, {"State": 2, "Command": 1}, "c_cell"),
    _cells("DISC while END is accepted", "cover", 8, {"State": 2, "Command": 2}, "c_cell"),
    _cells("DISC_FR while POP is accepted", "cover", 8, {"State": 3, "Command": 0}, "c_cell"),
    _cells("DISC_FR while NEW_FRAME is accepted", "cover", 8, {"State": 3, "Command": 1}, "c_cell"),
    _cells("DISC_FR while END is accepted", "cover", 8, {"State": 3, "Command": 2}, "c_cell"),
    _cells("a cell of the table", "cover", 8, {"State": 0, "Command": 1}),
    _cells("frames in any order", "bounded", 8, {"StepsByOne": 0, "Helpers": 0}, "p_disc_fr_end"),
    _timed("T + 1, and one for each late unit", "induction", 1, {**SMALL, "Timeout": 4}),
    _timed("T + 1, wide", "induction", 1, {**LARGE, "Timeout": 100}),
    _timed("reached", "cover", 12, {}),
    _timed("T", "bounded", 8, {"Less": 1}, "p_answered"),
    _timed("T + 8 whatever comes", "bounded", 16, {"Unconditional": 1}, "p_unconditional"),
    _steady("K = Gap (Ahead (Items + 1) + 1)", "induction", 1, SMALL),
    _steady("K, wide", "induction", 1, {**LARGE, "Items": 7, "Ahead": 5, "Gap": 4}),
    _steady("reached", "cover", 12, {"Ahead": 1}),
    _steady("K - 1", "bounded", 16, {"Less": 1}, "p_answered"),
    _steady("no spacing", "bounded", 16, {"Spaced": 0}, "p_answered"),
    _steady("frames of any length", "bounded", 16, {"Bounded": 0}, "p_answered"),
    _inserter("a legal stream, the i-th push in its place", "induction", 1, SMALL),
    _inserter("the same, wide, 3 frames late", "induction", 1, {**LARGE, "DelayFrames": 3}),
    _inserter("nothing lost without time-outs", "induction", 1, {"Lossless": 1, "MayTimeOut": 0}),
    _inserter("what happens", "cover", 10, {}),
    _inserter("nothing lost", "bounded", 6, {"Lossless": 1}, "p_lossless"),
    _inserter("frames in any order", "bounded", 6, {"StepsByOne": 0}, "p_legal"),
    _queue("delivers what was pushed", "induction", 1, SMALL),
    _queue("depth 1", "induction", 1, {**SMALL, **ONE}),
    _queue("depth 1, wide", "induction", 1, {**LARGE, **ONE}),
    _queue("depth 1, two flips in each pointer", "induction", 1, {**ONE, "Flips": 2, "Exact": 0}),
    _queue("depth 5", "induction", 1, {**SMALL, "Depth": 5}),
    _queue("wide, depth 8", "induction", 1, {**LARGE, "Depth": 8, "WorkingSet": 3}),
    _queue("two flips in each pointer", "induction", 1, {**SMALL, "Flips": 2, "Exact": 0}),
    _queue("two flips, room for three", "induction", 1, {**ODD, "Flips": 2, "Exact": 0}),
    _queue("one flip in each word too", "induction", 1, {**SMALL, "WordFlips": 1}),
    _queue("one flip in each word too, wide", "induction", 1, {**LARGE, "WordFlips": 1}),
    _queue("what happens", "cover", 14, {}),
    _queue("what happens at depth 1", "cover", 10, ONE),
    _queue("what happens with flipped words", "cover", 9, {"Depth": 2, "WordFlips": 1}),
    _queue("two flips unseen", "bounded", 8, {"Flips": 2, "Helpers": 0}, "p_corrected"),
    _queue("three flips", "bounded", 8, THREE, "p_published"),
    _queue("two flips in a word", "bounded", 8, {"WordFlips": 2, "Helpers": 0}, "p_kind"),
    _queue("depth 1, three flips", "bounded", 8, {**ONE, **THREE}, "p_published"),
    _queue("pushes after the end", "bounded", 8, {"EndsOnce": 0, "Helpers": 0}, "p_closed"),
    _link("each frame begins at both ends", "induction", 1, {}),
    _link("each frame begins, wide", "induction", 1, {**LARGE, "Depth": 8, "PushTimeout": 20}),
    _link("what happens", "cover", 16, {}),
    _link("a cycle earlier", "bounded", 8, {"Less": 1, "Helpers": 0}, "p_source_begins_last"),
    _link("over by 2, done by 15", "bounded", 17, {**ENDS, "OverBy": 2, "DoneBy": 15}),
    _link("over by 5, done by 24", "bounded", 26, {**ENDS, "OverBy": 5, "DoneBy": 24}),
    _link("by 14", "bounded", 17, {**ENDS, "OverBy": 2, "DoneBy": 14}, "p_run_ends"),
    _link("by 23", "bounded", 26, {**ENDS, "OverBy": 5, "DoneBy": 23}, "p_run_ends"),
    _ending("what is left falls in every cycle", "induction", 1, {}),
    _ending("depth 1", "induction", 1, ONE),
    _ending("depth 5", "induction", 1, {"Depth": 5}),
    _ending("wide", "induction", 1, {**LARGE, "Depth": 8, "WorkingSet": 3}),
    _ending("what happens", "cover", 14, {}),
    _ending("a sink that asks for no frame", "bounded", 8, {**FREE, "Asks": 0}, "p_nearer"),
    _ending("a sink that is not ready", "bounded", 8, {**FREE, "IsReady": 0}, "p_nearer"),
)
