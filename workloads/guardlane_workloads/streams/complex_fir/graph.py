# SPDX-License-Identifier: Apache-2.0
"""The graph of the complex FIR program: a receiver, one filter and an output device."""

from __future__ import annotations

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.stream import StreamGraph
from guardlane_workloads.streams.complex_fir import kernels
from guardlane_workloads.streams.complex_fir.signal import taps
from guardlane_workloads.streams.snr import Signal

SINK = "output"


def fir_graph(signal: Signal, group: int) -> StreamGraph:
    """Build the graph that filters `signal`; a steady state is `group` samples of two items.

    Raises GuardlaneError when the signal is no whole number of groups.
    """
    if len(signal) % group:
        raise GuardlaneError(f"complex-fir: {len(signal)} samples are no whole groups of {group}")
    graph = StreamGraph("complex-fir")
    items = np.ascontiguousarray(signal, np.float32).view(np.int32).ravel()
    graph.source("receiver", items, per_steady_state=np.full(len(signal) // group, 2 * group))
    tap_re, tap_im = taps()
    tables = {"TAPS_RE": tap_re, "TAPS_IM": tap_im}
    graph.filter("fir", work=kernels.fir, pops=[2], pushes=[2], tables=tables)
    graph.sink(SINK, pops=2 * group)
    graph.connect("receiver", "fir")
    graph.connect("fir", SINK)
    return graph
