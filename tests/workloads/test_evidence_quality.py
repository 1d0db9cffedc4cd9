# SPDX-License-Identifier: Apache-2.0
"""What CommGuard is worth on the shipped photo: twenty seeds, paired with the other guards."""

from __future__ import annotations

from functools import cache

import pytest

from guardlane.estimates import Estimate, estimate, paired_differences
from guardlane.record import Record
from guardlane.units import Mtbe
from guardlane_workloads.streams.jpeg.workload import JPEG, JPEGConfig

SEEDS = range(1, 21)
RATES = ("512k", "500us")


@cache
def runs(guard: str, mtbe: str) -> tuple[Record, ...]:
    return tuple(
        JPEG().run(JPEGConfig(guard=guard, mtbe=Mtbe.parse(mtbe), seed=seed)) for seed in SEEDS
    )


def psnr_db(guard: str, mtbe: str) -> dict[int, float]:
    return {run.config["seed"]: run.metrics["psnr_db"] for run in runs(guard, mtbe)}


def gain_db(guard: str, mtbe: str) -> Estimate:
    """Value of the gain over the reliable queue, dB, seed by seed."""
    differences = paired_differences(psnr_db(guard, mtbe), psnr_db("reliable-queue", mtbe))
    return estimate(list(differences.values()))


@pytest.mark.parametrize("mtbe", RATES)
def test_commguard_completes_whatever_the_seed(mtbe: str) -> None:
    assert [run.outcome for run in runs("commguard", mtbe)] == ["completed"] * len(SEEDS)
    assert min(run.metrics["faults_injected"] for run in runs("commguard", mtbe)) > 10


@pytest.mark.parametrize("mtbe", RATES)
def test_commguard_gains_6_db_over_the_reliable_queue(mtbe: str) -> None:
    gain = gain_db("commguard", mtbe)
    assert gain.count == len(SEEDS)
    assert gain.mean >= 6
    assert gain.low is not None
    assert gain.low > 0


@pytest.mark.parametrize("mtbe", RATES)
def test_headers_that_nobody_reads_gain_nothing(mtbe: str) -> None:
    assert abs(gain_db("pass-through", mtbe).mean) < 1
