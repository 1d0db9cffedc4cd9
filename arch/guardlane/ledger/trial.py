# SPDX-License-Identifier: Apache-2.0
"""Putting a claim to the test: the runs that its test names, and the row of evidence they give."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from guardlane.config import config_hash, explain
from guardlane.errors import ConfigError, GuardlaneError
from guardlane.ledger.claims import Claim
from guardlane.ledger.evidence import MOST_FITTED, Evidence
from guardlane.ledger.measures import WHOLE, measure
from guardlane.ledger.pairs import Pair
from guardlane.ledger.test import Test, Trial
from guardlane.record import versions
from guardlane.sources import build, did_you_mean, from_text
from guardlane.sweep.runs import Runs, Wanted, run_here
from guardlane.units import SeedRange
from guardlane.workload import Workload, load_workload


def configs(claim: Claim, trial: Trial, seed: int) -> Iterator[list[Wanted]]:
    """Give the program and its settings for each point of a trial, and for the run beside it.

    Raises ConfigError that names the claim for a setting that there is not.
    """
    workload = load_workload(trial.workload)
    where = f"claim {claim.id}: {trial.workload}"
    for point in trial.points():
        found: list[Wanted] = []
        for changed in ({}, trial.baseline) if trial.baseline else ({},):
            asked = {**point, **changed}
            if "seed" in workload.Config.model_fields:
                asked["seed"] = seed
            sources = [
                from_text(workload.Config, name, str(value), f"{where}: {name}")
                for name, value in asked.items()
            ]
            found.append((workload, build(workload.Config, sources)))
        yield found


def plan_hash(claim: Claim, seeds: SeedRange) -> str:
    """Value of the identity of all runs of a test, resolved defaults included; nothing is run."""
    hashes = [
        config_hash(config)
        for trial in _test(claim).runs
        for own in configs(claim, trial, seeds.first)
        for _, config in own
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
    plan = [
        list(zip(*(configs(claim, trial, seed) for seed in seeds), strict=True))
        for trial in test.runs
    ]
    wanted = [one for entry in plan for point in entry for own in point for one in own]
    records = iter(runs(wanted, is_whole=test.measure in WHOLE))
    entries = [
        [[Pair(*(next(records) for _ in own)) for own in point] for point in entry]
        for entry in plan
    ]
    try:
        found = measure(test, entries)
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
            for _ in configs(claim, trial, 1):
                pass
            problems.extend(_quantity_problems(claim, load_workload(trial.workload)))
        except ConfigError as reason:
            problems.extend(reason.problems)
        except GuardlaneError as reason:
            problems.append(f"claim {claim.id}: {reason}")
    return problems


def _quantity_problems(claim: Claim, workload: Workload) -> Iterator[str]:
    """Find a metric that there is not, or what is neither a metric nor a setting."""
    test = _test(claim)
    metrics = [one.name for one in workload.metrics]
    settings = [one.name for one in explain(workload.Config)]
    for name, kind, known in (
        (test.metric, "metric", metrics),
        (test.against, "metric or setting", [*metrics, *settings]),
    ):
        if name and name not in known:
            hint = did_you_mean(name, known)
            yield f"claim {claim.id}: {workload.name} has no {kind} {name}{hint}"


def _test(claim: Claim) -> Test:
    if claim.test is None:
        reason = claim.untested or "a recollection is never scored"
        raise GuardlaneError(f"claim {claim.id} has no test: {reason}")
    return claim.test
