# SPDX-License-Identifier: Apache-2.0
"""How much work each station of a run was offered, and how much of it a station can do."""

from __future__ import annotations

from guardlane.cluster import collect
from guardlane.cluster import columns as col
from guardlane.cluster.answer import ShardLoad, Station
from guardlane.cluster.event_engine import EventEngine
from guardlane.cluster.run import Run


def shard_loads(run: Run) -> tuple[ShardLoad, ...]:
    """Value of what each shard was asked for; copies of calls are in `busy` only."""
    found, engine = [], run.service.engine
    for shard, row in enumerate(run.servers.tolist()):
        cost = [int(one) for one in run.costs[shard + 1]]
        busy = row[collect.WORK] + row[collect.SENT] * cost[col.RECEIVE_BYTE]
        busy += row[collect.RETURNED] * cost[col.SEND_BYTE]
        busy += row[collect.CALLS] * (cost[col.RECEIVE] + cost[col.SERVICE] + cost[col.SEND])
        if isinstance(engine, EventEngine):
            busy = int(engine.busy[len(engine.busy) - run.cluster.shards + shard])
        found.append(
            ShardLoad(
                row[collect.CALLS], row[collect.WORK], busy, row[collect.SENT],
                row[collect.RETURNED],
            )
        )  # fmt: skip
    return tuple(found)


def stations(run: Run, shards: tuple[ShardLoad, ...]) -> tuple[Station, ...]:
    """Value of the stations of a run, main servers taken together; none where all came at once."""
    span = run.last - (run.first or 0)
    count = int(run.numbers[collect.SEEN])
    if span <= 0 or count < 2:
        return ()
    main, servers = run.cluster.main, run.cluster.main.servers
    wire = run.costs[:, [col.WIRE, col.WIRE_BYTE]].tolist()
    calls, sent, returned = (
        sum(getattr(shard, name) for shard in shards) for name in ("calls", "sent", "returned")
    )
    work = {
        **{
            name: (busy, cores * servers)
            for (name, busy), cores in zip(_main_pools(run), main.pool_cores, strict=True)
        },
        "main send": (calls * wire[0][0] + sent * wire[0][1], servers),
        "main receive": (calls * wire[0][0] + returned * wire[0][1], servers),
    }
    for number, shard in enumerate(shards):
        fixed, byte = wire[number + 1]
        work[f"shard {number} cores"] = shard.busy, run.cluster.shard.cores
        work[f"shard {number} receive"] = shard.calls * fixed + shard.sent * byte, 1
        work[f"shard {number} send"] = shard.calls * fixed + shard.returned * byte, 1
    # The first of n requests begins the span, so n - 1 of them fill it.
    return tuple(
        Station(name, busy * (count - 1) / (count * span * size))
        for name, (busy, size) in work.items()
    )


def _main_pools(run: Run) -> list[tuple[str, int]]:
    """Value of the core time of each pool of the main servers, by name."""
    names = ["main cores"]
    if run.cluster.main.pools == "split":
        names = ["main cores before", "main cores beside", "main cores after"]
    engine = run.service.engine
    if isinstance(engine, EventEngine):
        groups = len(names)
        pools = engine.busy[: groups * run.cluster.main.servers].reshape(-1, groups).sum(axis=0)
        return list(zip(names, map(int, pools), strict=True))
    calls, _, sent, returned = (int(one) for one in run.servers.sum(axis=0))
    cost = [int(one) for one in run.costs[0]]
    before, beside, after = run.dense
    before += calls * (cost[col.SERVICE] + cost[col.SEND]) + sent * cost[col.SEND_BYTE]
    after += calls * cost[col.RECEIVE] + returned * cost[col.RECEIVE_BYTE]
    return list(zip(names, (before, beside, after), strict=True))
