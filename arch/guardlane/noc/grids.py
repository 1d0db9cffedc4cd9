# SPDX-License-Identifier: Apache-2.0
"""Regular networks: mesh, torus, ring and concentrated mesh, with ports numbered as BookSim2 does.

A router's number is its coordinates read as digits, the first dimension the lowest. A mesh has the
ports of a torus; those at its edges lead nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from guardlane.noc.topology import MOST_ROUTERS, Grid, Ints, Topology, TopologyError


def mesh(k: int, n: int = 2, latency: int = 1) -> Topology:
    """Build a mesh of n dimensions of k routers, a node each; channels take `latency` cycles."""
    return grid((k,) * n, latency=latency)


def torus(k: int, n: int = 2, latency: int = 2) -> Topology:
    """Build a torus of n dimensions of k routers; folded, so each channel takes `latency`."""
    return grid((k,) * n, wraps=True, latency=latency)


def ring(k: int, latency: int = 1) -> Topology:
    """Build a ring of k routers with channels both ways."""
    return grid((k,), wraps=True, latency=latency, name=f"ring of {k}")


def cmesh(k: int, n: int = 2, c: int = 4, latency: int | None = None) -> Topology:
    """Build a mesh of k routers in each of n dimensions whose routers have c nodes each.

    Nodes lie on a grid too, c ** (1 / n) of a router along each dimension; so much longer are
    channels, which sets their latency in cycles unless it is given. There are no express channels.
    """
    side = round(c ** (1 / n)) if n > 0 and c > 0 else 0
    if side < 1 or side**n != c:
        raise TopologyError(
            f"a concentrated mesh of {n} dimensions has 1, {2**n}, {3**n} ... nodes a router, "
            f"not {c}"
        )
    name = f"concentrated mesh {'x'.join([str(k)] * n)}, {c} nodes a router"
    return grid((k,) * n, latency=latency or side, side=side, name=name)


def grid(
    lengths: Sequence[int],
    *,
    wraps: bool = False,
    latency: int = 1,
    side: int = 1,
    name: str | None = None,
) -> Topology:
    """Build a grid of routers of these lengths, `side` nodes a router along each dimension.

    Ports: the dimensions in order, up and down in each, then the node; with several nodes a router
    they come first. This is BookSim2's order for its mesh and torus, and for its cmesh.
    """
    lengths = tuple(lengths)
    name = name or f"{'torus' if wraps else 'mesh'} {'x'.join(map(str, lengths))}"
    if not lengths or min(lengths) < 1 or side < 1:
        raise TopologyError(f"{name}: a dimension must be 1 router or more")
    routers = 1
    for length in lengths:
        routers *= length  # of Python, which does not overflow
    if routers * side ** len(lengths) > MOST_ROUTERS:
        raise TopologyError(
            f"{name}: routers and nodes must number {MOST_ROUTERS:,} or less, "
            f"not {routers * side ** len(lengths):,}"
        )
    count = side ** len(lengths)
    shape = Grid(lengths, wraps, first_port=count if count > 1 else 0)
    places = shape.coordinates()
    node_router, node_port = _nodes(shape, side)
    return Topology(
        name,
        tuple("(" + ",".join(map(str, place)) + ")" for place in places.tolist()),
        np.full(routers, 2 * len(lengths) + count, np.int32),
        node_router,
        node_port,
        _channels(shape, places, latency),
        shape,
    )


def _channels(shape: Grid, places: Ints, latency: int) -> Ints:
    """Value of the channels int32[channels, 5], by router and then by port."""
    numbers = np.arange(len(places))
    found = []
    stride = 1
    for dimension, length in enumerate(shape.lengths):
        for down in (False, True):
            place = places[:, dimension]
            beyond = (place - 1 if down else place + 1) % length
            sink = numbers + (beyond - place) * stride
            there = np.ones(len(places), bool)
            if not shape.wraps:
                there = place > 0 if down else place < length - 1
            if length == 1:
                there[:] = False
            rows = np.zeros((len(places), 5), np.int32)
            rows[:, 0], rows[:, 1] = numbers, shape.port(dimension, down)
            rows[:, 2], rows[:, 3] = sink, shape.port(dimension, not down)
            rows[:, 4] = latency
            found.append(rows[there])
        stride *= length
    channels = np.concatenate(found)
    return channels[np.lexsort((channels[:, 1], channels[:, 0]))]


def _nodes(shape: Grid, side: int) -> tuple[Ints, Ints]:
    """Value of the router and the port of each node; nodes are numbered on a grid of their own."""
    dimensions = len(shape.lengths)
    if side == 1:
        routers = np.arange(np.prod(shape.lengths), dtype=np.int32)
        return routers, np.full(len(routers), 2 * dimensions, np.int32)
    fine = Grid(tuple(side * length for length in shape.lengths), False, 0).coordinates()
    router = np.ravel_multi_index(tuple((fine // side).T), shape.lengths, order="F")
    port = np.ravel_multi_index(tuple((fine % side).T), (side,) * dimensions, order="F")
    return router.astype(np.int32), port.astype(np.int32)
