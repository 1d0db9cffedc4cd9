# SPDX-License-Identifier: Apache-2.0
"""The sums of a run: what is kept of each request when it ends, and the laws that must hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from guardlane.cluster import collect
from guardlane.cluster import columns as col
from guardlane.cluster.engine import Name, Service
from guardlane.cluster.event_engine import EventEngine
from guardlane.cluster.machine import Cluster
from guardlane.cluster.work import Pieces, Source, Work
from guardlane.errors import GuardlaneError

Int64s = npt.NDArray[np.int64]
MOST_KEPT = 1 << 22  # latencies that are kept one by one, so that their quantiles are exact


class Run:
    """The sums of a run while it goes on."""

    def __init__(
        self, cluster: Cluster, source: Source | Work, warm_up: int = 0, engine: Name = "auto"
    ) -> None:
        if warm_up < 0:
            raise GuardlaneError(f"warm_up must be 0 requests or more, not {warm_up}")
        self.cluster, self.warm_up = cluster, warm_up
        self.service = Service(
            cluster, Pieces(source) if isinstance(source, Work) else source, engine
        )
        self.costs = cluster.costs()
        self.numbers = np.zeros(collect.NUMBERS, np.int64)
        self.numbers[collect.BATCH] = 1
        self.rows = collect.empty_rows()
        self.batches = np.zeros(collect.BATCHES, np.int64)
        self.servers = np.zeros((cluster.shards, 4), np.int64)
        self.kept: list[Int64s] | None = []
        self.first: int | None = None
        self.last = 0
        self.total = 0
        self.dense = [0, 0, 0]  # before, beside, after, in ps
        self.local = 0  # of what is before, in ps

    def go(self, each: Callable[[Int64s, Int64s], None] | None = None) -> None:
        """Serve all requests; `each` is given the arrivals and ends of entries that are over."""
        for count in self.service.served():
            w = self.service.window
            if self.first is None:
                self.first = int(w.arrivals[0])
            self.last = int(w.arrivals[count - 1])
            latencies = np.zeros(count + 1, np.int64)
            none = np.zeros((1, 1, 0), np.int64)
            over = collect.add_up(
                self.costs, np.array(self.cluster.replicas or [0], np.int64),
                int(self.cluster.deadline or 0), int(self.cluster.hedge or 0), w.arrivals, w.before,
                w.local, w.beside, w.after, w.group, w.calls, w.out_bytes,
                w.back_bytes, w.lookup, w.sent, w.returned,
                w.arrays.get("delay_out", none), w.arrays.get("delay_back", none), w.ends, w.leg,
                w.incast, count, self.warm_up, self.numbers, self.rows, self.batches, latencies,
            )  # fmt: skip
            collect.add_servers(w.lookup, w.sent, w.returned, count, self.servers)
            for place, name in enumerate(("before", "beside", "after")):
                self.dense[place] += int(w.arrays[name][..., :count].sum())
            self.local += int(w.local[:, :count].sum())
            self._keep(latencies[:over])
            if each is not None:
                each(w.arrivals[:count].copy(), w.ends[:count].copy())
        latencies = np.zeros(1, np.int64)
        collect.close(self.warm_up, self.numbers, self.rows, self.batches, latencies, 0)
        self._keep(latencies)

    def _keep(self, latencies: Int64s) -> None:
        self.total += int(latencies.sum())
        if self.kept is None:
            return
        self.kept.append(latencies)
        if int(self.numbers[collect.SEEN]) > MOST_KEPT:
            self.kept = None

    def check(self) -> None:
        """Raise GuardlaneError if the run breaks Little's law, or time was lost or made."""
        area, total = self.service.engine.area, int(self.numbers[collect.TOTAL]) % (1 << 64)
        if area != total:
            raise GuardlaneError(
                f"Little's law does not hold: the number in the system adds up to {area} ps, the "
                f"latencies to {total} (modulo 2^64); this is a defect of the engine"
            )
        least = int(self.numbers[collect.LEAST_PART])
        if least < 0:
            raise GuardlaneError(
                f"a request took {-least} ps less than its parts; this is a defect of the engine"
            )
        if self.cpu()["repeated"] and not self.service.engine.extra["repeated"]:
            raise GuardlaneError(
                f"cores were busy for {self.cpu()['repeated']} ps more than there was work; this "
                "is a defect of the engine"
            )

    def cpu(self) -> dict[str, int]:
        """Value of the core time of all servers, in ps, by what it is for.

        What shards do for repeated calls is what cores were busy for beside that.
        """
        calls, work, sent, returned = (int(one) for one in self.servers.sum(axis=0))
        cost = [int(one) for one in self.costs[-1]]  # what a message costs is the same everywhere
        both = cost[col.SEND] + cost[col.RECEIVE] - 2 * cost[col.KERNEL]
        bytes_both = cost[col.SEND_BYTE] + cost[col.RECEIVE_BYTE] - 2 * cost[col.KERNEL_BYTE]
        found = {
            "dense": sum(self.dense) - self.local,
            "embedded": work + self.local,
            "serialisation": 2 * calls * both + (sent + returned) * bytes_both,
            "service": 2 * calls * cost[col.SERVICE],
            "kernel": 4 * calls * cost[col.KERNEL] + 2 * (sent + returned) * cost[col.KERNEL_BYTE],
        }
        engine = self.service.engine
        busy = int(engine.busy.sum()) if isinstance(engine, EventEngine) else sum(found.values())
        return found | {"repeated": busy - sum(found.values())}
