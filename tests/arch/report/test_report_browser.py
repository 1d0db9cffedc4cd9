# SPDX-License-Identifier: Apache-2.0
"""A real browser reads the page: every section is there, and hostile text ran nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from guardlane.report import Page
from guardlane.report.render import render
from tests.requirements import require_tool

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = "</h2><script>document.title = 'ran'</script><b onclick=alert(1)>"


def browse(folder: Path, page: Page, *options: str) -> str:
    """Open a page in Chromium with options and give back what it prints."""
    chromium = require_tool("chromium", package="chromium")
    file = folder / "page.html"
    file.write_bytes(render(page))
    command = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", *options, str(file)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def test_a_browser_shows_hostile_text_and_runs_none_of_it(
    tmp_path: Path, page_saying: Callable[[str], Page]
) -> None:
    seen = browse(tmp_path, page_saying(HOSTILE), "--dump-dom")
    shown = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<h2>{shown}</h2>" in seen
    assert "<title>ran" not in seen
    assert "<script" not in seen
    assert seen.rstrip().endswith("</html>")


def test_a_browser_draws_the_strip_in_the_colours_of_the_page(
    tmp_path: Path, page_saying: Callable[[str], Page]
) -> None:
    shot = tmp_path / "page.png"
    browse(tmp_path, page_saying("row"), f"--screenshot={shot}", "--window-size=1400,2400")
    colours = Image.open(shot).convert("RGB").getcolors(1 << 20)
    assert colours is not None
    pixels = {colour: count for count, colour in colours}
    for colour, legend in (
        ((0x73, 0x80, 0x8E), 288),
        ((0xF3, 0xB4, 0x8F), 288),
        ((0xB9, 0x3F, 6), 96),
    ):
        assert pixels.get(colour, 0) > 4 * legend, colour
