# SPDX-License-Identifier: Apache-2.0
"""`guardlane report`: the studies of a store as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def report(
    store: Annotated[Path, Parameter(name="DB", help="A store that sweeps wrote.")],
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="File to write. [default: DB.html]", negative="")
    ] = None,
    allow_partial: Annotated[
        bool,
        Parameter(help="Also means over some of the seeds only.", negative="", show_default=False),
    ] = False,
) -> int:
    """Write one page that shows the studies of a store; it holds all it needs."""
    from guardlane.cli.keep import Folder
    from guardlane.report.render import render
    from guardlane.report.studies import studies_page
    from guardlane.store import Store

    place = out or store.with_suffix(".html")
    folder = Folder(place.absolute().parent)
    with Store(store) as opened:
        page = studies_page(opened, allow_partial=allow_partial)
    folder.keep({place.name: render(page)})
    print(place)
    return 0
