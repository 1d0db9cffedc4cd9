# SPDX-License-Identifier: Apache-2.0
"""The cluster as SimPy processes: slow, readable, and written from the description alone.

It keeps no order among things that happen in the same picosecond, so compare where times are drawn.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from guardlane.cluster.machine import Cluster, Nic
from guardlane.cluster.work import Work

Steps = Generator[Any, Any, Any]


class Port:
    """One direction of a NIC; SimPy's Resource, or the time at which it is free again."""

    def __init__(self, env: simpy.Environment, nic: Nic, has_resource: bool) -> None:
        self.env, self.nic, self.free = env, nic, 0
        self.resource = simpy.Resource(env) if has_resource else None

    def takes(self, size: int) -> int:
        return int(self.nic.message) + size * self.nic.byte

    def receive(self, size: int, last: int) -> Steps:
        """Receive a message whose first byte is here now and whose last leaves the link at last."""
        if self.resource is None:
            self.free = max(max(self.free, self.env.now) + self.takes(size), last)
            yield self.env.timeout(self.free - self.env.now)
            return
        with self.resource.request() as turn:
            yield turn
            yield self.env.timeout(max(self.takes(size), last - self.env.now))


class Twin:
    """One run: `ends` [n] and `legs` [R, n] as the engines tell them, -1 the work beside."""

    def __init__(self, cluster: Cluster, work: Work, *, has_resources: bool = True) -> None:
        self.cluster, self.work = cluster, work
        self.env = env = simpy.Environment()
        self.ends = np.zeros(len(work), np.int64)
        self.legs = np.zeros((work.rounds, len(work)), np.int64)
        self.missing = self.repeated = self.in_vain = 0
        main, shard = cluster.main, cluster.shard
        sizes = main.pool_cores if main.pools == "split" else main.pool_cores * 3
        self.pools = []
        for _ in range(main.servers):
            pools = [simpy.PriorityResource(env, size) for size in sizes]
            self.pools.append(pools if main.pools == "split" else pools[:1] * 3)
        self.shard_pools = [simpy.PriorityResource(env, shard.cores) for _ in range(work.shards)]
        self.sends = [Port(env, main.nic, has_resources) for _ in range(main.servers)]
        self.receives = [Port(env, main.nic, has_resources) for _ in range(main.servers)]
        self.shard_sends = [Port(env, shard.nic, has_resources) for _ in range(work.shards)]
        self.shard_receives = [Port(env, shard.nic, has_resources) for _ in range(work.shards)]
        env.process(self.arrive())
        env.run()

    def arrive(self) -> Steps:
        for request, time in enumerate(self.work.arrivals.tolist()):
            if time > self.env.now:
                yield self.env.timeout(time - self.env.now)
            self.env.process(self.request(request))

    def on_core(self, pool: simpy.PriorityResource, request: int, takes: int) -> Steps:
        first_come = self.cluster.order == "fifo" or self.work.kind is None
        kind = 0 if first_come or self.work.kind is None else int(self.work.kind[request])
        with pool.request(priority=kind) as turn:
            yield turn
            yield self.env.timeout(takes)

    def request(self, request: int) -> Steps:
        work, calls = self.work, self.cluster.calls
        main = request % self.cluster.main.servers
        before, beside, after = self.pools[main]
        received = 0
        for turn in range(work.rounds):
            sizes = work.sent[turn, :, request].tolist()
            called = [shard for shard, size in enumerate(sizes) if size]
            takes = received + int(work.before[turn, request])
            for shard in called:
                takes += int(calls.service) + int(calls.serialise) + int(calls.kernel)
                takes += sizes[shard] * (int(calls.serialise_byte) + int(calls.kernel_byte))
            yield from self.on_core(before, request, takes)
            ends: dict[int, int] = {}
            waits = []
            if work.beside is not None:
                takes = int(work.beside[turn, request])
                waits.append(self.env.process(self.beside(beside, request, takes, ends)))
            if called:
                waits.append(self.env.process(self.calls(turn, request, main, called, ends)))
            if waits:
                yield self.env.all_of(waits)
            # The last; of what ends together a shard, as what is beside waits for nobody.
            self.legs[turn, request] = max(ends, key=lambda leg: (ends[leg], leg), default=-1)
            received = 0
            for shard in called:
                received += int(calls.deserialise) + int(calls.kernel)
                size = int(work.returned[turn, shard, request])
                received += size * (int(calls.deserialise_byte) + int(calls.kernel_byte))
        yield from self.on_core(after, request, received + int(work.after[request]))
        self.ends[request] = self.env.now

    def beside(
        self, pool: simpy.PriorityResource, request: int, takes: int, ends: dict[int, int]
    ) -> Steps:
        yield from self.on_core(pool, request, takes)
        ends[-1] = self.env.now

    def calls(
        self, turn: int, request: int, main: int, called: list[int], ends: dict[int, int]
    ) -> Steps:
        """Make a round's calls, and wait for their answers as long as one may."""
        answered = {shard: self.env.event() for shard in called}
        wait = self.env.all_of(list(answered.values()))
        self.env.process(self.send(turn, request, main, called, answered, ends, 0))
        if self.cluster.hedge is not None:
            self.env.process(self.repeat(turn, request, main, answered, ends))
        if self.cluster.deadline is None:
            yield wait
            return
        yield wait | self.env.timeout(int(self.cluster.deadline))
        missing = [event for event in answered.values() if not event.triggered]
        if missing:
            ends[-2] = self.env.now
            self.missing += len(missing)
            for event in missing:
                event.succeed()

    def repeat(
        self,
        turn: int,
        request: int,
        main: int,
        answered: dict[int, simpy.Event],
        ends: dict[int, int],
    ) -> Steps:
        yield self.env.timeout(int(self.cluster.hedge or 0))
        still = [shard for shard, event in answered.items() if not event.triggered]
        self.repeated += len(still)
        if still:
            copies = self.work.shards
            yield from self.send(turn, request, main, still, answered, ends, copies)

    def send(
        self,
        turn: int,
        request: int,
        main: int,
        called: list[int],
        answered: dict[int, simpy.Event],
        ends: dict[int, int],
        copies: int,
    ) -> Steps:
        """Send calls back to back; `copies` is added to the leg of calls that are made again."""
        port, sizes, env = self.sends[main], self.work.sent[turn, :, request], self.env
        mine = None
        if port.resource is not None:
            mine = port.resource.request()
            yield mine
        start = max(port.free, env.now)
        for shard in called:
            takes = port.takes(int(sizes[shard]))
            leg = (turn, request, main, shard, copies)
            env.process(self.call(leg, start, takes, answered[shard], ends))
            start += takes
        port.free = start
        if port.resource is not None:
            yield from self.hold(port.resource, mine, start - env.now)

    def call(
        self,
        which: tuple[int, int, int, int, int],
        start: int,
        leaves: int,
        answered: simpy.Event,
        ends: dict[int, int],
    ) -> Steps:
        """Make one call, whose first byte leaves the main server at `start`."""
        turn, request, main, shard, copies = which
        env, work, calls, link = self.env, self.work, self.cluster.calls, int(self.cluster.link)
        server = self.cluster.replicas[shard] if copies else shard
        out, back = int(work.sent[turn, shard, request]), int(work.returned[turn, shard, request])
        first = start + link
        if work.delay_out is not None:
            first += int(work.delay_out[turn, server, request])
        yield env.timeout(first - env.now)
        yield from self.shard_receives[server].receive(out, first + leaves)
        takes = int(calls.deserialise) + int(calls.serialise) + 2 * int(calls.kernel)
        takes += out * (int(calls.deserialise_byte) + int(calls.kernel_byte))
        takes += back * (int(calls.serialise_byte) + int(calls.kernel_byte))
        takes += int(calls.service) + int(work.lookup[turn, shard, request])
        yield from self.on_core(self.shard_pools[server], request, takes)
        port = self.shard_sends[server]
        leaves = port.takes(back)
        if port.resource is None:
            start = max(port.free, env.now)
            port.free = start + leaves
        else:
            mine = port.resource.request()
            yield mine
            start = env.now
            env.process(self.hold(port.resource, mine, leaves))
        first = start + link
        if work.delay_back is not None:
            first += int(work.delay_back[turn, server, request])
        yield env.timeout(first - env.now)
        yield from self.receives[main].receive(back, first + leaves)
        if answered.triggered:
            self.in_vain += 1
            return
        ends[shard + copies] = env.now
        answered.succeed()

    def hold(self, resource: simpy.Resource, mine: Any, takes: int) -> Steps:
        """Keep a port that has been given for as long as messages take to leave."""
        yield self.env.timeout(takes)
        resource.release(mine)
