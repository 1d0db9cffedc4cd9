# SPDX-License-Identifier: Apache-2.0
"""What must hold of pages: each number says where it comes from, and tables of verdicts are new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guardlane.cite import references
from guardlane.errors import GuardlaneError
from guardlane.ledger.claims import Claims
from guardlane.ledger.evidence import Evidence
from guardlane.ledger.table import markdown
from guardlane.ledger.verdict import judge_all
from guardlane.reading import read_text

MOST_BYTES = 1 << 22  # of a page
BEGIN, END = "<!-- ledger: verdicts -->\n", "<!-- end -->"
_TAG = re.compile(r"<!--\s*claim:\s*([^>]*?)\s*-->")
_PUBLISHED = "published"  # a column of this name holds numbers of papers
_UNIT = r"(?:%|per cent|dB|[MG]IPS|[nuµμm]s|CPU[- ]s(?:econds)?|[MG]B/s)"  # of what is measured
_QUANTITY = re.compile(rf"(?<![\w.,])(?!95 %)(?:\d[\d,.]*\s?{_UNIT}|\d+\.\d+ times)(?!\w)")
_COMMAND = r"(?:PYTHONPATH=\S+ )?(?:guardlane|python|pytest) "
_SOURCE = re.compile(rf"`{_COMMAND}|{_TAG.pattern}|^\|.*\| (?:status|source) \|")
_COMMAND_LINE = re.compile(rf"^\s*(?:\$ )?{_COMMAND}")


def page_problems(claims: Claims, evidence: Sequence[Evidence], docs: Path) -> Iterator[str]:
    """Find numbers of papers on pages that no claim stands behind, and an old table of verdicts.

    A row of a table in Markdown that has a number in a column called `published` must name its
    claim as `<!-- claim: ID -->`; wherever it stands, such a tag must name a claim. A measured
    quantity must have a source in its section: a command that makes it, a claim, a reference by its
    key, or a table with a column `status` or `source`. A table between the marks BEGIN and END must
    be the one that the ledger prints.
    """
    if not docs.is_dir():
        raise GuardlaneError(f"{docs}: is not a folder")
    for path in sorted(docs.glob("**/*.md")):
        text = read_text(path, MOST_BYTES)
        yield from _tag_problems(claims, path, text)
        yield from _source_problems(path, text)
        _, begin, rest = text.partition(BEGIN)
        if begin:
            table = rest.partition(END)[0].strip()
            if table != markdown(judge_all(claims, evidence)).strip():
                line = text[: text.index(BEGIN)].count("\n") + 1
                yield f"{path}:{line}: is not what guardlane ledger --markdown prints"


def _tag_problems(claims: Claims, path: Path, text: str) -> Iterator[str]:
    kinds = {claim.id: claim.kind for claim in claims.listed}
    column: int | None = None
    for number, line, is_code in _lines(text):
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


@dataclass
class _Section:
    """What a page says under one heading."""

    heading: str
    quantities: list[tuple[int, str]] = field(default_factory=list)
    has_source: bool = False


def _source_problems(path: Path, text: str) -> Iterator[str]:
    section = _Section(path.stem)
    sections = [section]
    keys = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, references()))})(?![\w-])")
    for number, line, is_code in _lines(text):
        if line.startswith("#") and not is_code:
            section = _Section(line.lstrip("# "))
            sections.append(section)
        sources = (_COMMAND_LINE if is_code else _SOURCE), keys
        section.has_source |= any(source.search(line) for source in sources)
        if not is_code:
            prose = re.sub(r"`[^`]*`", "", line)
            section.quantities += [(number, found) for found in _QUANTITY.findall(prose)]
    for section in sections:
        if section.quantities and not section.has_source:
            number, first = section.quantities[0]
            yield (
                f"{path}:{number}: {first}: nothing under {section.heading!r} says where it comes "
                "from: no command, claim, reference or source"
            )


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """List the lines of a page with their numbers, and whether they are code."""
    is_code = False
    for number, line in enumerate(text.split("\n"), start=1):
        is_fence = line.lstrip().startswith(("```", "~~~"))
        yield number, line, is_code or is_fence
        is_code ^= is_fence


def _cells(line: str) -> list[str]:
    if not line.lstrip().startswith("|"):
        return []
    return [cell.strip() for cell in _TAG.sub("", line).strip().strip("|").split("|")]
