# SPDX-License-Identifier: Apache-2.0
"""The event engine: the arrays of the event kernel, and the kernel called for each piece."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.cluster import events as ev
from guardlane.cluster.machine import Cluster
from guardlane.cluster.window import Window
from guardlane.cluster.work import Work
from guardlane.kernel import kernel


@kernel
def over(ends, under_way, live):  # type: ignore[no-untyped-def]
    """Value of how many requests at the front of the window have ended, with all they began."""
    count = 0
    while count < live and ends[count] >= 0 and under_way[count] == 0:
        count += 1
    return count


class EventEngine:
    """Serve the requests of a window, a piece at a time; the state between pieces is here."""

    name = "event"

    def __init__(self, cluster: Cluster, window: Window) -> None:
        main, shards, rounds = cluster.main, window.shards, window.rounds
        self.window = window
        cores = main.pool_cores
        jobs = np.arange(rounds * shards)
        turn_of, shard_of = jobs // max(1, shards), jobs % max(1, shards)
        server_of = shard_of
        if cluster.hedge is not None:
            copies = np.array(cluster.replicas, np.int64)[shard_of]
            turn_of, shard_of = np.tile(turn_of, 2), np.tile(shard_of, 2)
            server_of = np.concatenate([server_of, copies])
        self._bits = int(len(turn_of)).bit_length()
        self._events = len(turn_of) + 1 + 2 * rounds  # of a request at most at a time
        facts = np.zeros(ev.FACTS, np.int64)
        facts[[ev.SHARDS, ev.ROUNDS, ev.BITS]] = shards, rounds, self._bits
        facts[[ev.MAINS, ev.GROUPS]] = main.servers, len(cores)
        facts[ev.WAIT] = cluster.deadline or 0
        facts[ev.REPEATS] = cluster.hedge or 0
        facts[ev.HAS_DELAY] = "delay_out" in window.arrays
        facts[ev.IS_DIRECT] = main.servers == 1 and not facts[ev.HAS_DELAY]
        pools = [*(cores * main.servers), *([cluster.shard.cores] * shards)]
        self._is_fifo = cluster.order == "fifo"
        self._own = {
            "facts": facts,
            "costs": cluster.costs(),
            "turn_of": np.append(turn_of, 0),
            "shard_of": np.append(shard_of, 0),
            "server_of": np.append(server_of, 0),
            "numbers": np.zeros(ev.NUMBERS, np.int64),
            "times": np.zeros(0, np.int64),
            "codes": np.zeros(0, np.int64),
            "idle": np.array(pools, np.int64),
            "head": np.full((len(pools), ev.KINDS), ev.NO_JOB, np.int64),
            "tail": np.full((len(pools), ev.KINDS), ev.NO_JOB, np.int64),
            "after_it": np.zeros(0, np.int64),
            "busy": np.zeros(len(pools), np.int64),
            "sends": np.zeros(main.servers + shards, np.int64),
            "receives": np.zeros(main.servers + shards, np.int64),
        }

    @staticmethod
    def window_for(cluster: Cluster, work: Work) -> Window:
        """Build the window that this engine needs for a cluster and its work."""
        calls = (work.rounds, work.shards)
        more: dict[str, tuple[int, ...]] = dict.fromkeys(
            ("turn", "at", "delivered", "issued", "under_way"), ()
        )
        if cluster.hedge is not None:
            more["answered"] = calls
        if work.delay_out is not None or work.delay_back is not None:
            more |= {"delay_out": calls, "delay_back": calls}
        return Window(*calls, more)

    def feed(self, first: int, is_last: bool) -> int:
        """Serve the requests from index `first` of the window on; value of how many have ended.

        Those that have ended are counted from the front of the window only.
        """
        w, own = self.window, self._own
        own["facts"][ev.HAS_BESIDE] = w.has_beside
        if self._is_fifo:
            w.kind[first : w.live] = 0
        self._room()
        none = np.zeros((1, 1, 0), np.int64)
        arrays = {"delay_out": none, "delay_back": none, "answered": none, **w.arrays, **own}
        state = ev.State(**{name: arrays[name] for name in ev.State._fields})
        ev.advance(state, w.base, w.live, is_last)
        return int(over(w.ends, w.under_way, w.live))

    def retire(self, count: int) -> None:
        """Leave the first `count` requests behind, and those of their jobs that wait."""
        own, room, left = self._own["after_it"], self.window.live << self._bits, count << self._bits
        own[: room - left] = own[left:room]
        self.window.retire(count)

    def _room(self) -> None:
        """Have room for all events and jobs of a full window, and keep what is in the lists."""
        capacity, own = self.window.capacity, self._own
        events = capacity * self._events + 1
        for name, room in (
            ("times", events),
            ("codes", events),
            ("after_it", capacity << self._bits),
        ):
            if len(own[name]) < room:
                larger = np.zeros(room, np.int64)
                larger[: len(own[name])] = own[name]
                own[name] = larger

    @property
    def area(self) -> int:
        """Value of the requests in the system, summed over all picoseconds, modulo 2^64."""
        return int(self._own["numbers"][ev.AREA]) % (1 << 64)

    @property
    def busy(self) -> npt.NDArray[np.int64]:
        """Value of the core-picoseconds of each pool: main servers', then shards'."""
        return self._own["busy"]

    @property
    def extra(self) -> dict[str, int]:
        """Value of the calls that were not waited for, made twice, and answered in vain."""
        numbers = self._own["numbers"]
        return {
            "missing": int(numbers[ev.MISSING]),
            "repeated": int(numbers[ev.REPEATED]),
            "in_vain": int(numbers[ev.DROPPED]),
        }
