# SPDX-License-Identifier: Apache-2.0
"""How the kernel's state is laid out: the bits of a flit, and which column of which array is what.

A router's virtual channels stand in 64 slots, slot = port * vcs + vc, so that a set of them is one
int64; the place of a slot in an array of the whole network is router * 64 + slot.
"""

from __future__ import annotations

from typing import Any, NamedTuple

SLOT_BITS = 6
SLOTS = 1 << SLOT_BITS
SLOT_MASK = SLOTS - 1

# A flit: bit 0 head, 1 tail, 2 message class, then destination, hops and packet.
HEAD, TAIL, REPLY = 1, 2, 4
DESTINATION_SHIFT, DESTINATION_MASK = 4, 0xFFFF
HOP_SHIFT, HOP_MASK = 20, 0xFFF
HOP = 1 << HOP_SHIFT
PACKET_SHIFT = 32

NODE = 1 << 40  # added to a place: what arrives goes to a node (node * 64 + vc), not to a router

# routers[router]: sets of slots, and from REQUESTS on one set for each bundle of output VCs.
FREE, READY, ALLOCATING, ACTIVE_OUTPUTS, ACTIVE = 0, 1, 2, 3, 4  # ACTIVE + output, then requests

# inputs[place]: an input VC. OUTPUT_VC is the output slot it holds, or NONE.
FRONT, COUNT, OUTPUT_VC, ACCEPT_FROM = 0, 1, 2, 3
NONE = -1

# outputs[place]: an output VC, i.e. what is known of the buffer at the other end.
CREDITS, OWNER, GRANT_FROM, TAIL_SENT = 0, 1, 2, 3

# nodes[node]: a source.
NEXT_TOSS, LEFT, FLIT, VC, LAST_VC, TAKEN, WITH_CREDIT, SENT_TAILS, QUEUE_HEAD, QUEUE_TAIL = range(10)
NODE_COLUMNS = 10

# packets[packet]
CREATED, FLAGS, NEXT, TAG = 0, 1, 2, 3
RECORDED = 1  # of FLAGS

# choices[route]: how a routing decision becomes a set of bundles.
KIND, BUNDLES, OTHER = 0, 1, 2
PLAIN, INHERIT, TOSS = 0, 1, 2


class State(NamedTuple):
    """Everything a network is at one cycle, and what it is made of; see `words` for the columns."""

    shape: Any  # int64[n]: constants, see the names from PORTS on
    clock: Any  # int64[n]: the time and the counts, see the names from NOW on
    routers: Any  # int64[routers, columns]
    inputs: Any  # int32[routers * 64, 4]
    outputs: Any  # int32[routers * 64, 4]
    buffers: Any  # int64[routers * 64, depth]: flits
    wants: Any  # int64[routers * 64]: bundles an input VC asks for
    granted: Any  # int64[64]: scratch
    arbiters: Any  # int32[routers, 3, 64]: switch: grant by output, accept and VC by input
    links: Any  # int64[routers, ports, 2]: place at the other end, cycles
    backs: Any  # int64[routers, ports, 2]: place the credits of an input go to, cycles
    ejects: Any  # int64[nodes]: place the credits of an ejecting node go to
    injects: Any  # int64[nodes]: place a node's flits go to
    rows: Any  # int32[routers, ports]: row of the route table
    routes: Any  # int16[rows, nodes]: choice
    choices: Any  # int64[choices, 3]
    bundles: Any  # int64[bundles]: output slots
    lanes: Any  # int64[inputs of the switch]: input slots
    classes: Any  # int64[vcs]: route class of a VC
    busy: Any  # int64[words]: routers with something to do
    counts: Any  # int64[wheel, 3]: entries in the slot of flits, credits, heads
    flit_places: Any  # int64[wheel, channels]
    flit_words: Any  # int64[wheel, channels]
    credit_places: Any  # int64[wheel, inputs of switches]
    head_places: Any  # int64[wheel, 2 * inputs of switches]
    nodes: Any  # int64[nodes, NODE_COLUMNS]
    node_credits: Any  # int32[nodes, vcs]
    packets: Any  # int64[packets, 4]
    unused: Any  # int32[packets]: stack of free packets
    crossings: Any  # int64[routers, ports]: flits sent by each output
    random: Any  # int64[2, 101]: generators
    periods: Any  # int64[periods, 4]: by arrival: flits, packets, latency sum, latency maximum
    targets: Any  # int64[n]: destinations of the traffic


# shape
(
    PORTS,
    VCS,
    SPEEDUP,
    ROUTING_DELAY,
    TRAVERSAL,
    CREDIT_DELAY,
    DEPTH,
    DEPTH_MASK,
    WAIT_FOR_TAIL,
    WHEEL_MASK,
    SLOTS_USED,
    REPLY_SHIFT,
    PATTERN,
    THRESHOLD,
    SIZE,
    PERIOD,
    RECORD_FROM,
    RECORD_TO,
    MODE,
) = range(19)
SHAPE = 24

# clock
(
    NOW,
    FREE_PACKETS,
    GENERATED,
    DELIVERED,
    INJECTED_FLITS,
    EJECTED_FLITS,
    OPEN,
    DRAINED,
    LATENCY_SUM,
    LATENCIES,
    LATENCY_MAX,
    HOPS,
    ACCEPTED,
    STALLED,
) = range(14)
CLOCK = 16
