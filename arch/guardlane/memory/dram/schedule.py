# SPDX-License-Identifier: Apache-2.0
"""The compiled scheduler: which read goes next, and when its commands go out.

One step serves one read. Of the reads that the controller sees, it takes the one whose data can
come first, and of those that tie the oldest, which is FR-FCFS: hits of an open row come before what
needs an activate. Then its commands get the first free cycles of the command bus that all timings
allow. A precharge or an activate may so come before the read that was taken a step earlier, as in a
controller that prepares banks ahead. Nothing counts cycles: time goes from event to event.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import kernel, part

# Timings, as `Timing.array` lays them out.
(
    _TCK, CL, RCD, RP, RAS, RC, RTP, RRD_S, RRD_L, FAW, CCD_S, CCD_L, BL, RTRS, RFC, REFI,
) = range(16)  # fmt: skip

# State. Of a bank: the open row or CLOSED, and from when on it takes a read, precharge, activate.
OPEN, READS, CLOSES, OPENS = range(4)
# Of a bank group: from when on the rest of the channel lets it have an activate, a read.
ACTIVATES, BURSTS = range(2)
# Of a rank: its last four activates, how many there were, the next refresh, the last one's span.
FOUR, COUNT, DUE, BLOCKED, FREED = 0, 4, 5, 6, 7
RANK_WORDS = 8
# Of a slot of the window: the read, from when on it is seen, its bank and row, the younger slot.
READ, SEEN, BANK, ROW, YOUNGER = range(5)
SLOT_WORDS = 5
# Of the channel.
SERVED, ISSUED, OLDEST, YOUNGEST, FREE, LAST, LOGGED, GROUPS, BANKS = range(9)
# Settings: reads outstanding, cycles from data to the next read, cycles from data to who asked.
OUTSTANDING, THINK, AFTER = range(3)

QUEUE, IN_BANK, ON_BUS, IN_REFRESH, ON_CHIP = range(5)  # the latency stack
PRECHARGE, ACTIVATE, CAS, PRECHARGE_ALL, REFRESH = range(5)  # commands of the log
CLOSED = -1
NEVER = 1 << 62
SPAN = 4096  # cycles of the command bus that are kept: a power of two
AHEAD = SPAN // 2  # cycles that a command may come before the last read


@part
def claim(ring: Any, at: Any) -> Any:
    """Take the first free cycle of the command bus from `at` on.

    A place of the ring that has a later cycle keeps it: nothing else comes as early as this one.
    """
    while ring[at & (SPAN - 1)] == at:
        at += 1
    ring[at & (SPAN - 1)] = max(at, ring[at & (SPAN - 1)])
    return at


@part
def note(log: Any, channel: Any, at: Any, command: Any, bank: Any, row: Any) -> None:
    """Write a command down, if there is a log; it counts on where the log is full."""
    if channel[LOGGED] < len(log):
        entry = log[channel[LOGGED]]
        entry[0], entry[1], entry[2], entry[3] = at, command, bank, row
    channel[LOGGED] += len(log) > 0


@part
def activate_from(timing: Any, banks: Any, groups: Any, group: Any, bank: Any, seen: Any) -> Any:
    """Find when a bank whose row is not the wanted one could be activated, seen from `seen` on."""
    at = max(banks[bank, OPENS], groups[group, ACTIVATES])
    if banks[bank, OPEN] == CLOSED:
        return max(at, seen)
    return max(at, max(seen, banks[bank, CLOSES]) + timing[RP])


@part
def choose(timing: Any, banks: Any, groups: Any, slots: Any, channel: Any) -> Any:
    """Find the read whose data come first: (its slot, the next older slot, cycle of its CAS)."""
    least = channel[LAST] + min(timing[CCD_S], timing[BL] + timing[RTRS])
    best, before_best, best_at = np.int64(-1), np.int64(-1), np.int64(NEVER)
    before, slot = np.int64(-1), channel[OLDEST]
    while slot >= 0:
        bank = slots[slot, BANK]
        group = bank // channel[BANKS]
        if banks[bank, OPEN] == slots[slot, ROW]:
            at = max(slots[slot, SEEN], banks[bank, READS])
        else:
            at = timing[RCD] + activate_from(timing, banks, groups, group, bank, slots[slot, SEEN])
        at = max(at, groups[group, BURSTS])
        if at < best_at:
            best, before_best, best_at = slot, before, at
            if at <= least:
                break
        before = slot
        slot = slots[slot, YOUNGER]
    return best, before_best, best_at


@part
def refresh(
    timing: Any, banks: Any, ranks: Any, ring: Any, channel: Any, log: Any, rank: Any
) -> None:
    """Close all rows of a rank whose refresh is due, and refresh it."""
    size = channel[GROUPS] * channel[BANKS]
    first = rank * size
    due = ranks[rank, DUE]
    start, closing, is_open = due, due, False
    for bank in range(first, first + size):
        start = max(start, banks[bank, OPENS])
        if banks[bank, OPEN] != CLOSED:
            is_open = True
            closing = max(closing, banks[bank, CLOSES])
    if is_open:
        closing = claim(ring, closing)
        note(log, channel, closing, PRECHARGE_ALL, first, CLOSED)
        start = max(start, closing + timing[RP])
    start = claim(ring, start)
    note(log, channel, start, REFRESH, first, CLOSED)
    end = start + timing[RFC]
    for bank in range(first, first + size):
        banks[bank, OPEN] = CLOSED
        banks[bank, OPENS] = end
    ranks[rank, BLOCKED], ranks[rank, FREED] = due, end
    ranks[rank, DUE] = due + timing[REFI]


@part
def opened(
    timing: Any, banks: Any, groups: Any, ranks: Any, channel: Any, bank: Any, row: Any, at: Any
) -> None:
    """Open a row with an activate at cycle `at`, and keep the others of its rank away from it."""
    banks[bank, OPEN] = row
    banks[bank, READS] = at + timing[RCD]
    banks[bank, CLOSES] = at + timing[RAS]
    banks[bank, OPENS] = at + timing[RC]
    own = bank // channel[BANKS]
    rank = own // channel[GROUPS]
    place = ranks[rank, COUNT] & 3
    ranks[rank, FOUR + place] = at
    ranks[rank, COUNT] += 1
    fifth = ranks[rank, FOUR + (ranks[rank, COUNT] & 3)] + timing[FAW]
    for group in range(rank * channel[GROUPS], (rank + 1) * channel[GROUPS]):
        other = at + (timing[RRD_L] if group == own else timing[RRD_S])
        groups[group, ACTIVATES] = max(groups[group, ACTIVATES], max(other, fifth))


@part
def burst(timing: Any, banks: Any, groups: Any, channel: Any, bank: Any, at: Any) -> None:
    """Read from the open row with a CAS at cycle `at`, and keep other bursts away from it."""
    banks[bank, CLOSES] = max(banks[bank, CLOSES], at + timing[RTP])
    channel[LAST] = at
    own = bank // channel[BANKS]
    rank = own // channel[GROUPS]
    for group in range(len(groups)):
        gap = timing[BL] + timing[RTRS]
        if group == own:
            gap = timing[CCD_L]
        elif group // channel[GROUPS] == rank:
            gap = timing[CCD_S]
        groups[group, BURSTS] = max(groups[group, BURSTS], at + gap)


@part
def admit(
    leads: Any, slots: Any, channel: Any, bank: Any, row: Any, arrival: Any, slot: Any
) -> None:
    """Let the next read into a free slot of the window; it is the youngest there."""
    read = channel[ISSUED]
    slots[slot, READ] = read
    slots[slot, SEEN] = max(arrival[read] + leads[read], channel[LAST])
    slots[slot, BANK], slots[slot, ROW] = bank[read], row[read]
    slots[slot, YOUNGER] = -1
    if channel[OLDEST] < 0:
        channel[OLDEST] = slot
    else:
        slots[channel[YOUNGEST], YOUNGER] = slot
    channel[YOUNGEST] = slot
    channel[ISSUED] += 1


@kernel
def serve(
    timing: Any, settings: Any, banks: Any, groups: Any, ranks: Any, slots: Any, ring: Any,
    channel: Any, bank: Any, row: Any, leads: Any, arrival: Any, done: Any, stacks: Any,
    sums: Any, log: Any, until: Any,
) -> None:  # fmt: skip
    """Serve reads until `until` of them are served; all the rest is state that is passed in.

    `bank`, `row` and `leads` (cycles from a read's arrival to the window) are int64[n]. `arrival`
    int64[n] is written from read OUTSTANDING on: the next read comes THINK cycles after the data of
    one. `done` int64[n] gets the cycle after the last of
    a read's data. `stacks` is int64[n, 5] or empty, `sums` int64[5] is added to.
    """
    total = len(bank)
    while channel[SERVED] < until:
        for rank in range(len(ranks)):  # those that nobody reads, before the bus is forgotten
            while ranks[rank, DUE] + AHEAD <= channel[LAST]:
                refresh(timing, banks, ranks, ring, channel, log, rank)
        known = min(total, channel[SERVED] + settings[OUTSTANDING])
        while channel[ISSUED] < known and channel[FREE] >= 0:
            slot = channel[FREE]
            channel[FREE] = slots[slot, YOUNGER]
            admit(leads, slots, channel, bank, row, arrival, slot)
        slot, before, at = choose(timing, banks, groups, slots, channel)
        own, wanted, seen = slots[slot, BANK], slots[slot, ROW], slots[slot, SEEN]
        group = own // channel[BANKS]
        rank = group // channel[GROUPS]
        is_hit = banks[own, OPEN] == wanted
        starts = at if is_hit else activate_from(timing, banks, groups, group, own, seen)
        if starts >= ranks[rank, DUE]:
            refresh(timing, banks, ranks, ring, channel, log, rank)
            continue
        first, alone = np.int64(NEVER), timing[CL]
        if not is_hit:
            ready = max(seen, channel[LAST] - AHEAD)
            if banks[own, OPEN] != CLOSED:
                first = claim(ring, max(ready, banks[own, CLOSES]))
                note(log, channel, first, PRECHARGE, own, banks[own, OPEN])
                ready = first + timing[RP]
                alone += timing[RP]
            ready = claim(ring, max(max(ready, banks[own, OPENS]), groups[group, ACTIVATES]))
            note(log, channel, ready, ACTIVATE, own, wanted)
            opened(timing, banks, groups, ranks, channel, own, wanted, ready)
            first = min(first, ready)
            alone += timing[RCD]
            at = max(banks[own, READS], groups[group, BURSTS])
        at = claim(ring, at)
        first = min(first, at)
        note(log, channel, at, CAS, own, wanted)
        burst(timing, banks, groups, channel, own, at)
        read = slots[slot, READ]
        data = at + timing[CL] + timing[BL]
        done[read] = data + settings[AFTER]
        waited = first - arrival[read] - leads[read]
        blocked = max(0, min(first, ranks[rank, FREED]) - max(seen, ranks[rank, BLOCKED]))
        parts = (
            waited - blocked,
            alone,
            data - first - alone,
            blocked,
            leads[read] + settings[AFTER],
        )
        for kind in range(5):
            sums[kind] += parts[kind]
            if len(stacks) > 0:
                stacks[read, kind] = parts[kind]
        if before < 0:
            channel[OLDEST] = slots[slot, YOUNGER]
        else:
            slots[before, YOUNGER] = slots[slot, YOUNGER]
        if channel[YOUNGEST] == slot:
            channel[YOUNGEST] = before
        slots[slot, YOUNGER] = channel[FREE]
        channel[FREE] = slot
        following = channel[SERVED] + settings[OUTSTANDING]
        if following < total:
            arrival[following] = done[read] + settings[THINK]
        channel[SERVED] += 1
