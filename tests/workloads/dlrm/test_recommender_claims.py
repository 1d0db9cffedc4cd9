# SPDX-License-Identifier: Apache-2.0
"""Claims about served recommenders can fail: break what they rest on, and they are contrasting."""

from __future__ import annotations

from typing import Any

import pytest

from guardlane.ledger.claims import Claim, read_claims
from guardlane.ledger.test import Trial
from guardlane.ledger.trial import put_to_test
from guardlane.ledger.verdict import judge
from guardlane.units import SeedRange

# Few requests, and rows that cost the same everywhere, with which all of these are borne out.
SMALL: dict[str, Any] = {"requests": 200, "popularity": "uniform"}


def smaller(name: str, settings: dict[str, Any], baseline: dict[str, Any]) -> Claim:
    """Value of a shipped claim with few requests and what is changed."""
    claim = read_claims().named(name)
    assert claim.test is not None
    runs = tuple(
        Trial(
            workload=run.workload,
            settings={**run.settings, **SMALL, **settings},
            baseline={**run.baseline, **baseline},
        )
        for run in claim.test.runs
    )
    test = claim.test.model_copy(update={"runs": runs, "least": 2})
    return claim.model_copy(update={"test": test})


def verdict(
    name: str, settings: dict[str, Any], baseline: dict[str, Any] | None = None, seeds: int = 2
) -> str:
    claim = smaller(name, settings, baseline or {})
    return judge(claim, [put_to_test(claim, SeedRange(1, seeds))]).verdict


DEAR_ROWS = {"cluster.calls.serialise_byte": "50 ns", "cluster.calls.deserialise_byte": "50 ns"}


@pytest.mark.parametrize(
    ("name", "broken", "baseline"),
    [
        ("scaleout-c1-one-batch", {"cluster.link": "5 ms", "model": "drm2"}, {}),
        ("scaleout-c2-one-batch", {"cluster.link": "5 ms", "model": "drm2"}, {}),
        ("scaleout-c3-one-batch", {"model": "drm3"}, {"model": "drm1"}),
        ("scaleout-c4-one-batch", DEAR_ROWS, {}),
        ("scaleout-c5-memory-one-batch", {"target_rate": 10, "model": "drm2"}, {}),
    ],
)
def test_what_runs_bear_out_they_would_not_if_it_were_otherwise(
    name: str, broken: dict[str, Any], baseline: dict[str, Any]
) -> None:
    few = {"model": broken["model"]} if "model" in broken and not baseline else {}
    seeds = 4 if "c1" in name else 2  # ten intervals at once from two values are very wide
    assert verdict(name, few, seeds=seeds) == "supporting"
    assert verdict(name, broken, baseline, seeds) == "contrasting"


def test_what_runs_contradict_they_would_not_if_it_were_otherwise() -> None:
    free = {"model": "drm3", "cluster.main.nic.bandwidth": "400 Gb/s", "jitter": "0 ns"}
    free |= {"cluster.shard.nic.bandwidth": "400 Gb/s", "cluster.calls.service": "1 us"}
    assert verdict("scaleout-c2", {"model": "drm3"}) == "contrasting"
    assert verdict("scaleout-c2", free) == "supporting"
