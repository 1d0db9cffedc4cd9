# SPDX-License-Identifier: Apache-2.0
"""What must hold of a ledger: sources, quotes, references, evidence and pages fit together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from guardlane.cite import references
from guardlane.config import explain
from guardlane.errors import GuardlaneError
from guardlane.ledger.claims import Claims
from guardlane.ledger.evidence import Evidence
from guardlane.ledger.table import markdown
from guardlane.ledger.trial import plan_hash, put_to_test, setting_problems
from guardlane.ledger.verdict import Verdict, judge, judge_all
from guardlane.reading import read_text
from guardlane.sweep.runs import Runs
from guardlane.units import SeedRange
from guardlane.workload import load_workload, workloads

MOST_BYTES = 1 << 22  # of a page
BEGIN, END = "<!-- ledger: verdicts -->\n", "<!-- end -->"
_TAG = re.compile(r"<!--\s*claim:\s*([^>]*?)\s*-->")
_PUBLISHED = "published"  # a column of this name holds numbers of papers


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


def page_problems(claims: Claims, evidence: Sequence[Evidence], docs: Path) -> Iterator[str]:
    """Find numbers of papers on pages that no claim stands behind, and an old table of verdicts.

    A row of a table in Markdown that has a number in a column called `published` must name its
    claim as `<!-- claim: ID -->`; wherever it stands, such a tag must name a claim. A table between
    the marks BEGIN and END must be the one that the ledger prints.
    """
    if not docs.is_dir():
        raise GuardlaneError(f"{docs}: is not a folder")
    for path in sorted(docs.glob("**/*.md")):
        text = read_text(path, MOST_BYTES)
        yield from _tag_problems(claims, path, text)
        _, begin, rest = text.partition(BEGIN)
        if begin:
            table = rest.partition(END)[0].strip()
            if table != markdown(judge_all(claims, evidence)).strip():
                line = text[: text.index(BEGIN)].count("\n") + 1
                yield f"{path}:{line}: is not what guardlane ledger --markdown prints"


def _tag_problems(claims: Claims, path: Path, text: str) -> Iterator[str]:
    kinds = {claim.id: claim.kind for claim in claims.listed}
    column: int | None = None
    is_code = False
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        tags = [] if is_code else _TAG.findall(re.sub(r"`[^`]*`", "", line))
        for tag in tags:
            if tag not in kinds:
                yield f"{path}:{number}: there is no claim {tag}"
            elif kinds[tag] == "recollection":
                yield f"{path}:{number}: {tag} is a recollection, which nobody claims"
        cells = _cells(line)
        if is_code or not cells:
            column = None
        elif column is None:
            column = cells.index(_PUBLISHED) if _PUBLISHED in cells else -1
        elif 0 <= column < len(cells) and re.search(r"\d", cells[column]) and not tags:
            yield f"{path}:{number}: {cells[column]} is called published, but names no claim"


def _cells(line: str) -> list[str]:
    if not line.lstrip().startswith("|"):
        return []
    return [cell.strip() for cell in _TAG.sub("", line).strip().strip("|").split("|")]


def problems(
    claims: Claims, evidence: Sequence[Evidence], docs: Path | None = None
) -> Iterable[str]:
    """List all that is wrong and can be found without a run."""
    yield from default_problems()
    yield from claim_problems(claims)
    yield from evidence_problems(claims, evidence)
    if docs is not None:
        yield from page_problems(claims, evidence, docs)
