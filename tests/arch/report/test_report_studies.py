# SPDX-License-Identifier: Apache-2.0
"""A store as a page: what is missing stands first, and no mean hides what it leaves out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import GuardlaneError
from guardlane.estimates import estimate
from guardlane.report.curves import Curve, CurvePoint, Curves
from guardlane.report.page import Note, Page, Table
from guardlane.report.render import TEMPLATES, render
from guardlane.report.studies import studies_page
from guardlane.store import Failure, Planned, Point, Store, Study
from tests.arch.report.test_report_browser import QUIET
from tests.requirements import require_tool

METRIC = {"name": "snr", "unit": "dB", "sentence": "signal to noise", "better": "higher"}
HOSTILE = "</script><script>document.title='ran'</script><img src=x onerror=alert(1)>"


def filled(path: Path, *, title: str = "Depths", lost: int = 0, failing: str = "") -> Page:
    """Make a store of 3 depths x 2 guards x 4 seeds, and give its page."""
    study = Study("depths", title, "toy", ("depth", "guard"), (METRIC,), has_seeds=True)
    planned: list[Planned] = []
    results: list[Point] = []
    for depth in (64, 256, 1024):
        for guard in ("none", "some"):
            for seed in range(4):
                key = f"{len(planned):032x}"
                planned.append(Planned(key, {"depth": str(depth), "guard": guard}, seed))
                value = depth / 64 + seed + (guard == "some") * 10
                results.append(
                    Point(key, "toy", "c0de", {}, {}, key, "completed", {"snr": value})
                )  # fmt: skip
    with Store(path, write=True) as store:
        store.plan(study, planned)
        for result in results[: len(results) - lost]:
            store.put(result)
        if failing:
            store.put(Failure(planned[-1].key, "fault", failing, 1, failing, "guardlane run toy"))
    with Store(path) as store:
        return studies_page(store)


def rows_of(page: Page, title: str) -> dict[tuple[object, object], tuple[object, ...]]:
    (section,) = (one for one in page.sections if one.title == title)
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    return {(row[0], row[1]): row[2:] for row in table.rows}


def test_the_page_has_every_mean_with_its_interval_in_table_and_curve(tmp_path: Path) -> None:
    page = filled(tmp_path / "a.db")
    assert page.tally.sentence == "24 of 24 points finished, 0 failed"
    expected = estimate([1.0, 2.0, 3.0, 4.0])
    row = rows_of(page, "Depths")["64", "none"]
    assert row == ("4 of 4", 2.5, expected.low, expected.high)
    (curves,) = (block for block in page.sections[0].blocks if isinstance(block, Curves))
    assert [one.label for one in curves.lines] == ["guard none", "guard some"]
    assert [(point.x, point.text) for point in curves.lines[0].points] == [
        (64.0, "64"), (256.0, "256"), (1024.0, "1024"),
    ]  # fmt: skip
    assert [p.found.mean for p in curves.lines[1].points if p.found] == [12.5, 15.5, 27.5]
    assert render(page) == render(filled(tmp_path / "b.db"))


def test_no_mean_is_over_some_of_its_runs_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    page = filled(path, lost=6)
    assert page.tally.sentence == "18 of 24 points finished, 0 failed, 6 not run yet"
    rows = rows_of(page, "Depths")
    assert rows["1024", "some"] == ("0 of 4", None, None, None)
    assert rows["1024", "none"] == ("2 of 4", None, None, None)
    notes = [block.text for block in page.sections[0].blocks if isinstance(block, Note)]
    assert any("2 of 6 combinations lack runs and have no mean here" in one for one in notes)
    assert rows["256", "some"][:2] == ("4 of 4", 15.5)
    with Store(path) as store:
        partial = studies_page(store, allow_partial=True)
    assert rows_of(partial, "Depths")["1024", "none"][:2] == ("2 of 4", 16.5)
    assert "--allow-partial" in partial.lead


def test_failed_points_come_first_with_what_they_said_and_how_to_run_them(tmp_path: Path) -> None:
    page = filled(tmp_path / "a.db", lost=1, failing="it broke")
    assert page.tally.failures == ("depths: depth=1024, guard=some, seed=3: it broke",)
    assert page.sections[0].title == "Failed points"
    text = render(page).decode()
    assert text.index("23 of 24 points finished, 1 failed") < text.index("<h1>")
    assert text.index("guardlane run toy") < text.index("Means over seeds with the ends")


def test_a_store_without_a_study_has_nothing_to_show(tmp_path: Path) -> None:
    Store(tmp_path / "a.db", write=True).__exit__(None, None, None)
    with Store(tmp_path / "a.db") as store, pytest.raises(GuardlaneError, match="has no study"):
        studies_page(store)


def test_a_curve_breaks_where_there_is_no_mean_and_may_not_go_back() -> None:
    one = estimate([1.0])
    broken = Curve(
        "c", (CurvePoint(1, "1", one), CurvePoint(2, "2", None), CurvePoint(3, "3", one))
    )
    from guardlane.report.curves import draw_curves

    drawn = draw_curves(Curves("t", "dB", "x", (broken,)))
    (path,) = re.findall(r'<path d="([^"]*)" class="stroke"', drawn)
    assert path.count("M") == 2
    assert "L" not in path
    with pytest.raises(GuardlaneError, match="must be finite and go up"):
        Curves("t", "dB", "x", (Curve("c", broken.points[::-1]),))


def test_the_command_writes_the_page_beside_the_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "a.db")
    assert main(["report", str(tmp_path / "a.db")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a.html'}\n"
    assert b"24 of 24 points finished" in (tmp_path / "a.html").read_bytes()
    assert main(["report", str(tmp_path / "b.db")]) == 1
    assert capsys.readouterr().err == f"guardlane: {tmp_path / 'b.db'}: no such store\n"


def browse(folder: Path, html: bytes) -> str:
    chromium = require_tool("chromium", package="chromium")
    file = folder / "page.html"
    file.write_bytes(html)
    call = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", str(file)]
    return subprocess.run(call, check=True, capture_output=True, text=True, timeout=120).stdout


def test_a_browser_runs_the_script_that_sorts_and_none_of_a_strangers(tmp_path: Path) -> None:
    html = render(filled(tmp_path / "a.db", title=HOSTILE, lost=1, failing=HOSTILE))
    assert html.count(b"<script>") == 1
    seen = browse(tmp_path, html)
    assert "<title>ran" not in seen
    assert 'aria-sort="none"><button>depth</button>' in seen  # ours did run, as its digest says
    shown = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<h2>{shown}</h2>" in seen
    # One letter more, and it is a stranger's script, which the page does not let run.
    changed = html.replace(b"// Make the heads", b"// Made the heads")
    assert changed != html
    assert "<button>" not in browse(tmp_path, changed)


def test_a_click_sorts_by_numbers_and_another_turns_them_round(tmp_path: Path) -> None:
    script = (TEMPLATES / "sort.js").read_text()
    rows = "".join(f'<tr><th>r{n}</th><td data-value="{n}">x</td></tr>' for n in (3, 20, 1))
    for clicks, order in ((1, ["r1", "r3", "r20"]), (2, ["r20", "r3", "r1"])):
        click = "document.querySelectorAll('button')[1].click();" * clicks
        page = (
            "<!DOCTYPE html><table class=sortable><thead><tr><th>a</th><th>b</th></tr></thead>"
            f"<tbody>{rows}</tbody></table><script>{script}{click}</script>"
        )
        assert re.findall(r"<th>(r\d+)", browse(tmp_path, page.encode())) == order
