# SPDX-License-Identifier: Apache-2.0
"""The pages of the blocks say what sources, models and proofs say today, to the byte."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard import alignment
from guardlane_rtl.build import RTL
from guardlane_rtl.coverage import UNREACHABLE
from guardlane_rtl.pages import runs, tables
from guardlane_rtl.pages.__main__ import drawn, made, renewed
from guardlane_rtl.pages.paths import origin_table, origins
from guardlane_rtl.pages.ports import Port, port_table, read_header
from guardlane_rtl.pages.waveform import Signal, waveform
from guardlane_rtl.proofs import HARNESSES, PROOFS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("block-*.md"))
BLOCKS = (
    "header_inserter", "alignment_manager", "queue_manager", "secded_enc", "secded_dec",
    "commguard_source", "commguard_sink", "commguard_link",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_made_in_a_page_is_made_alike_today(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.count("<!-- made: ") == text.count("<!-- end -->") > 0
    assert renewed(text) == text


def test_every_block_has_its_ports_parameters_and_paths_on_a_page() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for block in BLOCKS:
        for kind in ("parameters", "ports", "paths"):
            assert text.count(f"<!-- made: {kind} {block} -->") == 1
    for block in HARNESSES:
        assert text.count(f"<!-- made: properties {block} -->") == 1
    assert {top for tops in HARNESSES.values() for top in tops} == {p.top for p in PROOFS}


def test_pictures_are_drawn_alike_today_and_each_is_on_a_page() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    pictures = drawn()
    assert len(pictures) == 6
    for name, picture in pictures.items():
        assert (DOCS / "pictures" / name).read_text("utf-8") == picture
        assert f"](pictures/{name})" in text


def test_a_port_that_is_renamed_widened_or_moved_shows(tmp_path: Path) -> None:
    source = (RTL / "header_inserter.sv").read_text()
    right = port_table(read_header("header_inserter"))
    for old, new in (
        ("skip_frame_o,", "skips_frame_o,"),
        ("[          1:0] unit_kind_o", "[          2:0] unit_kind_o"),
        ("input  logic                 timeout_i", "output logic                 timeout_i"),
        ("// observation", "// for the curious"),
    ):
        assert source.count(old) == 1
        (tmp_path / "header_inserter.sv").write_text(source.replace(old, new))
        assert port_table(read_header("header_inserter", tmp_path)) != right


@pytest.mark.parametrize("block", BLOCKS)
def test_no_port_is_overlooked(block: str) -> None:
    ports = read_header(block).ports
    source = (RTL / f"{block}.sv").read_text().partition("\n);")[0]
    assert len(ports) == len(re.findall(r"^\s*(?:input|output) ", source, re.MULTILINE))
    assert len({port.name for port in ports}) == len(ports)


def test_widths_are_those_of_the_source() -> None:
    ports = {port.name: port for port in read_header("queue_manager").ports}
    assert ports["push_kind_i"] == Port("push_kind_i", "input", "2", "the producer's end")
    assert ports["occupancy_o"] == Port("occupancy_o", "output", "PointerWidth", "observation")


def test_a_port_that_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    text = "module x #(\n    parameter int A = 1\n) (\n    inout wire a\n);\nendmodule\n"
    (tmp_path / "x.sv").write_text(text)
    with pytest.raises(GuardlaneError, match="x.sv: 'inout wire a' is not a port"):
        read_header("x", tmp_path)


def test_a_path_through_a_register_is_none_and_one_through_gates_is() -> None:
    found = origins("header_inserter", ["DataWidth", "IdWidth"])
    outputs = [p.name for p in read_header("header_inserter").ports if p.direction == "output"]
    assert list(found) == outputs
    assert found["skip_frame_o"].inputs == ()
    assert found["cmd_ready_o"].inputs == ("cmd_i", "cmd_valid_i", "timeout_i", "unit_ready_i")
    assert "| `skip_frame_o` `drop_tail_o` | yes |  |" in origin_table(found)


def test_a_part_of_an_unknown_kind_is_one_error() -> None:
    with pytest.raises(GuardlaneError, match="no part of a page is called 'weather'"):
        made("weather", "header_inserter")


def test_arrows_are_the_tables_and_leave_out_what_no_run_reaches() -> None:
    arrows = tables.alignment_arrows()
    causes = [cause for found in arrows.values() for cause in found]
    # four states with eight events each; Pdg with any pop; five frames of Pdg, two of the others
    assert len(causes) == 4 * 8 + 1 + 5 + 2
    assert len(UNREACHABLE) == 6
    assert "frame" not in arrows["Disc", "Disc"] + arrows["DiscFr", "DiscFr"]
    assert arrows["RcvCmp", "ExpHdr"] == ["frame"]


def test_another_table_is_another_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    right = tables.alignment_picture()
    row = alignment.TABLE[alignment.State.RCV_CMP]
    stays = (alignment.State.RCV_CMP, alignment.Action.LOOK_ON)
    wrong = (*row[:4], stays, *row[5:])  # a bad header taken for nothing
    monkeypatch.setattr(alignment, "TABLE", (wrong, *alignment.TABLE[1:]))
    assert tables.alignment_picture() != right


def test_waveforms_show_what_the_pages_say_of_them() -> None:
    pops = [row for row in runs.alignment_run() if row["rsp_valid"]]
    assert [row["rsp_data"] for row in pops] == [10, 0, 20, 21, 30]
    assert [row["rsp_pad"] for row in pops] == [False, True, False, False, False]
    assert [n for n, row in enumerate(runs.inserter_run()) if row["drop_tail"]] == [5]
    queue = runs.queue_run()
    assert [n for n, row in enumerate(queue) if row["corrected"]] == [7]
    assert [n for n, row in enumerate(queue) if row["detected"]] == [8]
    beats = [row for row in runs.link_run() if row["m_axis_tvalid"]]
    assert [(row["m_axis_tdata"], row["m_axis_tuser"]) for row in beats] == [
        (10, 0), (11, 0), (20, 0), (0, 1),
    ]  # fmt: skip


def test_a_waveform_has_a_step_where_a_value_changes_and_words_where_it_means_something() -> None:
    still, moving = (waveform([Signal("a", values)], "a") for values in ([0, 0, 0], [0, 1, 0]))
    assert len(moving) > len(still)
    bus = waveform([Signal("b", [None, "x<y", "x<y"], is_bus=True)], "b")
    assert bus.count("x&lt;y") == 1
    assert bus.count('class="idle"') == 1


def test_pages_are_written_whole(tmp_path: Path) -> None:
    from guardlane_rtl.pages.__main__ import main

    (tmp_path / "pictures").mkdir()
    page = tmp_path / "block-a.md"
    page.write_text("# A\n\n<!-- made: ports secded_enc -->\nstale\n<!-- end -->\n")
    shutil.copy(page, tmp_path / "other.md")
    main(tmp_path)
    assert "`code_o`" in page.read_text()
    assert "stale" not in page.read_text()
    assert "stale" in (tmp_path / "other.md").read_text()
    assert len(list((tmp_path / "pictures").iterdir())) == 6
