# SPDX-License-Identifier: Apache-2.0
"""A strict reader of Kanata 0004 logs: whatever the format does not allow is an error."""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS = {"C=": 2, "C": 2, "I": 4, "L": 4, "S": 4, "E": 4, "R": 4}


@dataclass
class Op:
    """One instruction of a log; stages are (lane, name) with their first and last cycle."""

    simulated: int
    started: int
    labels: dict[int, str] = field(default_factory=dict)
    stages: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    retired: int = -1

    def length(self, lane: int, name: str) -> int:
        start, end = self.stages.get((lane, name), (0, 0))
        return end - start


@dataclass
class Log:
    """A whole log: its instructions by their number in the file, its first and last cycle."""

    ops: dict[int, Op]
    first: int
    last: int


def read_kanata(text: str) -> Log:
    """Read a log in which every instruction and every stage is begun, ended and retired."""
    assert text.endswith("\n")
    header, start, *lines = text[:-1].split("\n")
    assert header == "Kanata\t0004"
    kind, cycle = start.split("\t")
    assert kind == "C="
    first = now = int(cycle)
    ops: dict[int, Op] = {}
    open_stages: dict[tuple[int, int], str] = {}
    begun: dict[tuple[int, int], int] = {}
    retire = 0
    for line in lines:
        kind, *found = line.split("\t")
        assert len(found) + 1 == FIELDS[kind], line
        if kind == "C":
            assert int(found[0]) > 0, line
            now += int(found[0])
            continue
        number = int(found[0])
        if kind == "I":
            assert number == len(ops), line
            ops[number] = Op(int(found[1]), now)
            continue
        op = ops[number]
        assert op.retired < 0, f"after its retirement: {line}"
        if kind == "L":
            label = int(found[1])
            assert label in (0, 1), line
            op.labels[label] = op.labels.get(label, "") + found[2]
        elif kind == "S":
            lane = (number, int(found[1]))
            assert lane not in open_stages, f"two stages at once: {line}"
            assert (lane[1], found[2]) not in op.stages, line
            open_stages[lane], begun[lane] = found[2], now
        elif kind == "E":
            lane = (number, int(found[1]))
            assert open_stages.pop(lane) == found[2], line
            op.stages[lane[1], found[2]] = (begun[lane], now)
        else:
            assert int(found[1]) == retire, f"not in order: {line}"
            assert found[2] == "0", line
            retire += 1
            op.retired = now
    assert open_stages == {}
    assert all(op.retired >= 0 and (0, "X") in op.stages for op in ops.values())
    return Log(ops, first, now)
