# SPDX-License-Identifier: Apache-2.0
"""The page is one file without scripts or addresses, and says hostile text as text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from guardlane.errors import GuardlaneError
from guardlane.report import Column, Gallery, Page, Panel, Section, Strip, Table, Tally
from guardlane.report.render import render

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;\x00\x1b"
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Reads a page back: elements with their attributes, the text, and whether all were closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def html_of(page: Page) -> str:
    return render(page).decode()


def test_hostile_text_is_shown_as_text_wherever_it_stands(
    page_saying: Callable[[str], Page],
) -> None:
    read = Reader(html_of(page_saying(HOSTILE)))
    assert not read.open
    assert not read.all("script")
    assert not [
        name for _, attributes in read.elements for name in attributes if name.startswith("on")
    ]
    assert {image["src"][:22] for image in read.all("img") if image["src"]} == {
        "data:image/png;base64,"
    }
    shown = HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")
    assert "".join(read.texts).count(shown) >= 25
    assert read.all("img")[0]["alt"] == shown


def test_lone_surrogates_of_odd_file_names_do_not_stop_the_page(
    page_saying: Callable[[str], Page],
) -> None:
    assert "photo\ufffd.jpg" in html_of(page_saying("photo\udcff.jpg"))


def test_the_page_asks_nothing_of_the_network_and_forbids_scripts(
    page_saying: Callable[[str], Page],
) -> None:
    html = html_of(page_saying("CommGuard"))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in Reader(html).all("meta")
    assert "<script" not in html
    assert "javascript:" not in html
    without_namespace = html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.findall(r"https?:|@import|url\(|src=\"(?!data:)", without_namespace)


def test_equal_pages_are_equal_bytes_in_another_process() -> None:
    script = (
        "import sys; from guardlane.report import *; from guardlane.report.render import render;"
        "pads = Marks('pad', 'pads', (0, 7));"
        "strip = Strip('PSNR', 'dB', 'row', (1.0, 2.5), (3.0, 3.0), marks=(pads,));"
        "points = tuple(Point(f'seed {n}', n / 7) for n in range(20));"
        "blocks = (strip, Chart('SSIM', '', (Group('a', points), Group('b', points[3:]))));"
        "sys.stdout.buffer.write(render(Page('t', 'l', Tally(1, 1), (Section('s', blocks),))))"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("0", "1")
    }
    assert len(pages) == 1
    assert b"</html>" in pages.pop()


def test_what_failed_is_listed_before_anything_else() -> None:
    tally = Tally(18, 20, ("reliable-queue, seed 3: hung", "reliable-queue, seed 9: trapped"))
    texts = [text.strip() for text in Reader(html_of(Page("Title", "", tally, ()))).texts]
    body = [text for text in texts[texts.index("Title") + 1 :] if text and "{" not in text]
    assert body[:4] == ["18 of 20 runs completed", *tally.failures, "Title"]


def test_a_failed_run_cannot_be_left_out_of_the_list() -> None:
    with pytest.raises(
        GuardlaneError, match=r"18 of 20 runs completed, so 2 must be listed .* not 1"
    ):
        Tally(18, 20, ("seed 3: hung",))


def test_a_panel_shows_its_picture_at_its_size_with_its_strip_as_numbers(
    picture: bytes, strip: Strip
) -> None:
    panel = Panel("CommGuard", picture, "the decode", "18.9 dB", "seed 7", strip, frame_pixels=8)
    read = Reader(html_of(Page("t", "l", Tally(1, 1), (Section("s", (Gallery((panel,)),)),))))
    (image,) = read.all("img")
    assert (image["alt"], image["width"], image["height"]) == ("the decode", "16", "20")
    assert [one["class"] for one in read.all("svg")] == ["rail", "strip"]
    texts = [text.strip() for text in read.texts if text.strip()]
    after = texts[texts.index("The same as numbers") :]
    rows = after[after.index("discards") + 1 :][:15]
    assert rows == [
        "0",
        "36.0",
        "0",
        "0",
        "0",
        "1",
        "9.5",
        "3",
        "120",
        "0",
        "2",
        "∞",
        "0",
        "0",
        "1",
    ]


def test_a_table_prints_numbers_by_column_and_names_rows_by_the_first() -> None:
    columns = (Column("statistic"), Column("mean", "cycles", 1, is_numeric=True))
    table = Table("Statistics", columns, (("stalls", 1234.56), ("pads", 7), ("traps", None)))
    read = Reader(html_of(Page("t", "l", Tally(1, 1), (Section("s", (table,)),))))
    texts = [text.strip() for text in read.texts if text.strip()]
    start = texts.index("stalls")
    assert texts[start : start + 6] == ["stalls", "1,234.6", "pads", "7", "traps", "\N{EN DASH}"]
    assert [one["scope"] for one in read.all("th")] == ["col", "col", "row", "row", "row"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="row 2 of table Statistics must have 1 cells, not 2"):
        Table("Statistics", (Column("a"),), ((1,), (1, 2)))
