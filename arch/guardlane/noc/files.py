# SPDX-License-Identifier: Apache-2.0
"""A network from a file, whatever of the known formats it is in."""

from __future__ import annotations

from pathlib import Path

from guardlane.noc.anynet import read_anynet
from guardlane.noc.graphml import read_graphml
from guardlane.noc.topology import Topology


def read_network(path: Path) -> Topology:
    """Read a network: GraphML if the name ends in .graphml or .xml, else BookSim2's anynet."""
    if path.suffix.lower() in (".graphml", ".xml"):
        return read_graphml(path)
    return read_anynet(path)
