# SPDX-License-Identifier: Apache-2.0
"""The complex FIR filter as a workload: a signal in, its distance from the error-free one out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from guardlane.chip.result import ChipResult
from guardlane.cite import assumed
from guardlane.workload import Comparison
from guardlane_workloads.streams.common import Judgement, Prepared, StreamConfig, StreamWorkload
from guardlane_workloads.streams.complex_fir.graph import SINK, fir_graph
from guardlane_workloads.streams.complex_fir.report import fir_report
from guardlane_workloads.streams.complex_fir.signal import heard, received
from guardlane_workloads.streams.snr import SNR, judged


class ComplexFIRConfig(StreamConfig):
    """How much signal there is, how it is cut, and how the filter is run."""

    steady_states: Annotated[
        int,
        Field(ge=1, le=1 << 20),
        assumed(
            "length of the signal",
            unit="steady states",
            why="1.4 M instructions, three flips at the default rate",
        ),
    ] = 64
    samples_per_steady_state: Annotated[
        int,
        Field(ge=1, le=1 << 16),
        assumed(
            "complex samples that make a steady state",
            unit="samples",
            why="StreamIt's steady state is 1 sample of 2 items, a header for every second item; "
            "64 samples make headers 1 item in 129",
        ),
    ] = 64


class ComplexFIR(StreamWorkload[ComplexFIRConfig]):
    """A complex FIR filter of sixteen taps on one core."""

    name = "complex-fir"
    sentence = "Filter a radio signal, in floating point, on a core that makes mistakes."
    Config = ComplexFIRConfig
    quality = (SNR,)

    def prepare(self, config: ComplexFIRConfig) -> Prepared:
        """Make the signal and the graph."""
        group = config.samples_per_steady_state
        signal = received(config.steady_states * group)
        content = hashlib.sha256(signal.tobytes())
        facts = {"signal_sha256": content.hexdigest(), "samples": len(signal)}
        content.update(f"in groups of {group}".encode())  # another cut is another graph
        graph = fir_graph(signal, group)
        return Prepared(graph, content.hexdigest(), group * config.frame_size, facts)

    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Measure the output against the error-free output, whole and frame by frame."""
        return judged(heard(golden.kept[SINK]), heard(result.kept[SINK]), prepared.input)

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the page of a comparison."""
        return fir_report(comparison, command, self)
