# SPDX-License-Identifier: Apache-2.0
"""Which engine serves a cluster, and why; and requests through it, in the order of their arrival."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from guardlane.cluster.event_engine import EventEngine
from guardlane.cluster.machine import Cluster
from guardlane.cluster.pass_engine import PassEngine
from guardlane.cluster.window import Window
from guardlane.cluster.work import Source, Work
from guardlane.errors import GuardlaneError

Name = Literal["auto", "pass", "event"]


@dataclass(frozen=True)
class Choice:
    """An engine, and the reason for it in a few words."""

    engine: Literal["pass", "event"]
    reason: str


def choose(cluster: Cluster, work: Work, wanted: Name = "auto") -> Choice:
    """Choose the engine for a cluster and work like this.

    Passes are some three times as fast, and equal where they can be had. Raises GuardlaneError if
    passes are wanted where they cannot, or an engine that there is not.
    """
    if wanted not in ("auto", "pass", "event"):
        raise GuardlaneError(f"engine must be one of auto, pass, event, not {wanted!r}")
    obstacles = {
        "a pool shared by all dense work": cluster.main.pools == "shared",
        "several main servers": cluster.main.servers > 1,
        "several rounds": work.rounds > 1,
        "priorities": cluster.order == "priority",
        "a deadline": cluster.deadline is not None,
        "repeated calls": cluster.hedge is not None,
        "delays that vary": work.delay_out is not None or work.delay_back is not None,
    }
    met = [name for name, is_met in obstacles.items() if is_met]
    if wanted == "pass" and met:
        raise GuardlaneError(f"passes cannot serve {', '.join(met)}: take engine event, or auto")
    if met:
        return Choice("event", f"events, for {', '.join(met)}")
    if wanted == "event":
        return Choice("event", "events, as wanted; passes would do")
    return Choice("pass", "passes, as all serve in order of arrival and nothing comes back")


class Service:
    """One run of a cluster over the work of a source."""

    def __init__(self, cluster: Cluster, source: Source, wanted: Name = "auto") -> None:
        self._pieces = source.pieces()
        first = next(self._pieces, None)
        if first is None or not len(first):
            raise GuardlaneError("a cluster must be given 1 request or more, not 0")
        first.check()
        check(cluster, first)
        self._first = first
        self.choice = choose(cluster, first, wanted)
        kind = PassEngine if self.choice.engine == "pass" else EventEngine
        self.window: Window = kind.window_for(cluster, first)
        self.engine: PassEngine | EventEngine = kind(cluster, self.window)

    def served(self) -> Iterator[int]:
        """Yield how many requests at the front of the window have ended; it moves on afterwards."""
        yield from self._feed(self._first)
        for piece in self._pieces:
            yield from self._feed(piece)
        yield from self._feed(None)

    def _feed(self, piece: Work | None) -> Iterator[int]:
        first = self.window.live
        if piece is not None:
            self.window.extend(piece)
        count = self.engine.feed(first, piece is None)
        if count:
            yield count
            self.engine.retire(count)


def check(cluster: Cluster, work: Work) -> None:
    """Raise GuardlaneError for a cluster that cannot serve such work, with the number at fault."""
    if work.shards != cluster.shards:
        raise GuardlaneError(
            f"a work for {cluster.shards} shards must have as many in its calls, not {work.shards}"
        )
    if work.rounds < 1:
        raise GuardlaneError("a work must have 1 round or more, not 0")
    if cluster.hedge is not None:
        if len(cluster.replicas) != cluster.shards:
            raise GuardlaneError(
                f"replicas must name a shard for each of {cluster.shards}, not for "
                f"{len(cluster.replicas)}"
            )
        for shard, replica in enumerate(cluster.replicas):
            if not 0 <= replica < cluster.shards:
                raise GuardlaneError(
                    f"replica of shard {shard} must be 0 to {cluster.shards - 1}, not {replica}"
                )
