# SPDX-License-Identifier: Apache-2.0
"""The verdicts as rows of text, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardlane.ledger.evidence import Evidence
from guardlane.ledger.verdict import Judged, Verdict

HEADS = ("verdict", "claim", "accepted", "measured (95 %)", "values", "statement or reason")


def rows(judged: Sequence[Judged]) -> list[list[str]]:
    """Value of one row a claim, as HEADS says, in the order that is given."""
    return [
        [
            str(one.verdict),
            one.claim.id,
            str(one.claim.band or "-"),
            interval(one.deciding),
            str(one.deciding.n) if one.deciding else "-",
            _remark(one),
        ]
        for one in judged
    ]


def markdown(judged: Sequence[Judged]) -> str:
    """Write the verdicts as a table in Markdown."""
    lines = [HEADS, ("---",) * len(HEADS), *rows(judged)]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def interval(row: Evidence | None) -> str:
    """Value of a mean with its interval, three digits each; a dash without a row."""
    if row is None:
        return "-"
    ends = "" if row.low is None else f" ({row.low:.3g} to {row.high:.3g})"
    return f"{row.mean:.3g}{ends}" + ("" if row.unit == "1" else f" {row.unit}")


def summary(judged: Sequence[Judged]) -> str:
    """Value of how many claims have which verdict, in one line; recollections are no claims."""
    scored: list[Verdict] = [one.verdict for one in judged if one.verdict is not Verdict.UNSCORED]
    counted = [(scored.count(verdict), verdict) for verdict in Verdict]
    parts = [f"{count} {verdict}" for count, verdict in counted if count]
    return f"{len(scored)} claims: {', '.join(parts) or 'none judged'}"


def as_dict(one: Judged) -> dict[str, Any]:
    """Value of a claim, its verdict and its evidence as JSON-able data."""
    claim = one.claim
    source = {"reference": claim.reference, "locator": claim.locator, "quote": claim.quote}
    return {
        "id": claim.id,
        "kind": claim.kind,
        "hash": claim.hash,
        "verdict": str(one.verdict),
        "recall": str(one.recall) if one.recall else None,
        "statement": claim.statement,
        "source": source,
        "scope": claim.scope,
        "accepted": claim.band.model_dump() if claim.band else None,
        "untested": claim.untested,
        "tally": one.tally,
        "evidence": [{**row.model_dump(mode="json"), "says": str(said)} for row, said in one.rows],
    }


def _remark(one: Judged) -> str:
    claim = one.claim
    if one.recall is not None:
        known = f" Known: {claim.known}" if claim.known else ""
        return f"{one.recall.capitalize()}: {claim.statement}{known}"
    if one.verdict is Verdict.CONTRASTING and claim.known:
        return f"{claim.statement} Known: {claim.known}"
    if claim.untested:
        return f"{claim.statement} Reason: {claim.untested}."
    return claim.statement
