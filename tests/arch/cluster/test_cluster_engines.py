# SPDX-License-Identifier: Apache-2.0
"""Engines agree on ties and whatever the pieces, and are chosen for a reason that is said."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from guardlane.cluster.engine import Name, choose
from guardlane.cluster.machine import Cluster
from guardlane.cluster.run import Run
from guardlane.cluster.summary import serve, summarise
from guardlane.cluster.work import Pieces, Work
from guardlane.errors import ConfigError, GuardlaneError
from tests.arch.cluster.cases import random_case, random_work
from tests.arch.cluster.test_cluster_simpy import run

BARE = {
    "calls": dict.fromkeys(("serialise", "deserialise", "kernel", "service"), "1 ps")
    | {f"{name}_byte": "0 ps" for name in ("serialise", "deserialise", "kernel")},
    "link": "1 ps",
}


def tied(seed: int) -> tuple[Cluster, Work]:
    """Value of a cluster of few picoseconds, in which many things happen at once."""
    generator = np.random.default_rng(seed)
    shards, requests = int(generator.integers(0, 6)), 600
    nic = {"bandwidth": "8 Tb/s", "message": "1 ps"}
    cores = {f"{name}_cores": int(generator.integers(1, 4)) for name in ("before", "after")}
    cluster = Cluster.of(
        **BARE,
        shards=shards,
        main={"pools": "split", "nic": nic, "beside_cores": 2, **cores},
        shard={"nic": nic, "cores": int(generator.integers(1, 4))},
    )
    calls = (1, shards, requests)
    work = Work(
        arrivals=np.cumsum(generator.integers(0, 8, requests)),
        before=generator.integers(0, 4, (1, requests)),
        beside=generator.integers(1, 6, (1, requests)) if seed % 2 else None,
        after=generator.integers(0, 3, requests),
        lookup=generator.integers(0, 4, calls),
        sent=generator.integers(0, 3, calls),
        returned=generator.integers(0, 3, calls),
    )
    return cluster, work


@pytest.mark.parametrize("seed", range(40))
def test_engines_agree_where_things_happen_at_once(seed: int) -> None:
    cluster, work = tied(seed)
    ends, legs, _ = run(cluster, work, "pass", piece=1 + seed * 13)
    other_ends, other_legs, _ = run(cluster, work, "event", piece=600)
    assert (ends == other_ends).all()
    assert (legs == other_legs).all()


@pytest.mark.parametrize("seed", [3, 103, 108, 111])
def test_pieces_cannot_be_seen_in_an_answer(seed: int) -> None:
    cluster, work = random_case(seed, 1_500, is_forward=seed < 100)
    said = {
        json.dumps(serve(cluster, Pieces(work, size), warm_up=100).as_data())
        for size in (1, 7, 400, 1_500)
    }
    assert len(said) == 1


def test_the_engine_cannot_be_seen_in_an_answer_but_for_its_name() -> None:
    cluster, work = random_case(2, 2_000, is_forward=True)
    by_pass = serve(cluster, work, engine="pass").as_data()
    by_event = serve(cluster, work, engine="event").as_data()
    assert by_pass.pop("engine") != by_event.pop("engine")
    assert by_pass.pop("reason") != by_event.pop("reason")
    assert json.dumps(by_pass) == json.dumps(by_event)


@pytest.mark.parametrize(
    ("values", "rounds", "said"),
    [
        ({"main": {"pools": "split"}}, 1, "passes, as all serve in order of arrival"),
        ({}, 1, "events, for a pool shared by all dense work"),
        ({"main": {"pools": "split", "servers": 2}}, 1, "events, for several main servers"),
        ({"main": {"pools": "split"}}, 2, "events, for several rounds"),
        ({"main": {"pools": "split"}, "order": "priority"}, 1, "events, for priorities"),
        ({"main": {"pools": "split"}, "deadline": "1 ms"}, 1, "events, for a deadline"),
        (
            {"main": {"pools": "split"}, "hedge": "1 ms", "replicas": (1, 0)},
            1,
            "events, for repeated calls",
        ),
    ],
)
def test_the_reason_for_an_engine_is_said(values: dict[str, Any], rounds: int, said: str) -> None:
    cluster = Cluster.of(shards=2, **values)
    work = random_work(np.random.default_rng(1), 50, 2, rounds=rounds)
    assert choose(cluster, work).reason.startswith(said)
    assert serve(cluster, work).reason.startswith(said)
    if said.startswith("events"):
        with pytest.raises(GuardlaneError, match="passes cannot serve"):
            choose(cluster, work, "pass")


def test_delays_that_vary_need_events() -> None:
    work = random_work(np.random.default_rng(1), 50, 2, has_delays=True)
    cluster = Cluster.of(shards=2, main={"pools": "split"})
    assert choose(cluster, work).reason == "events, for delays that vary"


@pytest.mark.parametrize("name", ["pass", "event"])
def test_littles_law_is_asked_of_every_run(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, work = random_case(2, 300, is_forward=True)
    broken = Run(cluster, work, engine=name)
    engine = broken.service.engine

    def feed(first: int, is_last: bool, honest: Any = engine.feed) -> int:
        count: int = honest(first, is_last)
        broken.service.window.ends[0] += 1  # a picosecond in which nobody was in the system
        return count

    monkeypatch.setattr(engine, "feed", feed)
    broken.go()
    with pytest.raises(GuardlaneError, match="Little's law does not hold"):
        summarise(broken)


def test_a_request_that_takes_less_than_its_parts_is_found() -> None:
    cluster, work = random_case(2, 300, is_forward=True)
    broken = Run(cluster, work)
    broken.costs[:, 2] += 10**12  # the link of the stack is not that of the engine
    broken.go()
    with pytest.raises(GuardlaneError, match="a request took [0-9]+ ps less than its parts"):
        summarise(broken)


def test_core_time_that_is_lost_is_found() -> None:
    cluster, work = random_case(2, 300, is_forward=True)
    broken = Run(cluster, work, engine="event")
    broken.go()
    broken.dense[0] += 1
    with pytest.raises(GuardlaneError, match="cores were busy for -1 ps more than there was work"):
        summarise(broken)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"shards": -1}, "cluster: shards: must be 0 or more, not -1"),
        ({"main": {"cores": 0}}, "cluster: main.cores: must be 1 or more, not 0"),
        ({"main": {"servers": 0}}, "cluster: main.servers: must be 1 or more, not 0"),
        ({"shard": {"cores": 0}}, "cluster: shard.cores: must be 1 or more, not 0"),
        ({"order": "lifo"}, "cluster: order: must be one of fifo, priority, not 'lifo'"),
        ({"main": {"pools": "splt"}}, "not 'splt' (did you mean 'split'?)"),
        ({"link": "0 ps"}, "cluster: link: must be 1 or more, not"),
        ({"deadline": "-1 ms"}, "a time must be 0 to"),
        ({"shrads": 2}, "unknown key (did you mean 'shards'?)"),
    ],
)
def test_a_wrong_cluster_is_one_clear_line(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Cluster.of(**values)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def wrong(name: str, place: tuple[int, ...], value: int) -> Work:
    """Value of a work in which one number is wrong."""
    work = random_work(np.random.default_rng(1), 50, 2)
    getattr(work, name)[place] = value
    return work


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (wrong("before", (0, 7), -5), "before of request 7 must be 0 or more, not -5"),
        (wrong("lookup", (0, 1, 3), -1), "lookup of request 3 must be 0 or more, not -1"),
        (wrong("beside", (0, 3), 0), "beside of request 3 must be 1 or more, not 0"),
        (wrong("sent", (0, 0, 2), 1 << 41), "sent of request 2 must be 1099511627776 or less"),
        (wrong("arrivals", (9,), 1), "arrivals of a work must not fall, but request 9 comes at 1"),
        (random_work(np.random.default_rng(1), 9, 3), "a work for 2 shards must have as many"),
        (random_work(np.random.default_rng(1), 0, 2), "must be given 1 request or more, not 0"),
    ],
)
def test_wrong_work_is_one_clear_line(work: Work, said: str) -> None:
    with pytest.raises(GuardlaneError) as caught:
        serve(Cluster.of(shards=2), work)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ({"hedge": "1 ms"}, {}, "replicas must name a shard for each of 2, not for 0"),
        ({"hedge": "1 ms", "replicas": (0, 2)}, {}, "replica of shard 1 must be 0 to 1, not 2"),
        (
            {"hedge": "2 ms", "replicas": (1, 0), "deadline": "1 ms"},
            {},
            "hedge must be shorter than deadline",
        ),
        ({"main": {"nic": {"bandwidth": "56 Gb/s"}}}, {}, "must divide 8 Tb/s"),
        ({"main": {"nic": {"bandwidth": "0 b/s"}}}, {}, "must divide 8 Tb/s"),
        ({}, {"engine": "heap"}, "engine must be one of auto, pass, event, not 'heap'"),
        ({}, {"warm_up": -1}, "warm_up must be 0 requests or more, not -1"),
        ({}, {"warm_up": 50}, "warm_up must be less than the 50 requests, not 50"),
        ({}, {"confidence": 1.0}, "confidence must be more than 0 and less than 1"),
    ],
)
def test_a_wrong_run_is_one_clear_line(
    values: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    work = random_work(np.random.default_rng(1), 50, 2)
    with pytest.raises(GuardlaneError) as caught:
        serve(Cluster.of(shards=2, **values), work, **options)
    assert said in str(caught.value)
