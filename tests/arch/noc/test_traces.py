# SPDX-License-Identifier: Apache-2.0
"""Traces: what files say becomes arrays, and what they should not say is refused with its place."""

from __future__ import annotations

import bz2
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.noc.traces.csv import parse_csv, read_csv, write_csv
from guardlane.noc.traces.gem5 import AddressMap, Gem5Options, merge, parse_gem5, read_gem5
from guardlane.noc.traces.netrace import parse_netrace, read_netrace
from guardlane.noc.traces.trace import Trace, TraceError, independent
from guardlane.noc.traces.unpack import unpack_bytes
from tests.arch.noc.trace_files import gem5, message, netrace, packet_bytes, varint

READ, READ_DATA, WRITE, UPGRADE = 1, 2, 4, 13
TALK = [  # a read, its answer, what follows it, and something on its own
    (5, 100, READ, 3, 9, [101, 102]),
    (5, 7, UPGRADE, 0, 0, []),
    (40, 101, READ_DATA, 9, 3, [102]),
    (90, 102, WRITE, 3, 63, []),
]
OPTIONS = Gem5Options(source=2, homes=AddressMap((0, 5, 7), 64), ticks_per_cycle=500, flit_bytes=16)
ACCESSES = [(1000, 1, 0, 64), (1499, 4, 64, 64), (2000, 4, 64 * 5 + 8, 1), (2000, 1, 1 << 40, 8)]


def only_words(value: str | bytes) -> str:
    """Value of the name of a case: its message, not its bytes."""
    return value if isinstance(value, str) and len(value) < 120 else "content"


def test_netrace_packets_come_with_what_waits_for_them() -> None:
    trace = parse_netrace([netrace(TALK)], "talk", flit_bytes=16)
    assert (trace.nodes, len(trace)) == (64, 4)
    assert trace.cycle.tolist() == [5, 5, 40, 90]
    assert trace.source.tolist() == [3, 0, 9, 3]
    assert trace.destination.tolist() == [9, 0, 3, 63]
    assert trace.flits.tolist() == [1, 1, 5, 5]  # 8 and 72 bytes
    assert trace.first.tolist() == [0, 2, 2, 3, 3]
    assert trace.dependents.tolist() == [2, 3, 3]
    assert trace.waits().tolist() == [0, 0, 1, 2]
    assert trace.from_zero().cycle.tolist() == [0, 0, 35, 85]


def test_a_netrace_file_is_the_same_plain_packed_and_in_any_pieces(tmp_path: Path) -> None:
    content = netrace(TALK)
    whole = parse_netrace([content], "talk", flit_bytes=8)
    (tmp_path / "talk.tra").write_bytes(content)
    (tmp_path / "talk.tra.bz2").write_bytes(bz2.compress(content))
    found = [
        read_netrace(tmp_path / "talk.tra", flit_bytes=8),
        read_netrace(tmp_path / "talk.tra.bz2", flit_bytes=8),
        parse_netrace([content[k : k + 1] for k in range(len(content))], "talk", flit_bytes=8),
    ]
    for trace in found:
        for what in ("cycle", "source", "destination", "flits", "first", "dependents"):
            assert getattr(trace, what).tolist() == getattr(whole, what).tolist()
            assert getattr(trace, what).dtype == getattr(whole, what).dtype


def test_a_part_of_a_netrace_file_waits_for_what_was_read() -> None:
    content = netrace(TALK, regions=[(0, 40, 2), (21 * 2 + 8, 60, 2), (0, 0, 0)])
    part = parse_netrace([content], "talk", flit_bytes=8, packets=3)
    assert (part.dependents.tolist(), part.first.tolist()) == ([2], [0, 1, 1, 1])
    region = parse_netrace([content], "talk", flit_bytes=8, region=1)
    assert region.cycle.tolist() == [40, 90]
    assert region.dependents.tolist() == [1]
    with pytest.raises(TraceError, match="talk: has no packets to read"):
        parse_netrace([content], "talk", flit_bytes=8, region=2)
    with pytest.raises(TraceError, match="talk: there are 3 regions, not region 3"):
        parse_netrace([content], "talk", flit_bytes=8, region=3)


