# SPDX-License-Identifier: Apache-2.0
"""`guardlane ledger`: what papers claim, what runs here say about it, contrasting ones first."""

from __future__ import annotations

import json as json_
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.ledger.claims import Claims
    from guardlane.ledger.evidence import Evidence
    from guardlane.ledger.verdict import Judged

APPENDED = Path("evidence.jsonl")

Folder_ = Annotated[Path | None, Parameter(name="--claims", help="Folder of claims of your own.")]
File_ = Annotated[Path | None, Parameter(name="--evidence", help="File of evidence of your own.")]
Json = Annotated[bool, Parameter(help="Print JSON.", negative="")]
Name = Annotated[str, Parameter(name="CLAIM", help="Its name, as guardlane ledger prints it.")]

ledger = App(
    name="ledger",
    help="Judge the claims of papers by evidence from runs; contrasting ones come first.",
    help_format="plaintext",
    version_flags=[],
)


@ledger.default
def list_(
    *,
    claims: Folder_ = None,
    evidence: File_ = None,
    json: Json = False,
    markdown: Annotated[bool, Parameter(help="Print a table in Markdown.", negative="")] = False,
) -> int:
    """Print the verdict on every claim."""
    from guardlane.cli.console import print_table
    from guardlane.ledger import table
    from guardlane.ledger.table import as_dict

    judged = _judged(*_read(claims, evidence))
    if json:
        print(json_.dumps([as_dict(one) for one in judged], indent=2, ensure_ascii=False))
    elif markdown:
        print(table.markdown(judged), end="")
    else:
        print_table(table.summary(judged), table.HEADS, table.rows(judged))
    return 0


@ledger.command
def check(
    *,
    claims: Folder_ = None,
    evidence: File_ = None,
    docs: Annotated[Path | None, Parameter(help="Folder of pages to check as well.")] = None,
    again: Annotated[bool, Parameter(help="Run all evidence again, too.", negative="")] = False,
) -> int:
    """Check sources, quotes, references, evidence and pages; exit code 1 if something is wrong."""
    from guardlane.cli.console import one_line, shown_progress
    from guardlane.cli.stored import swept
    from guardlane.ledger.check import problems, repeat_problems

    known, rows = _read(claims, evidence)
    found = list(problems(known, rows, docs))
    if again:
        with shown_progress() as progress, ExitStack() as stack:
            found += repeat_problems(known, rows, swept(stack, None, None, progress))
    for line in found:
        print(one_line(line))
    print(f"{len(known.listed)} claims, {len(rows)} rows of evidence, {len(found)} problems")
    return 1 if found else 0


@ledger.command
def run(
    *names: Annotated[
        str, Parameter(name="CLAIM", help="What to test, or scaleout-* for many; all, without.")
    ],
    claims: Folder_ = None,
    evidence: Annotated[Path, Parameter(help="File to append evidence to.")] = APPENDED,
    seeds: Annotated[
        str, Parameter(help="Seeds A..B; the claim's own, without.", show_default=False)
    ] = "",
    calibrated_on: Annotated[
        tuple[str, ...],
        Parameter(
            help="Claim to which something in these runs was fitted.",
            negative="",
            show_default=False,
        ),
    ] = (),
    store: Annotated[
        Path | None,
        Parameter(help="Store of sweeps to take runs from, and keep them in.", negative=""),
    ] = None,
    workers: Annotated[
        int | None,
        Parameter(help="Processes that run. [default: one a core, 8 at most]", negative=""),
    ] = None,
) -> int:
    """Run what tests a claim, append the evidence to a file, and print what it says."""
    from guardlane.cli.console import print_table, shown_progress
    from guardlane.cli.stored import swept
    from guardlane.errors import UsageError
    from guardlane.ledger import table
    from guardlane.ledger.claims import SHIPPED, read_claims
    from guardlane.ledger.evidence import append_evidence
    from guardlane.ledger.trial import put_to_test
    from guardlane.ledger.verdict import judge
    from guardlane.units import QuantityError, SeedRange

    known = read_claims(claims or SHIPPED)
    try:
        wanted = SeedRange.parse(seeds) if seeds else None
    except QuantityError as reason:
        raise UsageError(f"--seeds: {reason}") from None
    for name in calibrated_on:
        known.named(name)
    chosen = [claim for name in names or ("*",) for claim in known.testable(name)]
    append_evidence(evidence, [])  # known to be writable before long runs rather than after them
    judged = []
    with shown_progress() as progress, ExitStack() as stack:
        runs = swept(stack, store, workers, progress)
        for claim in chosen:
            row = put_to_test(claim, wanted, calibrated_on, runs)
            append_evidence(evidence, [row])
            judged.append(judge(claim, [row]))
    print_table("", table.HEADS, table.rows(judged))
    print(f"appended to {evidence}")
    return 0


