# SPDX-License-Identifier: Apache-2.0
"""Short runs of the models that show what each block does, as waveforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guardlane.guard.inserter import Command as Out
from guardlane.guard.queue import QueueInputs, QueueManager
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager
from guardlane.guard.shell_alignment import Command as In
from guardlane.guard.shell_inserter import HeaderInserter, InserterInputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM, Unit, WordLayout
from guardlane_rtl.link_model import Link, LinkInputs
from guardlane_rtl.pages.tables import STATES
from guardlane_rtl.pages.waveform import Signal, waveform

KINDS = {ITEM: "item", HEADER: "header", BAD: "bad", EOC: "end"}
Row = Mapping[str, Any]  # a cycle: signal -> its value


def alignment_run() -> list[Row]:
    """Frame 1 is an item short, frame 2 an item long, and both are popped twice."""
    queue = [Unit(HEADER, 1), Unit(ITEM, data=10), Unit(HEADER, 2)]
    queue += [Unit(ITEM, data=value) for value in (20, 21, 22)] + [Unit(HEADER, 3)]
    queue += [Unit(ITEM, data=30)]
    commands = [In.NEW_FRAME, In.POP, In.POP] * 2 + [In.NEW_FRAME, In.POP]
    manager, frame, rows = AlignmentManager(32, 16), 0, list[Row]()
    is_offered = False
    while len(rows) < 19:
        command = commands[0] if commands else None
        if command == In.NEW_FRAME and not is_offered:
            frame, is_offered = frame + 1, True
        unit = queue[0] if queue else None
        is_idle = not manager.is_open and manager.answer is None
        inputs = AlignmentInputs(
            cmd_valid=command is not None and is_idle,
            cmd=command or 0,
            active_frame=frame,
            unit_valid=unit is not None,
            unit_kind=unit.kind if unit else 0,
            unit_id=unit.ident if unit else 0,
            unit_data=unit.data if unit else 0,
            rsp_ready=True,
        )
        outputs = manager.cycle(inputs)
        rows.append({**inputs._asdict(), **outputs._asdict(), **_meant(unit)})
        if inputs.cmd_valid and outputs.cmd_ready:
            commands.pop(0)
            is_offered = False
        if inputs.unit_valid and outputs.unit_ready:
            queue.pop(0)
    return rows


def inserter_run() -> list[Row]:
    """The second push of frame 1 is out of time, the third swallowed; frame 2 passes."""
    commands = [(Out.NEW_FRAME, 0), *((Out.PUSH, value) for value in (10, 11, 12))]
    commands += [(Out.NEW_FRAME, 0), (Out.PUSH, 20), (Out.END, 0)]
    room = [1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    inserter, frame, waited, rows = HeaderInserter(32, 16), 0, 0, list[Row]()
    for has_room in room:
        command, data = commands[0] if commands else (Out.PUSH, 0)
        if command == Out.NEW_FRAME and commands and not waited:
            frame += 1
        inputs = InserterInputs(bool(commands), command, data, frame, bool(has_room), waited >= 2)
        outputs = inserter.cycle(inputs)
        unit = Unit(outputs.unit_kind) if outputs.unit_valid else None
        rows.append({**inputs._asdict(), **outputs._asdict(), **_meant(unit)})
        waited += 1
        if commands and outputs.cmd_ready:
            commands.pop(0)
            waited = 0
    return rows


def queue_run() -> list[Row]:
    """Half a set shows when it is published, a whole one at once; a pointer has flips."""
    queue, rows = QueueManager(4, 2), list[Row]()
    push = [1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    publish = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    pop = [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    close = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    flips = [0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0]
    for n in range(len(push)):
        queue.write_pointer.flip(flips[n])
        inputs = QueueInputs(
            push_valid=bool(push[n]), push_data=10 + n, publish=bool(publish[n]),
            pop_ready=bool(pop[n]), close=bool(close[n]),
        )  # fmt: skip
        rows.append(
            {**inputs._asdict(), **queue.cycle(inputs)._asdict(), "flips": flips[n].bit_count()}
        )
    return rows


def link_run() -> list[Row]:
    """Frame 1 has its two beats, frame 2 only one, and the stream ends; the sink asks for two."""
    beats = [(0, 10, 0), (1, 11, 1), (2, 20, 1)]
    link, rows = Link(4, 1, WordLayout(32, 16)), list[Row]()
    for n in range(24):
        offered = beats[0] if beats else None
        inputs = LinkInputs(
            s_axis_tdata=offered[1] if offered else 0,
            s_axis_tvalid=int(offered is not None),
            s_axis_tlast=offered[2] if offered else 0,
            eoc_i=int(n == 6),
            frame_len_i=2,
            m_axis_tready=1,
        )
        outputs = link.cycle(inputs)
        rows.append({**inputs._asdict(), **outputs._asdict()})
        if offered and outputs.s_axis_tready:
            beats.pop(0)
    return rows


def _meant(unit: Unit | None) -> Row:
    """Value of what of a unit means something."""
    return {
        "is_header": unit is not None and unit.kind == HEADER,
        "is_item": unit is not None and unit.kind == ITEM,
    }


def _bits(rows: Sequence[Row], *names: str) -> list[Signal]:
    return [Signal(name, [int(row[_field(name, row)]) for row in rows]) for name in names]


def _bus(
    rows: Sequence[Row], name: str, when: str = "", names: Mapping[Any, str] | None = None
) -> Signal:
    values = []
    for row in rows:
        value = int(row[_field(name, row)])
        shown = names[value] if names else value
        values.append(shown if not when or row[_field(when, row)] else None)
    return Signal(name, values, is_bus=True)


def _field(name: str, row: Row) -> str:
    """Value of a port's name in a run: the shells leave out `_i` and `_o`."""
    return name if name in row else name[:-2]


