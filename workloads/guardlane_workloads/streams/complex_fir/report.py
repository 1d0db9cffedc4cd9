# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of complex FIR runs: the signal along its frames, then all seeds."""

from __future__ import annotations

from typing import Any

from guardlane.workload import Comparison
from guardlane_workloads.streams import pages
from guardlane_workloads.streams.common import StreamWorkload
from guardlane_workloads.streams.snr_report import along, snr_page


def fir_report(
    comparison: Comparison, command: str, workload: StreamWorkload[Any]
) -> dict[str, bytes]:
    """Draw up the page; its name is its only key."""
    return snr_page(
        comparison,
        command,
        workload,
        title="A radio signal filtered on a core that makes mistakes",
        lead=(
            "A complex FIR filter of sixteen taps, in floating point, on cores that "
            f"{pages.errors(comparison)}. What differs is how items travel to them and from them."
        ),
        opening=along("Along the signal", comparison),
        content={"signal, SHA-256": pages.setting(comparison[0][1][0], "signal_sha256")},
    )
