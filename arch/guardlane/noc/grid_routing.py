# SPDX-License-Identifier: Apache-2.0
"""Routings that look at coordinates: dimension order, west-first and odd-even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.noc.routing import (
    INHERIT,
    PLAIN,
    TOSS,
    Choice,
    RouteTable,
    RoutingError,
    every_class,
    table_of,
)
from guardlane.noc.topology import Grid, Ints, Topology

Flags = npt.NDArray[np.bool_]


def dimension_order(topology: Topology, datelines: bool = True) -> RouteTable:
    """Route along the first dimension until it is right, then along the next.

    In rings a packet goes the shorter way, by toss of a coin where both are as short, and has one
    of two VC classes: 1 if it enters the dimension above its destination, else 0. It stays in its
    class, so that none ever waits around a whole ring. Without `datelines` there is one class, and
    rings of four routers or more can deadlock.
    """
    grid = _grid(topology, "dimension-order")
    if not grid.wraps:
        return _along(topology, grid)
    return _around(topology, grid, classes=2 if datelines else 1)


def west_first(topology: Topology) -> RouteTable:
    """Go all the way west first, then any of the shortest ways; no packet ever turns west."""
    grid = _plane(topology, "west-first")
    x, y = _offsets(topology, grid)
    west = x < 0
    ways = _ways(x > 0, west, (y > 0) & ~west, (y < 0) & ~west)
    return _adaptive("west-first", topology, grid, ways[:, None], _shared_rows(topology))


def odd_even(topology: Topology) -> RouteTable:
    """Go any of the shortest ways that turn from east in odd columns, to west in even ones.

    Odd-even turn model of Chiu. A packet that has not moved east yet may also leave an even column
    up or down: that is no turn from east. The input port tells.
    """
    grid = _plane(topology, "odd-even")
    x, y = _offsets(topology, grid)
    column = grid.coordinates()[:, :1]
    goal = column + x
    odd = column % 2 == 1
    found = []
    for moved_east in (False, True):
        turns = (x == 0) | ((x < 0) & ~odd) | ((x > 0) & (odd | (not moved_east)))
        east = (x > 0) & ((y == 0) | (goal % 2 == 1) | (x > 1))
        found.append(_ways(east, x < 0, (y > 0) & turns, (y < 0) & turns))
    rows = 2 * _shared_rows(topology)
    rows[:, grid.port(0, down=True)] += 1  # what comes in from down there moves up, to the east
    return _adaptive("odd-even", topology, grid, np.stack(found, axis=1), rows)


def _grid(topology: Topology, name: str) -> Grid:
    if topology.grid is None:
        raise RoutingError(f"{name} needs routers on a grid; {topology.name} has none")
    return topology.grid


def _plane(topology: Topology, name: str) -> Grid:
    grid = _grid(topology, name)
    if grid.wraps or len(grid.lengths) != 2:
        raise RoutingError(f"{name} needs a mesh of two dimensions, not {topology.name}")
    return grid


def _shared_rows(topology: Topology) -> Ints:
    """Value of rows int32[routers, ports] when the input port does not matter."""
    rows = np.arange(topology.routers, dtype=np.int32)[:, None]
    return np.repeat(rows, topology.most_ports, axis=1)


def _offsets(topology: Topology, grid: Grid) -> list[Ints]:
    """Value of what each coordinate lacks to the destination's, int32[routers, nodes] each."""
    places = grid.coordinates()
    goals = places[topology.node_router]
    return [goals[None, :, d] - places[:, None, d] for d in range(len(grid.lengths))]


def _ways(*flags: Flags) -> npt.NDArray[np.int64]:
    """Value of sets of ways as bits: east, west, up, down."""
    bits = [flag.astype(np.int64) << bit for bit, flag in enumerate(flags)]
    ways: npt.NDArray[np.int64] = np.bitwise_or.reduce(np.stack(bits))
    return ways


def _adaptive(
    name: str, topology: Topology, grid: Grid, ways: npt.NDArray[np.int64], rows: Ints
) -> RouteTable:
    meaning = {
        code: (PLAIN, code << grid.first_port, 0)  # one class: a bit a port
        for code in range(16)
    }
    return table_of(name, topology, 1, rows, ways.reshape(-1, topology.nodes), meaning)


def _along(topology: Topology, grid: Grid) -> RouteTable:
    codes = np.zeros((topology.routers, topology.nodes), np.int64)
    for dimension, offset in reversed(list(enumerate(_offsets(topology, grid)))):
        codes = np.where(offset != 0, 1 + 2 * dimension + (offset < 0), codes)
    meaning: dict[int, Choice] = {
        1 + way: (PLAIN, every_class(grid.first_port + way, 1), 0)
        for way in range(2 * len(grid.lengths))
    }
    meaning[0] = (PLAIN, 0, 0)
    return table_of("dimension-order", topology, 1, _shared_rows(topology), codes, meaning)


def _around(topology: Topology, grid: Grid, classes: int) -> RouteTable:
    """Tabulate rings: a row for each input from a channel, and one for those from nodes."""
    ways = 2 * len(grid.lengths)
    meaning: dict[int, Choice] = {0: (PLAIN, 0, 0)}
    turning = np.zeros((topology.routers, topology.nodes), np.int64)
    straight = np.zeros((ways, topology.routers, topology.nodes), np.int64)
    offsets = _offsets(topology, grid)
    for dimension, offset in reversed(list(enumerate(offsets))):
        length = grid.lengths[dimension]
        up = offset % length
        wanted = up != 0
        shorter = np.sign(2 * up - length) + 1  # 0 up, 1 both ways, 2 down
        vc_class = (offset < 0).astype(np.int64) * (classes - 1)
        turn = 1 + (3 * dimension + shorter) * 2 + vc_class
        turning = np.where(wanted, turn, turning)
        for way in range(ways):
            inside = way // 2 == dimension
            on = -1 - (way ^ 1) if inside else turn
            straight[way] = np.where(wanted, on, straight[way])
        _name_ways(meaning, grid, dimension, classes)
    inputs = ways + 1
    codes = np.concatenate([straight, turning[None]]).transpose(1, 0, 2)
    rows = np.full((topology.routers, topology.most_ports), ways, np.int32)
    rows[:, grid.first_port : grid.first_port + ways] = np.arange(ways)
    rows += inputs * np.arange(topology.routers, dtype=np.int32)[:, None]
    name = "dimension-order" if classes == 2 else "dimension-order without datelines"
    return table_of(name, topology, classes, rows, codes.reshape(-1, topology.nodes), meaning)


def _name_ways(meaning: dict[int, Choice], grid: Grid, dimension: int, classes: int) -> None:
    """Enter what the codes of `_around` for one dimension mean."""
    up, down = (1 << (grid.port(dimension, down) * classes) for down in (False, True))
    for vc_class in range(2):
        first = 1 + 6 * dimension + vc_class
        bit = min(vc_class, classes - 1)
        meaning[first] = (PLAIN, up << bit, 0)
        meaning[first + 2] = (TOSS, up << bit, down << bit)
        meaning[first + 4] = (PLAIN, down << bit, 0)
    meaning[-1 - 2 * dimension] = (INHERIT, up, 0)
    meaning[-2 - 2 * dimension] = (INHERIT, down, 0)
