# SPDX-License-Identifier: Apache-2.0
"""The pass engine: the lines between the stations, and the stations called in turn."""

from __future__ import annotations

import numpy as np

from guardlane.cluster import passes
from guardlane.cluster.machine import Cluster
from guardlane.cluster.pool import NOBODY
from guardlane.cluster.window import Window, ended
from guardlane.cluster.work import Work


class PassEngine:
    """Serve the requests of a window, a piece at a time; the state between pieces is here."""

    name = "pass"

    def __init__(self, cluster: Cluster, window: Window) -> None:
        self.window = window
        self.costs = cluster.costs()
        cores = cluster.main.pool_cores
        shards = window.shards
        self._pools = [
            (np.zeros(size, np.int64), np.full(size, NOBODY, np.int64)) for size in cores
        ]
        self._free = np.zeros((shards, cluster.shard.cores), np.int64)
        self._job = np.full((shards, cluster.shard.cores), NOBODY, np.int64)
        self._ports = np.zeros((shards, 2), np.int64)
        self._sends = self._receives = 0
        self._back = np.zeros(shards, np.int64)
        self._taken = np.zeros(shards, np.int64)
        leaves = 1 << max(0, shards - 1).bit_length()
        self._tree = np.zeros((2, leaves), np.int64)
        self._lengths = np.zeros(2, np.int64)  # of the lines of calls and of beside, to be joined
        self._taken_joins = np.zeros(2, np.int64)
        self._area = 0
        self._room(0)

    def _room(self, requests: int) -> None:
        """Have room for lines of so many requests, and keep what is in them."""
        self._line = np.zeros((2, requests), np.int64)
        backs = np.zeros((2, self.window.shards, requests), np.int64)
        joins = np.zeros((2, 2, requests), np.int64)
        if hasattr(self, "_backs"):
            backs[..., : self._backs.shape[2]] = self._backs
            joins[..., : self._joins.shape[2]] = self._joins
        self._backs, self._joins = backs, joins

    @staticmethod
    def window_for(cluster: Cluster, work: Work) -> Window:
        """Build the window that this engine needs for a cluster and its work."""
        return Window(work.rounds, work.shards)

    def feed(self, first: int, is_last: bool) -> int:
        """Serve the requests from index `first` of the window on; value of how many have ended.

        Those that have ended are counted from the front of the window only.
        """
        w, costs = self.window, self.costs
        if w.capacity > self._line.shape[1]:
            self._room(w.capacity)
        before, beside, after = self._pools
        time, request = self._line
        legs = int(w.has_beside) + np.minimum(w.calls[0, first : w.live], 1)
        w.legs[first : w.live] = np.maximum(legs, 1)
        w.waiting[first : w.live] = w.calls[0, first : w.live]
        length, horizon = passes.admit(
            costs, w.arrivals, w.before[0], w.calls[0], w.out_bytes[0], first, w.live, w.base,
            is_last, *before, time, request,
        )  # fmt: skip
        joins, lengths = self._joins, self._lengths
        lengths[1] = passes.run_beside(
            w.beside[0], w.calls[0], w.base, horizon, w.has_beside, time, request, length, *beside,
            *joins[1], lengths[1],
        )  # fmt: skip
        self._sends = passes.depart(
            costs, w.calls[0], w.out_bytes[0], w.base, time, request, length, self._sends
        )
        passes.serve_all(
            costs, w.lookup[0], w.sent[0], w.returned[0], w.base, horizon, time, request, length,
            self._ports, self._free, self._job, *self._backs, self._back,
        )  # fmt: skip
        self._receives, lengths[0] = passes.gather(
            costs, w.returned[0], w.base, horizon, *self._backs, self._back, *self._tree,
            self._taken, w.waiting, w.leg[0], w.incast[0], self._receives,
            *joins[0], lengths[0],
        )  # fmt: skip
        passes.carry(*self._backs, self._back, self._taken)
        *taken, total = passes.finish(
            costs, w.after, w.calls[0], w.back_bytes[0], w.base, horizon, *joins[0], lengths[0],
            *joins[1], lengths[1], w.legs, w.leg[0], *after, w.ends,
        )  # fmt: skip
        self._taken_joins[:] = taken
        self._area += total - int(w.arrivals[first : w.live].sum())
        passes.carry(joins[:, 0], joins[:, 1], lengths, self._taken_joins)
        return int(ended(w.ends, w.live))

    def retire(self, count: int) -> None:
        """Leave the first `count` requests behind."""
        self.window.retire(count)

    @property
    def area(self) -> int:
        """Value of the requests in the system, summed over all picoseconds, modulo 2^64."""
        return self._area % (1 << 64)

    @property
    def extra(self) -> dict[str, int]:
        """Value of what no pass can have: calls not waited for, made twice, answered in vain."""
        return {"missing": 0, "repeated": 0, "in_vain": 0}
