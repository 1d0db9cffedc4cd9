# SPDX-License-Identifier: Apache-2.0
"""Links with one protection taken out, in hardware and as a model alike."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from guardlane.guard.alignment import State
from guardlane.guard.queue import SharedPointer
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager, AlignmentOutputs
from guardlane.guard.words import EOC, HEADER, ITEM, Unit, WordLayout
from guardlane_rtl.build import RTL


class PassThrough(AlignmentManager):
    """Delivers every item, drops every header, and pads at an end or a time-out, once a pop."""

    @property
    def state(self) -> State:
        return State.RCV_CMP

    @state.setter
    def state(self, _: State) -> None:
        pass

    def _look(self, i: AlignmentInputs) -> None:
        if i.unit_valid and i.unit_kind == ITEM:
            self._answer(i.unit_data, is_pad=False)
        elif i.unit_valid and i.unit_kind != EOC:
            self.strobes = (False, True, False)
        elif i.unit_valid or i.closed or i.timeout:
            self._answer(self.pad_data, is_pad=True)


class Undrained(AlignmentManager):
    """Leaves the queue as it is once its consumer has ended."""

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        has_ended = self.has_ended
        return super().cycle(i)._replace(**({"unit_ready": False} if has_ended else {}))


class Undecoded(WordLayout):
    """Takes headers as they are stored."""

    def decode(self, word: int) -> Unit:
        if (word >> self.payload_width & 0b111).bit_count() < 2:
            return Unit(ITEM, data=word & ((1 << self.data_width) - 1))
        is_eoc = word >> self.id_width & 1
        return Unit(EOC if is_eoc else HEADER, word & ((1 << self.id_width) - 1))


class OneTagBit(WordLayout):
    """Takes the lowest tag bit for all three, but for two others that agree on a header."""

    def decode(self, word: int) -> Unit:
        tag = word >> self.payload_width & 0b111
        payload = word & ((1 << self.payload_width) - 1)
        is_header = tag & 1 or tag == 0b110
        return super().decode(payload | (0b111 << self.payload_width if is_header else 0))


class RawPointer(SharedPointer):
    """Is read as it is stored."""

    def read(self) -> tuple[bool, bool]:
        found = super().read()
        self.trusted = self.cells[-1] & ((1 << self.code.data_width) - 1)
        return found


class Control(NamedTuple):
    """What is taken out: (block, text, what stands instead), and parts of the model."""

    edits: tuple[tuple[str, str, str], ...] = ()
    alignment: type[AlignmentManager] = AlignmentManager
    layout: type[WordLayout] = WordLayout
    pointer: type[SharedPointer] = SharedPointer

    def plant(self, folder: Path) -> Path:
        """Write the blocks without their protection into the new `folder`."""
        sources: dict[str, str] = {}
        for block, right, wrong in self.edits:
            source = sources.get(block) or (RTL / f"{block}.sv").read_text()
            assert source.count(right) == 1, right
            sources[block] = source.replace(right, wrong)
        folder.mkdir()
        for block, source in sources.items():
            (folder / f"{block}.sv").write_text(source)
        return folder


WHOLE = Control()
NO_CHECKER = Control(
    (
        ("alignment_manager", "state_q          <= ExpHdr;", "state_q          <= RcvCmp;"),
        ("alignment_manager", "state_q          <= state_d;", "state_q          <= RcvCmp;"),
        ("alignment_manager", "== KindHeader && is_future", "== KindHeader && 1'b0"),
    ),
    alignment=PassThrough,
)
NO_DRAIN = Control(
    (("alignment_manager", "ready_o = ended_q || (looks", "ready_o = !ended_q && (looks"),),
    alignment=Undrained,
)
NO_DECODER = Control(
    (
        ("queue_manager", "pop_is_eoc = pop_header[IdWidth];", "pop_is_eoc = pop_word[IdWidth];"),
        ("queue_manager", "pop_id_o = pop_header[", "pop_id_o = pop_word["),
        ("queue_manager", "else if (pop_header_uncorrectable) pop", "else if (1'b0) pop"),
    ),
    layout=Undecoded,
)
NO_MAJORITY = Control(
    (
        (
            "queue_manager",
            "assign pop_is_header = (pop_tag[0] && pop_tag[1]) ||",
            "assign pop_is_header = pop_tag[0] ||",
        ),
    ),
    layout=OneTagBit,
)
NO_POINTER_CODE = Control(
    (
        (
            "shared_pointer",
            "assign value_o = detected_o ? trusted_q : decoded;",
            "assign value_o = code_q[Width-1:0];",
        ),
    ),
    pointer=RawPointer,
)


def without_checker(control: Control) -> Control:
    """Take the checker out, too."""
    return control._replace(edits=control.edits + NO_CHECKER.edits, alignment=PassThrough)
