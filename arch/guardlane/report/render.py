# SPDX-License-Identifier: Apache-2.0
"""A page as one HTML file that asks nothing of the network: pictures and style are inside.

No script is allowed but the one that sorts a page's sortable tables, by its digest. Every text is
escaped, and equal pages give equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from guardlane.report.chart import draw_chart
from guardlane.report.curves import COLOURS, draw_curves, draw_multiples
from guardlane.report.front import draw_front
from guardlane.report.heat import draw_heat
from guardlane.report.page import Cell, Column, Gallery, Page, Panel, Strip, Table
from guardlane.report.strip import Comparison, draw_rail, draw_strip
from guardlane.report.text import NO_VALUE, compact, number, plain

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(page: Page) -> bytes:
    """Write the page as UTF-8 HTML."""
    blocks = (block for section in page.sections for block in section.blocks)
    is_sortable = any(isinstance(block, Table) and block.is_sortable for block in blocks)
    script = (TEMPLATES / "sort.js").read_text("utf-8") if is_sortable else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    template = _environment().get_template("page.html.j2")
    return template.render(page=page, script=Markup(script), digest=digest).encode()


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        cell=_cell,
        slug=_slug,
        data_uri=_data_uri,
        number=number,
        compact=compact,
        default_value=_value,
    )
    made.globals.update(
        comparison=_comparison,
        chart=lambda chart: Markup(draw_chart(chart)),
        curves=lambda curves: Markup(draw_curves(curves)),
        multiples=lambda panels: [Markup(text) for text in draw_multiples(panels)],
        heat=lambda maps, one: Markup(draw_heat(maps, one)),
        front=lambda front: Markup(draw_front(front)),
        colours=COLOURS,
        strip=lambda strip, shared: Markup(draw_strip(strip, shared)),
        rail=_rail,
    )
    return made


def _printable(value: object) -> object:
    """Make every text that reaches the page printable; what we drew ourselves already is."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _comparison(owner: Gallery | Strip) -> Comparison:
    return Comparison(owner.strips if isinstance(owner, Gallery) else (owner,))


def _rail(panel: Panel, shared: Comparison) -> Markup:
    """Draw the rail of a panel; empty for one whose frames have no height in the picture."""
    if panel.strip is None or panel.frame_pixels is None:
        return Markup()
    return Markup(draw_rail(panel.strip, shared, panel.frame_pixels, panel.size[1]))


def _cell(value: Cell, column: Column) -> str:
    if value is None:
        return NO_VALUE
    if isinstance(value, str):
        return value
    return number(value, None if isinstance(value, int) else column.decimals)


def _value(value: Cell) -> str:
    """Value of a number as a script reads it; no value comes before all others."""
    return "-Infinity" if value is None else repr(value).replace("inf", "Infinity")


def _slug(text: str) -> str:
    """Make an anchor of a heading: its letters and digits, in lower case, joined by dashes."""
    return "-".join("".join(c if c.isalnum() else " " for c in plain(text)).lower().split())


def _data_uri(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
