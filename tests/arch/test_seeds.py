# SPDX-License-Identifier: Apache-2.0
"""A named stream depends on its seed and its name, and on nothing else."""

from __future__ import annotations

from guardlane.seeds import stream


def draws(seed: int, *names: str | int) -> list[int]:
    return [int(n) for n in stream(seed, *names).integers(0, 1 << 62, 4)]


def test_the_same_name_draws_the_same_whatever_else_was_drawn() -> None:
    before = draws(1, "faults", "huff")
    stream(1, "faults", "join").random(1000)
    assert draws(1, "faults", "huff") == before


def test_seed_name_order_and_type_of_a_name_all_tell_streams_apart() -> None:
    names = [("a", "b"), ("b", "a"), ("ab",), ("a", 1), ("a", "1")]
    found = {tuple(draws(seed, *name)) for seed in (1, 2) for name in names}
    assert len(found) == 2 * len(names)


def test_a_stream_draws_what_it_drew_when_results_were_published() -> None:
    assert stream(1, "faults", "huff").integers(0, 1000, 5).tolist() == [0, 814, 44, 53, 673]
