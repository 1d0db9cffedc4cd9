# SPDX-License-Identifier: Apache-2.0
"""What a component counts and what a workload is judged by: name, unit and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Statistic:
    """One count of a component; components hold tuples of these, there is no registry.

    `unit` is a plural noun or a symbol (`cycles`, `dB`), `sentence` says what is counted.
    """

    name: str
    unit: str
    sentence: str


@dataclass(frozen=True)
class Metric(Statistic):
    """One number by which runs of a workload are compared, and which way is better."""

    better: Literal["higher", "lower", "neither"] = "neither"