START = 72 + 16  # of packets, behind the header and its notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "talk: byte 0: the header needs 72 bytes, the file ends at byte 0"),
        (netrace(TALK, magic=1), "byte 0: is no netrace file: it begins with 0x00000001"),
        (netrace(TALK, version=2.0), "byte 4: version must be 1.0, not 2.0"),
        (netrace(TALK, notes=bytes(8192)), "byte 56: notes must have 8,191 bytes or less"),
        (netrace(TALK, regions=[(0, 0, 0)] * 101), "byte 60: regions must number 100 or less"),
        (netrace(TALK)[:80], "byte 72: notes and regions needs 16 bytes"),
        (netrace([]), "talk: has no packets to read"),
        (netrace(TALK, claimed=5), "the header says 5 packets, the file has 4"),
        (netrace(TALK, claimed=3), "the header says 3 packets, the file has more"),
        (netrace(TALK)[:-1], f"byte {START + 2 * 21 + 8 + 25}: a packet needs 21 bytes"),
        (netrace(TALK)[: START + 25], f"byte {START + 21}: a list of dependents needs 8 bytes"),
        (netrace([(0, 1, 0, 0, 0, [])]), f"byte {START + 16}: there is no packet of type 0"),
        (netrace([(0, 1, 200, 0, 0, [])]), "there is no packet of type 200"),
        (netrace([(0, 1, 1, 0, 0, []), (0, 1, 1, 0, 0, [])]), f"byte {START + 21}: id 1 is there"),
        (netrace([(0, 1, 1, 0, 0, [9])]), f"byte {START + 21}: no later packet has the id 9"),
        (netrace([(0, 1, 1, 0, 0, [1])]), "no later packet has the id 1"),
        (netrace([(0, 1, 1, 0, 0, []), (1, 2, 1, 0, 0, [1])]), "no later packet has the id 1"),
        (netrace([(2, 1, 1, 0, 0, []), (1, 2, 1, 0, 0, [])]), "packet 1 is of an earlier cycle"),
        (netrace([(1 << 63, 1, 1, 0, 0, [])]), f"byte {START}: a cycle must be below 2\\^62"),
        (netrace([(0, 1, 1, 70, 0, [])]), "packet 0 has a source that is not below 64"),
        (netrace([(0, 1, 1, 0, 64, [])]), "packet 0 has a destination that is not below 64"),
    ],
    ids=only_words,
)
def test_a_netrace_file_that_is_wrong_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        parse_netrace([content], "talk", flit_bytes=8)


def test_gem5_packets_go_from_the_monitor_to_the_home_of_their_address() -> None:
    trace = parse_gem5([gem5(ACCESSES)], "mon", OPTIONS)
    assert trace.nodes == 8
    assert trace.cycle.tolist() == [2, 2, 4, 4]
    assert trace.source.tolist() == [2] * 4
    assert trace.destination.tolist() == [0, 5, 7, [0, 5, 7][(1 << 34) % 3]]
    assert trace.flits.tolist() == [1, 1 + 4, 1 + 1, 1]  # a head, and what is written
    assert len(trace.dependents) == 0


def test_a_gem5_trace_is_the_same_plain_packed_and_in_any_pieces(tmp_path: Path) -> None:
    content = gem5(ACCESSES)
    (tmp_path / "a").write_bytes(content)
    (tmp_path / "a.gz").write_bytes(gzip.compress(content))
    pieces = [content[k : k + 1] for k in range(len(content))]
    for trace in (
        read_gem5(tmp_path / "a", OPTIONS),
        read_gem5(tmp_path / "a.gz", OPTIONS),
        parse_gem5(pieces, "a", OPTIONS),
    ):
        assert write_csv(trace) == write_csv(parse_gem5([content], "a", OPTIONS))
    assert len(parse_gem5([content], "a", OPTIONS, packets=3)) == 3


def test_unknown_fields_of_gem5_are_passed_over() -> None:
    odd = message([(1, 9), (2, 1), (3, 0), (90, b"xyz")])
    body = odd[1:] + varint(77 << 3 | 1) + bytes(8) + varint(78 << 3 | 5) + bytes(4)
    trace = parse_gem5([gem5([]) + varint(len(body)) + body], "mon", OPTIONS)
    assert trace.flits.tolist() == [1]


def test_the_byte_of_an_error_is_that_of_the_file_whatever_its_pieces() -> None:
    content = gem5(ACCESSES) + message([(1, 10**6)])
    place = len(gem5(ACCESSES))
    for size in (1, 7, 1000):
        pieces = [content[k : k + size] for k in range(0, len(content), size)]
        with pytest.raises(TraceError, match=f"mon: byte {place}: a packet must have a command"):
            parse_gem5(pieces, "mon", OPTIONS)