@ledger.command
def show(
    name: Name, /, *, claims: Folder_ = None, evidence: File_ = None, json: Json = False
) -> int:
    """Print all about one claim: source, quote, band, and each row of evidence."""
    from guardlane.cite import reference_line
    from guardlane.cli.console import one_line, print_table
    from guardlane.ledger.table import as_dict, interval
    from guardlane.ledger.verdict import judge

    known, rows = _read(claims, evidence)
    claim = known.named(name)
    one = judge(claim, rows)
    if json:
        print(json_.dumps(as_dict(one), indent=2, ensure_ascii=False))
        return 0
    lines = {
        "verdict": str(one.verdict),
        "runs show": str(one.recall or ""),
        "statement": claim.statement,
        "source": reference_line(claim.reference),
        "place": claim.locator,
        "quote": claim.quote,
        "scope": claim.scope,
        "accepted" if claim.kind == "claim" else "recalled": str(claim.band or ""),
        "why": claim.why,
        "known": claim.known,
        "untested": claim.untested,
    }
    for head, text in lines.items():
        if text:
            print(f"{head + ':':<11}{one_line(text)}")
    cells = [[str(said), interval(row), str(row.n), row.command] for row, said in one.rows]
    if cells:
        print_table("", ("evidence", "measured (95 %)", "values", "command"), cells)
    return 0


@ledger.command
def tally(
    name: Annotated[str, Parameter(name="CLAIM", help="One claim; all, without.")] = "",
    /,
    *,
    claims: Folder_ = None,
    evidence: File_ = None,
    json: Json = False,
) -> int:
    """Print how many rows of evidence say what about each claim."""
    from guardlane.cli.console import print_table
    from guardlane.ledger.verdict import judge

    known, rows = _read(claims, evidence)
    judged = [judge(known.named(name), rows)] if name else _judged(known, rows)
    if json:
        print(json_.dumps({one.claim.id: one.tally for one in judged}, indent=2))
        return 0
    heads = ["claim", *judged[0].tally]
    print_table("", heads, [[one.claim.id, *map(str, one.tally.values())] for one in judged])
    return 0


@ledger.command
def diff(
    files: Annotated[str, Parameter(name="A..B", help="Two files of evidence.")],
    /,
    *,
    claims: Folder_ = None,
) -> int:
    """Print whose verdict differs between two files of evidence; exit code 1 on a new contrast."""
    from guardlane.cli.console import print_table
    from guardlane.ledger.claims import SHIPPED, read_claims
    from guardlane.ledger.evidence import read_evidence
    from guardlane.ledger.verdict import Verdict, changes

    before, after = map(read_evidence, _two_files(files))
    found = changes(read_claims(claims or SHIPPED), before, after)
    if not found:
        print("no verdict differs")
        return 0
    print_table("", ("claim", "was", "is"), [[c.id, str(old), str(new)] for c, old, new in found])
    return 1 if any(new is Verdict.CONTRASTING for _, _, new in found) else 0


@ledger.command
def export(
    directory: Annotated[Path, Parameter(name="DIR", help="Where to; made if need be.")],
    /,
    *,
    claims: Folder_ = None,
    evidence: File_ = None,
) -> int:
    """Write an RO-Crate: badge, table, evidence, BibTeX, CSL-JSON, and JSON-LD in CiTO and PROV."""
    from guardlane.cli.console import printable
    from guardlane.cli.keep import Folder
    from guardlane.ledger.crate import export_files

    for path in Folder(directory).keep(export_files(*_read(claims, evidence))):
        print(printable(path))
    return 0


def _read(claims: Path | None, evidence: Path | None) -> tuple[Claims, list[Evidence]]:
    """Read both; where only claims are one's own, there is no evidence yet."""
    from guardlane.ledger.claims import SHIPPED, read_claims
    from guardlane.ledger.evidence import SHIPPED as SHIPPED_EVIDENCE
    from guardlane.ledger.evidence import read_evidence

    path = evidence or (None if claims else SHIPPED_EVIDENCE)
    return read_claims(claims or SHIPPED), read_evidence(path) if path else []


def _judged(claims: Claims, evidence: list[Evidence]) -> list[Judged]:
    from guardlane.ledger.verdict import judge_all

    return judge_all(claims, evidence)


def _two_files(text: str) -> tuple[Path, Path]:
    """Value of the two files in `A..B`; paths may have `..` in them, so each split is tried."""
    from guardlane.errors import UsageError

    for place in range(1, len(text) - 2):
        if text[place : place + 2] == "..":
            both = Path(text[:place]), Path(text[place + 2 :])
            if all(path.is_file() for path in both):
                return both
    raise UsageError(f"want two files of evidence as A..B, not {text!r}")
