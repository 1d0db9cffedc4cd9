# SPDX-License-Identifier: Apache-2.0
"""Where a number comes from: what it means, its unit, and who says so or why it was taken.

Every default of every `Settings` carries one `Citation` in its annotation. References are CSL-JSON;
`docs/references.json` is the one copy, and an installed package carries it along.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from guardlane.errors import GuardlaneError

Status = Literal["measured", "vendor", "paper", "related", "assumed", "chosen"]
_REFERRING = ("measured", "vendor", "paper", "related")


@dataclass(frozen=True)
class Citation:
    """What a number means, its unit, and its source.

    measured: read off a running thing, in reference `ref` at `place`. vendor: its maker's document
    says so. paper: the paper that is modelled says so. related: another paper does. assumed: nobody
    says so, `why` gives the reason. chosen: a decision of this model, `why` gives the reason.
    """

    sentence: str
    unit: str
    status: Status
    ref: str | None = None
    place: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        name = f"citation of {self.sentence!r}"
        if not self.sentence or not self.unit:
            raise GuardlaneError(f"{name} must have a sentence and a unit, not unit {self.unit!r}")
        if self.status not in get_args(Status):
            raise GuardlaneError(f"{name} must be one of {get_args(Status)}, not {self.status!r}")
        if self.status in _REFERRING and not (self.ref and self.place):
            raise GuardlaneError(
                f"{name} is {self.status}: it must name a reference and a place in it"
            )
        if self.status not in _REFERRING and not self.why:
            raise GuardlaneError(f"{name} is {self.status}: it must say why")

    @property
    def source(self) -> str:
        """Value of the source in one line: the reference and place, or the reason."""
        where = f"{self.ref}: {self.place}" if self.ref else ""
        return "; ".join(part for part in (where, self.why) if part)


def measured(sentence: str, *, unit: str, ref: str, place: str, why: str = "") -> Citation:
    """Cite a number that was read off a running thing."""
    return Citation(sentence, unit, "measured", ref, place, why)


def vendor(sentence: str, *, unit: str, ref: str, place: str, why: str = "") -> Citation:
    """Cite a number from the documents of the thing's maker."""
    return Citation(sentence, unit, "vendor", ref, place, why)


def paper(sentence: str, *, unit: str, ref: str, place: str, why: str = "") -> Citation:
    """Cite a number from the paper that is modelled."""
    return Citation(sentence, unit, "paper", ref, place, why)


def related(sentence: str, *, unit: str, ref: str, place: str, why: str = "") -> Citation:
    """Cite a number from work other than the paper that is modelled."""
    return Citation(sentence, unit, "related", ref, place, why)


def assumed(sentence: str, *, unit: str, why: str) -> Citation:
    """Own up to a number that nobody vouches for, with the reason for taking it."""
    return Citation(sentence, unit, "assumed", why=why)


def chosen(sentence: str, *, unit: str, why: str) -> Citation:
    """Declare a number or name that is a decision of this model, with the reason for it."""
    return Citation(sentence, unit, "chosen", why=why)


@cache
def references() -> Mapping[str, Mapping[str, Any]]:
    """Value of all references by key, as CSL-JSON items; raises GuardlaneError without the file."""
    package = Path(__file__).resolve().parent
    # A wheel has the file beside the code; a checkout only where people look for it.
    for path in (package / "references.json", package.parents[1] / "docs" / "references.json"):
        if path.is_file():
            return {item["id"]: item for item in json.loads(path.read_text("utf-8"))}
    raise GuardlaneError(f"references.json is missing beside {package}: install guardlane again")


def reference_line(key: str) -> str:
    """Value of reference `key` as one line: authors, title, where, year, link."""
    item = references().get(key)
    if item is None:
        raise GuardlaneError(f"reference {key!r} must be one of {', '.join(sorted(references()))}")
    authors = [person.get("family") or person["literal"] for person in item.get("author", ())]
    names = ", ".join(authors[:3]) + (" et al." if len(authors) > 3 else "")
    year = str(item["issued"]["date-parts"][0][0]) if "issued" in item else ""
    link = f"doi:{item['DOI']}" if "DOI" in item else item.get("URL", "")
    where = item.get("container-title") or item.get("publisher", "")
    parts = (names, item["title"], where, item.get("version", ""), year, link)
    return ". ".join(part.rstrip(".") for part in parts if part)