HEAD = len(gem5([]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "mon: byte 0: is no gem5 trace: it does not begin with 'gem5'"),
        (gem5(ACCESSES, magic=b"gem6"), "is no gem5 trace"),
        (b"gem5", "mon: has no header"),
        (gem5([]), "mon: has no packets"),
        (gem5(ACCESSES, frequency=0), "byte 4: the header must have a tick frequency"),
        (gem5([(5000, 1, 0, 0), (4000, 1, 0, 0)]), "cycles must not go back"),
        (gem5(ACCESSES)[:-1], "a message of 19 bytes goes beyond the end of the file"),
        (gem5([]) + b"\x80", f"byte {HEAD}: a number goes beyond the end of its message"),
        (gem5([]) + b"\xff" * 11, "a number must be below 2\\^64"),
        (gem5([]) + varint(2 << 20), "a message must have 1,048,576 bytes or less, not 2,097,152"),
        (gem5([]) + message([(2, 1)]), f"byte {HEAD}: a packet must have a tick"),
        (gem5([]) + message([(1, 1)]), "a packet must have a command"),
        (gem5([]) + b"\x01\x0b", "field 1 is of wire type 3, which is not known"),
        (gem5([]) + b"\x02\x0a\x09", "field 1 goes beyond the end of its message"),
        (gem5([(0, 4, 0, 1 << 30)]), "must have 65,536 flits or less, not 67,108,865"),
    ],
    ids=only_words,
)
def test_a_gem5_trace_that_is_wrong_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        parse_gem5([content], "mon", OPTIONS)


def test_what_a_gem5_trace_does_not_say_must_make_sense() -> None:
    for call, said in (
        (lambda: AddressMap((), 64), "homes must be one node or more"),
        (lambda: AddressMap((1 << 16,), 64), "homes must be one node or more, 0 to 65,535"),
        (lambda: AddressMap((0,), 0), "interleave must be 1 byte or more, not 0"),
        (lambda: Gem5Options(-1, AddressMap((0,), 1), 1, 1), "source must be a node"),
        (lambda: Gem5Options(0, AddressMap((0,), 1), 0, 1), "ticks_per_cycle must be 1 or more"),
        (lambda: Gem5Options(0, AddressMap((0,), 1), 1, 0), "flit_bytes must be 1 or more, not 0"),
        (lambda: parse_netrace([], "a", flit_bytes=0), "a flit must have 1 byte or more, not 0"),
        (lambda: parse_netrace([], "a", flit_bytes=1, packets=0), "to read must number 1 or more"),
        (lambda: parse_gem5([], "a", OPTIONS, packets=0), "a: packets to read must number 1 or"),
    ):
        with pytest.raises(TraceError, match=said):
            call()


