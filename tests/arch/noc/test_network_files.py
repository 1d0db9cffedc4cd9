# SPDX-License-Identifier: Apache-2.0
"""Network files: anynet and GraphML in and out, and what is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.noc.anynet import parse_anynet, read_anynet, write_anynet
from guardlane.noc.files import read_network
from guardlane.noc.graphml import parse_graphml, read_graphml, write_graphml
from guardlane.noc.grids import cmesh, mesh, ring, torus
from guardlane.noc.topology import Topology, TopologyError

THREE = """
router 0 node 0 node 1 router 1 router 2 7

node 2 router 1
router 2 node 3   router 1 4 router 0 9
"""


def same(one: Topology, other: Topology) -> bool:
    """Value of whether two networks are alike down to their ports."""
    arrays = ("ports", "node_router", "node_port", "channels")
    return all(getattr(one, a).tolist() == getattr(other, a).tolist() for a in arrays)


def test_an_anynet_file_is_read_as_booksim2_reads_it() -> None:
    topology = parse_anynet(THREE, "three.any")
    assert (topology.name, topology.labels) == ("three", ("0", "1", "2"))
    assert topology.node_router.tolist() == [0, 0, 1, 2]
    assert topology.node_port.tolist() == [0, 1, 0, 0]
    assert topology.ports.tolist() == [4, 3, 3]
    assert topology.channels.tolist() == [
        [0, 2, 1, 1, 1],  # nodes first, then routers in order
        [0, 3, 2, 1, 7],
        [1, 1, 0, 2, 1],  # the way back, unsaid
        [1, 2, 2, 2, 1],
        [2, 1, 0, 3, 9],  # the way back, said
        [2, 2, 1, 2, 4],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("router", "f:1: the number of a router must be 0 to 65,535, not ''"),
        ("\nrooter 1", "f:2: router or node must stand here, not 'rooter'"),
        ("router 0 node 0 x", "f:1: a latency must be 0 to 1,024, not 'x'"),
        ("router 0 node 0 5", "f:1: the channel of a node takes 1 cycle, not 5"),
        ("router 0 node 0 1 1", "f:1: router or node must stand here, not '1'"),
        ("router -1", "f:1: the number of a router must be 0 to 65,535, not '-1'"),
        ("router ٣", "f:1: the number of a router must be 0 to 65,535, not '٣'"),
        ("router 99999999999", "f:1: the number of a router must be 0 to 65,535"),
        ("node 0 node 1", "f:1: node 0 must be joined to a router, not to a node"),
        ("router 0 router 0", "f:1: router 0 is joined to itself"),
        ("router 0 router 1 2000", "f:1: a latency must be 0 to 1,024, not '2000'"),
        ("router 0 router 1 0 node 0", "f: latency of 0 -> 1 must be 1 to 1,024 cycles, not 0"),
        ("router 0 router 1 2\nrouter 0 router 1", "f:2: router 0 to router 1 takes 1 cycles here"),
        ("router 0 node 0\nrouter 1 node 0", "f:2: node 0 is at router 0 already, not at 1"),
        ("router 0 node 1", "f: nodes must be numbered 0, 1, 2 ...; node 0 is missing"),
        (
            "router 0 node 0 router 2",
            "f: routers must be numbered 0, 1, 2 ...; router 1 is missing",
        ),
        ("router 0 router 1", "f: nodes must be numbered 0, 1, 2 ...; node 0 is missing"),
        ("", "f: routers must be numbered 0, 1, 2 ...; router 0 is missing"),
    ],
)
def test_an_anynet_file_that_is_wrong_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TopologyError, match=message):
        parse_anynet(text, "f")


def head(inside: str, kind: str = "directed") -> bytes:
    """Wrap nodes and edges into a GraphML file, whose lines they begin the third of."""
    keys = '<key id="n" attr.name="nodes"/><key id="l" attr.name="latency"/><key id="x"/>'
    return f'<graphml>{keys}\n<graph edgedefault="{kind}">\n{inside}\n</graph></graphml>'.encode()


def edge_data(latency: str) -> str:
    """Write two routers and a channel of a latency."""
    data = f"<data key='l'>{latency}</data>"
    return f"<node id='1'/><node id='2'/><edge source='1' target='2'>{data}</edge>"


def test_a_graphml_file_names_routers_nodes_and_latencies() -> None:
    topology = parse_graphml(
        head(
            '<desc>two</desc><node id="left"><data key="n"> 0 2 </data><data key="x">red</data>'
            '</node><node id="right"><data key="n">1</data></node>'
            '<edge source="left" target="right"><data key="l">3</data></edge>',
            "undirected",
        ),
        "dir/two.graphml",
    )
    assert (topology.name, topology.labels) == ("two", ("left", "right"))
    assert topology.node_router.tolist() == [0, 1, 0]
    assert topology.channels.tolist() == [[0, 2, 1, 1, 3], [1, 1, 0, 2, 3]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "f:1: is not XML: no element found"),
        (b"<a/>", "f:1: 'a' does not belong into 'a GraphML file'"),
        (b"<graphml/>", "f: has no graph"),
        (b"<graphml>\n<graph></graphml>", "f:2: is not XML: mismatched tag"),
        (b"\n<!DOCTYPE graphml>\n<graphml/>", "f:2: a document type is not read: it could declare"),
        (b'<?xml version="1.0" encoding="x-none"?><graphml/>', "f: is not XML: unknown encoding"),
        (b"<graphml><node id='1'/></graphml>", "f:1: 'node' does not belong into 'graphml'"),
        (head("<node/>"), "f:3: node must have an attribute 'id'"),
        (head("<node id=''/>"), "f:3: an id must be 1 to 100 printable characters, not ''"),
        (head("<node id='a&#10;b'/>"), "f:3: an id must be 1 to 100 printable characters"),
        (head("<node id='1'/>\n<node id='1'/>"), "f:4: node '1' is there twice"),
        (head("<edge source='1' target='2'/>"), "f:3: there is no node '1' above"),
        (head("<node id='1'/><edge source='1'/>"), "f:3: edge must have an attribute 'target'"),
        (head("<node id='1'/><edge source='1' target='1'/>"), "f: router 1 is joined to itself"),
        (
            head("<node id='1'/><node id='2'/>" + "<edge source='1' target='2'/>" * 2),
            "f:3: a second edge from '1' to '2'",
        ),
        (
            head("<node id='1'/><node id='2'/><edge source='1' target='2' directed='false'/>"),
            "f:3: all edges must be directed, or none",
        ),
        (
            head(edge_data("x")),
            "f:3: latency must be whole numbers, not 'x'",
        ),
        (
            head("<node id='1'/><node id='2'/><edge source='1' target='2'><data key='l'/></edge>"),
            "f:3: latency must be one number of cycles, not 0",
        ),
        (
            head(edge_data("0")),
            "f: latency of 1 -> 2 must be 1 to 1,024 cycles, not 0",
        ),
        (head("<node id='1'><data key='n'>0 -1</data></node>"), "f:3: nodes must be whole numbers"),
        (head("<node id='1'><data key='n'>1</data></node>"), "f: node 0 is missing"),
        (head("<hyperedge/>"), "f:3: an edge of more than two ends is no channel"),
        (head("", "both"), "f:2: edgedefault must be directed or undirected, not 'both'"),
        (
            b"<graphml><graph/><graph/></graphml>",
            "f:1: a second graph is not read",
        ),
    ],
)
def test_a_graphml_file_that_is_wrong_is_refused_with_its_line(
    content: bytes, message: str
) -> None:
    with pytest.raises(TopologyError, match=message):
        parse_graphml(content, "f")


def test_entities_are_never_expanded() -> None:
    lines = ['<!ENTITY a0 "lol">']
    lines += [f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10)]
    bomb = f"<!DOCTYPE graphml [\n{chr(10).join(lines)}\n]>\n<graphml>&a9;</graphml>"
    with pytest.raises(TopologyError, match="f:1: a document type is not read"):
        parse_graphml(bomb.encode(), "f")
    outside = '<!DOCTYPE graphml [<!ENTITY x SYSTEM "file:///etc/passwd">]><graphml>&x;</graphml>'
    with pytest.raises(TopologyError, match="f:1: a document type is not read"):
        parse_graphml(outside.encode(), "f")


def test_an_anynet_file_is_written_router_by_router() -> None:
    assert write_anynet(parse_anynet(THREE, "three")) == (
        "router 0 node 0 node 1 router 1 1 router 2 7\n"
        "router 1 node 2 router 0 1 router 2 1\n"
        "router 2 node 3 router 0 9 router 1 4\n"
    )


@pytest.mark.parametrize("topology", [mesh(3), torus(4), cmesh(2), ring(5)])
def test_a_grid_leaves_as_a_file_and_comes_back_the_same_network(topology: Topology) -> None:
    plain = Topology.from_graph(topology.to_graph())
    assert same(parse_anynet(write_anynet(topology), "a"), plain)
    again = parse_graphml(write_graphml(topology).encode(), "a")
    assert same(again, plain)
    assert again.labels == topology.labels


@given(st.integers(1, 8), st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_graph_leaves_as_a_file_and_comes_back(routers: int, seed: int, pairs: bool) -> None:
    graph: nx.DiGraph[int] = nx.gnp_random_graph(routers, 0.5, seed=seed, directed=not pairs)
    graph = graph.to_directed()
    for k, edge in enumerate(sorted(graph.edges)):
        graph.edges[edge]["latency"] = 1 + (seed + 3 * k) % 7
    topology = Topology.from_graph(graph)
    assert same(parse_graphml(write_graphml(topology).encode(), "a"), topology)
    if all(graph.has_edge(b, a) for a, b in graph.edges):
        text = write_anynet(topology)
        assert same(parse_anynet(text, "a"), topology)
        assert write_anynet(parse_anynet(text, "a")) == text
    else:
        with pytest.raises(TopologyError, match="has no channel back; in an anynet file all have"):
            write_anynet(topology)


def test_two_channels_the_same_way_do_not_fit_into_a_file() -> None:
    with pytest.raises(TopologyError, match="an anynet file has one channel from router to router"):
        write_anynet(torus(2))
    with pytest.raises(TopologyError, match="are two channels; a graph has one"):
        write_graphml(torus(2))


def test_files_are_read_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "a.any").write_text(THREE)
    assert read_anynet(tmp_path / "a.any").name == "a"
    (tmp_path / "a.graphml").write_text(write_graphml(mesh(2)))
    assert read_graphml(tmp_path / "a.graphml").nodes == 4
    with (tmp_path / "large").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert read_network(tmp_path / "a.any").routers == 3
    assert read_network(tmp_path / "a.graphml").routers == 4
    for read in (read_anynet, read_graphml, read_network):
        with pytest.raises(GuardlaneError, match="large: must be 16,777,216 bytes or less"):
            read(tmp_path / "large")
        with pytest.raises(GuardlaneError, match="missing: No such file"):
            read(tmp_path / "missing")
    (tmp_path / "b").write_bytes(b"router 0\n\xff")
    with pytest.raises(GuardlaneError, match="b:2:1: is not UTF-8 text"):
        read_anynet(tmp_path / "b")
