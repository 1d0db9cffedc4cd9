# SPDX-License-Identifier: Apache-2.0
"""What must hold of a ledger: sources, quotes, references, evidence and pages fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from guardlane.cite import references
from guardlane.config import explain
from guardlane.ledger.claims import Claims
from guardlane.ledger.evidence import Evidence
from guardlane.ledger.pages import page_problems
from guardlane.ledger.trial import plan_hash, put_to_test, setting_problems
from guardlane.ledger.verdict import Verdict, judge
from guardlane.sweep.runs import Runs
from guardlane.units import SeedRange
from guardlane.workload import load_workload, workloads


def default_problems() -> Iterator[str]:
    """Find defaults of installed programs that have no source, or one that there is not."""
    for name in workloads():
        for parameter in explain(load_workload(name).Config):
            where = f"{name}: {parameter.name}"
            if parameter.citation is None:
                if not parameter.is_required:
                    yield f"{where}: its default has no source"
            elif parameter.citation.ref not in (None, *references()):
                yield f"{where}: there is no reference {parameter.citation.ref}"


def claim_problems(claims: Claims) -> Iterator[str]:
    """Find claims whose reference there is not, or whose test cannot be run."""
    for claim in claims.listed:
        if claim.reference not in references():
            yield f"claim {claim.id}: there is no reference {claim.reference}"
        yield from setting_problems(claim)


def evidence_problems(claims: Claims, evidence: Sequence[Evidence]) -> Iterator[str]:
    """Find rows that no longer match their claim or its runs, and contrasts nobody explains."""
    found = {claim.id: claim for claim in claims.listed}
    for row in evidence:
        claim = found.get(row.claim)
        name = f"evidence of {row.claim}, seeds {row.seeds}"
        if claim is None:
            yield f"{name}: there is no such claim"
        elif claim.test is None:
            yield f"{name}: the claim has no test"
        elif row.claim_hash != claim.hash:
            yield f"{name}: is stale, for the claim has changed since; run it again"
        elif not setting_problems(claim) and row.config_hash != plan_hash(
            claim, SeedRange.parse(row.seeds)
        ):
            yield f"{name}: no longer matches, for settings have changed since; run it again"
    for claim in claims.listed:
        if judge(claim, evidence).verdict is Verdict.CONTRASTING and not claim.known:
            yield f"claim {claim.id}: is contrasting, and `known` does not say why"


def repeat_problems(claims: Claims, evidence: Sequence[Evidence], runs: Runs) -> Iterator[str]:
    """Run again what gave each row, and find those that give another one with equal versions."""
    found = {claim.id: claim for claim in claims.listed}
    for row in evidence:
        claim = found.get(row.claim)
        if claim is None or claim.test is None or row.claim_hash != claim.hash:
            continue
        again = put_to_test(claim, SeedRange.parse(row.seeds), row.calibrated_on, runs)
        if again != row.model_copy(update={"versions": again.versions}):
            yield (
                f"evidence of {row.claim}, seeds {row.seeds}: another run gives {again.mean!r} and "
                f"not {row.mean!r}"
                + ("" if again.versions == row.versions else "; versions differ")
            )


def problems(
    claims: Claims, evidence: Sequence[Evidence], docs: Path | None = None
) -> Iterable[str]:
    """List all that is wrong and can be found without a run."""
    yield from default_problems()
    yield from claim_problems(claims)
    yield from evidence_problems(claims, evidence)
    if docs is not None:
        yield from page_problems(claims, evidence, docs)
