# SPDX-License-Identifier: Apache-2.0
"""The parameters and ports of a module, as its source declares them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import RTL

MODULE = re.compile(r"^module (\w+) #\((.*?)^\) \((.*?)^\);", re.DOTALL | re.MULTILINE)
PARAMETER = re.compile(r"^parameter\s+.*?(\w+)\s*=\s*([^,/]+?),?\s*(?://.*)?$")
PORT = re.compile(r"^(input|output)\s+logic\s*(?:\[(.*?)-1:0\]|\[\s*(\d+):0\])?\s*(\w+),?")

# What a parameter is, wherever it occurs.
MEANINGS = {
    "DataWidth": "bits of an item; of a code, of what it protects",
    "IdWidth": "bits of a frame id, 2 or more",
    "PadData": "what a pad carries",
    "DelayFrames": "frames that headers run ahead on a feedback edge",
    "Depth": "words of the queue",
    "WorkingSet": "words between two updates of a shared pointer, 1 to `Depth`",
    "PushTimeout": "cycles until a push or a header is given up; 0 waits for ever",
    "PopTimeout": "cycles until a pop gets a pad; 0 waits for ever",
    "LenWidth": "bits of the number of beats in a frame",
}


class Port(NamedTuple):
    """A port: `width` in bits, a number or a parameter; `group` is what it belongs to."""

    name: str
    direction: str
    width: str
    group: str


class Header(NamedTuple):
    """What a module shows: the names and defaults of its parameters, and its ports in order."""

    parameters: tuple[tuple[str, str], ...]
    ports: tuple[Port, ...]


def read_header(block: str, sources: Path = RTL) -> Header:
    """Read the header of a module; raises GuardlaneError if its source does not have one."""
    found = MODULE.search((sources / f"{block}.sv").read_text())
    if found is None or found[1] != block:
        raise GuardlaneError(f"{block}.sv has no module {block} with parameters and ports")
    parameters = [PARAMETER.match(line.strip()) for line in found[2].splitlines()]
    ports, group = [], ""
    for line in map(str.strip, found[3].splitlines()):
        if line.startswith("//"):
            group = line.removeprefix("//").strip()
        elif port := PORT.match(line):
            bits = port[2] or (str(int(port[3]) + 1) if port[3] else "1")
            ports.append(Port(port[4], port[1], bits.strip(), group))
        elif line:
            raise GuardlaneError(f"{block}.sv: {line!r} is not a port that can be read")
    return Header(tuple((p[1], p[2]) for p in parameters if p), tuple(ports))


def parameter_table(header: Header) -> str:
    """Value of the parameters as a Markdown table."""
    rows = [f"| `{name}` | `{value}` | {MEANINGS[name]} |" for name, value in header.parameters]
    return "\n".join(["| parameter | default | |", "|---|---|---|", *rows]) + "\n"


def port_table(header: Header) -> str:
    """Value of the ports as a Markdown table."""
    rows = [f"| `{p.name}` | {p.direction} | {p.width} | {p.group} |" for p in header.ports]
    return "\n".join(["| port | | bits | belongs to |", "|---|---|---|---|", *rows]) + "\n"
