# SPDX-License-Identifier: Apache-2.0
"""Each pattern sends where its definition says."""

from __future__ import annotations

import pytest

from guardlane.errors import UsageError
from guardlane.noc.grids import cmesh, mesh, torus
from guardlane.noc.patterns import corners, targets_of
from guardlane.noc.source import FIXED, HOTSPOT, UNIFORM

SOURCE = 0b110010  # node (2, 6) of the 8x8 mesh


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        ("transpose", 0b010110),
        ("tornado", (6 + 3) % 8 * 8 + 5),
        ("bit-complement", 0b001101),
        ("bit-reverse", 0b010011),
        ("shuffle", 0b100101),
        ("neighbour", 7 * 8 + 3),
    ],
)
def test_a_permutation_sends_a_node_where_it_is_defined_to(pattern: str, target: int) -> None:
    kind, targets = targets_of(pattern, mesh(8))
    assert kind == FIXED
    assert targets[SOURCE] == target
    assert sorted(targets) == list(range(64))


def test_the_corners_are_those_of_any_grid() -> None:
    assert corners(mesh(8)) == [0, 7, 56, 63]
    assert corners(mesh(3, 3)) == [0, 2, 6, 8, 18, 20, 24, 26]
    kind, targets = targets_of("hotspot", mesh(8))
    assert (kind, targets.tolist()) == (HOTSPOT, [0, 7, 56, 63])
    assert targets_of("hotspot", mesh(8), [9, 9, 3])[1].tolist() == [9, 9, 3]
    assert targets_of("uniform", mesh(8))[0] == UNIFORM


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("transpose", "transpose needs a power of two of nodes, not 9"),
        ("shuffle", "shuffle needs a power of two of nodes, not 9"),
        ("zigzag", "traffic must be one of uniform, transpose, .*, not 'zigzag'"),
    ],
)
def test_a_pattern_that_does_not_fit_is_said(pattern: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        targets_of(pattern, mesh(3))


def test_what_needs_a_grid_or_an_even_power_says_so() -> None:
    with pytest.raises(UsageError, match="transpose needs an even power of two of nodes, not 8"):
        targets_of("transpose", torus(2, 3))
    with pytest.raises(UsageError, match="tornado needs a grid with a node each router"):
        targets_of("tornado", cmesh(2, 2, 4))
    with pytest.raises(UsageError, match="hotspot: node 9 must be 0 to 8"):
        targets_of("hotspot", mesh(3), [9])
