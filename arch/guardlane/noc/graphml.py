# SPDX-License-Identifier: Apache-2.0
"""GraphML files as networks: a node is a router, an edge a channel.

Data named `latency` of an edge is in cycles; data named `nodes` of a node lists the nodes at that
router, with blanks between. A document type is refused, so that no entity can be declared, let
alone expanded or fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

import networkx as nx

from guardlane.noc.topology import MOST_NODES, MOST_ROUTERS, Topology, TopologyError
from guardlane.reading import read_bounded

MOST_BYTES = 16 << 20
MOST_CHANNELS = 1 << 20
MOST_NAME = 100  # characters
INSIDE = {  # where an element may stand
    "graphml": "",
    "key": "graphml",
    "graph": "graphml",
    "node": "graph",
    "edge": "graph",
}


def read_graphml(path: Path) -> Topology:
    """Read a network from a GraphML file of at most 16 MiB; errors are TopologyError, file:line."""
    return parse_graphml(read_bounded(path, MOST_BYTES), str(path))


def parse_graphml(content: bytes, name: str) -> Topology:
    """Build a network from the bytes of a GraphML file, which messages call `name`."""
    return Topology.from_graph(_Reader(name).read(content), Path(name).stem)


def write_graphml(topology: Topology) -> str:
    """Write a network as GraphML; ports are not kept."""
    graph = topology.to_graph()
    for _, said in graph.nodes(data=True):
        said["nodes"] = " ".join(map(str, said["nodes"]))
    return "\n".join(nx.generate_graphml(graph)) + "\n"


@dataclass
class _Reader:
    """One pass over a file: elements come in, a graph is what is left."""

    name: str
    graph: nx.Graph[str] | nx.DiGraph[str] | None = None
    path: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)  # id of a key: the name of its data
    said: dict[str, object] = field(default_factory=dict)  # data of the node or edge we are in
    wanted: str | None = None  # the name of the data we are in, where we want it
    text: list[str] = field(default_factory=list)

    def read(self, content: bytes) -> nx.Graph[str] | nx.DiGraph[str]:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.character_data
        try:
            self.parser.Parse(content, True)
        except expat.ExpatError as reason:
            said = expat.errors.messages[reason.code]
            raise TopologyError(f"{self.name}:{reason.lineno}: is not XML: {said}") from None
        except (UnicodeError, LookupError, ValueError) as reason:  # an encoding nobody knows
            raise TopologyError(f"{self.name}: is not XML: {reason}") from None
        if self.graph is None:
            raise TopologyError(f"{self.name}: has no graph")
        return self.graph

    def refuse(self, what: str) -> NoReturn:
        raise TopologyError(f"{self.name}:{self.parser.CurrentLineNumber}: {what}")

    def doctype(self, *_: object) -> None:
        self.refuse("a document type is not read: it could declare entities")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        above = self.path[-1] if self.path else ""
        if (not self.path and tag != "graphml") or INSIDE.get(tag, above) != above:
            self.refuse(f"{tag!r:.40} does not belong into {above or 'a GraphML file'!r:.40}")
        self.path.append(tag)
        if tag == "key":
            self.keys[self.need(attributes, "id")] = attributes.get("attr.name", "")
        elif tag == "graph":
            self.begin_graph(attributes)
        elif tag == "node":
            self.begin_router(self.need(attributes, "id"))
        elif tag == "edge":
            self.begin_channel(attributes)
        elif tag == "data" and above in ("node", "edge"):
            name = self.keys.get(self.need(attributes, "key"))
            self.wanted = name if name == {"node": "nodes", "edge": "latency"}[above] else None
            self.text = []
        elif tag == "hyperedge":
            self.refuse("an edge of more than two ends is no channel")

    def character_data(self, text: str) -> None:
        if self.wanted is not None:
            self.text.append(text)

    def end(self, _: str) -> None:
        tag = self.path.pop()
        if tag != "data" or self.wanted is None:
            return
        words = "".join(self.text).split()
        most = MOST_NODES if self.wanted == "nodes" else (1 << 31)
        for word in words:
            if not re.fullmatch("[0-9]{1,10}", word) or int(word) >= most:
                self.refuse(f"{self.wanted} must be whole numbers, not {word!r:.40}")
        if self.wanted == "nodes":
            self.said["nodes"] = [int(word) for word in words]
        elif len(words) == 1:
            self.said["latency"] = int(words[0])
        else:
            self.refuse(f"latency must be one number of cycles, not {len(words)}")
        self.wanted = None

    def begin_graph(self, attributes: dict[str, str]) -> None:
        if self.graph is not None:
            self.refuse("a second graph is not read")
        default = attributes.get("edgedefault", "directed")
        if default not in ("directed", "undirected"):
            self.refuse(f"edgedefault must be directed or undirected, not {default!r:.40}")
        self.graph = nx.DiGraph() if default == "directed" else nx.Graph()

    def begin_router(self, router: str) -> None:
        assert self.graph is not None  # a node stands in a graph
        if not (0 < len(router) <= MOST_NAME and router.isprintable()):
            self.refuse(f"an id must be 1 to {MOST_NAME} printable characters, not {router!r:.40}")
        if router in self.graph:
            self.refuse(f"node {router!r:.40} is there twice")
        if len(self.graph) == MOST_ROUTERS:
            self.refuse(f"routers must number {MOST_ROUTERS:,} or less")
        self.graph.add_node(router)
        self.said = self.graph.nodes[router]

    def begin_channel(self, attributes: dict[str, str]) -> None:
        assert self.graph is not None  # an edge stands in a graph
        ends = self.need(attributes, "source"), self.need(attributes, "target")
        for router in ends:
            if router not in self.graph:
                self.refuse(f"there is no node {router!r:.40} above")
        if self.graph.has_edge(*ends):
            self.refuse(f"a second edge from {ends[0]!r:.40} to {ends[1]!r:.40}")
        if "directed" in attributes and (attributes["directed"] == "true") != (
            self.graph.is_directed()
        ):
            self.refuse("all edges must be directed, or none")
        if self.graph.number_of_edges() == MOST_CHANNELS:
            self.refuse(f"edges must number {MOST_CHANNELS:,} or less")
        self.graph.add_edge(*ends)
        self.said = self.graph.edges[ends]

    def need(self, attributes: dict[str, str], name: str) -> str:
        if name not in attributes:
            self.refuse(f"{self.path[-1]} must have an attribute {name!r}")
        return attributes[name]
