# SPDX-License-Identifier: Apache-2.0
"""Charts of a study: nobody is left out of them, and each says what it shows."""

from __future__ import annotations

import itertools
import math
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guardlane.errors import GuardlaneError
from guardlane.pareto import front
from guardlane.report.curves import Curves, Multiples, draw_curves
from guardlane.report.front import Better, Front, Measure, Spot, draw_front, on_front
from guardlane.report.heat import Heat, HeatMaps, draw_heat, shade
from guardlane.report.layout import layout_of, map_of, panels_in, thinned
from guardlane.report.means import Means
from guardlane.report.page import Page
from guardlane.report.render import render
from guardlane.report.studies import studies_page
from guardlane.report.svg import wide_scale_for
from guardlane.report.text import compact
from guardlane.store import Planned, Point, Store, Study
from tests.arch.report.test_report_browser import QUIET
from tests.requirements import require_tool

SNR = {"name": "snr_db", "unit": "dB", "sentence": "signal to noise", "better": "higher"}
PADS = {"name": "pads", "unit": "items", "sentence": "pads given", "better": "lower"}
SEEDS = 6
Axes = Mapping[str, str]


def three_axes() -> list[Axes]:
    """Value of 3 depths x 2 guards x 4 rates, and a time-out for one of the guards only."""
    found: list[Axes] = []
    for depth, guard, mtbe in itertools.product(
        ("64", "128", "256"), ("plain", "some"), ("1k", "2k", "4k", "8k")
    ):
        for factor in ("2", "4") if guard == "some" else (None,):
            own = {"depth": depth, "machine.guard": guard, "mtbe": mtbe}
            found.append(own if factor is None else {**own, "machine.factor": factor})
    return found


def page_of(
    path: Path,
    cells: Sequence[Axes],
    values: Callable[[Axes, int], dict[str, float | None]],
    *,
    title: str = "Depths",
    lost: int = 0,
) -> tuple[Page, Means]:
    """Make a store of a study that has run, less the last points, and give its page."""
    names = tuple(dict.fromkeys(name for axes in cells for name in axes))
    study = Study("depths", title, "toy", names, (SNR, PADS), has_seeds=True)
    planned = [
        Planned(f"{place:032x}", axes, seed)
        for place, (axes, seed) in enumerate(
            (axes, seed) for axes in cells for seed in range(1, SEEDS + 1)
        )
    ]
    with Store(path, write=True) as store:
        store.plan(study, planned)
        for one in planned[: len(planned) - lost]:
            found = values(one.cell, one.seed or 0)
            store.put(Point(one.key, "toy", "c0de", {}, {}, one.key, "completed", found))
    with Store(path) as store:
        return studies_page(store), Means(store, study)


def usual(axes: Axes, seed: int) -> dict[str, float | None]:
    depth, rate = int(axes["depth"]), int(axes["mtbe"][:-1])
    return {"snr_db": rate + depth / 100 + seed, "pads": 1000 * depth / rate + seed}


def blocks(page: Page, kind: type) -> list[object]:
    return [one for section in page.sections for one in section.blocks if isinstance(one, kind)]


def test_guards_of_an_axis_that_one_of_them_lacks_are_in_one_chart(tmp_path: Path) -> None:
    page, _ = page_of(tmp_path / "a.db", three_axes(), usual)
    snr, pads = blocks(page, Multiples)
    assert isinstance(snr, Multiples)
    assert isinstance(pads, Multiples)
    assert [one.title for one in snr.panels] == ["depth 64", "depth 128", "depth 256"]
    lines = ["guard plain", "guard some, factor 2", "guard some, factor 4"]
    assert all([line.label for line in one.lines] == lines for one in snr.panels)
    drawn = sum(len(line.points) for one in snr.panels for line in one.lines)
    assert drawn == len(three_axes())
    assert snr.panels[0].lines[0].points[0].found is not None


def test_what_lacks_an_axis_stands_in_each_of_its_panels() -> None:
    axes = ("mtbe", "guard", "factor")
    keys = [(mtbe, "some", str(factor)) for mtbe in ("1k", "2k") for factor in range(9)]
    keys += [("1k", "plain", ""), ("2k", "plain", "")]
    layout = layout_of(axes, keys)
    panels = panels_in(layout, keys)
    assert (layout.along, layout.lines, layout.panels) == (0, (1,), (2,))
    assert panels == [(str(factor),) for factor in range(9)]


def test_panels_share_their_scale_and_lines_keep_their_colour(tmp_path: Path) -> None:
    page, _ = page_of(tmp_path / "a.db", three_axes(), usual)
    html = render(page).decode()
    figure = html[html.index('class="wide dots multiples"') :]
    drawings = re.findall(r"<svg.*?</svg>", figure[: figure.index("</figure>")], re.DOTALL)
    assert len(drawings) == 3
    ticks = [re.findall(r'text-anchor="end">([\d.,]+)<', one) for one in drawings]
    assert ticks[0] == ticks[1] == ticks[2]
    assert all(re.findall(r"curve colour(\d)", one) == ["0", "1", "2"] for one in drawings)


