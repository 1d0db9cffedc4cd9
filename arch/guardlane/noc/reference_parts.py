# SPDX-License-Identifier: Apache-2.0
"""What the slow, readable network is put together from: flits, buffers, round robins, sources."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from guardlane.noc.router import Router

Request = tuple[int, int]  # of an input for an output


@dataclass
class Flit:
    """A part of a packet; where it is to go is known to all of them."""

    packet: int
    destination: int
    is_head: bool
    is_tail: bool
    is_reply: bool
    hops: int = 0


@dataclass
class InputVC:
    """A buffer, and how far its front packet has come: idle, routing, asking or active."""

    flits: deque[Flit] = field(default_factory=deque)
    stage: str = "idle"
    acts_from: int = 0  # cycle
    candidates: list[int] = field(default_factory=list)  # output slots it may ask for
    holds: int | None = None  # output slot
    decided: tuple[int, int | None] | None = None  # when it takes effect, output slot or output


@dataclass
class OutputVC:
    """What is known of the buffer at the other end of a channel."""

    credits: int
    owner: int | None = None  # input slot
    is_free: bool = True
    tail_sent: bool = False


@dataclass
class Pointers:
    """The round robins of an allocator: each begins with what its pointer names."""

    inputs: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    outputs: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))


def allocate(
    requests: Iterable[Request], pointers: Pointers, sizes: Request, input_first: bool
) -> dict[int, int]:
    """Match inputs with outputs in two steps of round robins; value of the output by input."""
    of_input, of_output = defaultdict(list), defaultdict(list)
    for i, o in requests:
        of_input[i].append(o)
        of_output[o].append(i)
    inputs, outputs = sizes
    matched: dict[int, int] = {}
    chosen: defaultdict[int, list[int]] = defaultdict(list)
    if input_first:
        for i, wanted in of_input.items():
            chosen[first_from(wanted, pointers.inputs[i], outputs)].append(i)
        matched = {first_from(who, pointers.outputs[o], inputs): o for o, who in chosen.items()}
    else:
        for o, who in of_output.items():
            chosen[first_from(who, pointers.outputs[o], inputs)].append(o)
        matched = {i: first_from(got, pointers.inputs[i], outputs) for i, got in chosen.items()}
    for i, o in matched.items():
        pointers.inputs[i], pointers.outputs[o] = (o + 1) % outputs, (i + 1) % inputs
    return matched


def first_from(members: Iterable[int], start: int, size: int) -> int:
    """Value of the member that comes first when one counts round from `start`."""
    return min(members, key=lambda member: (member - start) % size)


class Source:
    """A node's packets, sent in order, one at a time and a flit a cycle."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.queue: deque[tuple[int, list[Flit]]] = deque()  # cycle from which it may be sent
        self.current: list[Flit] = []
        self.outputs = [OutputVC(router.depth) for _ in range(router.vcs)]
        self.vc, self.last_vc = 0, -1

    def send(self, now: int, vcs_of_kind: Callable[[bool], list[int]]) -> tuple[Flit | None, int]:
        """Value of the flit that leaves in this cycle, and its VC."""
        if not self.current and self.queue and self.queue[0][0] <= now:
            self.current = self.queue.popleft()[1]
        if not self.current:
            return None, 0
        flit = self.current[0]
        if flit.is_head:
            able = [
                vc
                for vc in vcs_of_kind(flit.is_reply)
                if self.outputs[vc].is_free and self.outputs[vc].credits
            ]
            if not able:
                return None, 0
            self.vc = self.last_vc = first_from(able, self.last_vc + 1, self.router.vcs)
            self.outputs[self.vc].is_free, self.outputs[self.vc].tail_sent = False, False
        elif not self.outputs[self.vc].credits:
            return None, 0
        self.current.pop(0)
        spend(self.outputs[self.vc], flit, self.router)
        return flit, self.vc

    def credit(self, vc: int) -> None:
        earn(self.outputs[vc], self.router)


def spend(output: OutputVC, flit: Flit, router: Router) -> None:
    """Take a credit for a flit; a tail frees the VC, at once or when its last credit is back."""
    output.credits -= 1
    assert output.credits >= 0
    if flit.is_tail:
        output.owner, output.tail_sent = None, True
        output.is_free = not router.wait_for_tail_credit


def earn(output: OutputVC, router: Router) -> None:
    """Get a credit back."""
    output.credits += 1
    assert output.credits <= router.depth
    if router.wait_for_tail_credit and output.tail_sent and output.credits == router.depth:
        output.is_free = True


class Stage:
    """A stage of a router: it takes in all that is there at once, then nothing until its end."""

    def __init__(self, delay: int) -> None:
        self.delay, self.latest = delay, -1 - delay

    def start(self, cycle: int) -> int:
        """Value of when it begins with what is there from `cycle` on, told in order of time."""
        if cycle > self.latest:
            self.latest = max(cycle, self.latest + self.delay)
        return self.latest
