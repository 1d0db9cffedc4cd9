# SPDX-License-Identifier: Apache-2.0
"""A stream graph: filters joined by queues, whose rates must balance before anything runs.

The words are StreamIt's: a filter pops, pushes and fires; a steady state is the smallest round of
firings that leaves every queue as full as before. Sources and sinks are the reliable ends of the
graph and act once a steady state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

Items = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]


class GraphError(GuardlaneError):
    """A stream graph that cannot run, with the filter or edge at fault."""


@dataclass(frozen=True)
class PerSteadyState:
    """A rate that differs from one steady state to the next: items in each of them."""

    counts: tuple[int, ...]

    @classmethod
    def of(cls, counts: Sequence[int] | Counts) -> PerSteadyState:
        return cls(tuple(int(count) for count in counts))


Rate = int | PerSteadyState


@dataclass(frozen=True)
class Filter:
    """A node that computes: kernels in typed Python, a rate per port, tables of constants."""

    name: str
    work: Callable[[], None]
    begin: Callable[[], None] | None
    pops: tuple[Rate, ...]
    pushes: tuple[Rate, ...]
    tables: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Source:
    """A reliable device that pushes `items` (int32 bits), `counts` of them a steady state."""

    name: str
    items: Items
    counts: Counts


@dataclass(frozen=True)
class Sink:
    """A reliable device that pops `rate` items a steady state and keeps them."""

    name: str
    rate: Rate


@dataclass(frozen=True)
class Edge:
    """A queue from one port to another.

    With `delay_frames`, as a feedback edge needs, it starts with that many frames of items whose
    bits are `initial`: what its consumer pops in frame k was pushed in frame k - delay_frames.
    """

    producer: str
    out_port: int
    consumer: str
    in_port: int
    delay_frames: int = 0
    initial: int = 0

    @property
    def name(self) -> str:
        return f"{self.producer}->{self.consumer}"


@dataclass(frozen=True)
class Balanced:
    """A graph whose rates were found consistent.

    `firings` are per steady state, by filter; `level` is the longest path from a source;
    `counts[edge]` are items per steady state on that edge, int64[steady_states].
    """

    graph: StreamGraph
    steady_states: int
    firings: Mapping[str, int]
    level: Mapping[str, int]
    counts: Mapping[Edge, Counts]

    def frame_counts(self, edge: Edge, frame_size: int) -> Counts:
        """Items of each frame on `edge` when a frame is `frame_size` steady states."""
        starts = np.arange(0, self.steady_states, frame_size)
        return np.add.reduceat(self.counts[edge], starts)

    def frame_count(self, frame_size: int) -> int:
        return -(-self.steady_states // frame_size)

    def preloaded(self, edge: Edge, frame_size: int) -> Counts:
        """Items of each of the frames that `edge` starts with."""
        return self.frame_counts(edge, frame_size)[: edge.delay_frames]


@dataclass
class StreamGraph:
    """Filters, sources and sinks, and the queues between their ports."""

    name: str
    nodes: dict[str, Filter | Source | Sink] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def source(self, name: str, items: Items, per_steady_state: Sequence[int] | Counts) -> None:
        """Add a source of `items` int32[sum of per_steady_state]."""
        counts = np.asarray(per_steady_state, np.int64)
        if counts.ndim != 1 or counts.size == 0 or counts.min() < 0:
            raise GraphError(
                f"{self.name}: source {name} needs one count of 0 or more a steady state"
            )
        if int(counts.sum()) != items.size:
            raise GraphError(
                f"{self.name}: source {name} has {items.size} items, "
                f"its counts add up to {counts.sum()}"
            )
        self._add(Source(name, np.ascontiguousarray(items, np.int32), counts))

    def filter(
        self,
        name: str,
        *,
        work: Callable[[], None],
        begin: Callable[[], None] | None = None,
        pops: Sequence[Rate],
        pushes: Sequence[Rate],
        tables: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a filter; `pops` and `pushes` give a rate per firing for each of its ports."""
        self._add(Filter(name, work, begin, tuple(pops), tuple(pushes), dict(tables or {})))

    def sink(self, name: str, pops: Rate) -> None:
        """Add a sink that keeps `pops` items a steady state."""
        self._add(Sink(name, pops))

    def connect(
        self,
        producer: str,
        consumer: str,
        *,
        out_port: int = 0,
        in_port: int = 0,
        delay_frames: int = 0,
        initial: int = 0,
    ) -> None:
        """Join an out-port to an in-port by a queue; see `Edge` for a delay in frames."""
        if delay_frames < 0:
            raise GraphError(
                f"{self.name}: edge {producer}->{consumer}: a delay is 0 frames or more, "
                f"not {delay_frames}"
            )
        edge = Edge(producer, out_port, consumer, in_port, delay_frames, initial)
        for node, port, ports, side in (
            (producer, out_port, self._rates(producer, out=True), "out"),
            (consumer, in_port, self._rates(consumer, out=False), "in"),
        ):
            if port not in range(len(ports)):
                raise GraphError(
                    f"{self.name}: edge {edge.name}: "
                    f"{node} has {len(ports)} {side}-ports, not port {port}"
                )
        for other in self.edges:
            if (other.producer, other.out_port) == (producer, out_port):
                raise GraphError(f"{self.name}: out-port {out_port} of {producer} is joined twice")
            if (other.consumer, other.in_port) == (consumer, in_port):
                raise GraphError(f"{self.name}: in-port {in_port} of {consumer} is joined twice")
        self.edges.append(edge)

    def filters(self) -> list[Filter]:
        return [node for node in self.nodes.values() if isinstance(node, Filter)]

    def sources(self) -> list[Source]:
        return [node for node in self.nodes.values() if isinstance(node, Source)]

    def sinks(self) -> list[Sink]:
        return [node for node in self.nodes.values() if isinstance(node, Sink)]

    def edge_name(self, edge: Edge) -> str:
        """Value of the name of an edge, with its ports where two nodes are joined twice."""
        alike = [other for other in self.edges if other.name == edge.name]
        if len(alike) < 2:
            return edge.name
        return f"{edge.producer}.{edge.out_port}->{edge.consumer}.{edge.in_port}"

    def as_networkx(self) -> nx.MultiDiGraph[str]:
        """Value of the bare structure, one networkx edge a queue."""
        bare: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=self.name)
        bare.add_nodes_from(self.nodes)
        bare.add_edges_from((edge.producer, edge.consumer, {"edge": edge}) for edge in self.edges)
        return bare

    def balance(self) -> Balanced:
        """Solve the balance equations; raises GraphError naming the edge that does not fit."""
        steady_states = self._check_whole()
        bare = self.as_networkx()
        bare.remove_edges_from(
            [joined for joined in bare.edges(keys=True) if self._delays(bare, joined)]
        )
        if not nx.is_directed_acyclic_graph(bare):
            cycle = next(iter(nx.simple_cycles(bare)))
            path = " -> ".join([*cycle, cycle[0]])
            raise GraphError(f"{self.name}: the graph has a cycle without initial frames: {path}")
        firings = self._solve()
        counts = {}
        for edge in self.edges:
            pushed = self._per_steady_state(edge, firings, steady_states, out=True)
            popped = self._per_steady_state(edge, firings, steady_states, out=False)
            if not np.array_equal(pushed, popped):
                k = int(np.flatnonzero(pushed != popped)[0])
                raise GraphError(
                    f"{self.name}: edge {self.edge_name(edge)} does not balance: "
                    f"in steady state {k} "
                    f"{edge.producer} pushes {pushed[k]} items, {edge.consumer} pops {popped[k]}"
                )
            if edge.delay_frames and len(set(pushed.tolist())) > 1:
                raise GraphError(
                    f"{self.name}: edge {self.edge_name(edge)} is delayed by {edge.delay_frames} "
                    "frames, so its rate must be the same in all of them"
                )
            counts[edge] = pushed
        level: dict[str, int] = {}
        for node in nx.topological_sort(bare):
            level[node] = max((level[before] + 1 for before in bare.predecessors(node)), default=0)
        return Balanced(self, steady_states, firings, level, counts)

    @staticmethod
    def _delays(bare: nx.MultiDiGraph[str], joined: tuple[str, str, int]) -> bool:
        edge: Edge = bare.edges[joined]["edge"]
        return edge.delay_frames > 0

    def _add(self, node: Filter | Source | Sink) -> None:
        if node.name in self.nodes:
            raise GraphError(f"{self.name}: two nodes are named {node.name}")
        self.nodes[node.name] = node

    def _rates(self, name: str, *, out: bool) -> tuple[Rate, ...]:
        node = self.nodes.get(name)
        if node is None:
            raise GraphError(f"{self.name}: there is no node {name}")
        if isinstance(node, Source):
            return (PerSteadyState.of(node.counts),) if out else ()
        if isinstance(node, Sink):
            return () if out else (node.rate,)
        return node.pushes if out else node.pops

    def _check_whole(self) -> int:
        """Value of the number of steady states, after checking that every port is joined."""
        lengths = {source.name: len(source.counts) for source in self.sources()}
        if not lengths:
            raise GraphError(f"{self.name}: the graph has no source")
        for node in self.nodes:
            for out in (True, False):
                for port, rate in enumerate(self._rates(node, out=out)):
                    if not any(_end(edge, out) == (node, port) for edge in self.edges):
                        side = "out" if out else "in"
                        raise GraphError(f"{self.name}: {side}-port {port} of {node} is not joined")
                    if isinstance(rate, PerSteadyState):
                        lengths[node] = len(rate.counts)
        if len(set(lengths.values())) != 1:
            said = ", ".join(f"{node} {length}" for node, length in lengths.items())
            raise GraphError(f"{self.name}: the numbers of steady states differ: {said}")
        return next(iter(lengths.values()))

    def _solve(self) -> dict[str, int]:
        """Value of the firings per steady state; the ends of the graph act once in each."""
        firings: dict[str, Fraction] = {}
        ends = [*(node.name for node in self.sources()), *(node.name for node in self.sinks())]
        todo = deque((name, Fraction(1)) for name in ends)
        while todo:
            name, rate = todo.popleft()
            if name in firings:
                continue
            firings[name] = rate
            todo.extend(self._neighbours(name, rate))
        for node in self.filters():
            found = firings.setdefault(node.name, Fraction(1))
            if found.denominator != 1:
                raise GraphError(
                    f"{self.name}: {node.name} would have to fire {found} times a steady state"
                )
        return {node.name: int(firings[node.name]) for node in self.filters()}

    def _neighbours(self, name: str, rate: Fraction) -> Iterator[tuple[str, Fraction]]:
        """Give the firings that each neighbour needs to match what `name` moves on their edge."""
        for edge in self.edges:
            for out in (True, False):
                near, far = _end(edge, out), _end(edge, not out)
                if near[0] != name:
                    continue
                own, other = (
                    self._rates(name, out=out)[near[1]],
                    self._rates(far[0], out=not out)[far[1]],
                )
                items = rate * own if isinstance(own, int) else _constant(own)
                if items is not None and isinstance(other, int) and other > 0:
                    yield far[0], Fraction(items) / other

    def _per_steady_state(
        self, edge: Edge, firings: Mapping[str, int], steady_states: int, *, out: bool
    ) -> Counts:
        node, port = _end(edge, out)
        rate = self._rates(node, out=out)[port]
        if isinstance(rate, PerSteadyState):
            return np.asarray(rate.counts, np.int64)
        return np.full(steady_states, rate * firings.get(node, 1), np.int64)


def _end(edge: Edge, out: bool) -> tuple[str, int]:
    return (edge.producer, edge.out_port) if out else (edge.consumer, edge.in_port)


def _constant(rate: PerSteadyState) -> int | None:
    """Value of a tabled rate that is the same in every steady state, else None."""
    return rate.counts[0] if len(set(rate.counts)) == 1 else None


def smallest_depth(push: int, pop: int) -> int:
    """Value of the least words with which one edge alone cannot block (Lee, Messerschmitt 1987)."""
    return push + pop - gcd(push, pop)
