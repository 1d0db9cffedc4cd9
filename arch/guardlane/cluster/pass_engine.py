# SPDX-License-Identifier: Apache-2.0
"""The pass engine: the lines between the stations, and the stations called in turn."""

from __future__ import annotations

import numpy as np

from guardlane.cluster import joins, passes
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
        self._line = np.zeros((2, 0), np.int64)
        self._backs = np.zeros((2, shards, 0), np.int64)
        self._joins = np.zeros((2, 2, 0), np.int64)  # line, and its times and requests

    def _room(self, requests: int) -> None:
        """Have room for lines of so many requests, and keep what is in them."""
        self._line = np.zeros((2, requests), np.int64)
        backs = np.zeros((2, self.window.shards, requests), np.int64)
        both = np.zeros((2, 2, requests), np.int64)
        backs[..., : self._backs.shape[2]] = self._backs
        both[..., : self._joins.shape[2]] = self._joins
        self._backs, self._joins = backs, both

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
        time, request = self._line[0], self._line[1]
        back_time, back_request = self._backs[0], self._backs[1]
        one, two, lengths = self._joins[0], self._joins[1], self._lengths
        w.legs[first : w.live] = np.maximum(
            int(w.has_beside) + np.minimum(w.calls[0, first : w.live], 1), 1
        )
        w.waiting[first : w.live] = w.calls[0, first : w.live]
        length, horizon = passes.admit(
            costs, w.arrivals, w.before[0], w.calls[0], w.out_bytes[0], first, w.live, w.base,
            is_last, before[0], before[1], time, request,
        )  # fmt: skip
        lengths[1] = passes.run_beside(
            w.beside[0], w.calls[0], w.base, horizon, w.has_beside, time, request, length,
            beside[0], beside[1], two[0], two[1], lengths[1],
        )  # fmt: skip
        self._sends = passes.depart(
            costs, w.calls[0], w.out_bytes[0], w.base, time, request, length, self._sends
        )
        passes.serve_all(
            costs, w.lookup[0], w.sent[0], w.returned[0], w.base, horizon, time, request, length,
            self._ports, self._free, self._job, back_time, back_request, self._back,
        )  # fmt: skip
        self._receives, lengths[0] = joins.gather(
            costs, w.returned[0], w.base, horizon, back_time, back_request, self._back,
            self._tree[0], self._tree[1], self._taken, w.waiting, w.leg[0], w.incast[0],
            self._receives, one[0], one[1], lengths[0],
        )  # fmt: skip
        joins.carry(back_time, back_request, self._back, self._taken)
        *taken, total = joins.finish(
            costs, w.after, w.calls[0], w.back_bytes[0], w.base, horizon, one[0], one[1],
            lengths[0], two[0], two[1], lengths[1], w.legs, w.leg[0], after[0], after[1], w.ends,
        )  # fmt: skip
        self._taken_joins[:] = taken
        self._area += total - int(w.arrivals[first : w.live].sum())
        joins.carry(self._joins[:, 0], self._joins[:, 1], lengths, self._taken_joins)
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
