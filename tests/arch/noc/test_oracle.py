# SPDX-License-Identifier: Apache-2.0
"""Every packet arrives in the kernel in the very cycle in which it arrives in the slow network."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from guardlane.noc import words as w
from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh
from guardlane.noc.loop import advance
from guardlane.noc.reference import ReferenceNetwork
from guardlane.noc.reference_parts import Flit
from guardlane.noc.replay import replaying
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.traces.trace import Trace, independent
from tests.arch.noc import cases

LIMIT = 20_000  # cycles


def kernel_arrivals(table: RouteTable, router: Router, trace: Trace) -> dict[int, int]:
    state = replaying(table, router, trace)
    state.k[w.REPORTS] = 1
    state = state._replace(reports=np.zeros(2 * len(trace) + 2, np.int64))
    advance(*state, LIMIT)
    found = state.reports[: 2 * int(state.k[w.REPORTED])].reshape(-1, 2).tolist()
    return dict(found)


def reference_arrivals(table: RouteTable, router: Router, trace: Trace) -> dict[int, int]:
    network = ReferenceNetwork(table, router)
    for packet in range(len(trace)):
        size, to = int(trace.flits[packet]), int(trace.destination[packet])
        flits = [Flit(packet, to, part == 0, part == size - 1, False) for part in range(size)]
        network.sources[trace.source[packet]].queue.append((int(trace.cycle[packet]), flits))
    while len(network.arrived) < len(trace) and network.now < LIMIT:
        network.step()
    return {packet: cycle for packet, (cycle, _) in network.arrived.items()}


@pytest.mark.parametrize("seed", range(24))
def test_packets_arrive_when_the_slow_network_says(seed: int) -> None:
    random = Random(seed)
    table = cases.network(random)
    router = cases.router(random, table)
    trace = cases.packets(random, table.topology.nodes)
    expected = reference_arrivals(table, router, trace)
    assert len(expected) == len(trace)
    assert kernel_arrivals(table, router, trace) == expected


def test_the_slow_network_takes_the_closed_form_without_load() -> None:
    table = dimension_order(mesh(4))
    for source, destination, flits in ((0, 0, 1), (0, 15, 1), (5, 6, 3)):
        ends = [np.array([node], np.int32) for node in (source, destination)]
        sizes = np.array([flits], np.int32)
        trace = independent("one", 16, np.zeros(1, np.int64), ends[0], ends[1], sizes)
        links = abs(source % 4 - destination % 4) + abs(source // 4 - destination // 4)
        expected = 2 + 5 * (links + 1) + flits - 1
        assert reference_arrivals(table, Router(), trace) == {0: expected}
        assert kernel_arrivals(table, Router(), trace) == {0: expected}
