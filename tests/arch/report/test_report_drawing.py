# SPDX-License-Identifier: Apache-2.0
"""Strips and charts are well-formed SVG in integers, and what they draw stands where it belongs."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.report import Chart, Group, Marks, Panel, Point, Strip
from guardlane.report.chart import draw_chart, swarm
from guardlane.report.strip import FLOOR, TOP, Comparison, describe, draw_rail, draw_strip, loss
from guardlane.report.svg import scale_for

SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(-1e9, 1e9, allow_subnormal=False)


def of_class(drawing: str, name: str) -> list[ElementTree.Element]:
    """Every element of a class in a drawing, which has to be well-formed."""
    tree = ElementTree.fromstring(drawing)
    return [one for one in tree.iter() if name in one.get("class", "").split()]


def height(bar: ElementTree.Element) -> int:
    return int(bar.get("height", ""))


def test_every_frame_has_its_bar_from_the_floor_to_its_value(strip: Strip) -> None:
    comparison = Comparison((strip,))
    bars = of_class(draw_strip(strip, comparison), "value")
    tops = [int(bar.get("y", "")) for bar in bars]
    assert tops == [comparison.scale(36.0), comparison.scale(9.5), TOP]
    assert [top + height(bar) for top, bar in zip(tops, bars, strict=True)] == [FLOOR] * 3


def test_the_loss_of_a_frame_joins_its_value_to_what_it_was_without_faults(strip: Strip) -> None:
    comparison = Comparison((strip,))
    (lost,) = of_class(draw_strip(strip, comparison), "lost")
    assert int(lost.get("y", "")) == comparison.scale(35.0)
    assert int(lost.get("y", "")) + height(lost) == comparison.scale(9.5)
    assert [loss(strip, frame) for frame in range(3)] == [0.0, 25.5, 0.0]


def test_marks_stand_in_the_frames_where_they_happened(strip: Strip) -> None:
    drawing = draw_strip(strip, Comparison((strip,)))
    bars = of_class(drawing, "value")
    for kind, frame, sentence in (
        ("fault", 1, "row 1: 3 flips"),
        ("pad", 1, "row 1: 120 pads"),
        ("discard", 2, "row 2: 1 discard"),
    ):
        (mark,) = of_class(drawing, kind)
        left, width = int(bars[frame].get("x", "")), int(bars[frame].get("width", ""))
        assert left <= int(mark.get("x", "")) < left + width
        assert mark.findtext(f"{SVG}title") == sentence


def test_strips_side_by_side_share_one_scale(strip: Strip) -> None:
    low = Strip("PSNR", "dB", "row", (4.0, 5.0), marks=(Marks("fault", "flips", (1, 0)),))
    shared = Comparison((strip, low))
    assert (shared.scale.low, shared.scale.high) == (0.0, 36.0)
    assert shared.share("fault", 3) == 1.0
    assert 0 < shared.share("fault", 1) < 1


def test_the_rail_has_each_loss_at_the_height_of_its_frame_in_the_picture(strip: Strip) -> None:
    rail = draw_rail(strip, Comparison((strip,)), pixels=8, height=20)
    for name in ("lost", "fault"):
        (row,) = of_class(rail, name)
        assert (row.get("y"), row.get("height")) == ("8", "8")
    assert ElementTree.fromstring(rail).get("viewBox", "").split()[-1] == "20"


def test_a_last_frame_cut_by_the_picture_is_cut_in_the_rail_too() -> None:
    strip = Strip("PSNR", "dB", "row", (1.0, 1.0, 1.0), (2.0, 2.0, 2.0))
    rail = draw_rail(strip, Comparison((strip,)), pixels=8, height=18)
    assert [height(row) for row in of_class(rail, "lost")] == [8, 8, 2]


def test_a_frame_without_a_value_leaves_a_gap_and_breaks_nothing() -> None:
    strip = Strip(
        "PSNR", "dB", "row", (None, math.nan, 3.0, -math.inf), (None, 2.0, None, math.inf)
    )
    assert len(of_class(draw_strip(strip, Comparison((strip,))), "value")) == 2
    empty = Strip("PSNR", "dB", "row", ())
    assert not of_class(draw_strip(empty, Comparison((empty,))), "value")


def test_the_strip_is_said_in_words(strip: Strip) -> None:
    assert describe(strip).replace("\N{NO-BREAK SPACE}", " ") == (
        "PSNR per row: lowest 9.5 dB at row 1, highest ∞ dB; 3 flips in 1 of 3; "
        "120 pads in 1 of 3; 1 discard in 1 of 3."
    )


def test_lanes_of_another_length_are_refused() -> None:
    with pytest.raises(GuardlaneError, match="flips of strip PSNR must have one entry a row, 2 of"):
        Strip("PSNR", "dB", "row", (1.0, 2.0), marks=(Marks("fault", "flips", (1,)),))
    with pytest.raises(GuardlaneError, match=r"error-free of strip PSNR .* 1 of them, not 2"):
        Strip("PSNR", "dB", "row", (1.0,), (1.0, 2.0))


def test_a_picture_that_is_no_png_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="picture of panel CommGuard must be a PNG"):
        Panel("CommGuard", b"\xff\xd8\xff\xe0JPEG", "", "")


def chart_of(*values: float | None) -> Chart:
    points = tuple(Point(f"seed {seed}", value) for seed, value in enumerate(values))
    return Chart("Gain", "dB", (Group("CommGuard", points),), reference=0.0)


def test_a_chart_has_a_dot_a_run_and_says_mean_and_interval() -> None:
    drawing = draw_chart(chart_of(9.0, 10.0, 11.0))
    assert len(of_class(drawing, "dot")) == 3
    said = [one.text for one in of_class(drawing, "said")]
    assert said == ["10.0\N{NO-BREAK SPACE}dB (95 %: 7.5 to 12.5)"]


def test_a_chart_says_how_many_runs_it_cannot_draw() -> None:
    drawing = draw_chart(chart_of(9.0, None, math.inf))
    assert len(of_class(drawing, "dot")) == 1
    assert of_class(drawing, "said")[0].text == "9.0\N{NO-BREAK SPACE}dB, 2 without a finite value"
    assert of_class(draw_chart(chart_of(None)), "said")[0].text == "no finite value"


@given(st.lists(finite, max_size=30))
def test_any_values_make_a_well_formed_chart_in_integers(values: list[float]) -> None:
    drawing = draw_chart(chart_of(*values))
    ElementTree.fromstring(drawing)
    for attribute in re.findall(r' (?:x|y|cx|cy|r|d|width|height)="([^"]*)"', drawing):
        assert re.fullmatch(r"[MLZ\d\s-]+", attribute)


@given(st.lists(finite, min_size=1, max_size=8), st.booleans())
def test_a_scale_holds_its_values_and_has_few_ticks(values: list[float], is_tight: bool) -> None:
    scale = scale_for(values, 0, 1000, steps=5, is_tight=is_tight)
    slack = 1e-6 * max(abs(value) for value in values)
    assert scale.low <= min(values) + slack
    assert scale.high >= max(values) - slack
    assert len(scale.ticks) <= 8
    assert all(0 <= scale(value) <= 1000 for value in values)


def test_ticks_are_round_numbers_with_just_enough_decimals() -> None:
    scale = scale_for([0.102, 0.859], 0, 1000, steps=5)
    assert [scale.print_tick(tick) for tick in scale.ticks] == [
        "0.0",
        "0.2",
        "0.4",
        "0.6",
        "0.8",
        "1.0",
    ]
    assert scale_for([7.0], 0, 100, steps=4).low < 7.0


def test_dots_do_not_cover_one_another_while_there_is_room() -> None:
    centres = [100, 100, 130, 150, 400]
    offsets = swarm(centres, radius=40, reach=200)
    places = list(zip(centres, offsets, strict=True))
    for index, (x, y) in enumerate(places):
        assert all((x - u) ** 2 + (y - v) ** 2 >= 80**2 for u, v in places[:index])
    assert offsets[0] == offsets[4] == 0
    assert max(abs(offset) for offset in swarm([5] * 90, radius=40, reach=200)) <= 200
