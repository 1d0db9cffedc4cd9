# SPDX-License-Identifier: Apache-2.0
"""A whole stream graph run as plain Python, one filter after the other: the golden result."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.isa.native import native
from guardlane.stream import StreamGraph


def run_natively(graph: StreamGraph) -> dict[str, npt.NDArray[np.int32]]:
    """Value of the items of each sink; fails when a filter leaves items unread."""
    balanced = graph.balance()
    queues: dict[tuple[str, int], Any] = {(s.name, 0): s.items for s in graph.sources()}
    feeds = {(edge.consumer, edge.in_port): (edge.producer, edge.out_port) for edge in graph.edges}
    for node in sorted(graph.filters(), key=lambda node: balanced.level[node.name]):
        pops = [iter(queues.pop(feeds[node.name, port])) for port in range(len(node.pops))]
        runner = native(node.work, node.begin, pops, node.tables)
        runner.run(balanced.steady_states, balanced.firings[node.name])
        assert [len(list(rest)) for rest in pops] == [0] * len(pops), f"{node.name} left items"
        for port in range(len(node.pushes)):
            queues[node.name, port] = runner.words(port)
    return {sink.name: queues[feeds[sink.name, 0]] for sink in graph.sinks()}
