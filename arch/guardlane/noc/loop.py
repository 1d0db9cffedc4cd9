# SPDX-License-Identifier: Apache-2.0
"""The clock of the network: a cycle is what arrives, what sources do and what routers do."""

from __future__ import annotations

from typing import Any

from guardlane.kernel import kernel
from guardlane.noc import words as w
from guardlane.noc.allocate import work
from guardlane.noc.deliver import credits, flits, heads
from guardlane.noc.source import inject


@kernel
def run(s: Any, until: Any) -> None:
    """Let cycles pass up to `until`, or until the recorded packets of an ended window are out."""
    now = s.clock[w.NOW]
    while now < until:
        if now > s.shape[w.RECORD_TO] and s.clock[w.OPEN] == 0 and s.clock[w.DRAINED] == len(s.nodes):
            break
        heads(s, now)
        flits(s, now)
        credits(s, now)
        inject(s, now)
        work(s, now)
        now += 1
    s.clock[w.NOW] = now