def test_traces_of_several_monitors_are_merged_by_cycle() -> None:
    other = Gem5Options(source=9, homes=OPTIONS.homes, ticks_per_cycle=500, flit_bytes=16)
    parts = [parse_gem5([gem5(ACCESSES)], "a", one) for one in (OPTIONS, other)]
    whole = merge(parts, "both")
    assert whole.nodes == 10
    assert whole.cycle.tolist() == [2, 2, 2, 2, 4, 4, 4, 4]
    assert whole.source.tolist() == [2, 2, 9, 9, 2, 2, 9, 9]
    many = merge([merge(parts * 4, "some"), merge(parts * 4, "more")], "many")
    assert many.source.tolist() == [2, 2, 9, 9] * 8 + [2, 2, 9, 9] * 8
    with pytest.raises(TraceError, match="must be one or more, without dependencies"):
        merge([parse_netrace([netrace(TALK)], "talk", flit_bytes=8)], "both")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**17), st.integers(0, 300), st.integers(0, 300), st.integers(1, 99)
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_csv_comes_back_as_it_was_written(
    rows: list[tuple[int, int, int, int]], end: str, closed: bool
) -> None:
    cycle, source, destination, flits = np.array(sorted(rows), np.int64).T.copy()
    nodes = int(max(source.max(), destination.max())) + 1
    narrow = (one.astype(np.int32) for one in (source, destination, flits))
    text = write_csv(independent("a", nodes, cycle, *narrow))
    content = text.replace("\n", end).encode()
    again = parse_csv([content if closed else content[: -len(end)]], "a")
    assert (write_csv(again), again.nodes) == (text, nodes)
    assert write_csv(parse_csv([content[k : k + 1] for k in range(len(content))], "a")) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a:1: must be cycle,source,destination,flits, not ''"),
        ("cycle,source\n", "a:1: must be cycle,source,destination,flits, not 'cycle,source'"),
        ("cycle,source,destination,flits\n", "a: has no packets"),
        ("cycle,source,destination,flits\n1,2,3\n", "a:2: must be four whole numbers, not '1,2,3'"),
        ("cycle,source,destination,flits\n1,2,3,1\n\n1,2,3,1", "a:3: must be four whole numbers"),
        ("cycle,source,destination,flits\n1,2,-3,1\n", "a:2: must be four whole numbers"),
        ("cycle,source,destination,flits\n1,2,3,\xb2\n", "a:2: must be four whole numbers"),
        ("cycle,source,destination,flits\n7,2,3,1\n6,2,3,1\n", "a:3: cycle 6 is before 7, of the"),
        ("cycle,source,destination,flits\n7,65536,3,1\n", "a:2: nodes must be below 65,536 and"),
        ("cycle,source,destination,flits\n7,2,3,0\n", "flits 1 to 65,536, not 2, 3 and 0"),
        ("cycle,source,destination,flits\n" + "1" * 300, "a:2: a line must have 200 bytes or less"),
    ],
    ids=only_words,
)
def test_csv_that_is_wrong_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        parse_csv([text.encode()], "a")


def test_csv_may_be_packed(tmp_path: Path) -> None:
    content = b"cycle,source,destination,flits\n3,0,1,20\n"
    for name, packed in (
        ("a", content),
        ("b", gzip.compress(content)),
        ("c", bz2.compress(content)),
    ):
        (tmp_path / name).write_bytes(packed)
        assert read_csv(tmp_path / name).flits.tolist() == [20]


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress])
def test_a_bomb_is_given_up_at_the_bound(pack: object) -> None:
    assert callable(pack)
    packed = pack(bytes(5000))
    assert len(packed) < 100
    assert len(b"".join(unpack_bytes(packed, "bomb", most=5000, chunk=64))) == 5000
    taken = 0
    with pytest.raises(TraceError, match="bomb: must unpack to 4,999 bytes or less"):
        for piece in unpack_bytes(packed, "bomb", most=4999, chunk=64):
            taken += len(piece)
    assert taken <= 4999
    with pytest.raises(TraceError, match="bomb: cannot be unpacked behind byte"):
        list(unpack_bytes(packed[:-9], "bomb", chunk=64))
    with pytest.raises(TraceError, match="bomb: cannot be unpacked behind byte"):
        list(unpack_bytes(packed[:12] + b"\xff\xff" + packed[14:], "bomb", chunk=64))


def test_a_trace_that_could_never_end_is_refused() -> None:
    good = parse_netrace([netrace(TALK)], "talk", flit_bytes=8)

    def spoilt(dependents: list[int], nodes: int = 64) -> Trace:
        return Trace(
            "talk",
            nodes,
            good.cycle,
            good.source,
            good.destination,
            good.flits,
            good.first,
            np.array(dependents, np.int32),
        )

    spoilt([1, 3, 3])
    for dependents, packet in (([0, 3, 3], 0), ([2, 3, 1], 2), ([2, 3, 4], 2)):
        with pytest.raises(TraceError, match=f"packet {packet} has a dependent that is no later"):
            spoilt(dependents)
    with pytest.raises(TraceError, match="nodes must number 1 to 65,536, not 0"):
        spoilt([2, 3, 3], nodes=0)
    with pytest.raises(TraceError, match="packets must number 1 to 4,194,304, not 0"):
        nothing = np.zeros(0, np.int32)
        independent("none", 1, nothing.astype(np.int64), nothing, nothing, nothing)


def test_every_error_is_the_projects_and_names_the_file(tmp_path: Path) -> None:
    assert issubclass(TraceError, GuardlaneError)
    with pytest.raises(GuardlaneError, match="missing: No such file"):
        read_csv(tmp_path / "missing")


def test_the_packets_of_tests_are_as_long_as_netrace_says() -> None:
    assert len(packet_bytes(0, 1, 1, 0, 0, [])) == 21
    assert struct.calcsize("<If30sBBQQII8s") == 72
