# SPDX-License-Identifier: Apache-2.0
"""What is said of requests that were served, and of the same ones on one server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardlane.cluster.answer import QUANTILES
from guardlane.stats import Metric
from guardlane_workloads.recommender.dlrm.placement import Placement
from guardlane_workloads.recommender.dlrm.served import Served

MS = 1e9  # ps

_LATENCIES = tuple(
    metric
    for name in QUANTILES
    for metric in (
        Metric(f"{name}_ms", "ms", f"latency of requests, {name}", "lower"),
        Metric(f"{name}_overhead", "1", f"{name} over that of one server, less 1", "lower"),
    )
)

METRICS: Sequence[Metric] = (
    *_LATENCIES,
    Metric("mean_ms", "ms", "latency of requests, the mean", "lower"),
    Metric("cpu_ms", "ms", "core time of a request on all servers", "lower"),
    Metric("cpu_overhead", "1", "core time over that of one server, less 1", "lower"),
    Metric("calls", "calls", "remote calls of a request", "lower"),
    Metric("look_ups_per_call", "rows", "rows that a remote call looks up, the mean"),
    Metric("embedded_ms", "ms", "look-ups that a request waited for, the mean", "lower"),
    Metric("network_ms", "ms", "network that a request waited for, the mean", "lower"),
    Metric("added_by_calls", "1", "calls' part of the core time added to that of one server"),
    Metric("load_imbalance", "1", "busiest shard's core time over the mean one's", "lower"),
    Metric("byte_imbalance", "1", "largest shard's bytes over the mean one's", "lower"),
    Metric("shard_gb", "GB", "bytes of tables of the largest shard", "lower"),
    Metric("bounded_rate", "1/s", "highest rate of which P99 keeps to the bound", "higher"),
    Metric("servers", "servers", "servers for the target rate", "lower"),
    Metric("server_ratio", "1", "those over single servers", "lower"),
    Metric("table_gb", "GB", "memory for tables of those servers", "lower"),
    Metric("table_memory_ratio", "1", "that memory over that of single servers", "lower"),
    Metric("unstable", "text", "what was offered more than it can do"),
)


def measured(ran: Served, alone: Served | None) -> dict[str, Any]:
    """Value of latencies, core time and their ratios to those of one server."""
    found: dict[str, Any] = {}
    beside = alone if alone is not None and alone.answer.is_stable else None
    for name in QUANTILES:
        value = ran.answer.quantiles[name].value if ran.answer.is_stable else None
        found[f"{name}_ms"] = None if value is None else value / MS
        found[f"{name}_overhead"] = (
            None
            if value is None or beside is None
            else value / beside.answer.quantiles[name].value - 1
        )
    mean = ran.answer.mean
    found["mean_ms"] = None if mean is None else mean.value / MS
    found["cpu_ms"] = ran.cpu / MS
    found["cpu_overhead"] = None if alone is None else ran.cpu / alone.cpu - 1
    found["added_by_calls"] = _added_by_calls(ran, alone)
    found["calls"] = ran.calls
    found["look_ups_per_call"] = ran.look_ups / ran.calls if ran.calls else None
    for name in ("embedded", "network"):
        parts = ran.answer.stack.get("mean")  # which an unstable run has not
        found[f"{name}_ms"] = None if parts is None else parts[name] / MS
    found["load_imbalance"] = ran.answer.imbalance
    overloaded = [f"{one.name} by {one.load:.2f}" for one in ran.answer.overloaded]
    found["unstable"] = ", ".join(overloaded) or None
    found["bounded_rate"] = None
    return found


def _added_by_calls(ran: Served, alone: Served | None) -> float | None:
    """Value of the part that calls have in the core time added; None where none is added."""
    if alone is None or ran.cpu <= alone.cpu:
        return None
    calls = sum(ran.answer.cpu[name] for name in ("serialisation", "service", "kernel"))
    return calls / ran.requests / (ran.cpu - alone.cpu)


def placed(placement: Placement) -> dict[str, float]:
    """Value of how evenly bytes are dealt."""
    held = placement.bytes_by_shard()
    return {
        "byte_imbalance": max(held) * len(held) / sum(held),
        "shard_gb": max(held) / 1e9,
    }
