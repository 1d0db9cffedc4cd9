# SPDX-License-Identifier: Apache-2.0
"""stats.txt has one line a statistic that a gem5 script can read, whatever the names hold."""

from __future__ import annotations

import re

from guardlane.report.stats_txt import BEGIN, END, stats_text
from guardlane.stats import Statistic

DECLARED = (
    Statistic("pads", "items", "pads given instead of items"),
    Statistic("chip.pads", "items", "pads over all queues"),
    Statistic("ipc", "instructions per cycle", "retired instructions a cycle"),
)
GEM5_LINE = re.compile(
    r"^(?P<name>\S+)\s+(?P<value>\S+)\s+# (?P<sentence>.+) \((?P<unit>[^()]+)\)$"
)


def read(text: str) -> dict[str, tuple[str, str, str]]:
    """Read a stats.txt as gem5's users do: line by line between the markers."""
    lines = text.splitlines()
    body = lines[lines.index(BEGIN) + 1 : lines.index(END)]
    matches = [GEM5_LINE.match(line) for line in body if line]
    assert None not in matches
    return {one["name"]: (one["value"], one["sentence"], one["unit"]) for one in matches if one}


def test_a_line_gives_name_value_sentence_and_unit() -> None:
    text = stats_text({"queue.huff.pads": 231}, DECLARED)
    expected = f"{'queue.huff.pads':<40} {231:>12} # pads given instead of items (items)"
    assert expected in text.splitlines()


def test_a_whole_name_is_described_before_its_last_part() -> None:
    found = read(stats_text({"chip.pads": 7, "core.idct.pads": 3, "odd": 1}, DECLARED))
    assert found["chip.pads"] == ("7", "pads over all queues", "items")
    assert found["core.idct.pads"] == ("3", "pads given instead of items", "items")
    assert found["odd"] == ("1", "not described", "Unspecified")


def test_values_keep_every_digit_and_lines_are_sorted() -> None:
    found = read(stats_text({"z.pads": 2**60, "a.ipc": 0.1 + 0.2}, DECLARED))
    assert list(found) == ["a.ipc", "z.pads"]
    assert float(found["a.ipc"][0]) == 0.1 + 0.2
    assert int(found["z.pads"][0]) == 2**60


def test_a_name_stays_one_word_on_one_line() -> None:
    found = read(stats_text({"my queue\n# 1.pads": 5, "": 2}, DECLARED))
    assert found == {
        "my_queue___1.pads": ("5", "pads given instead of items", "items"),
        "_": ("2", "not described", "Unspecified"),
    }


def test_no_statistics_make_an_empty_table() -> None:
    assert read(stats_text({}, ())) == {}
