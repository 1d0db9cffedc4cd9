# SPDX-License-Identifier: Apache-2.0
"""One measured run of a public core, done again by its pipeline here."""

from __future__ import annotations

from guardlane.core.bare import BareCore
from guardlane.core.presets import preset
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.hex_reader import read_hex
from tests.core_golden import GoldenRow, golden_images, golden_rows


def rows_of(core: str) -> list[GoldenRow]:
    """Value of the measured runs of a core."""
    return [row for row in golden_rows() if row.core == core]


def run(core: str, row: GoldenRow) -> tuple[int, int]:
    """Retired instructions and cycles of the image of `row` on the preset called `core`."""
    pipeline = preset(core).model_copy(update={"memory_wait": row.memory_wait})
    program = read_hex(golden_images()[row.image], row.image)
    result = BareCore(program, one_cycle_each(), pipeline=pipeline).run()
    assert result.outcome == "completed"
    return result.retired_instructions, result.cycles
