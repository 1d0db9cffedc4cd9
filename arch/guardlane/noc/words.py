# SPDX-License-Identifier: Apache-2.0
"""How the kernel's state is laid out: the bits of its words, and which column is what.

The input VCs of a router stand in up to 64 slots, slot = port * vcs + vc, and so do its output VCs;
a set of them is one int64. The place of a slot in the whole network is router * 64 + slot.
"""

from __future__ import annotations

SLOT_BITS = 6
SLOTS = 1 << SLOT_BITS
SLOT_MASK = SLOTS - 1
MOST_PORTS = 16

# A flit: bit 0 head, 1 tail, 2 reply; then its destination, its hops and its packet.
HEAD, TAIL, REPLY = 1, 2, 4
DESTINATION_SHIFT, DESTINATION_MASK = 4, 0xFFFF
HOP_SHIFT, HOP_MASK = 20, 0xFFF
HOP = 1 << HOP_SHIFT
PACKET_SHIFT = 32

# Added to a place: what arrives goes to a node, whose place is node * 64 + vc.
NODE = 1 << 40
NODE_MASK = NODE - 1
# A head that is to be routed: its place and, if coins are tossed, when it came, by its cycle and
# within that by its slot if it arrived, or after those if it stood behind another packet.
TURN_SHIFT, PLACE_MASK = 24, (1 << 24) - 1
TURNS = 128  # a cycle
# A late allocation: the output slot + 1 or 0 for a VC, or with SWITCH the output + 1 or 0.
SWITCH = 1 << 20

# The record of a router: sets of slots, then a column for each output, input or slot.
FREE = 0  # output VCs that nobody holds
READY = 1  # input VCs that hold an output VC with credit
ASKED = 2  # bundles that somebody asks for
BIDDING = 3  # outputs that somebody bids for
ROUTING_FROM = 4  # cycle from which the router routes, or routed, its latest heads
CROSSING_FROM = 5  # cycle from which its latest flits cross the switch
BIDS = 6  # + output: input VCs that hold a VC of it and have a flit
LINK = BIDS + MOST_PORTS  # + output: place at the other end << 16 | cycles
BACK = LINK + MOST_PORTS  # + input: place of its credits << 16 | cycles
ROW = BACK + MOST_PORTS  # + input: row of the route table
CROSSINGS = ROW + MOST_PORTS  # + output: flits it has sent
SENT = CROSSINGS + MOST_PORTS  # + output: cycle in which a flit left it last
GRANT = SENT + MOST_PORTS  # + output: switch input to grant to first
LANE = GRANT + MOST_PORTS  # + switch input: output to accept first << 8 | vc to choose first
REQUESTS = LANE + SLOTS  # + bundle: input VCs that ask for it
INPUT = REQUESTS + SLOTS  # + slot: an input VC, see below
OUTPUT = INPUT + SLOTS  # + slot: an output VC, see below
WANTS = OUTPUT + SLOTS  # + slot: bundles that an input VC asks for
ROUTER = WANTS + SLOTS + 1  # an odd number of cache lines keeps routers apart in a cache

BYTE = 0xFF
CYCLES = 0xFFFF
# An input VC: place of the front flit, flits, output slot it holds, whether it does, output port,
# output slot to accept first.
COUNT_SHIFT, HELD_SHIFT, PORT_SHIFT, ACCEPT_SHIFT = 8, 16, 32, 40
ONE_FLIT = 1 << COUNT_SHIFT
HOLDS = 1 << 24
ACCEPT_MASK = BYTE << ACCEPT_SHIFT
# An output VC: credits, input slot that holds it, whether one does, slot to grant to first.
CREDITS_MASK = 0xFFFF
OWNER_SHIFT, GRANT_SHIFT = 16, 32
OWNED = 1 << 24
TAIL_SENT = 1 << 40
OWNER_MASK = (BYTE << OWNER_SHIFT) | OWNED
GRANT_MASK = BYTE << GRANT_SHIFT

# The record of a node: its source, then the credits of each VC into the network.
NEXT = 0  # cycle of the next coin, or of the next packet
LEFT, FLIT, VC, LAST_VC = 1, 2, 3, 4  # of the packet that is being sent
TAKEN, WITH_CREDIT, TAILS_OUT = 5, 6, 7  # sets of VCs
EJECT, INJECT = 8, 9  # places of the router's output to this node, and of its input from it
QUEUE_FIRST, QUEUE_LAST, QUEUED = 10, 11, 12  # packets that wait
SEED = 13  # state of the node's own generator
DUE_AFTER = 14  # next node on the list of the same turn of the sources' wheel, + 1
NODE_CREDITS = 16
NODE_RECORD = NODE_CREDITS + SLOTS + 8

# The record of a packet: when it was made, its flags, the one behind it, whose it is.
CREATED, FLAGS, BEHIND, TAG = 0, 1, 2, 3
PACKET_RECORD = 4
RECORDED, IS_REPLY, IS_REPORTED = 1, 2, 4
SIZE_SHIFT, TO_SHIFT, FROM_SHIFT = 8, 24, 40  # 16 bits each; of the size, one flit less

# The record of a packet of a trace: cycle, flags as above, packets it still waits for (and whether
# its cycle has come), first of its entries on the list of those that wait for it.
CYCLE, WHAT, WAITING, DEPENDENTS = 0, 1, 2, 3
TRACE_RECORD = 4
REACHED = 1 << 40

# The record of a period, by arrival: flits, packets, the sum and the greatest of their latencies,
# and how many cycles all sources lag behind when it ends.
FLITS, PACKETS, LATENCY, GREATEST, LAG = 0, 1, 2, 3, 4
PERIOD_RECORD = 8

# How an entry of the route table becomes a set of bundles.
KIND, BUNDLES, OTHER = 0, 1, 2
PLAIN, INHERIT, TOSS = 0, 1, 2
CHOICE_RECORD = 3

# The constants of a network ...
(
    PORTS,
    VCS,
    SPEEDUP,
    LANES,
    SLOTS_USED,
    RECIPROCAL,
    ROUTING_DELAY,
    CREDIT_DELAY,
    TRAVERSAL,
    DEPTH,
    WAIT_FOR_TAIL,
    WHEEL_MASK,
    PLACES,
    NODES,
    FLIT_STRIDE,
    CREDIT_STRIDE,
    HEAD_STRIDE,
    REPLY_SHIFT,
    PATTERN,
    TARGETS,
    THRESHOLD,
    SIZE,
    PERIOD,
    PERIODS,
    RECORD_FROM,
    RECORD_TO,
    MODE,
    REPLY_SIZE,
    REPORTS,
    SKIPS,
    TOSSES,
    VC_DELAY,
    SWITCH_DELAY,
    INPUT_FIRST,
    LATE_STRIDE,
    TRACE,
    REPLY_VCS,
    STOP_AFTER,
    # ... and what it counts.
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
    THIS_PERIOD,
    PERIOD_END,
    TRACED,
    RELEASED,
    REPORTED,
    TOSSING,
    SKIPPED,
) = range(58)
CONSTANTS = 64

# MODE: sources toss coins as BookSim2's do, or draw gaps, or send only what waits in their queues.
EXACT, FAST, QUEUES = 0, 1, 2
