# SPDX-License-Identifier: Apache-2.0
"""What is best where several things count: the points that no other beats, and the room they take.

Every coordinate counts the same way: less is better. Whoever wants more of something negates it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from guardlane.errors import GuardlaneError

Vector = Sequence[float]


def front(points: Sequence[Vector]) -> list[int]:
    """List the places of the points that no other dominates, in their order.

    One point dominates another when it is nowhere worse and somewhere better; equal points do not.
    """
    return [
        place
        for place, point in enumerate(points)
        if not any(_dominates(other, point) for other in points)
    ]


def hypervolume(points: Sequence[Vector], reference: Vector) -> float:
    """Measure the room between `points` and the worst that counts, `reference`: more is better.

    In the product of the coordinates' units; exact, by slicing along the last coordinate (Zitzler's
    measure), which is quick for two or three of them. Raises GuardlaneError for points of other
    length than `reference` and for values that are not finite.
    """
    if not reference:
        raise GuardlaneError("a hypervolume needs one coordinate or more, not 0")
    for point in (*points, reference):
        if len(point) != len(reference):
            raise GuardlaneError(
                f"a point needs {len(reference) or 'some'} values, not {len(point)}"
            )
        if not all(map(math.isfinite, point)):
            raise GuardlaneError(f"a hypervolume needs finite values, not {tuple(point)}")
    inside = [p for p in points if all(x < worst for x, worst in zip(p, reference, strict=True))]
    return _volume(sorted({tuple(p) for p in inside}), tuple(reference))


def _volume(points: Sequence[tuple[float, ...]], reference: tuple[float, ...]) -> float:
    if not points:
        return 0.0
    if len(reference) == 1:
        return reference[0] - min(points)[0]
    by_last = sorted(points, key=lambda point: point[-1])
    ends = [*(point[-1] for point in by_last[1:]), reference[-1]]
    slices = []
    for count, (point, end) in enumerate(zip(by_last, ends, strict=True), start=1):
        if end > point[-1]:  # between here and the next one, these count
            below = [one[:-1] for one in by_last[:count]]
            slices.append((end - point[-1]) * _volume(below, reference[:-1]))
    return math.fsum(slices)


def _dominates(one: Vector, other: Vector) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
