# SPDX-License-Identifier: Apache-2.0
"""Distributed recommender inference as a workload: a sharded model served, beside one server."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guardlane.cluster.answer import Answer
from guardlane.cluster.bounded import throughput
from guardlane.cluster.collect import PARTS
from guardlane.config import config_hash, resolved
from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded
from guardlane.record import Outcome, Record, versions
from guardlane.service import ServiceTable
from guardlane.stats import Metric, Statistic
from guardlane.workload import Progress
from guardlane_workloads.recommender.dlrm.arrivals import MOST_BYTES as MOST_ARRIVALS
from guardlane_workloads.recommender.dlrm.arrivals import arrivals, read_arrivals
from guardlane_workloads.recommender.dlrm.index_trace import model_of, read_index_trace
from guardlane_workloads.recommender.dlrm.metrics import METRICS, measured, placed
from guardlane_workloads.recommender.dlrm.model import Model
from guardlane_workloads.recommender.dlrm.placement import Placement, place
from guardlane_workloads.recommender.dlrm.plan_file import MOST_BYTES as MOST_PLAN
from guardlane_workloads.recommender.dlrm.plan_file import read_plan
from guardlane_workloads.recommender.dlrm.popularity import Law, mixed, observed
from guardlane_workloads.recommender.dlrm.presets import model as preset
from guardlane_workloads.recommender.dlrm.provision import provision
from guardlane_workloads.recommender.dlrm.requests import Drawn, Items, LookUps, Replayed, cut
from guardlane_workloads.recommender.dlrm.row_times import RowTimes
from guardlane_workloads.recommender.dlrm.served import Load, Served, served
from guardlane_workloads.recommender.dlrm.settings import RecommenderConfig

DEFAULT_CORE = "xeon-gold-6138-fp32"
TRACED_SHARE = 0.1  # look-ups' share of the operators of a model of which only a trace is known


class Recommender:
    """A recommendation model on a cluster, and the same requests on one server."""

    name = "recommender"
    sentence = "Serve a recommendation model whose embedding tables are sharded over servers."
    Config = RecommenderConfig
    metrics: Sequence[Metric] = METRICS
    statistics: Sequence[Statistic] = tuple(
        Statistic(f"stack.{part}", "ns", f"{part} of a request, the mean") for part in PARTS
    )

    def run(self, config: RecommenderConfig, progress: Progress | None = None) -> Record:
        """Serve once with the placement asked for and once on one server, if one holds it all.

        Raises GuardlaneError for files that cannot be read and for tables that do not fit.
        """
        core = _core(config.core)
        whole, look_ups, laws, digests = _model(config)
        placement = _place(config, whole)
        load = _load(config, look_ups)
        times = RowTimes(core, laws, round(float(load.batches.items.mean())))
        if progress is not None:
            progress(0, 2, placement.strategy)
        ran = served(config.cluster, placement, load, times, int(config.jitter))
        alone, single = None, None
        if not placement.is_singular:
            try:
                single = place(whole, "singular", 0, int(config.server_memory))
            except GuardlaneError:
                single = None  # it takes more than one server: there is nothing to compare with
        if single is not None:
            if progress is not None:
                progress(1, 2, "one server")
            alone = served(config.cluster, single, load, times, 0)
        metrics = measured(ran, alone) | placed(placement) | _provision(
            config, placement, ran, single, alone
        )  # fmt: skip
        if config.bound is not None:
            metrics["bounded_rate"] = _bounded_rate(config, placement, load, times)
        statistics = {}
        if ran.answer.is_stable:
            statistics = {
                f"stack.{part}": round(ran.answer.stack["mean"][part] / 1e3, 3) for part in PARTS
            }
        digests = (*digests, core.digest)
        return Record(
            workload=self.name,
            config={**resolved(config), "core_digest": core.digest},
            config_hash=config_hash(config, *digests),
            outcome=Outcome.COMPLETED,
            metrics=metrics,
            statistics=statistics,
            series={
                "shard_bytes": placement.bytes_by_shard(),
                "shard_busy_share": [round(one.load, 6) for one in ran.answer.stations],
            },
            versions=versions(),
            notes=[f"engine: {ran.answer.reason}"],
        )


def _core(path: Path | None) -> ServiceTable:
    if path is not None:
        return ServiceTable.read(path)
    return ServiceTable.shipped(DEFAULT_CORE)


def _model(
    config: RecommenderConfig,
) -> tuple[Model, LookUps, Sequence[Law] | None, tuple[str, ...]]:
    """Value of the model, what is looked up, how unevenly, and digests of the files they are of."""
    skewed = config.popularity == "skewed"
    named = ((config.plan, MOST_PLAN), (config.arrivals_file, MOST_ARRIVALS))
    digests = tuple(
        hashlib.sha256(read_bounded(path, most)).hexdigest()
        for path, most in named
        if path is not None
    )
    if config.trace is None:
        whole = preset(config.model)
        laws = mixed(whole, config.law.mixture(), config.law.seed) if skewed else None
        return whole, Drawn(whole, config.seed, config.pooling), laws, digests
    trace = read_index_trace(config.trace)
    whole = model_of(trace, config.trace.stem, config.trace_dim, TRACED_SHARE)
    content = hashlib.sha256(trace.lengths.tobytes() + trace.indices.tobytes()).hexdigest()
    return whole, Replayed(trace), observed(trace) if skewed else None, (*digests, content)


def _place(config: RecommenderConfig, whole: Model) -> Placement:
    memory = int(config.server_memory)
    if config.plan is not None:
        return read_plan(config.plan, whole, memory)
    shards = {"singular": 0, "one-shard": 1}.get(config.sharding, config.shards)
    return place(whole, config.sharding, shards, memory, config.batch)


def _load(config: RecommenderConfig, look_ups: LookUps) -> Load:
    times = None
    requests = config.requests
    if config.arrivals_file is not None:
        times = read_arrivals(config.arrivals_file)[:requests]
        requests = len(times)
    elif config.kind_of_arrivals != "serial":
        times = arrivals(config.kind_of_arrivals, requests, config.rate, config.seed)
    items = Items(config.items, config.items_spread, config.items_least, config.items_most)
    batches = cut(items.draw(requests, config.seed), config.batch)
    return Load(batches, look_ups, times, config.seed, config.skip_empty)


def _provision(
    config: RecommenderConfig,
    placement: Placement,
    ran: Served,
    single: Placement | None,
    alone: Served | None,
) -> dict[str, float | None]:
    """Value of servers and memory for the target rate, and of their ratios to singles'."""
    wanted = config.target_rate, config.utilisation
    own = provision(config.cluster, placement, ran, *wanted)
    servers = own.main + own.shard
    server_ratio = memory_ratio = None
    if single is not None and alone is not None:
        its = provision(config.cluster, single, alone, *wanted)
        server_ratio = servers / its.main
        memory_ratio = own.table_bytes / its.table_bytes
    return {
        "servers": servers,
        "server_ratio": server_ratio,
        "table_gb": own.table_bytes / 1e9,
        "table_memory_ratio": memory_ratio,
    }


def _bounded_rate(
    config: RecommenderConfig, placement: Placement, load: Load, times: RowTimes
) -> float:
    """Find the rate by bisection; every rate has the same requests, closer together.

    Raises GuardlaneError when not even a hundredth of what all cores can do keeps to the bound.
    """
    assert config.bound is not None

    def answer_at(rate: float) -> Answer:
        come = arrivals("poisson", load.requests, rate, config.seed)
        return served(
            config.cluster, placement, replace(load, arrivals=come), times, int(config.jitter)
        ).answer

    slow = answer_at(1.0)
    most = sum(config.cluster.main.pool_cores) * 1e12 * load.requests / sum(slow.cpu.values())
    found = throughput(answer_at, int(config.bound), low=most / 100, high=2 * most)
    return found.rate
