# SPDX-License-Identifier: Apache-2.0
"""What an answer says: each picosecond of a request has its place, and intervals hold the truth."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from guardlane.cluster import run, window
from guardlane.cluster.answer import Answer
from guardlane.cluster.bounded import Step, throughput
from guardlane.cluster.engine import Service
from guardlane.cluster.machine import Cluster
from guardlane.cluster.summary import serve
from guardlane.cluster.synthetic import Arrivals, Times
from guardlane.cluster.work import Pieces, Work
from guardlane.errors import GuardlaneError
from tests.arch.cluster.cases import random_case
from tests.arch.cluster.queueing import SERVICE, mm1

NS = 1000
# Whole nanoseconds that can be told apart in a sum.
CALLS = {
    "serialise": "100 ns",
    "serialise_byte": "10 ps",
    "deserialise": "200 ns",
    "deserialise_byte": "20 ps",
    "kernel": "400 ns",
    "kernel_byte": "40 ps",
    "service": "1000 ns",
}
NIC = {"bandwidth": "80 Gb/s", "message": "50 ns"}  # 100 ps a byte


def machine(**values: Any) -> Cluster:
    """Value of a cluster of which all costs are round."""
    main = {"pools": "split", "nic": NIC} | values.pop("main", {})
    shard = {"nic": NIC} | values.pop("shard", {})
    return Cluster.of(calls=CALLS, link="3000 ns", main=main, shard=shard, **values)


def one_request(lookups: list[int], returned: list[int], beside: int | None = None) -> Work:
    """Value of one request at 0 that sends 100 bytes to each shard; times in ns."""
    calls = (1, len(lookups), 1)
    return Work(
        arrivals=np.zeros(1, np.int64),
        before=np.full((1, 1), 10_000 * NS, np.int64),
        beside=None if beside is None else np.full((1, 1), beside * NS, np.int64),
        after=np.full(1, 20_000 * NS, np.int64),
        lookup=np.array(lookups, np.int64).reshape(calls) * NS,
        sent=np.full(calls, 100, np.int64),
        returned=np.array(returned, np.int64).reshape(calls),
    )


def end(cluster: Cluster, work: Work) -> int:
    """Value of the end of the one request, in ns, by both engines."""
    ends = set()
    for name in ("pass", "event"):
        service = Service(cluster, Pieces(work), name)
        for _ in service.served():
            ends.add(int(service.window.ends[0]))
    assert len(ends) == 1
    value = ends.pop()
    assert value % NS == 0
    return value // NS


# What 100 bytes out and 1000 back take, in ns.
SENDS = 1000 + 100 + 400 + 100 * 50 // 1000  # service, serialise, kernel
OUT, BACK = 50 + 10, 50 + 100  # of a port
SHARD = 200 + 400 + 100 * 60 // 1000 + 1000 + 100 + 400 + 1000 * 50 // 1000
RECEIVES = 200 + 400 + 1000 * 60 // 1000


def test_the_latency_of_one_call_is_the_sum_of_its_stages() -> None:
    expected = 10_000 + SENDS + OUT + 3_000 + SHARD + 5_000 + BACK + 3_000 + RECEIVES + 20_000
    assert end(machine(shards=1), one_request([5_000], [1_000])) == expected


def test_calls_leave_back_to_back_and_the_slowest_shard_is_waited_for() -> None:
    both = 10_000 + 2 * SENDS + 3_000 + SHARD + BACK + 3_000 + 2 * RECEIVES + 20_000
    assert end(machine(shards=2), one_request([9_000, 5_000], [1_000] * 2)) == both + OUT + 9_000
    assert end(machine(shards=2), one_request([5_000, 9_000], [1_000] * 2)) == (
        both + 2 * OUT + 9_000
    )


def test_answers_that_come_at_once_wait_for_the_main_servers_port() -> None:
    # The second shard's first byte is at the port 1 ns after, or before, the first one's last.
    base = 10_000 + 2 * SENDS + 3_000 + SHARD + BACK + 3_000 + 2 * RECEIVES + 20_000
    for later in (BACK - 1, BACK, BACK + 1):
        work = one_request([5_000, 5_000 - OUT + later], [1_000] * 2)
        waits = max(0, BACK - later)
        assert end(machine(shards=2), work) == base + OUT + 5_000 + later + waits


@pytest.mark.parametrize("place", ["main", "shard"])
def test_a_message_takes_as_long_as_the_slower_port(place: str) -> None:
    slow = machine(shards=1, **{place: {"nic": {"bandwidth": "40 Gb/s", "message": "50 ns"}}})
    fast = end(machine(shards=1), one_request([5_000], [1_000]))
    assert end(slow, one_request([5_000], [1_000])) == fast + 10 + 100


def test_work_beside_the_calls_overlaps_them() -> None:
    calls = OUT + 3_000 + SHARD + 5_000 + BACK + 3_000
    rest = 10_000 + SENDS + RECEIVES + 20_000
    for beside in (calls - 1, calls, calls + 1):
        work = one_request([5_000], [1_000], beside)
        assert end(machine(shards=1), work) == rest + max(calls, beside)


def test_the_stack_of_one_request_has_each_part_in_its_place() -> None:
    answer = serve(machine(shards=2), one_request([5_000, 9_000], [1_000] * 2))
    bytes_out, bytes_back = 100, 1_000
    serial = 2 * (100 + 1) + 200 + 2 + 100 + 10 + 2 * (200 + 20)
    kernels = 2 * 400 + 2 * 400 + 2 * 400 + (3 * bytes_out + 3 * bytes_back) * 40 // 1000
    assert {name: time / NS for name, time in answer.parts.items()} == {
        "dense": 30_000,
        "embedded": 9_000,
        "serialisation": serial,
        "service": 3_000,
        "network": kernels + 2 * 3_000 + 2 * OUT + BACK,
        "queueing": 0,
        "waiting": 0,
    }
    assert answer.total == sum(answer.parts.values())
    assert {name: time / NS for name, time in answer.cpu.items()} == {
        "dense": 30_000,
        "embedded": 14_000,
        "serialisation": 2 * 2 * 300 + 2 * (bytes_out + bytes_back) * 30 / 1000,
        "service": 4_000,
        "kernel": 8 * 400 + 2 * 2 * (bytes_out + bytes_back) * 40 / 1000,
        "repeated": 0,
    }
    assert [shard.lookup / NS for shard in answer.shards] == [5_000, 9_000]
    assert answer.imbalance == pytest.approx((9_000 + SHARD) / (7_000 + SHARD))


def test_core_time_is_compared_a_request() -> None:
    sharded = serve(machine(shards=1), one_request([5_000], [1_000]))
    alone = one_request([], [])
    alone.before[0, 0] += 5_000 * NS
    singular = serve(machine(), alone)
    assert sum(singular.cpu.values()) == 35_000 * NS
    assert sharded.cpu_overhead(singular) == pytest.approx((SENDS + SHARD + RECEIVES) / 35_000)
    less = sharded.cpu["kernel"] / NS / 35_000
    without = sharded.cpu_overhead(singular, with_kernel=False)
    assert without == pytest.approx((SENDS + SHARD + RECEIVES) / 35_000 - less)


def test_time_at_a_deadline_and_before_a_repeated_call_is_waiting() -> None:
    work = one_request([50_000, 900_000], [1_000] * 2)
    late = serve(machine(shards=2, deadline="100 us"), work)
    assert late.parts["waiting"] == 100_000 * NS
    assert late.extra == {"missing": 1, "repeated": 0, "in_vain": 1}
    assert late.parts["embedded"] == 0
    again = serve(machine(shards=2, hedge="300 us", replicas=(1, 0), shard={"cores": 1}), work)
    assert again.extra == {"missing": 0, "repeated": 1, "in_vain": 1}
    assert again.parts["waiting"] == 0  # the first call was the faster one
    assert again.cpu["repeated"] == (SHARD + 900_000) * NS


def test_look_ups_of_the_main_server_itself_are_embedded() -> None:
    work = replace(one_request([], []), local=np.full((1, 1), 4_000 * NS, np.int64))
    answer = serve(machine(), work)
    assert (answer.parts["dense"], answer.parts["embedded"]) == (26_000 * NS, 4_000 * NS)
    assert (answer.cpu["dense"], answer.cpu["embedded"]) == (26_000 * NS, 4_000 * NS)
    work = replace(work, local=np.full((1, 1), 10_001 * NS, np.int64))
    with pytest.raises(GuardlaneError, match="local of request 0 must be 10000000 ps or less, as"):
        serve(machine(), work)


@pytest.mark.parametrize("piece", [1, 3, 1_000])
def test_a_request_of_several_batches_ends_with_the_last(piece: int) -> None:
    cluster, work = random_case(2, 1_000, is_forward=True)
    group = np.arange(1_000) // 4
    arrivals = work.arrivals[group * 4]
    work = replace(work, group=group, arrivals=arrivals)
    ends: list[int] = []
    one = run.Run(cluster, Pieces(work, piece))
    one.go(lambda came, ends_of: ends.extend(ends_of.tolist()))
    last = np.array(ends).reshape(-1, 4).max(axis=1)
    assert one.kept is not None
    latencies = np.concatenate(one.kept)
    assert (latencies == last - arrivals[::4]).all()
    answer = serve(cluster, work)
    assert answer.requests == 250
    assert answer.total == latencies.sum()
    assert answer.quantile("p50").value == np.sort(latencies)[124]


@pytest.mark.parametrize("seed", [2, 104, 107])
def test_parts_add_up_to_all_latencies(seed: int) -> None:
    cluster, work = random_case(seed, 1_000, is_forward=seed < 100)
    ends = np.zeros(0, np.int64)
    service = Service(cluster, Pieces(work, 100))
    for count in service.served():
        ends = np.concatenate([ends, service.window.ends[:count]])
    answer = serve(cluster, work)
    assert sum(answer.parts.values()) == int((ends - work.arrivals).sum())


def test_more_under_way_than_is_kept_is_an_overload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST_BYTES", 1 << 18)
    place, source = mm1(0.5, 50_000)
    shared = place.model_copy(update={"main": place.main.model_copy(update={"pools": "shared"})})
    slow = replace(source, before=Times(100 * SERVICE), piece=500)
    with pytest.raises(
        window.OverloadError, match="requests are under way, and arrays for twice as"
    ):
        serve(shared, slow)

    def at(rate: float) -> Answer:
        return serve(shared, replace(slow, arrivals=Arrivals(rate)))

    found = throughput(at, 101 * SERVICE, low=10, high=100_000, tolerance=0.5)
    assert found.steps[1] == Step(100_000, None, False)


def at_rate(rate: float) -> Answer:
    """Value of the answer of an M/M/1 at a rate a second."""
    place, source = mm1(0.5, 200_000)
    return serve(place, replace(source, arrivals=Arrivals(rate)), warm_up=5_000)


def test_throughput_under_a_bound_is_that_of_theory() -> None:
    bound = 20 * SERVICE
    found = throughput(at_rate, bound, low=100, high=2_000, tolerance=0.01)
    # The latency of M/M/1 is exponential: p99 is log(100) / (1/s - rate).
    expected = 1e12 * (1 / SERVICE - math.log(100) / bound)
    assert found.rate == pytest.approx(expected, rel=0.03)
    assert found.too_fast is not None
    assert found.rate < found.too_fast <= found.rate * 1.01
    assert found.steps[1].value is None  # twice what the server can do: unstable
    capped = throughput(at_rate, bound, low=100, high=200)
    assert (capped.rate, capped.too_fast, capped.is_clear) == (200, None, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"low": 0, "high": 5}, "rates to search must be more than 0 and go up, not 0 to 5"),
        ({"low": -3, "high": 5}, "rates to search must be more than 0 and go up, not -3 to 5"),
        ({"low": 9, "high": 5}, "go up, not 9 to 5"),
        ({"low": 1, "high": 5, "bound": 0}, "bound of a latency must be 1 ps or more, not 0"),
        ({"low": 1, "high": 5, "quantile": "p98"}, "quantile must be one of p50, p90, p99, p99_9"),
        ({"low": 1, "high": 5, "tolerance": 0}, "tolerance must be more than 0 and less than 1"),
        ({"low": 900, "high": 950}, "900 requests a second are too many for a p99 of 1 ms: it is"),
        ({"low": 1200, "high": 1300}, "a p99 of 1 ms: the run is unstable"),
    ],
)
def test_a_wrong_search_is_one_clear_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(GuardlaneError) as caught:
        throughput(at_rate, **({"bound": SERVICE} | options))
    assert said in str(caught.value)


def test_an_answer_is_plain_data() -> None:
    place, source = mm1(0.5, 2_000)
    assert json.loads(json.dumps(serve(place, source).as_data(), allow_nan=False))["stable"]
    alone = serve(machine(shards=1), one_request([5_000], [1_000])).as_data()
    assert json.loads(json.dumps(alone, allow_nan=False))["shards"] == [
        {
            "calls": 1,
            "sent_bytes": 100,
            "returned_bytes": 1_000,
            "busy_ns": 5_000 + SHARD,
            "load_cores": None,  # one request has no rate
            "load_receive": None,
            "load_send": None,
        }
    ]
