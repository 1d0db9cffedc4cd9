# SPDX-License-Identifier: Apache-2.0
"""The graph of the Fourier transform: two branches of five reorderings and six combinations."""

from __future__ import annotations

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.stream import StreamGraph
from guardlane_workloads.streams.fft import kernels
from guardlane_workloads.streams.fft.kernels import ITEMS, POINTS
from guardlane_workloads.streams.fft.transform import twiddles
from guardlane_workloads.streams.snr import Signal

BRANCHES = 2
SAMPLES = BRANCHES * POINTS  # of a steady state
SINK = "spectra"

REORDERED = [POINTS >> k for k in range(POINTS.bit_length() - 2)]  # 64, 32 .. 4
COMBINED = [2 << k for k in range(POINTS.bit_length() - 1)]  # 2, 4 .. 64


def fft_graph(signal: Signal) -> StreamGraph:
    """Build the graph that transforms `signal` float32[samples, 2], one block a branch in turn.

    Raises GuardlaneError when the signal is no whole number of steady states.
    """
    if len(signal) % SAMPLES:
        raise GuardlaneError(f"fft: {len(signal)} samples are no whole groups of {SAMPLES}")
    graph = StreamGraph("fft")
    items = np.ascontiguousarray(signal, np.float32).view(np.int32).ravel()
    counts = np.full(len(signal) // SAMPLES, BRANCHES * ITEMS)
    graph.source("receiver", items, per_steady_state=counts)
    ports = [ITEMS] * BRANCHES
    graph.filter("split", work=kernels.split, pops=[BRANCHES * ITEMS], pushes=ports)
    graph.filter("join", work=kernels.join, pops=ports, pushes=[BRANCHES * ITEMS])
    graph.sink(SINK, pops=BRANCHES * ITEMS)
    graph.connect("receiver", "split")
    for branch in range(BRANCHES):
        before, port = "split", branch
        for name in _branch(graph, branch):
            graph.connect(before, name, out_port=port)
            before, port = name, 0
        graph.connect(before, "join", in_port=branch)
    graph.connect("join", SINK)
    return graph


def _branch(graph: StreamGraph, branch: int) -> list[str]:
    """Add the filters of one branch, and give their names in order."""
    names = []
    for size in REORDERED:
        names.append(f"reorder{size}_{branch}")
        rate = [2 * size]
        graph.filter(
            names[-1], work=kernels.reorder, pops=rate, pushes=rate, tables={"SIZE": [size]}
        )
    for size in COMBINED:
        names.append(f"combine{size}_{branch}")
        rate = [2 * size]
        tables = {"SIZE": [size]} | twiddles(size)
        graph.filter(names[-1], work=kernels.combine, pops=rate, pushes=rate, tables=tables)
    return names
