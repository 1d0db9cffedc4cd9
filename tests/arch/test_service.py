# SPDX-License-Identifier: Apache-2.0
"""The service table gives exact times, comes back from its file, and refuses what is not whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardlane.cite import assumed
from guardlane.errors import GuardlaneError
from guardlane.service import FromLevels, LookUp, Memory, Rate, ServiceTable


def table(**changes: Any) -> ServiceTable:
    """A small table: 64 and 128 bytes in tables of 1,000 and 3,000 bytes."""
    times = {(64, 1000): 10, (64, 3000): 30, (128, 1000): 20, (128, 3000): 60}
    values: dict[str, Any] = {
        "core": "toy",
        "page_bytes": 4096,
        "look_ups": tuple(
            LookUp(vector_bytes=v, table_bytes=t, picoseconds=p) for (v, t), p in times.items()
        ),
        "bag_picoseconds": 5,
        "rates": (Rate(rows=1, mflops=1000), Rate(rows=9, mflops=9000)),
        "layer_picoseconds": 7,
        "sources": {"toy": assumed("a toy", unit="ps", why="for a test")},
    }
    return ServiceTable(**(values | changes))


@pytest.mark.parametrize(
    ("vector", "rows_of", "picoseconds"),
    [
        (64, 1000, 10),
        (64, 2000, 20),
        (96, 1000, 15),
        (96, 2000, 30),
        (128, 3000, 60),
        (64, 1, 10),
        (128, 1 << 40, 60),
        (65, 1000, 10),  # 10.16 goes down
    ],
)
def test_a_look_up_is_interpolated_and_clamped(vector: int, rows_of: int, picoseconds: int) -> None:
    assert table().look_up(vector, rows_of) == picoseconds


def test_a_bag_adds_its_rows_and_a_layer_its_flops() -> None:
    assert table().bag(64, 1000, 0) == 5
    assert table().bag(64, 1000, 3) == 35
    assert table().layer(1, 10, 10) == 7 + 2 * 100 * 1000  # 200 flops at one a nanosecond
    assert table().layer(5, 1, 1) == 7 + 2000  # 10 flops at 5 a nanosecond
    assert table().layer(3, 1, 1) == 7 + 2000  # 6 at 3
    assert table().layer(100, 1, 1) == 7 + 22223  # 200 at 9, a part of a picosecond goes up


def test_a_table_comes_back_from_its_file_with_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(table().to_json())
    again = ServiceTable.read(tmp_path / "t.json")
    assert again == table()
    assert again.digest == table().digest != table(bag_picoseconds=6).digest
    assert again.to_json() == table().to_json()


MEMORY = Memory(
    cache_lines=(1, 2, 3),
    tlb_entries=(1, 2),
    walk_entries=(1,),
    table_read=(0, 10, 100, 1000),
    second_tlb=7,
    vectors=(
        FromLevels(vector_bytes=64, issue=5, levels=(0, 20, 200, 2000)),
        FromLevels(vector_bytes=128, issue=9, levels=(0, 40, 400, 4000)),
    ),
)


def test_a_popular_row_adds_what_comes_from_where_and_its_walks() -> None:
    own = table(memory=MEMORY)
    lines, reads = (0.5, 0.25, 0.15, 0.1), (1.0, 0.5, 0.2, 0.01)
    data, walks = 0.25 * 20 + 0.15 * 200 + 0.1 * 2000, 0.5 * 10 + 0.2 * 100 + 0.01 * 1000
    assert own.popular(64, lines, 0, (0, 0, 0, 0)) == 5 + data
    assert own.popular(64, lines, 1, reads) == 5 + data + 7 + walks
    assert own.popular(96, lines, 0, reads) == int(7 + 1.5 * data) + walks
    assert ServiceTable.from_json(own.to_json(), "t") == own
    with pytest.raises(GuardlaneError, match="a vector must be 64 to 128 bytes, not 32"):
        own.popular(32, lines, 0, reads)
    with pytest.raises(GuardlaneError, match="toy: has no memory, so all rows must be alike"):
        table().popular(64, lines, 0, reads)


def test_memory_has_the_vectors_of_the_look_ups() -> None:
    wrong = MEMORY.model_copy(update={"vectors": MEMORY.vectors[:1]})
    with pytest.raises(ValueError, match="memory.vectors must be those of look_ups, in order"):
        table(memory=wrong)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body.update(bag_picoseconds=6), "the table was changed"),
        (lambda body: body.update(bag_picoseconds=-1), "bag_picoseconds: Input should be greater"),
        (lambda body: body["look_ups"].pop(), "look_ups must have each vector with each table"),
        (lambda body: body["rates"].reverse(), "rates must be ordered by rows, each once"),
        (lambda body: body.pop("format"), "must be a service table of format"),
        (lambda body: body.update(more=1), "more: Extra inputs"),
        (lambda body: body["sources"]["toy"].pop("why"), "citation of 'a toy' is assumed: it must"),
    ],
)
def test_a_file_that_is_not_whole_is_one_line(
    change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    body = json.loads(table().to_json())
    change(body)
    with pytest.raises(GuardlaneError) as error:
        ServiceTable.from_json(json.dumps(body), "t.json")
    assert str(error.value).startswith("t.json: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_json_has_its_place() -> None:
    with pytest.raises(GuardlaneError, match="^t.json:2:1: Expecting"):
        ServiceTable.from_json("{\n", "t.json")


def test_what_lies_outside_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="a vector must be 64 to 128 bytes, not 256"):
        table().look_up(256, 1000)
    with pytest.raises(GuardlaneError, match="rows of a bag must be 0 or more, not -1"):
        table().bag(64, 1000, -1)
    with pytest.raises(GuardlaneError, match="must be 1 or more, not 1, 0 and 1"):
        table().layer(1, 0, 1)