def pictures() -> dict[str, str]:
    """Draw all waveforms: name of the file -> SVG."""
    a, i, q, k = alignment_run(), inserter_run(), queue_run(), link_run()
    alignment = [
        *_bits(a, "cmd_valid_i", "cmd_ready_o"),
        _bus(a, "cmd_i", "cmd_valid_i", {In.POP: "POP", In.NEW_FRAME: "NEW", In.END: "END"}),
        _bus(a, "active_frame_i"),
        *_bits(a, "unit_valid_i", "unit_ready_o"),
        _bus(a, "unit_kind_i", "unit_valid_i", KINDS),
        _bus(a, "unit_id_i", "is_header"),
        _bus(a, "unit_data_i", "is_item"),
        *_bits(a, "rsp_valid_o"),
        _bus(a, "rsp_data_o", "rsp_valid_o"),
        *_bits(a, "rsp_pad_o"),
        _bus(a, "state_o", "", STATES),
        *_bits(a, "discard_item_o", "discard_header_o", "pad_o"),
    ]
    inserter = [
        *_bits(i, "cmd_valid_i", "cmd_ready_o"),
        _bus(i, "cmd_i", "cmd_valid_i", {Out.PUSH: "PUSH", Out.NEW_FRAME: "NEW", Out.END: "END"}),
        _bus(i, "cmd_data_i", "cmd_valid_i"),
        _bus(i, "active_frame_i"),
        *_bits(i, "unit_valid_o", "unit_ready_i"),
        _bus(i, "unit_kind_o", "unit_valid_o", KINDS),
        _bus(i, "unit_id_o", "is_header"),
        _bus(i, "unit_data_o", "is_item"),
        *_bits(i, "timeout_i", "skip_frame_o", "drop_tail_o"),
    ]
    queue = [
        *_bits(q, "push_valid_i", "push_ready_o"),
        _bus(q, "push_data_i", "push_valid_i"),
        *_bits(q, "publish_i", "close_i"),
        _bus(q, "flips"),
        *_bits(q, "pop_valid_o", "pop_ready_i"),
        _bus(q, "pop_data_o", "pop_valid_o"),
        *_bits(q, "closed_o"),
        _bus(q, "occupancy_o"),
        *_bits(q, "corrected_o", "detected_o"),
    ]
    link = [
        *_bits(k, "s_axis_tvalid", "s_axis_tready"),
        _bus(k, "s_axis_tdata", "s_axis_tvalid"),
        *_bits(k, "s_axis_tlast", "eoc_i"),
        _bus(k, "source_frame_o"),
        _bus(k, "occupancy_o"),
        _bus(k, "sink_frame_o"),
        _bus(k, "state_o", "", STATES),
        *_bits(k, "m_axis_tvalid"),
        _bus(k, "m_axis_tdata", "m_axis_tvalid"),
        *_bits(k, "m_axis_tlast", "m_axis_tuser", "source_done_o", "sink_done_o"),
    ]
    drawn = {
        "alignment-manager": (alignment, alignment_run),
        "header-inserter": (inserter, inserter_run),
        "queue-manager": (queue, queue_run),
        "link": (link, link_run),
    }
    return {
        f"wave-{name}.svg": waveform(signals, (run.__doc__ or "").strip())
        for name, (signals, run) in drawn.items()
    }
