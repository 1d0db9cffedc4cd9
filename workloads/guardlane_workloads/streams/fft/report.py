# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of Fourier transforms: the spectra first, then what all seeds say."""

from __future__ import annotations

from typing import Any

from guardlane.report import Section
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages
from guardlane_workloads.streams.common import StreamWorkload
from guardlane_workloads.streams.fft.graph import SAMPLES
from guardlane_workloads.streams.fft.kernels import POINTS
from guardlane_workloads.streams.snr_report import SPAN, gallery, shown_seed, snr_page


def fft_report(
    comparison: Comparison, command: str, workload: StreamWorkload[Any], picture: str
) -> dict[str, bytes]:
    """Draw up the page and give it with the pictures it shows, by name."""
    spectra, files = gallery(comparison, picture, "spectra", SAMPLES, POINTS)
    opening = Section(
        "The spectra",
        (spectra,),
        f"Seed {shown_seed(comparison)}: the median by the SNR with CommGuard. Time runs "
        "downwards, frequency to the right with 0 in the middle: a chirp that sweeps upwards over "
        f"and over, a carrier to its left, noise. The bars are the SNR, {SPAN}.",
    )
    page = snr_page(
        comparison,
        command,
        workload,
        title="Spectra from 24 cores that make mistakes",
        lead=(
            "Fourier transforms of 64 points, in floating point, in two branches of eleven "
            f"filters, on cores that {pages.errors(comparison)}. What differs is how items travel "
            "between them."
        ),
        opening=opening,
        content={"signal, SHA-256": pages.setting(comparison[0][1][0], "signal_sha256")},
    )
    return page | files
