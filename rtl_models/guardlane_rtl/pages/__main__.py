# SPDX-License-Identifier: Apache-2.0
"""Makes anew what is made in the pages of the blocks, and their pictures.

python -m guardlane_rtl.pages [DOCS]

A made part stands between `<!-- made: KIND BLOCK -->` and `<!-- end -->`; all else is written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from guardlane.errors import GuardlaneError
from guardlane_rtl.pages.paths import origin_table, origins
from guardlane_rtl.pages.ports import parameter_table, port_table, read_header
from guardlane_rtl.pages.properties import property_table
from guardlane_rtl.pages.runs import pictures
from guardlane_rtl.pages.tables import alignment_picture, inserter_picture

PART = re.compile(r"(<!-- made: (\w+) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def made(kind: str, block: str) -> str:
    """Make one part of a page; raises GuardlaneError for a kind that there is not."""
    if kind == "parameters":
        return parameter_table(read_header(block))
    if kind == "ports":
        return port_table(read_header(block))
    if kind == "paths":
        return origin_table(origins(block, [name for name, _ in read_header(block).parameters]))
    if kind == "properties":
        return property_table(block)
    raise GuardlaneError(f"no part of a page is called {kind!r}")


def renewed(page: str) -> str:
    """Value of a page with all that is made in it made anew."""
    return PART.sub(lambda part: f"{part[1]}\n{made(part[2], part[3])}\n{part[4]}", page)


def drawn() -> dict[str, str]:
    """Draw every picture of the pages: name of the file -> SVG."""
    return {
        **pictures(),
        "states-alignment-manager.svg": alignment_picture(),
        "states-header-inserter.svg": inserter_picture(),
    }


def main(docs: Path) -> None:
    """Write pages and pictures below `docs`."""
    for page in sorted(docs.glob("block-*.md")):
        page.write_text(renewed(page.read_text("utf-8")), "utf-8")
    for name, picture in drawn().items():
        (docs / "pictures" / name).write_text(picture, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
