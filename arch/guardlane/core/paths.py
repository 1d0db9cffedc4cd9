# SPDX-License-Identifier: Apache-2.0
"""The longest paths of a core's functional units, as data: what must fit into a clock period.

Times are in thousandths of the longest path of all, a carry through 32 bits, at one and the same
supply voltage. A path is a fixed part and then a number of equal positions, one after the other:
bits that a carry passes, or stages of a shifter.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardlane.cite import Citation, assumed

LONGEST = 1000  # what a path may take at the voltage of the guard band's end


@dataclass(frozen=True)
class Path:
    """The longest path of one unit: `fixed`, then `positions` of `step` each, in thousandths."""

    unit: str
    fixed: int
    step: int
    positions: int
    citation: Citation

    @property
    def length(self) -> int:
        """Value of the whole path."""
        return self.fixed + self.step * self.positions

    def time_to(self, position: int) -> int:
        """Value of the time at which `position` positions are behind the signal."""
        return self.fixed + self.step * position


def _assumed(sentence: str, why: str) -> Citation:
    return assumed(sentence, unit="thousandths of the longest path", why=why)


PATHS = (
    Path(
        "add", 200, 25, 32,
        _assumed(
            "operands and flip-flops, then a carry through 32 bits",
            "a ripple carry is the longest path by definition of the unit of time; a fifth for "
            "register read, bypass and set-up is a round number",
        ),
    ),
    Path(
        "shift", 200, 80, 5,
        _assumed("a barrel shifter of five stages", "a stage drives 32 selects and long wires"),
    ),
    Path(
        "logic", 200, 100, 1,
        _assumed("one gate and the select of the result", "no bit waits for another"),
    ),
    Path(
        "mul", 360, 20, 32,
        _assumed(
            "the last addition of the multiplier",
            "stages of a pipeline are balanced to the period; the end of the compression tree "
            "comes before the carry, so the carry is given less time a bit",
        ),
    ),
    Path(
        "div", 300, 20, 32,
        _assumed("the subtraction of the last step", "the select of the partial remainder first"),
    ),
    Path(
        "fp", 400, 25, 24,
        _assumed(
            "alignment or the end of the tree, then a carry through 24 bits of significand",
            "stages of a pipeline are balanced to the period",
        ),
    ),
)  # fmt: skip
UNITS = tuple(path.unit for path in PATHS)
ADD, SHIFT, LOGIC, MUL, DIV, FP = range(len(UNITS))
MOST_POSITIONS = max(path.positions for path in PATHS)