def test_a_run_without_any_error_is_infinite_and_a_median_holds_it(tmp_path: Path) -> None:
    def values(axes: Axes, seed: int) -> dict[str, float | None]:
        return {"snr_db": None if axes["mtbe"] == "8k" or seed == 6 else seed, "pads": None}

    page, means = page_of(tmp_path / "a.db", three_axes(), values)
    assert (means.middle("snr_db"), means.middle("pads")) == ("median", "mean")
    cell = next(place for place, key in enumerate(means.keys) if key[2] == "1k")
    found = means.of("snr_db", cell)
    assert found is not None
    assert (found.mean, found.low, found.high) == (3.5, 1.0, math.inf)
    exact = next(place for place, key in enumerate(means.keys) if key[2] == "8k")
    assert means.middles("snr_db")[exact] == math.inf
    assert means.of("pads", cell) is None  # items have no infinity: there is no such value
    assert np.isnan(means.middles("pads")).all()
    assert "medians with those of the sign test" in page.lead
    assert "∞" in render(page).decode()


def test_all_middles_at_once_are_those_one_by_one(tmp_path: Path) -> None:
    def values(axes: Axes, seed: int) -> dict[str, float | None]:
        snr = None if seed * int(axes["depth"]) % 5 == 0 else math.sin(seed * len(axes["mtbe"]))
        return {"snr_db": snr, "pads": seed**0.5 * int(axes["depth"])}

    _, means = page_of(tmp_path / "a.db", three_axes(), values, lost=9)
    for metric in ("snr_db", "pads"):
        middles = means.middles(metric)
        single = [means.of(metric, cell) for cell in range(len(means.keys))]
        expected = [math.nan if one is None else one.mean for one in single]
        np.testing.assert_allclose(middles, expected, rtol=1e-12)
        assert np.isnan(middles).sum() == 2  # 9 of 6 runs each: one has none, one half


def test_heat_maps_have_every_mean_and_blanks_for_what_there_is_not(tmp_path: Path) -> None:
    page, means = page_of(tmp_path / "a.db", three_axes(), usual, lost=1)
    snr, _ = blocks(page, HeatMaps)
    assert isinstance(snr, HeatMaps)
    assert (snr.across, snr.down) == ("mtbe", "depth")
    assert [one.title for one in snr.maps] == [
        "guard plain", "guard some, factor 2", "guard some, factor 4",
    ]  # fmt: skip
    values = [value for one in snr.maps for row in one.values for value in row]
    assert sum(value is None for value in values) == 1
    assert sorted(value for value in values if value is not None) == sorted(
        one.mean for cell in range(len(means.keys)) if (one := means.of("snr_db", cell))
    )
    drawn = draw_heat(snr, snr.maps[2])
    assert drawn.count('class="shade"') == 11
    assert "mtbe 8k, depth 256: no value" in drawn


def test_shades_go_from_end_to_end_and_by_the_logarithm_where_values_are_far_apart() -> None:
    def maps(*values: float) -> HeatMaps:
        heat = Heat("", tuple(map(str, range(len(values)))), ("r",), (values,))
        return HeatMaps("t", "", "x", "y", (heat,))

    assert [shade(maps(1, 2, 3), value) for value in (1, 2, 3, math.inf)] == [8, 50, 92, 92]
    assert [shade(maps(1, 100, 10_000), value) for value in (1, 100, 10_000)] == [8, 50, 92]
    assert shade(maps(5, 5), 5) == 92
    with pytest.raises(GuardlaneError, match="must have 1 rows of 2 values, not .1."):
        Heat("", ("a", "b"), ("r",), ((1.0,),))


def test_a_front_is_what_no_other_pair_beats() -> None:
    draw = np.random.default_rng(5)
    ways: tuple[Better, ...] = ("lower", "higher")
    for better in itertools.product(ways, ways):
        for size in (0, 1, 2, 7, 60):
            x, y = (draw.integers(0, 9, size).astype(np.float64) for _ in range(2))
            if size > 2:
                y[0] = math.inf
            signs = [1 if one == "lower" else -1 for one in better]
            ours = [(signs[0] * a, signs[1] * b) for a, b in zip(x, y, strict=True)]
            found = np.flatnonzero(on_front(x, y, better))
            assert found.tolist() == front(ours)
    with pytest.raises(GuardlaneError, match="one value is nan"):
        on_front(np.array([math.nan]), np.array([1.0]), ("lower", "lower"))


def test_the_front_of_a_study_is_drawn_and_told(tmp_path: Path) -> None:
    page, _ = page_of(tmp_path / "a.db", three_axes(), usual)
    (drawn,) = blocks(page, Front)
    assert isinstance(drawn, Front)
    assert (drawn.up.name, drawn.across.name) == ("snr_db", "pads")
    assert {(one.x, one.y) for one in drawn.best} == {
        (1000 * depth / 8 + 3.5, 8 + depth / 100 + 3.5) for depth in (64, 128, 256)
    }
    assert "9 of 36 combinations are on the front" in drawn.caption
    assert draw_front(drawn).count("<circle") == 36
    with pytest.raises(GuardlaneError, match="must have both values"):
        Front("t", Measure("a", "", "lower"), Measure("b", "", "lower"),
              (Spot("s", math.nan, 1, 0, True),), ("",))  # fmt: skip


