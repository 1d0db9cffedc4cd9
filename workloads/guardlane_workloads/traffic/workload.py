# SPDX-License-Identifier: Apache-2.0
"""Synthetic traffic, or a trace, on an on-chip network: latency, accepted rate, utilisation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from guardlane.config import config_hash, resolved
from guardlane.noc import words as w
from guardlane.noc.files import read_network
from guardlane.noc.presets import Preset, preset_of
from guardlane.noc.replay import replay
from guardlane.noc.routing import RouteTable
from guardlane.noc.routings import route
from guardlane.noc.simulate import Measured, StuckError, run_out
from guardlane.noc.traces.csv import read_csv
from guardlane.noc.traces.netrace import read_netrace
from guardlane.noc.traces.trace import Trace
from guardlane.noc.traffic import Traffic, loaded
from guardlane.reading import read_bounded
from guardlane.record import Outcome, Record, versions
from guardlane.stats import Metric, Statistic
from guardlane.workload import Progress
from guardlane_workloads.traffic.links import heat_map, links_csv
from guardlane_workloads.traffic.settings import TrafficConfig

MOST_FILE = 1 << 30  # bytes of a topology or a trace


class TrafficWorkload:
    """Packets between the nodes of a network, and how long they take."""

    name = "traffic"
    sentence = "Send traffic through an on-chip network, digit for digit as BookSim2 does."
    Config = TrafficConfig
    metrics: Sequence[Metric] = (
        Metric(
            "mean_packet_latency", "cycles", "from a packet's making to its tail's arrival", "lower"
        ),
        Metric("max_packet_latency", "cycles", "the longest that a packet took", "lower"),
        Metric("accepted_rate", "flits/node/cycle", "flits that arrived", "higher"),
        Metric("hops_mean", "routers", "routers that a packet crossed, its last one included"),
        Metric("cycles", "cycles", "cycles until the last measured packet had arrived"),
        Metric("saturated", "1", "whether less than 99 % of what was offered was taken", "lower"),
        Metric("verdict", "text", "the same in words"),
        Metric("packets", "packets", "packets that were measured"),
        Metric("busiest_link", "1", "utilisation of the link that is used most"),
        Metric("detail", "text", "why it did not complete"),
    )
    statistics: Sequence[Statistic] = (
        Statistic("link.flits", "flits", "flits that crossed all links between routers"),
        Statistic("router.flits", "flits", "flits that crossed all routers"),
    )

    def run(self, config: TrafficConfig, progress: Progress | None = None) -> Record:
        """Run once; a network that deadlocks is a record too. Raises GuardlaneError for files."""
        preset = preset_of(config.preset)
        table = table_of(config, preset)
        digests = [_digest(path) for path in (config.topology, config.trace)]
        outcome, detail = Outcome.COMPLETED, None
        result: Measured | None = None
        try:
            if config.trace is not None:
                result = replay(table, preset.router, trace_of(config, config.trace))
            else:
                result = run_out(loaded(table, preset.router, traffic_of(config), preset.window))
        except StuckError as reason:
            outcome, detail = Outcome.DEADLOCKED, str(reason)
        return Record(
            workload=self.name,
            config={
                **resolved(config),
                "topology_sha256": digests[0],
                "trace_sha256": digests[1],
            },
            config_hash=config_hash(config, *(digest or "" for digest in digests)),
            outcome=outcome,
            metrics=_metrics(config, table, result) | {"detail": detail},
            statistics={} if result is None else _statistics(table, result),
            series={} if result is None else _series(result),
            versions=versions(),
            files={} if result is None else _files(table, result),
        )


def table_of(config: TrafficConfig, preset: Preset) -> RouteTable:
    """Build the network and the routing that a configuration asks for."""
    if config.topology is None:
        table = preset.table()
        return table if config.routing is None else route(table.topology, config.routing)
    return route(read_network(config.topology), config.routing or "up-down")


def traffic_of(config: TrafficConfig) -> Traffic:
    """Value of the traffic that a configuration asks for."""
    preset = preset_of(config.preset)
    return Traffic(
        pattern=config.traffic or preset.traffic,
        rate=config.rate,
        size=config.size or preset.size,
        mode=config.mode,
        seed=config.seed,
        hotspots=config.hotspot_nodes,
        reply_size=config.reply_size,
    )


def trace_of(config: TrafficConfig, path: Path) -> Trace:
    """Read the trace of a configuration."""
    if ".csv" in [suffix.lower() for suffix in path.suffixes]:
        return read_csv(path)
    return read_netrace(path, flit_bytes=config.flit_bytes)


def verdict(result: Measured) -> str:
    """Value of whether a network kept up with its traffic, in words."""
    if not result.saturated:
        return "keeps up with what is offered"
    return (
        f"saturated: takes {result.accepted_rate:.3f} flits a node and cycle, "
        f"{result.lost:.1%} less than offered; latency grows with the length of the run"
    )


def _metrics(
    config: TrafficConfig, table: RouteTable, result: Measured | None
) -> dict[str, float | int | bool | str | None]:
    if result is None:
        return {metric.name: None for metric in TrafficWorkload.metrics}
    # What BookSim2 prints is given in any case; a latency of one's own is not made up.
    is_known = config.mode == "exact" or not result.saturated
    used = result.crossings[table.topology.channels[:, 0], table.topology.channels[:, 1]]
    return {
        "mean_packet_latency": result.mean_packet_latency if is_known else None,
        "max_packet_latency": result.max_packet_latency if is_known else None,
        "accepted_rate": result.accepted_rate,
        "hops_mean": result.hops_mean,
        "cycles": result.cycles,
        "saturated": result.saturated,
        "verdict": verdict(result),
        "packets": result.packets,
        "busiest_link": float(used.max(initial=0)) / result.cycles,
    }


def _statistics(table: RouteTable, result: Measured) -> dict[str, int]:
    channels = table.topology.channels
    return {
        "link.flits": int(result.crossings[channels[:, 0], channels[:, 1]].sum()),
        "router.flits": int(result.crossings.sum()),
    }


def _series(result: Measured) -> dict[str, list[int]]:
    """Value of flits, packets and latencies by the period of their arrival."""
    used = result.periods[: 1 + max(0, int(result.periods[:, w.FLITS].nonzero()[0].max(initial=0)))]
    return {
        "flits": used[:, w.FLITS].tolist(),
        "packets": used[:, w.PACKETS].tolist(),
        "latency_sum": used[:, w.LATENCY].tolist(),
    }


def _files(table: RouteTable, result: Measured) -> dict[str, bytes]:
    utilisation = result.crossings / max(1, result.cycles)
    return {
        "links.csv": links_csv(table.topology, result.crossings, result.cycles).encode(),
        "links.svg": heat_map(table.topology, utilisation).encode(),
    }


def _digest(path: Path | None) -> str | None:
    return None if path is None else hashlib.sha256(read_bounded(path, MOST_FILE)).hexdigest()
