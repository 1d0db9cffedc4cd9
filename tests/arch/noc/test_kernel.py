# SPDX-License-Identifier: Apache-2.0
"""What holds of the kernel whatever the network: books, steps, skipped time, fast as exact."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.noc import words as w
from guardlane.noc.elaborate import elaborate
from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh, ring, torus
from guardlane.noc.loop import advance
from guardlane.noc.presets import preset_of
from guardlane.noc.replay import replaying
from guardlane.noc.router import Router
from guardlane.noc.simulate import StuckError, finish, run_out
from guardlane.noc.state import State
from guardlane.noc.traffic import Mode, Traffic, Window, loaded
from tests.arch.noc import cases
from tests.arch.noc.audit import check_books


@pytest.mark.parametrize("seed", range(20))
def test_no_flit_and_no_credit_is_lost(seed: int) -> None:
    random = Random(1000 + seed)
    table = cases.network(random)
    router = cases.router(random, table)
    traffic = Traffic(
        rate=random.choice([0.01, 0.1, 0.5]),
        size=random.choice([1, 3, 7]),
        mode=random.choice(["exact", "fast"]),
        seed=seed,
        reply_size=random.choice([0, 0, 2]) if router.vcs >= 2 * table.classes else 0,
    )
    state = loaded(table, router, traffic, Window(0, 300, 100))
    for cycle in range(0, 300, 7):
        advance(*state, cycle)
        check_books(state)
    finish(state, 1 << 40)
    check_books(state)
    assert state.k[w.DELIVERED] > 0
    assert state.k[w.OPEN] == 0


def test_the_books_notice_a_credit_that_is_lost() -> None:
    state = loaded(dimension_order(mesh(3)), Router(), Traffic(), Window(0, 100, 10))
    advance(*state, 50)
    check_books(state)
    state.r[w.OUTPUT] -= 1
    with pytest.raises(AssertionError):
        check_books(state)


def same(one: State, other: State) -> bool:
    return all(
        np.array_equal(a, b)
        for name, a, b in zip(State._fields, one, other, strict=True)
        if name not in ("fe", "ce", "he", "le")  # entries that are over stay where they were
    )


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_steps_of_any_length_give_the_same_network(mode: Mode) -> None:
    states = []
    for step in (1, 7, 400):
        traffic = Traffic(rate=0.2, mode=mode, size=3)
        state = loaded(dimension_order(torus(4)), Router(), traffic, Window(100, 400, 100))
        for cycle in range(0, 401, step):
            advance(*state, cycle)
        advance(*state, 400)
        states.append(state)
    assert states[0].k[w.DELIVERED] > 500
    assert same(states[0], states[1])
    assert same(states[0], states[2])


@pytest.mark.parametrize("rate", [0.0001, 0.001, 0.02])
def test_skipped_time_changes_nothing(rate: float) -> None:
    preset = preset_of("m8")
    states = []
    for skips in (1, 0):
        traffic = Traffic(rate=rate, mode="fast", seed=3)
        state = loaded(preset.table(), preset.router, traffic, Window(3000, 20_000, 1000))
        state.k[w.SKIPS] = skips
        run_out(state)
        states.append(state)
    assert states[0].k[w.SKIPPED] > 0 or rate > 0.01
    assert states[1].k[w.SKIPPED] == 0
    for state in states:
        state.k[w.SKIPPED] = state.k[w.SKIPS] = 0
    assert same(*states)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.38])
def test_fast_traffic_is_within_a_percent_of_exact_traffic(rate: float) -> None:
    preset = preset_of("m8")
    means, accepted = [], []
    modes: tuple[Mode, ...] = ("exact", "fast")
    for mode in modes:
        traffic = Traffic(rate=rate, mode=mode)
        window = Window(3000, 103_000)
        result = run_out(loaded(preset.table(), preset.router, traffic, window))
        assert result.mean_packet_latency is not None
        means.append(result.mean_packet_latency)
        accepted.append(result.accepted_rate)
    assert means[1] == pytest.approx(means[0], rel=0.01)
    assert accepted[1] == pytest.approx(accepted[0], rel=0.01)


def test_a_network_that_can_deadlock_is_found_stuck() -> None:
    table = dimension_order(ring(8), datelines=False)
    traffic = Traffic("tornado", rate=1.0, size=16, mode="fast")
    router = Router(vcs=1, depth=2)
    with pytest.raises(StuckError, match="deadlocked: .* flits are in it and none has moved"):
        run_out(loaded(table, router, traffic, Window(0, 2000)))


def test_requests_and_replies_have_vcs_of_their_own() -> None:
    table = dimension_order(mesh(3))
    traffic = Traffic(rate=0.02, size=2, reply_size=3, mode="fast")
    state = loaded(table, Router(vcs=4, depth=2), traffic, Window(0, 5000))
    lowest_vcs = sum(1 << (port * 4 + vc) for port in range(5) for vc in (0, 1))
    for cycle in range(0, 5000, 3):
        advance(*state, cycle)
        for slot in range(20):
            word = int(state.r[w.INPUT + slot])
            if (word >> w.COUNT_SHIFT) & w.BYTE:
                flit = int(state.b[(word & w.BYTE) * state.k[w.PLACES] + slot])
                assert bool(flit & w.REPLY) != bool(lowest_vcs >> slot & 1)
    finish(state, 1 << 40)
    assert state.k[w.OPEN] == 0
    assert state.k[w.LATENCIES] % 2 == 0  # every request has its reply
    assert state.k[w.LATENCIES] == pytest.approx(2 * 9 * 0.02 * 5000, rel=0.15)


def test_a_router_says_what_does_not_fit() -> None:
    with pytest.raises(GuardlaneError, match="ports times VCs of a router must be 63 or less"):
        elaborate(dimension_order(mesh(3)), Router(vcs=13))
    with pytest.raises(GuardlaneError, match="vcs of a router must be 1 to 63, not 0"):
        Router(vcs=0)
    with pytest.raises(
        GuardlaneError, match="must be a multiple of its input_speedup, not 3 with 2"
    ):
        Router(vcs=3, input_speedup=2)
    with pytest.raises(GuardlaneError, match="2 VC classes need as many VCs, not 1"):
        elaborate(dimension_order(torus(3)), Router(vcs=1))
    trace = cases.packets(Random(1), 16)
    with pytest.raises(GuardlaneError, match="drawn has 16 nodes, and mesh 3x3 9"):
        replaying(dimension_order(mesh(3)), Router(), trace)