def test_a_long_axis_is_thinned_and_said_so(tmp_path: Path) -> None:
    assert list(thinned([str(n) for n in range(10)], 4)) == ["0", "3", "6", "9"]
    cells = [{"depth": str(n), "mtbe": "1k"} for n in range(1, 802)]
    page, _ = page_of(tmp_path / "a.db", cells, usual)
    curves = blocks(page, Curves)[0]
    assert isinstance(curves, Curves)
    assert len(curves.lines[0].points) == 267
    assert "evenly spread values of long axes only" in curves.caption


def test_two_short_axes_make_no_heat_map_and_words_come_after_numbers() -> None:
    keys = [(a, b, c) for a in "xyz" for b in "12" for c in ("3", "4", "5")]
    found = map_of(("a", "b", "c"), keys)
    assert found is not None
    assert found[:2] == (2, 0)
    assert found[2].panels == (1,)
    assert map_of(("a", "b"), [(a, b) for a in "xyz" for b in "12"]) is None


def test_an_axis_of_far_values_is_logarithmic_and_clamps_intervals() -> None:
    scale = wide_scale_for([1, 5000, -3], 0, 400, 6, [1, 5000])
    assert scale.ticks == (1, 10, 100, 1000, 10_000)
    assert [scale(value) for value in (-3, 1, 100, 10_000)] == [0, 0, 200, 400]
    assert not wide_scale_for([0, 5000], 0, 400, 6, [0, 5000]).is_log
    assert not wide_scale_for([], 0, 400, 6, []).is_log


def test_infinity_has_a_line_of_its_own_above_all_numbers(tmp_path: Path) -> None:
    scale = wide_scale_for([0, 30, math.inf], 3000, 0, 6, [0, 30, math.inf])
    assert (scale(0), scale(30), scale(math.inf)) == (3000, 300, 0)
    assert wide_scale_for([0, 30], 3000, 0, 6, [0, 30])(30) == 0

    def values(axes: Axes, seed: int) -> dict[str, float | None]:
        return {"snr_db": None if axes["mtbe"] == "8k" else seed, "pads": 8.0 * seed}

    cells = [{"mtbe": mtbe} for mtbe in ("1k", "2k", "4k", "8k")]
    page, _ = page_of(tmp_path / "a.db", cells, values)
    curves = blocks(page, Curves)[0]
    assert isinstance(curves, Curves)
    drawn = draw_curves(curves)
    assert re.findall(r'y="125"[^>]*>∞<', drawn)
    assert re.findall(r'cy="(\d+)"', drawn)[-1] == "80"
    assert min(int(y) for y in re.findall(r'cy="(\d+)"', drawn)[:-1]) >= 380


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"), (7.126, "7.13"), (12345, "12.3k"), (999_999, "1,000k"), (7.9e12, "7.9T"),
        (-4_500_000, "\N{MINUS SIGN}4.5M"), (math.inf, "∞"), (1e18, "1e+18"), (0.5, "0.5"),
    ],
)  # fmt: skip
def test_large_numbers_have_a_prefix(value: float, said: str) -> None:
    assert compact(value) == said


def test_a_browser_shows_the_page_and_a_hostile_setting_as_text(tmp_path: Path) -> None:
    hostile = "</text><script>document.title='ran'</script><img src=x onerror=alert(1)>"
    cells = [{**axes, "machine.guard": axes["machine.guard"] + hostile} for axes in three_axes()]
    page, _ = page_of(tmp_path / "a.db", cells, usual, title=hostile, lost=1)
    file, shot = tmp_path / "page.html", tmp_path / "page.png"
    file.write_bytes(render(page))
    chromium = require_tool("chromium", package="chromium")
    call = [chromium, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,4000"]
    seen = subprocess.run(
        [*call, f"--screenshot={shot}", "--dump-dom", str(file)],
        check=True, capture_output=True, text=True, timeout=240,
    ).stdout  # fmt: skip
    shown = hostile.replace("<", "&lt;").replace(">", "&gt;")
    assert f"guard some{shown}, factor 2" in seen
    assert "<title>ran" not in seen
    assert 'onerror="' not in seen
    assert "215 of 216 points finished, 0 failed, 1 not run yet" in seen
    if not shot.exists():  # one of both is all that a call prints
        subprocess.run([*call, f"--screenshot={shot}", str(file)], check=True,
                       capture_output=True, timeout=240)  # fmt: skip
    colours = Image.open(shot).convert("RGB").getcolors(1 << 24)
    assert colours is not None
    counted = {colour: count for count, colour in colours}
    for colour in ((0x14, 0x63, 0xA5), (0xB9, 0x3F, 0x06), (0x0B, 0x7F, 0x72)):  # three lines
        assert counted.get(colour, 0) > 300, colour
