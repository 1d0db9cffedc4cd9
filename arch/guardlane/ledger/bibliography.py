# SPDX-License-Identifier: Apache-2.0
"""The references as other tools read them: CSL-JSON, which they are, and BibTeX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TYPES = {  # of CSL -> of BibTeX; whatever else there is becomes misc
    "article-journal": "article",
    "paper-conference": "inproceedings",
    "thesis": "phdthesis",
    "report": "techreport",
    "book": "book",
}
_VENUES = {"article": "journal", "inproceedings": "booktitle"}
_PUBLISHERS = {"phdthesis": "school", "techreport": "institution"}
_ESCAPES = {
    **{sign: f"\\{sign}" for sign in "&%$#_"},
    "{": "\\{",
    "}": "\\}",
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
}


def csl_json(references: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the references as CSL-JSON, sorted by key."""
    items = [references[key] for key in sorted(references)]
    return json.dumps(items, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def bibtex(references: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the references as BibTeX, sorted by key, in UTF-8."""
    return "\n".join(_entry(references[key]) for key in sorted(references))


def _entry(item: Mapping[str, Any]) -> str:
    kind = _TYPES.get(item["type"], "misc")
    issued = item.get("issued", {}).get("date-parts", [[]])[0]
    fields = {
        "author": " and ".join(_person(person) for person in item.get("author", ())),
        "title": f"{{{_escaped(item['title'])}}}",  # braces keep its capitals
        _VENUES.get(kind, "howpublished"): _escaped(item.get("container-title", "")),
        _PUBLISHERS.get(kind, "publisher"): _escaped(item.get("publisher", "")),
        "pages": _escaped(item.get("page", "")).replace("-", "--"),
        "year": str(issued[0]) if issued else "",
        "month": str(issued[1]) if len(issued) > 1 else "",
        "edition": _escaped(item.get("version", "")),
        "doi": item.get("DOI", ""),
        "url": item.get("URL", ""),
        "note": _escaped(item.get("note", "")),
    }
    lines = [f"  {name} = {{{text}}},\n" for name, text in fields.items() if text]
    return f"@{kind}{{{item['id']},\n{''.join(lines)}}}\n"


def _person(person: Mapping[str, str]) -> str:
    if "literal" in person:
        return f"{{{_escaped(person['literal'])}}}"  # one name, not a given and a family one
    given = f", {_escaped(person['given'])}" if "given" in person else ""
    return f"{_escaped(person['family'])}{given}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in text)
