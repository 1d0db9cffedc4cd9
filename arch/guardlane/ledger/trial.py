# SPDX-License-Identifier: Apache-2.0
"""Putting a claim to the test: the runs that its test names, and the row of evidence they give."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from guardlane.config import Settings, config_hash
from guardlane.errors import ConfigError, GuardlaneError
from guardlane.ledger.claims import Claim, Test, Trial
from guardlane.ledger.evidence import MOST_FITTED, Evidence
from guardlane.ledger.measures import WHOLE, Pair, measure
from guardlane.record import versions
from guardlane.sources import build, did_you_mean, from_text
from guardlane.sweep.runs import Runs, Wanted, run_here
from guardlane.units import SeedRange
from guardlane.workload import Workload, load_workload


def configs(claim: Claim, trial: Trial, seed: int) -> tuple[Workload, list[Settings]]:
    """Value of the program and its settings: of the run, and of the run beside it if there is one.

    Raises ConfigError that names the claim for a setting that there is not.
    """
    workload = load_workload(trial.workload)
    found = []
    for changed in ({}, trial.baseline) if trial.baseline else ({},):
        asked = {**trial.settings, **changed}
        if "seed" in workload.Config.model_fields:
            asked["seed"] = seed
        where = f"claim {claim.id}: {trial.workload}"
        sources = [
            from_text(workload.Config, name, str(value), f"{where}: {name}")
            for name, value in asked.items()
        ]
        found.append(build(workload.Config, sources))
    return workload, found


def plan_hash(claim: Claim, seeds: SeedRange) -> str:
    """Value of the identity of all runs of a test, resolved defaults included; nothing is run."""
    hashes = [
        config_hash(config)
        for trial in _test(claim).runs
        for config in configs(claim, trial, seeds.first)[1]
    ]
    return hashlib.blake2b(" ".join([*hashes, str(seeds)]).encode(), digest_size=16).hexdigest()


def put_to_test(
    claim: Claim,
    seeds: SeedRange | None = None,
    calibrated_on: Sequence[str] = (),
    runs: Runs = run_here,
) -> Evidence:
    """Run what tests a claim, with its own seeds unless others are given; value of the evidence.

    Raises GuardlaneError for a claim without a test, and where the runs lack what is measured.
    """
    test = _test(claim)
    seeds = seeds or test.seeds
    fitted = tuple(sorted(set(calibrated_on)))
    if len(fitted) > MOST_FITTED:
        raise GuardlaneError(f"runs are calibrated on {MOST_FITTED} claims at most")
    wanted: list[Wanted] = []
    for trial in test.runs:
        for seed in seeds:
            workload, settings = configs(claim, trial, seed)
            wanted += [(workload, config) for config in settings]
    records = iter(runs(wanted, is_whole=test.measure in WHOLE))
    width = 2 if test.runs[0].baseline else 1  # every run has one, or none has
    pairs = [Pair(*own) for own in zip(*[records] * width, strict=True)]
    try:
        found = measure(test, pairs)
    except GuardlaneError as reason:
        raise GuardlaneError(f"claim {claim.id}: {reason}") from None
    assert claim.band is not None  # a claim with a test has one
    options = "".join(f" --calibrated-on {name}" for name in fitted)
    return Evidence(
        claim=claim.id,
        claim_hash=claim.hash,
        config_hash=plan_hash(claim, seeds),
        mean=found.mean,
        low=found.low,
        high=found.high,
        n=found.n,
        unit=claim.band.unit,
        seeds=str(seeds),
        calibrated_on=fitted,
        versions=versions(),
        command=f"guardlane ledger run {claim.id} --seeds {seeds}{options}",
    )


def setting_problems(claim: Claim) -> list[str]:
    """Value of what is wrong with the settings of a claim's runs, found without running them."""
    problems: list[str] = []
    for trial in claim.test.runs if claim.test else ():
        try:
            workload, _ = configs(claim, trial, 1)
            metric = claim.test.metric if claim.test else ""
            if metric and metric not in (known := [one.name for one in workload.metrics]):
                hint = did_you_mean(metric, known)
                problems.append(f"claim {claim.id}: {trial.workload} has no metric {metric}{hint}")
        except ConfigError as reason:
            problems.extend(reason.problems)
        except GuardlaneError as reason:
            problems.append(f"claim {claim.id}: {reason}")
    return problems


def _test(claim: Claim) -> Test:
    if claim.test is None:
        reason = claim.untested or "a recollection is never scored"
        raise GuardlaneError(f"claim {claim.id} has no test: {reason}")
    return claim.test
