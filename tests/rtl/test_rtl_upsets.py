# SPDX-License-Identifier: Apache-2.0
"""Flips in pointers and tags of a running link cost nothing; without protection they do."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.link_bench import LinkBench, Upsets, link_flips
from tests.rtl.link_controls import NO_MAJORITY, NO_POINTER_CODE, Control

DEPTH, WORKING_SET, CODE_WIDTH, PAYLOAD_WIDTH = 8, 4, 8, 32


def link(sources: Sequence[Path] = (RTL,)) -> Built:
    parameters = {
        "DataWidth": 32, "IdWidth": 8, "Depth": DEPTH, "WorkingSet": WORKING_SET,
    }  # fmt: skip
    return build("commguard_link", parameters, sources=sources, flips=link_flips(DEPTH))


def upset(built: Built, seed: int) -> tuple[bool, LinkBench, Upsets]:
    """Run a link under upsets; value of whether it came to its end, its bench, the upsets."""
    bench = LinkBench(seed, frames=400)
    upsets = Upsets(random.Random(seed), DEPTH, CODE_WIDTH, PAYLOAD_WIDTH)
    return bench.run(built, 20_000, upsets), bench, upsets


def test_single_flips_in_pointers_and_tags_cost_nothing() -> None:
    flips = 0
    for seed in range(6):
        has_ended, bench, upsets = upset(link(), seed)
        assert has_ended
        assert not bench.board.finish(), bench.board.first
        assert bench.seen["delivered"] + bench.seen["discarded"] == bench.seen["items"]
        assert bench.seen["frames"] == 400
        flips += upsets.flips
    assert flips > 6_000


@pytest.mark.parametrize("control", [NO_POINTER_CODE, NO_MAJORITY], ids=["pointers", "tags"])
def test_without_protection_the_same_flips_break_promises(control: Control, tmp_path: Path) -> None:
    built = link((control.plant(tmp_path / "planted"), RTL))
    broken = 0
    for seed in range(3):
        has_ended, bench, _ = upset(built, seed)
        broken += not has_ended or bool(bench.board.finish())
    assert broken == 3
