# SPDX-License-Identifier: Apache-2.0
"""Steps of a core as a Kanata 0004 log, the text that the pipeline viewer Konata reads.

Lane 0 has the stages: F while the one before holds the issue stage or the word is yet to come, D
while it waits there, X from its issue until it leaves, then M (memory) or W until its result is
there and all before it are done. Lane 1 has what it waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from guardlane.core.steps import Step, Steps
from guardlane.isa.encoding import decode, disassemble
from guardlane.isa.instructions import INSTRUCTIONS

HEADER = "Kanata\t0004"
RETIRED = 0  # the kind of an R line; a core in order flushes nothing that it has issued
STAGES, STALLS = 0, 1  # lanes

Event = tuple[int, int, int, str]  # cycle, instruction, place among its lines, line


def konata_text(steps: Steps) -> str:
    """Write the log; if the window is less than the run, its last instruction says so."""
    events: list[Event] = []
    taken = steps.taken
    first = taken[0].before if taken and steps.window.first > 1 else 0
    issued, left, retired = first, 0, 0  # of the instruction before
    for number, step in enumerate(taken):
        follows = number == 0 or step.before == left
        fetched = issued if follows else step.before  # else something came between them
        retired = max(retired, step.result)
        if not steps.is_cut:  # a result that nobody waits for ends with the run
            retired = min(retired, max(steps.cycles, step.after))
        is_last_of_part = steps.is_cut and number == len(taken) - 1
        note = _cut(steps) if is_last_of_part else ""
        lines = _lines(number, step, fetched, retired, note)
        events.extend((cycle, number, place, line) for place, (cycle, line) in enumerate(lines))
        issued, left = step.issued, step.after
    out, now = [HEADER, f"C=\t{first}"], first
    for cycle, _, _, line in sorted(events):
        if cycle > now:
            out.append(f"C\t{cycle - now}")
            now = cycle
        out.append(line)
    return "\n".join(out) + "\n"


def _cut(steps: Steps) -> str:
    shown = f"instructions {steps.taken[0].number} to {steps.taken[-1].number}"
    return f"\\ncut: {shown} of {steps.retired} are shown"


def _lines(
    number: int, step: Step, fetched: int, retired: int, note: str
) -> Iterator[tuple[int, str]]:
    """Give the lines of one instruction, each with its cycle, in the order of time."""
    has_word = step.before + (step.operand + step.fetch if step.fetch else 0)
    text, is_memory = _text(step.word)
    stages = [
        ("F", fetched, has_word),
        ("D", has_word, step.issued),
        ("X", step.issued, step.after),
        ("M" if is_memory else "W", step.after, retired),
    ]
    yield fetched, f"I\t{number}\t{step.number}\t0"
    yield fetched, f"L\t{number}\t0\t{step.pc:08x}: {text}"
    yield fetched, f"L\t{number}\t1\t{_detail(step)}{note}"
    spans = [(STAGES, *one) for one in stages if one[2] > one[1] or one[0] in "FX"]
    spans += [(STALLS, *one) for one in _stalls(step) if one[2] > one[1]]
    lines = []
    for place, (lane, name, start, end) in enumerate(spans):
        lines.append((start, 2 * place, f"S\t{number}\t{lane}\t{name}"))
        lines.append((end, 2 * place + 1, f"E\t{number}\t{lane}\t{name}"))
    for cycle, _, line in sorted(lines):  # a stage ends before the next one of its lane begins
        yield cycle, line
    yield retired, f"R\t{number}\t{number}\t{RETIRED}"


def _stalls(step: Step) -> Iterator[tuple[str, int, int]]:
    """Give what it waited for, and from when to when."""
    at = step.before
    for name, cycles in (("opr", step.operand), ("ftc", step.fetch), ("mem", step.data)):
        yield name, at, at + cycles
        at += cycles
    yield "que", step.issued, step.issued + step.queue
    yield "jmp", step.after - step.redirect, step.after


def _detail(step: Step) -> str:
    waited = [
        f"{cycles} for {what}"
        for what, cycles in (
            ("an operand or a unit", step.operand),
            ("its word", step.fetch),
            ("the data port or cache", step.data),
            ("a queue or shared memory", step.queue),
            ("the target behind it", step.redirect),
        )
        if cycles
    ]
    waits = f"\\nwaited {', '.join(waited)}" if waited else ""
    return f"issued in cycle {step.issued}, next from {step.after}{waits}"


@lru_cache(maxsize=4096)
def _text(word: int) -> tuple[str, bool]:
    """Value of an instruction as assembly, and whether it goes to memory or to a port."""
    found = decode(word)
    kind = INSTRUCTIONS[found.name].cost_class if found else ""
    return disassemble(word), kind in ("load", "store")
