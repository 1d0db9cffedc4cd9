# SPDX-License-Identifier: Apache-2.0
"""Traffic patterns: to which node a packet goes, from the number of its source. BookSim2's names.

Permutations of bits take node numbers as binary, those of digits as the place on a grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from guardlane.errors import UsageError
from guardlane.noc.source import FIXED, HOTSPOT, UNIFORM
from guardlane.noc.topology import Topology

Targets = npt.NDArray[np.int64]


def targets_of(
    pattern: str, topology: Topology, hotspots: Sequence[int] = ()
) -> tuple[int, Targets]:
    """Value of which kind a pattern is, and the targets it has: by source, or to draw from.

    `hotspots`: nodes that take all traffic in equal shares, the corners of the grid without.
    Raises UsageError for a pattern that the topology does not allow.
    """
    if pattern == "uniform":
        return UNIFORM, np.zeros(1, np.int64)
    if pattern == "hotspot":
        nodes = list(hotspots) or corners(topology)
        outside = [node for node in nodes if not 0 <= node < topology.nodes]
        if outside:
            raise UsageError(
                f"hotspot: node {outside[0]} must be 0 to {topology.nodes - 1}, as {topology.name} "
                "has them"
            )
        return HOTSPOT, np.array(nodes, np.int64)
    if pattern not in PERMUTATIONS:
        raise UsageError(f"traffic must be one of {', '.join(PATTERNS)}, not {pattern!r}")
    return FIXED, np.array(PERMUTATIONS[pattern](topology), np.int64)


def corners(topology: Topology) -> list[int]:
    """Value of the nodes at the corners of a grid."""
    lengths = _lengths(topology, "hotspot without nodes")
    weights = np.cumprod([1, *lengths[:-1]])
    return sorted(
        {
            int(sum(weight * place for weight, place in zip(weights, corner, strict=True)))
            for corner in product(*((0, length - 1) for length in lengths))
        }
    )


def _lengths(topology: Topology, pattern: str) -> tuple[int, ...]:
    if topology.grid is None or topology.nodes != topology.routers:
        raise UsageError(f"{pattern} needs a grid with a node each router, not {topology.name}")
    return topology.grid.lengths


def _bits(topology: Topology, pattern: str) -> int:
    bits = topology.nodes.bit_length() - 1
    if topology.nodes != 1 << bits:
        raise UsageError(f"{pattern} needs a power of two of nodes, not {topology.nodes}")
    return bits


def _transpose(topology: Topology) -> list[int]:
    bits = _bits(topology, "transpose")
    if bits % 2:
        raise UsageError(f"transpose needs an even power of two of nodes, not {topology.nodes}")
    half = bits // 2
    return [(node >> half) | (node & ((1 << half) - 1)) << half for node in range(topology.nodes)]


def _bit_complement(topology: Topology) -> list[int]:
    _bits(topology, "bit-complement")
    return [topology.nodes - 1 - node for node in range(topology.nodes)]


def _bit_reverse(topology: Topology) -> list[int]:
    bits = _bits(topology, "bit-reverse")
    return [
        sum((node >> bit & 1) << (bits - 1 - bit) for bit in range(bits))
        for node in range(topology.nodes)
    ]


def _shuffle(topology: Topology) -> list[int]:
    bits = _bits(topology, "shuffle")
    last = topology.nodes - 1
    return [(node << 1 & last) | (node >> (bits - 1) if bits else 0) for node in range(last + 1)]


def _digits(topology: Topology, pattern: str, step: Callable[[int], int]) -> list[int]:
    """Value of every node's target, `step(length)` on from it along every dimension."""
    places = np.unravel_index(np.arange(topology.nodes), _lengths(topology, pattern), order="F")
    moved = tuple(
        (place + step(length)) % length
        for place, length in zip(places, _lengths(topology, pattern), strict=True)
    )
    found = np.ravel_multi_index(moved, _lengths(topology, pattern), order="F")
    return [int(node) for node in found]


def _tornado(topology: Topology) -> list[int]:
    return _digits(topology, "tornado", lambda length: (length + 1) // 2 - 1)


def _neighbour(topology: Topology) -> list[int]:
    return _digits(topology, "neighbour", lambda length: 1)


PERMUTATIONS: dict[str, Callable[[Topology], list[int]]] = {
    "transpose": _transpose,
    "tornado": _tornado,
    "bit-complement": _bit_complement,
    "bit-reverse": _bit_reverse,
    "shuffle": _shuffle,
    "neighbour": _neighbour,
}
PATTERNS = ("uniform", *PERMUTATIONS, "hotspot")
