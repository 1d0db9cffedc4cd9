# SPDX-License-Identifier: Apache-2.0
"""Whether queues are deep enough, checked before a run, so that a deadlock has a culprit.

A schedule in which whole firings find their words and their room at once is one order of the words
that the chip may see; by Kahn's theorem (queues with room are channels of tokens and of spaces)
every other order then ends as well.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from guardlane.stream import Balanced, Edge, Filter, GraphError, smallest_depth


def check_depths(
    balanced: Balanced, depths: Mapping[Edge, int], frame_size: int, header_words: int
) -> None:
    """Fire the graph through its first frames; raise GraphError naming the queue that is too small.

    `depths` in words by edge; a frame of `frame_size` steady states carries `header_words` more.
    """
    for edge in balanced.graph.edges:
        push, pop = (_per_firing(balanced, edge, out=out) for out in (True, False))
        need = smallest_depth(push, pop) + header_words
        if depths[edge] < need:
            raise GraphError(
                f"{balanced.graph.name}: queue {balanced.graph.edge_name(edge)} holds "
                f"{depths[edge]} words and needs {need}: "
                f"{push} pushed and {pop} popped a firing, {header_words} for the header"
            )
    _fire(balanced, depths, frame_size, header_words)


def _per_firing(balanced: Balanced, edge: Edge, *, out: bool) -> int:
    """Value of the items one firing moves; devices and tabled rates move one at a time."""
    node = balanced.graph.nodes[edge.producer if out else edge.consumer]
    if not isinstance(node, Filter):
        return 1
    rate = (node.pushes if out else node.pops)[edge.out_port if out else edge.in_port]
    return rate if isinstance(rate, int) else 1


def _fire(
    balanced: Balanced, depths: Mapping[Edge, int], frame_size: int, header_words: int
) -> None:
    graph, states = balanced.graph, min(balanced.steady_states, 2 * frame_size)
    held = {}
    for edge in graph.edges:
        frames = balanced.preloaded(edge, frame_size)
        held[edge] = int(frames.sum()) + header_words * len(frames)
        if held[edge] > depths[edge]:
            raise GraphError(
                f"{graph.name}: queue {graph.edge_name(edge)} holds {depths[edge]} words and "
                f"starts with {held[edge]}"
            )
    actors = {name: _Actor(balanced, name, frame_size, header_words) for name in graph.nodes}
    moved = True
    while moved:
        moved = False
        for actor in actors.values():
            while actor.done < states * actor.firings and actor.fire(held, depths):
                moved = True
    for name, actor in actors.items():
        if actor.done < states * actor.firings:
            full = [graph.edge_name(edge) for edge in actor.outward if held[edge] > 0]
            raise GraphError(
                f"{graph.name}: the queues are too small for each other: {name} stops at firing "
                f"{actor.done} with {', '.join(full) or 'nothing'} filled"
            )


class _Actor:
    """One node as a firing rule: words it needs and gives, spread evenly over a steady state."""

    def __init__(self, balanced: Balanced, name: str, frame_size: int, header_words: int) -> None:
        graph = balanced.graph
        self.inward = [edge for edge in graph.edges if edge.consumer == name]
        self.outward = [edge for edge in graph.edges if edge.producer == name]
        self.counts = {edge: balanced.counts[edge].tolist() for edge in self.inward + self.outward}
        # A device moves its items one by one.
        self.firings = balanced.firings.get(name) or max(max(c) for c in self.counts.values()) or 1
        self.frame_size = frame_size
        self.header_words = header_words
        self.done = 0

    def fire(self, held: dict[Edge, int], depths: Mapping[Edge, int]) -> bool:
        """Fire as often as words and room allow in this steady state; False if not even once."""
        state, first = divmod(self.done, self.firings)
        opens = self.header_words if first == 0 and state % self.frame_size == 0 else 0

        def words(edge: Edge, times: int) -> int:
            count: int = self.counts[edge][state]
            last = first + times
            return opens + count * last // self.firings - count * first // self.firings

        def fits(times: int) -> bool:
            return all(words(edge, times) <= held[edge] for edge in self.inward) and all(
                held[edge] + words(edge, times) <= depths[edge] for edge in self.outward
            )

        # `bisect` wants False before True: the first number of firings that does not fit.
        times = bisect_left(range(1, self.firings - first + 1), True, key=lambda n: not fits(n))
        if times == 0:
            return False
        for edge in self.inward:
            held[edge] -= words(edge, times)
        for edge in self.outward:
            held[edge] += words(edge, times)
        self.done += times
        return True
