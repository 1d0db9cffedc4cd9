# SPDX-License-Identifier: Apache-2.0
"""Errors of the pipelines against cycles of public cores, as the table of docs/core.md has them.

PYTHONPATH=arch:. python -m tests.benchmarks.core_errors
"""

from __future__ import annotations

from guardlane.core.presets import presets
from tests.core_golden import golden_images
from tests.golden_cycles import rows_of, run

WAITS = (0, 1, 3)


def errors_of(core: str, wait: int) -> list[tuple[float, str]]:
    """Value of the error of each program in percent, with its name."""
    rows = [row for row in rows_of(core) if row.memory_wait == wait]
    return [(100 * abs(run(core, row)[1] - row.cycles) / row.cycles, row.image) for row in rows]


def main() -> None:
    """Print one row a core: mean and largest error at each memory wait."""
    heads = [f"wait {wait}: mean, most" for wait in WAITS]
    print(f"| core | runs | {' | '.join(heads)} | worst program |")
    print(f"|---|---:|{'---:|' * len(WAITS)}---|")
    assert golden_images()
    for core in presets():
        cells, worst, count = [], (0.0, ""), 0
        for wait in WAITS:
            errors = errors_of(core, wait)
            mean = sum(error for error, _ in errors) / len(errors)
            cells.append(f"{mean:.2f} %, {max(errors)[0]:.2f} %")
            worst, count = max(worst, max(errors)), count + len(errors)
        print(f"| `{core}` | {count} | {' | '.join(cells)} | {worst[1]} |")


if __name__ == "__main__":
    main()
