# SPDX-License-Identifier: Apache-2.0
"""Statistics as the stats.txt that gem5 users have scripts for: name, value, # sentence (unit)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guardlane.report.text import plain
from guardlane.stats import Statistic

BEGIN = "---------- Begin Simulation Statistics ----------"
END = "---------- End Simulation Statistics   ----------"


def stats_text(statistics: Mapping[str, float], declared: Iterable[Statistic]) -> str:
    """Write a line a statistic, sorted by name, between gem5's two marker lines.

    A statistic is described by the declaration of its whole name, or else of the part after its
    last dot: `core.huff.pads` by `pads`. One that nobody declared says so. Integers are written
    whole, floats with every digit that tells them apart. Each name is one word, whatever it holds.
    """
    known = {statistic.name: statistic for statistic in declared}
    lines = [
        f"{_word(name):<40} {value!r:>12} # {_described(name, known)}"
        for name, value in sorted(statistics.items())
    ]
    return "\n".join(["", BEGIN, *lines, "", END, ""])


def _described(name: str, known: Mapping[str, Statistic]) -> str:
    statistic = known.get(name) or known.get(name.rpartition(".")[2])
    if statistic is None:
        return "not described (Unspecified)"
    return " ".join(plain(f"{statistic.sentence} ({statistic.unit})").split())


def _word(name: str) -> str:
    """Make a name one word that no reader takes for a comment."""
    return "_".join(plain(name).replace("#", "_").split()) or "_"
