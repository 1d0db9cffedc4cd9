# SPDX-License-Identifier: Apache-2.0
"""The books of a network: where every flit and every credit is at one cycle."""

from __future__ import annotations

import numpy as np

from guardlane.noc import words as w
from guardlane.noc.state import State


def check_books(state: State) -> None:
    """Assert that flits and credits are conserved, and that no credit is negative."""
    k = state.k
    routers = state.r.reshape(-1, w.ROUTER)
    nodes = state.n.reshape(-1, w.NODE_RECORD)
    vcs, ports, depth = int(k[w.VCS]), int(k[w.PORTS]), int(k[w.DEPTH])
    used = ports * vcs
    buffered = (routers[:, w.INPUT : w.INPUT + used] >> w.COUNT_SHIFT) & w.BYTE
    flits = entries(state.fe, int(k[w.FLIT_STRIDE]), 2)
    assert k[w.INJECTED_FLITS] == k[w.EJECTED_FLITS] + buffered.sum() + len(flits)
    assert (buffered <= depth).all()

    held = np.array(routers[:, w.OUTPUT : w.OUTPUT + used] & w.CREDITS_MASK)
    assert (held <= depth).all()  # a negative one would have borrowed from the bits above
    own = np.array(nodes[:, w.NODE_CREDITS : w.NODE_CREDITS + vcs])
    assert ((own >= 0) & (own <= depth)).all()
    # What an output lacks is on its way, in the buffer at the other end, or coming back.
    for place in entries(state.ce, int(k[w.CREDIT_STRIDE]), 1):
        if place >= w.NODE:
            own[(place - w.NODE) >> w.SLOT_BITS, place & w.SLOT_MASK] += 1
        else:
            held[place >> w.SLOT_BITS, place & w.SLOT_MASK] += 1
    arriving = np.zeros((len(routers), used), np.int64)
    leaving = np.zeros((len(nodes), vcs), np.int64)
    for place in flits:
        if place >= w.NODE:
            leaving[(place - w.NODE) >> w.SLOT_BITS, place & w.SLOT_MASK] += 1
        else:
            arriving[place >> w.SLOT_BITS, place & w.SLOT_MASK] += 1
    for router, row in enumerate(routers):
        for port in range(ports):
            back = int(row[w.BACK + port]) >> 16
            here = slice(port * vcs, (port + 1) * vcs)
            if int(row[w.BACK + port]) == 0:
                continue
            filled = buffered[router, here] + arriving[router, here]
            if back >= w.NODE:
                assert (own[(back - w.NODE) >> w.SLOT_BITS] + filled == depth).all()
            else:
                first = back & w.SLOT_MASK
                above = held[back >> w.SLOT_BITS, first : first + vcs]
                assert (above + filled == depth).all()
    for node, row in enumerate(nodes):
        place = int(row[w.EJECT])
        first = place & w.SLOT_MASK
        above = held[place >> w.SLOT_BITS, first : first + vcs]
        assert (above + leaving[node] == depth).all()


def entries(events: np.ndarray, stride: int, width: int) -> list[int]:
    """Value of the places of all that is due on a wheel."""
    found: list[int] = []
    for turn in events.reshape(-1, stride):
        found += turn[1 : 1 + width * int(turn[0]) : width].tolist()
    return found
