# SPDX-License-Identifier: Apache-2.0
"""Files with errors of chance: each is read, or refused in one line that names it; nothing else.

Two thousand a reader run here; `python -m tests.arch.noc.test_fuzz 50000` runs as many as you say.
"""

from __future__ import annotations

import bz2
import gzip
import random
import sys
from collections.abc import Callable

import pytest

from guardlane.errors import GuardlaneError
from guardlane.noc.anynet import parse_anynet, write_anynet
from guardlane.noc.graphml import parse_graphml, write_graphml
from guardlane.noc.grids import cmesh, mesh
from guardlane.noc.traces.csv import parse_csv
from guardlane.noc.traces.gem5 import AddressMap, Gem5Options, parse_gem5
from guardlane.noc.traces.netrace import parse_netrace
from guardlane.noc.traces.unpack import unpack_bytes
from tests.arch.noc.trace_files import gem5, netrace

OPTIONS = Gem5Options(source=1, homes=AddressMap((0, 2), 64), ticks_per_cycle=5, flit_bytes=8)
PACKETS = [(k, 50 + k, (1, 2, 13, 28)[k % 4], k, 63 - k, [51 + k] * (k < 9)) for k in range(10)]
CSV = "cycle,source,destination,flits\n" + "".join(f"{k},{k % 7},3,{k + 1}\n" for k in range(12))
NETRACE = netrace(PACKETS, regions=[(0, 9, 10), (50, 4, 3)])
GEM5 = gem5([(10 * k, k % 5, 64 * k, 8 * k) for k in range(10)])


def unpacked(content: bytes) -> object:
    return parse_csv(unpack_bytes(content, "file", most=1 << 16, chunk=100), "file")


Reader = Callable[[bytes], object]
READERS: dict[str, tuple[Reader, bytes, bytes]] = {  # a reader, a good file, words to put into it
    "anynet": (
        lambda content: parse_anynet(content.decode("latin-1"), "file"),
        write_anynet(mesh(2)).encode(),
        b"router node 0 1 -1 99999999999 \n",
    ),
    "graphml": (
        lambda content: parse_graphml(content, "file"),
        write_graphml(cmesh(2, 1, 2)).encode(),
        b"<node <edge <data </data> <graph <key <!DOCTYPE &#10; &lt; ' \" 9999999999 \xff",
    ),
    "netrace": (
        lambda content: parse_netrace([content], "file", flit_bytes=8),
        NETRACE,
        b"\0\0\0\0 \xff\xff\xff\xff \x01 \x80 \x7f",
    ),
    "netrace region": (
        lambda content: parse_netrace([content], "file", flit_bytes=8, region=1),
        NETRACE,
        b"\0\0\0\0 \xff\xff\xff\xff \x01 \x80 \x7f",
    ),
    "gem5": (
        lambda content: parse_gem5([content], "file", OPTIONS),
        GEM5,
        b"\0 \xff\xff\xff\xff\xff\xff\xff\xff\xff \x80\x80 \x01 \x0a \x12",
    ),
    "csv": (
        lambda content: parse_csv([content], "file"),
        CSV.encode(),
        b", \n \r\n 0 -1 99999 1e3",
    ),
    "gzip": (unpacked, gzip.compress(CSV.encode(), mtime=0), b"\0 \xff \x1f\x8b\x08"),
    "bzip2": (unpacked, bz2.compress(CSV.encode()), b"\0 \xff BZh9 1AY&SY"),
}


def mutate(draw: random.Random, content: bytes, words: list[bytes]) -> bytes:
    """Change a file in one to four places: a byte, a word, a cut, a copy."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(changed) + 1)
        kind = draw.randrange(6)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == 1 and place < len(changed):
            changed[place] = draw.randrange(256)
        elif kind == 2:
            word = draw.choice(words)
            changed[place : place + draw.choice((0, len(word)))] = word
        elif kind == 3:
            del changed[place : place + draw.randint(1, 8)]
        elif kind == 4 and draw.random() < 0.2:
            del changed[place:]
        else:
            start = draw.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + draw.randint(1, 40)]
    return bytes(changed)


def fuzz(name: str, count: int) -> tuple[int, int]:
    """Read `count` spoilt files; value of how many were read and how many refused."""
    reader, good, words = READERS[name]
    reader(good)
    draw = random.Random(f"{name} of a network")
    read = 0
    for _ in range(count):
        content = mutate(draw, good, words.split(b" "))
        try:
            reader(content)
            read += 1
        except GuardlaneError as error:
            said = str(error)
            assert said.startswith("file:"), said
            assert said.isprintable(), said
            assert len(said) < 250, said
    return read, count - read


@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_file_is_read_or_refused_in_one_line(name: str) -> None:
    read, refused = fuzz(name, 2000)
    assert read > 0
    assert refused > 600


if __name__ == "__main__":
    for name in READERS:
        read, refused = fuzz(name, int(sys.argv[1]))
        print(f"{name}: {read:,} read, {refused:,} refused")
