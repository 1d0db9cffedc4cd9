# SPDX-License-Identifier: Apache-2.0
"""The verdict, by rule and by nothing else: where the interval lies against the accepted band."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guardlane.ledger.claims import Band, Claim, Claims
from guardlane.ledger.evidence import Evidence


class Verdict(StrEnum):
    """What evidence says about a claim, or why it says nothing; the order is that of a report."""

    CONTRASTING = "contrasting"
    MENTIONING = "mentioning"
    SUPPORTING = "supporting"
    STALE = "stale"  # the claim has changed since
    CALIBRATED = "calibrated"  # the runs were fitted to the claim
    UNTESTED = "not yet tested"
    UNSCORED = "never scored"  # a recollection


class Recall(StrEnum):
    """What runs show of something that is only recollected: never a verdict."""

    AS_RECALLED = "as recalled"
    NOT_AS_RECALLED = "not as recalled"
    OPEN = "open"


RECALLS = {
    Verdict.SUPPORTING: Recall.AS_RECALLED,
    Verdict.CONTRASTING: Recall.NOT_AS_RECALLED,
    Verdict.MENTIONING: Recall.OPEN,
}


@dataclass(frozen=True)
class Judged:
    """A claim, its rows of evidence with what each one says, and the verdict on the whole."""

    claim: Claim
    rows: tuple[tuple[Evidence, Verdict], ...]
    verdict: Verdict

    @property
    def tally(self) -> dict[str, int]:
        """Value of how many rows say what; every key is there."""
        counted = Counter(said for _, said in self.rows)
        names = (Verdict.SUPPORTING, Verdict.CONTRASTING, Verdict.MENTIONING)
        found = {str(name): counted[name] for name in (*names, Verdict.STALE, Verdict.CALIBRATED)}
        return {**found, "total": len(self.rows)}

    @property
    def deciding(self) -> Evidence | None:
        """Value of the latest row that says what the verdict is; None when nothing decided it."""
        return next((row for row, said in reversed(self.rows) if said is self.verdict), None)

    @property
    def recall(self) -> Recall | None:
        """Value of what the latest row shows of a recollection; None for claims and without one."""
        if self.claim.kind == "claim" or self.deciding is None:
            return None
        return RECALLS.get(_said(self.claim, self.deciding))


def place(low: float | None, high: float | None, band: Band) -> Verdict:
    """Say where an interval lies: whole inside the band, wholly outside, or neither.

    Ends that are equal to those of the band are inside; an absent interval is neither.
    """
    if low is None or high is None:
        return Verdict.MENTIONING
    least = float("-inf") if band.low is None else band.low
    most = float("inf") if band.high is None else band.high
    if least <= low and high <= most:
        return Verdict.SUPPORTING
    if high < least or low > most:
        return Verdict.CONTRASTING
    return Verdict.MENTIONING


def row_verdict(claim: Claim, row: Evidence) -> Verdict:
    """Say what one row of evidence about `claim` says."""
    return Verdict.UNSCORED if claim.kind == "recollection" else _said(claim, row)


def _said(claim: Claim, row: Evidence) -> Verdict:
    """Say what a row would say if everything were scored."""
    if row.claim_hash != claim.hash:
        return Verdict.STALE
    if claim.id in row.calibrated_on:
        return Verdict.CALIBRATED
    if claim.band is None or claim.test is None or row.n < claim.test.least:
        return Verdict.MENTIONING
    return place(row.low, row.high, claim.band)


def judge(claim: Claim, evidence: Iterable[Evidence]) -> Judged:
    """Judge a claim by all its evidence: one contrasting row is never outvoted.

    Then come supporting and mentioning rows, then stale and calibrated ones, which decide nothing.
    """
    rows = tuple((row, row_verdict(claim, row)) for row in evidence if row.claim == claim.id)
    if claim.kind == "recollection":
        return Judged(claim, rows, Verdict.UNSCORED)
    said = {verdict for _, verdict in rows}
    order = (
        Verdict.CONTRASTING,
        Verdict.SUPPORTING,
        Verdict.MENTIONING,
        Verdict.STALE,
        Verdict.CALIBRATED,
    )
    return Judged(claim, rows, next((v for v in order if v in said), Verdict.UNTESTED))


def judge_all(claims: Claims, evidence: Sequence[Evidence]) -> list[Judged]:
    """Judge every claim; contrasting ones come first, then as `Verdict` lists them."""
    order = list(Verdict)
    found = [judge(claim, evidence) for claim in claims.listed]
    return sorted(found, key=lambda one: order.index(one.verdict))


def changes(
    claims: Claims, before: Sequence[Evidence], after: Sequence[Evidence]
) -> list[tuple[Claim, Verdict, Verdict]]:
    """List the claims whose verdict differs between two sets of evidence, in their order."""
    pairs = ((c, judge(c, before).verdict, judge(c, after).verdict) for c in claims.listed)
    return [(claim, old, new) for claim, old, new in pairs if old is not new]
