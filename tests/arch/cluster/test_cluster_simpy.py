# SPDX-License-Identifier: Apache-2.0
"""The engines equal SimPy, tick for tick: ends, and what each round waited for.

Here on few requests a case; `python -m tests.benchmarks.cluster_twin` has 20,000 and more.
"""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.cluster.engine import Name, Service
from guardlane.cluster.machine import Cluster
from guardlane.cluster.work import Pieces, Work
from tests.arch.cluster.cases import Int64s, random_case
from tests.arch.cluster.simpy_twin import Twin


def run(
    cluster: Cluster, work: Work, engine: Name, piece: int = 8192
) -> tuple[Int64s, Int64s, dict[str, int]]:
    """Run an engine: ends [n], legs [R, n], and what it counts beside."""
    service = Service(cluster, Pieces(work, piece), engine)
    ends, legs = [], []
    for count in service.served():
        ends.append(service.window.ends[:count].copy())
        legs.append(service.window.leg[:, :count].copy())
    return np.concatenate(ends), np.concatenate(legs, axis=1), service.engine.extra


def differences(
    cluster: Cluster,
    work: Work,
    *engines: Name,
    piece: int = 8192,
    variants: tuple[bool, ...] = (True, False),
) -> list[str]:
    """Say which engines differ from SimPy, with ports as Resources or clocks, and where first."""
    found = []
    for has_resources in variants:
        twin = Twin(cluster, work, has_resources=has_resources)
        counts = {"missing": twin.missing, "repeated": twin.repeated, "in_vain": twin.in_vain}
        for engine in engines:
            ends, legs, extra = run(cluster, work, engine, piece)
            if (wrong := np.flatnonzero(ends != twin.ends)).size:
                found.append(f"{engine}: request {wrong[0]} ends {ends[wrong[0]]}, in SimPy "
                             f"{twin.ends[wrong[0]]}, and {wrong.size} in all")  # fmt: skip
            if (legs != twin.legs).any():
                found.append(f"{engine}: other legs")
            if extra != counts:
                found.append(f"{engine}: {extra} is not {counts}")
    return found


@pytest.mark.parametrize("seed", range(12))
def test_passes_and_events_equal_simpy(seed: int) -> None:
    cluster, work = random_case(seed, 400, is_forward=True)
    assert differences(cluster, work, "pass", "event", piece=1 + 37 * seed) == []


@pytest.mark.parametrize("seed", range(100, 124))
def test_events_equal_simpy_with_policies(seed: int) -> None:
    cluster, work = random_case(seed, 400, is_forward=False)
    assert differences(cluster, work, "event", piece=1 + 37 * (seed - 100)) == []


def test_a_later_end_is_a_difference() -> None:
    cluster, work = random_case(1, 100, is_forward=True)
    slower = cluster.model_copy(update={"link": type(cluster.link)(int(cluster.link) + 1)})
    twin = Twin(cluster, work)
    ends, _, _ = run(slower, work, "pass")
    assert (ends > twin.ends).any()
