# SPDX-License-Identifier: Apache-2.0
"""Readers of strangers' files under wrong input: what escapes must be the project's own error.

PYTHONPATH=arch:.:workloads python -m tests.fuzzing 500000

feeds so many wrong files to each reader, and says how many were taken, and how long the worst took.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

from guardlane.errors import GuardlaneError
from guardlane.record import versions
from guardlane.sources import build, from_file
from guardlane.sweep import outline
from guardlane.sweep.outline import Outline
from guardlane.sweep.study import read_study
from guardlane.workload import load_workload
from tests.arch.sweep.conftest import MILL
from tests.mutations import file_in_memory, fill, mutations
from tests.plugin import install

STUDIES = (
    b"""workload = "mill"
metrics = ["flour"]
seeds = "1..2"
settings = { load = 2.0, stone.turns = 4 }
[[axis]]
setting = "stone.turns"
range = { first = 1, last = 7, step = 3 }
[[axis]]
setting = "mtbe"
log = { first = "2k", last = "32k", count = 3 }
when = { "stone.turns" = [1, 4] }
[limits]
time = "600 s"
memory = "4 GiB"
""",
    b"""workload = "mill"
title = "Mills"
seeds = [3, 5]
[[axis]]
zip = { act = ["a", "b"], "stone.turns" = [1, 2] }
[[axis]]
setting = "load"
values = [1.0, 2.5]
[scale.ci]
seeds = "1..2"
settings = { at = 2 }
values = { load = [1.0] }
""",
    b"""workload = "mill"
[interval]
metric = "flour"
half_width = 0.5
max_seeds = 64
paired = ["act"]
[[axis]]
setting = "act"
values = ["grind", "rest"]
""",
    b"""workload = "mill"
[search]
metrics = { flour = "maximize" }
budget = 10
sampler = "nsga2"
reference = { flour = 0.5 }
[[axis]]
setting = "load"
values = [1.0, 2.0]
""",
)
CONFIGS = (
    b"""act = "grind"
load = 2.5
mtbe = "512k"
grain = "rye.txt"
[stone]
weight = "1 KiB"
turns = 4
""",
    b"""seed = 7
mtbe = "500us"
stone.turns = 2
sleep = 1e-3
""",
)


@dataclass
class Tally:
    """How many inputs there were, how many of them were taken, and the longest that one took."""

    inputs: int = 0
    taken: int = 0
    worst: float = 0.0

    def __str__(self) -> str:
        return f"{self.inputs:,} inputs, {self.taken:,} taken, at most {self.worst * 1e3:.0f} ms"


def fuzz_studies(count: int, seed: int = 1) -> Tally:
    """Read wrong studies, and outline those that are taken; workload mill must be installed."""

    def use(path: Path) -> None:
        read = read_study(path)
        Outline(read)
        if read.says.scale.ci is not None:
            Outline(read_study(path, "ci"))

    with (  # looking for what is installed takes far longer than reading
        patch.object(outline, "load_workload", cache(load_workload)),
        patch.object(outline, "versions", cache(versions)),
    ):
        return _fuzz(STUDIES, count, seed, use)


def fuzz_configs(count: int, seed: int = 1) -> Tally:
    """Read wrong settings of workload mill, which must be installed."""
    model = load_workload("mill").Config
    return _fuzz(CONFIGS, count, seed, lambda path: build(model, [from_file(path)]))


def _fuzz(texts: tuple[bytes, ...], count: int, seed: int, use: Callable[[Path], object]) -> Tally:
    tally = Tally()
    with file_in_memory() as (path, handle):
        for text in texts:
            fill(handle, text)
            use(path)  # what is right is taken
        for content in mutations(texts, count, seed):
            fill(handle, content)
            start = time.perf_counter()
            try:
                use(path)
                tally.taken += 1
            except GuardlaneError as reason:
                assert str(reason)
            except BaseException:
                print(f"this escaped from:\n{content!r}", file=sys.stderr)
                raise
            tally.worst = max(tally.worst, time.perf_counter() - start)
            tally.inputs += 1
    return tally


def main() -> None:
    """Print both tallies."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        points = {"guardlane.workloads": {"mill": "mill_of_tests:Mill"}}
        sys.path.insert(0, str(install(Path(folder), "mill_of_tests", MILL, points)))
        for what, fuzz in (("studies", fuzz_studies), ("configurations", fuzz_configs)):
            start = time.process_time()
            print(f"{what}: {fuzz(count)}; {time.process_time() - start:.1f} CPU s", flush=True)


if __name__ == "__main__":
    main()
