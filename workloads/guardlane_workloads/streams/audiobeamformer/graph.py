# SPDX-License-Identifier: Apache-2.0
"""The graph of the beamformer: fifteen delay lines between a tree of splitters and of joiners."""

from __future__ import annotations

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.stream import StreamGraph
from guardlane_workloads.streams.audiobeamformer import kernels
from guardlane_workloads.streams.audiobeamformer.geometry import SPEAKER, Place, lags
from guardlane_workloads.streams.audiobeamformer.kernels import INNER, MICROPHONES, OUTER
from guardlane_workloads.streams.snr import Signal

SINK = "beam"


def beam_graph(signal: Signal, group: int, aim: Place = SPEAKER) -> StreamGraph:
    """Build the graph that hears `aim` in `signal` float32[samples, 15].

    A steady state is `group` samples of 15 items. Raises GuardlaneError when the signal is no whole
    number of groups, or when delay lines are too short for `aim`.
    """
    if len(signal) % group:
        raise GuardlaneError(
            f"audiobeamformer: {len(signal)} samples are no whole groups of {group}"
        )
    graph = StreamGraph("audiobeamformer")
    items = np.ascontiguousarray(signal, np.float32).view(np.int32).ravel()
    counts = np.full(len(signal) // group, MICROPHONES * group)
    graph.source("microphones", items, per_steady_state=counts)
    outer, inner = [INNER] * OUTER, [1] * INNER
    graph.filter("split", work=kernels.split_outer, pops=[MICROPHONES], pushes=outer)
    graph.filter("join", work=kernels.join_outer, pops=outer, pushes=[MICROPHONES])
    graph.filter("average", work=kernels.average, pops=[MICROPHONES], pushes=[1])
    graph.sink(SINK, pops=group)
    graph.connect("microphones", "split")
    held_back = lags(aim)
    for way in range(OUTER):
        split, join = f"split_{way}", f"join_{way}"
        graph.filter(split, work=kernels.split_inner, pops=[INNER], pushes=inner)
        graph.filter(join, work=kernels.join_inner, pops=inner, pushes=[INNER])
        graph.connect("split", split, out_port=way)
        graph.connect(join, "join", in_port=way)
        for port in range(INNER):
            number = INNER * way + port
            name = f"interpolate_{number}"
            tables = delay_tables(held_back[number])
            graph.filter(name, work=kernels.interpolate, pops=[1], pushes=[1], tables=tables)
            graph.connect(split, name, out_port=port)
            graph.connect(name, join, in_port=port)
    graph.connect("join", "average")
    graph.connect("average", SINK)
    return graph


def delay_tables(lag: float) -> dict[str, list[float]]:
    """Value of the tables of a delay line that holds its microphone back by `lag` samples."""
    whole = int(lag)
    return {"LAG": [whole], "FRACTION": [lag - whole], "WEIGHT": [1.0]}
