# SPDX-License-Identifier: Apache-2.0
"""What a run says: quantiles, where time went, how busy servers were, and if it was stable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guardlane.cluster.collect import PARTS
from guardlane.cluster.quantiles import Bounds
from guardlane.errors import GuardlaneError

QUANTILES = {"p50": 500, "p90": 900, "p99": 990, "p99_9": 999}  # per mille


@dataclass(frozen=True)
class Station:
    """Cores of a server, or one direction of its port: the load that was offered to it.

    `load` is its work over its capacity while requests came, 1 and more an overload.
    """

    name: str
    load: float


@dataclass(frozen=True)
class ShardLoad:
    """What one shard was asked for: calls, bytes, and the time of its cores, in ps."""

    calls: int
    lookup: int
    busy: int
    sent: int
    returned: int


@dataclass(frozen=True)
class Answer:
    """The result of a run of `requests`, of which the first `warm_up` are not in the latencies.

    An unstable run, with `overloaded` stations, has no latencies: they would say how long it ran.
    `stack` [quantile or "mean"] are the mean parts, in ps, of the requests near a quantile (those
    of which the latency's rank is within 1 in 200 of all, or of the slowest), in the order of
    collect.PARTS; those of "mean" are exact sums over requests, and add up to `total`.
    """

    engine: str
    reason: str
    requests: int
    warm_up: int
    span: int
    total: int
    overloaded: tuple[Station, ...]
    stations: tuple[Station, ...]
    mean: Bounds | None
    quantiles: Mapping[str, Bounds]
    stack: Mapping[str, Mapping[str, float]]
    parts: Mapping[str, int]
    cpu: Mapping[str, int]
    shards: tuple[ShardLoad, ...]
    in_system: float | None
    extra: Mapping[str, int]

    @property
    def is_stable(self) -> bool:
        """Whether no station was offered more than it can do."""
        return not self.overloaded

    @property
    def rate(self) -> float:
        """Value of the requests a second that came; 0 where all came at once."""
        return (self.requests - 1) / (self.span * 1e-12) if self.span else 0.0

    @property
    def imbalance(self) -> float:
        """Value of the busiest shard's core time over that of the mean one; 1 without shards."""
        busy = [shard.busy for shard in self.shards]
        return max(busy) * len(busy) / sum(busy) if any(busy) else 1.0

    def quantile(self, name: str) -> Bounds:
        """Value of a quantile; raises GuardlaneError, which names the station, when unstable."""
        if self.overloaded:
            worst = max(self.overloaded, key=lambda one: one.load)
            raise GuardlaneError(
                f"an unstable run has no {name}: {worst.name} was offered {worst.load:.2f} of "
                "what it can do"
            )
        return self.quantiles[name]

    def cpu_overhead(self, singular: Answer, *, with_kernel: bool = True) -> float:
        """Value of the core time a request, over that of another run, less 1.

        Waiting costs nothing; the kernel's share of messages counts unless it is left out.
        """
        mine, its = (
            sum(time for name, time in one.cpu.items() if with_kernel or name != "kernel")
            for one in (self, singular)
        )
        return mine * singular.requests / (its * self.requests) - 1

    def as_data(self) -> dict[str, Any]:
        """Value of the answer as JSON-able data, times in ns; `latency` is None when unstable."""
        load = {one.name: one.load for one in self.stations}
        shown: dict[str, Any] = {
            "engine": self.engine,
            "reason": self.reason,
            "requests": self.requests,
            "warm_up": self.warm_up,
            "rate_per_s": self.rate,
            "stable": self.is_stable,
            "overloaded": {one.name: one.load for one in self.overloaded},
            "load": {name: value for name, value in load.items() if name.startswith("main")},
            "shards": [
                {
                    "calls": shard.calls,
                    "sent_bytes": shard.sent,
                    "returned_bytes": shard.returned,
                    "busy_ns": shard.busy / 1e3,
                    **{
                        f"load_{part}": load.get(f"shard {place} {part}")
                        for part in ("cores", "receive", "send")
                    },
                }
                for place, shard in enumerate(self.shards)
            ],
            "cpu_ns_per_request": {
                name: time / self.requests / 1e3 for name, time in self.cpu.items()
            },
            "imbalance": self.imbalance,
            **self.extra,
        }
        latency = None
        if self.is_stable and self.mean is not None:
            latency = {
                name: {
                    "ns": one.value / 1e3,
                    "low_ns": None if one.low is None else one.low / 1e3,
                    "high_ns": None if one.high is None else one.high / 1e3,
                    "error_ns": one.error / 1e3,
                }
                for name, one in {"mean": self.mean, **self.quantiles}.items()
            }
            shown["in_system"] = self.in_system
            shown["stack_ns"] = {
                name: {part: parts[part] / 1e3 for part in PARTS}
                for name, parts in self.stack.items()
            }
        shown["latency"] = latency
        return shown
