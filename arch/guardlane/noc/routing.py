# SPDX-License-Identifier: Apache-2.0
"""A route table: where a flit may go from an input port of a router on its way to a node.

An entry is the number of a choice, and choices are few: a set of (output port, VC class) as bits,
the bit of which is `port * classes + vc class`. A kernel takes the arrays as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.noc.topology import Ints, Topology

Masks = npt.NDArray[np.int64]
Choice = tuple[int, int, int]

# How a choice becomes a set of (port, VC class); columns of `RouteTable.choices`.
PLAIN = 0  # the set is MASK; no bit: no packet comes here, or it could not go on
INHERIT = 1  # MASK shifted left by the VC class in which the packet came: it stays in its class
TOSS = 2  # MASK or OTHER, by the toss of a fair coin
KIND, MASK, OTHER = 0, 1, 2
BITS = 63  # of an int64 that is never negative


class RoutingError(GuardlaneError):
    """A routing that does not fit a network, loses packets or can deadlock."""


@dataclass(frozen=True, eq=False)
class RouteTable:
    """A routing of a topology.

    `rows` int32[routers, most_ports]: row of each input port, shared where they are alike;
    `routes` int16[rows, nodes]: choice by destination node; `choices` int64[choices, 3]: KIND,
    MASK and OTHER. `classes`: VC classes, see `vc_range`. A MASK with several ports leaves the
    choice to the router, by what is free: the routing is adaptive.
    """

    name: str
    topology: Topology
    classes: int
    rows: Ints
    routes: npt.NDArray[np.int16]
    choices: Masks

    @property
    def is_adaptive(self) -> bool:
        """Value of whether a router has a choice of ports somewhere."""
        ports = [
            {bit // self.classes for bit in range(BITS) if mask >> bit & 1}
            for mask in self.choices[:, MASK].tolist()
        ]
        return any(len(one) > 1 for one in ports)

    def vc_range(self, vc_class: int, vcs: int) -> range:
        """Value of the VCs of a class when a port has `vcs`; classes share them out evenly."""
        if vcs < self.classes:
            raise RoutingError(
                f"{self.name} on {self.topology.name} needs {self.classes} VCs or more, not {vcs}"
            )
        return range(vc_class * vcs // self.classes, (vc_class + 1) * vcs // self.classes)


def table_of(
    name: str,
    topology: Topology,
    classes: int,
    rows: Ints,
    codes: npt.NDArray[np.int64],
    meaning: dict[int, Choice],
) -> RouteTable:
    """Build a route table from `codes` int64[rows, nodes], each standing for a choice.

    Codes of nodes at the router of a row are put in here: their ejection, in any VC.
    """
    refuse_wide(name, topology, classes)
    meaning = dict(meaning)
    codes = codes.copy()
    first = max(meaning, default=0) + 1
    for port in range(topology.most_ports):
        meaning[first + port] = (PLAIN, every_class(port, classes), 0)
    at = np.zeros(len(codes), np.int32)
    at[rows.ravel()] = np.repeat(np.arange(topology.routers), rows.shape[1])
    for row, router in enumerate(at.tolist()):
        here = np.flatnonzero(topology.node_router == router)
        codes[row, here] = first + topology.node_port[here]
    used, routes = np.unique(codes, return_inverse=True)
    choices = np.array([meaning[code] for code in used.tolist()], np.int64).reshape(-1, 3)
    return RouteTable(
        name,
        topology,
        classes,
        rows.astype(np.int32),
        routes.reshape(codes.shape).astype(np.int16),
        choices,
    )


def every_class(port: int, classes: int) -> int:
    """Value of the set of all VC classes of a port."""
    return ((1 << classes) - 1) << (port * classes)


def refuse_wide(name: str, topology: Topology, classes: int) -> None:
    """Let a router have no more ports and VC classes than a choice has bits."""
    if topology.most_ports * classes > BITS:
        raise RoutingError(
            f"{name} on {topology.name}: ports times VC classes must be {BITS} or less, "
            f"not {topology.most_ports} x {classes}"
        )
