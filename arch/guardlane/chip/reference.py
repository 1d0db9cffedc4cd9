# SPDX-License-Identifier: Apache-2.0
"""The slow, readable chip: one generator per agent, resumed in the order of simulated time.

It is the oracle of the run kernel, and the engine for guards and networks that somebody brought
along, which it calls as the plain objects they are. Cores still compute in the compiled loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from guardlane.chip import columns as col
from guardlane.chip import commands, turns
from guardlane.chip.channel import Channel
from guardlane.chip.elaborate import Elaborated
from guardlane.chip.network import Network, Packet
from guardlane.chip.watching import watch_command, watch_turn
from guardlane.guard import queue_twin as qt
from guardlane.guard.alignment import Action
from guardlane.guard.contract import Guard
from guardlane.guard.words import ITEM, Unit

NEVER = col.NEVER
Steps = Generator[int, None, None]  # yields the cycle to resume in, NEVER to wait to be roused
Answer = Generator[int, None, int]


@dataclass(eq=False)
class Agent:
    """One core, source or sink: where it is in time and which queues it has."""

    index: int
    inward: dict[int, Channel]  # by port
    outward: dict[int, Channel]
    now: int = 0
    is_waiting: bool = False
    dropping: set[int] = field(default_factory=set)


class ReferenceChip:
    """One run over the arrays of `elaborate`: its cores and devices, with queues as objects."""

    def __init__(
        self,
        state: Elaborated,
        guard: Guard,
        network: Network,
        names: list[str],
        watched: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self.state = state
        self.watched = watched  # see `watching`
        state.chip[col.LENDS] = 0  # queues are objects here
        self.network = network
        self.horizon: Callable[[int], int] | None = getattr(network, "horizon", None)
        depth, working_set = len(state.kinds) // len(state.ends), int(state.q[0, qt.Q_WORKING_SET])
        self.channels = [
            Channel(i, int(ends[0]), int(ends[1]), depth, working_set,
                    guard.inserter(names[i]), guard.aligner(names[i]), int(ends[2]))
            for i, ends in enumerate(state.ends)
        ]  # fmt: skip
        for channel in self.channels:
            self._preload(channel)
        self.agents = [
            Agent(
                i,
                {p: self.channels[q] for p, q in enumerate(state.in_queues[i]) if q >= 0},
                {p: self.channels[q] for p, q in enumerate(state.out_queues[i]) if q >= 0},
            )
            for i in range(len(state.agents))
        ]
        self.lives = [self._life(agent) for agent in self.agents]
        self.times = [0] * len(self.agents)
        self.unsent: list[Packet] = []
        self.clock = 0

    def _preload(self, channel: Channel) -> None:
        """Start a delayed channel with the words that `elaborate` put into its queue."""
        q = self.state.q[channel.number]
        for slot in range(int(q[qt.Q_BASE]), int(q[qt.Q_BASE] + q[qt.Q_WRITTEN])):
            kind, payload = int(self.state.kinds[slot]), int(self.state.payloads[slot])
            unit = Unit(ITEM, 0, payload) if kind == ITEM else Unit(kind, payload, 0)
            channel.words.append(unit)
            channel.arrivals.append(0)
        channel.written = channel.published = int(q[qt.Q_WRITTEN])

    def run(self) -> int:
        """Run until all agents have ended or wait for ever, or the cycle limit; see `run.run`.

        It can be called again, and goes on as far as a limit that was moved.
        """
        chip = self.state.chip
        while True:
            first = min(self.times)
            if first == NEVER and not self.unsent and not self.network.in_flight():
                self._settle()
                return col.FINISHED
            if first == NEVER or self.unsent:
                first = min(first, self.clock + (1 if self.unsent else self.network.lookahead()))
            if self.horizon is not None:  # who is roused on the way acts before it
                first = self.horizon(first)
            if first >= min(chip[col.MAX_CYCLES], chip[col.CRASH_CYCLE]):
                self._settle()
                return col.AT_LIMIT
            self._carry(first)
            first = min(self.times)
            if first > self.clock:
                continue
            agent = self.agents[self.times.index(first)]
            agent.now, agent.is_waiting = max(agent.now, first), False
            self.times[agent.index] = next(self.lives[agent.index], NEVER)

    def _settle(self) -> None:
        """Leave what the queues count where `collect` looks for it."""
        for channel in self.channels:
            q = self.state.q[channel.number]
            q[qt.Q_WRITTEN], q[qt.Q_READ] = channel.written, channel.read
            q[qt.Q_HEADERS], q[qt.Q_DRAINED] = channel.headers, channel.drained
            q[qt.Q_ECC] = channel.ecc_operations

    def _carry(self, cycle: int) -> None:
        """Let the network bring what arrives up to `cycle`, and rouse whoever waits for it."""
        self.clock = max(self.clock, cycle)
        waiting, self.unsent = self.unsent, []
        for packet in waiting:
            self._send(packet, cycle)
        for when, (number, forward, words) in self.network.advance(cycle):
            channel = self.channels[number]
            if not forward:
                channel.returns.append((when, words))
            elif words:
                channel.arrivals.extend([when] * words)
            else:
                channel.closed_from = when
            index = channel.consumer if forward else channel.producer
            if self.agents[index].is_waiting and when < self.times[index]:
                self.times[index] = when

    def _send(self, packet: Packet, cycle: int) -> None:
        if self.unsent or not self.network.offer(packet, cycle):
            self.unsent.append(packet)

    def _life(self, agent: Agent) -> Steps:
        row = self.state.agents[agent.index]
        while row[col.COMMAND] != col.ENDED:
            row[col.CLOCK] = agent.now
            if agent.now >= self.state.chip[col.MAX_CYCLES]:
                yield agent.now
                continue
            if row[col.COMMAND] == col.COMPUTE:
                if not self._turn(agent):
                    agent.now = int(row[col.CLOCK])
                    yield self.times[agent.index] if row[col.COMMAND] == col.ENDED else agent.now
                    continue
                agent.now = int(row[col.CLOCK])
                if row[col.COMMAND] == col.COMPUTE:
                    continue
                commands.offer(row)
            yield agent.now  # everybody else gets to this cycle first
            counted = [_counts(channel) for channel in agent.inward.values()]
            yield from self._obey(agent, int(row[col.COMMAND]))
            for channel, before in zip(agent.inward.values(), counted, strict=True):
                frame = min(max(int(row[col.FRAME]) - 1, 0), self.state.tally.shape[1] - 1)
                self.state.tally[channel.number, frame] += _counts(channel) - before
            row[col.CLOCK] = agent.now
            state = self.state
            if self.watched is not None:
                watch_command(self.watched, state.chip, row, agent.index)
            commands.finish(state.chip, row, agent.index, state.x, state.f_bits, state.s,
                            state.plans,
                           state.frames, state.kept, state.counts)  # fmt: skip
        yield from self._drain(agent)

    def _turn(self, agent: Agent) -> bool:
        """Let a core or device come to its next command; False when the quantum is over first."""
        state, i = self.state, agent.index
        row = state.agents[i]
        if row[col.KIND] != col.CORE:
            turns.device_turn(row, i, state.items, state.in_queues, state.out_queues)
            return True
        wake = state.wake
        going = turns.core_turn(
            state.chip, row, i, wake, state.rows, state.results, state.x, state.f_bits, state.f,
            state.mem8, state.mem16, state.mem32, state.s, state.plans, state.faults, state.log,
            state.frames, state.in_queues, state.out_queues, state.rings, state.payloads,
            state.kinds, state.visible, state.reach, state.issues, state.pipes,
        )  # fmt: skip
        self.times[i] = int(wake[i])
        if self.watched is not None:
            watch_turn(self.watched, state.chip, i)
        return bool(going)

    def _obey(self, agent: Agent, command: int) -> Steps:
        row = self.state.agents[agent.index]
        if command == col.POP:
            row[col.VALUE] = yield from self._pop(agent, self.channels[row[col.QUEUE]])
        elif command == col.PUSH:
            channel = self.channels[row[col.QUEUE]]
            unit = (
                None
                if channel.number in agent.dropping
                else channel.inserter.push(int(row[col.VALUE]))
            )
            if unit is None:
                row[col.DROPPED_ITEMS] += 1
            else:
                yield from self._put(agent, {channel: unit})
            agent.now += 1
        else:
            yield from self._boundary(agent, end=command == col.END)

    def _pop(self, agent: Agent, channel: Channel) -> Answer:
        """Answer one pop: an item, or a pad when the guard says so."""
        row, aligner, announced = self.state.agents[agent.index], channel.aligner, False
        while True:
            action = aligner.pad() if aligner.is_padding else Action.LOOK_ON
            unit = Unit(ITEM, 0, 0)
            if action == Action.LOOK_ON and channel.seen_from() <= agent.now:
                unit = channel.take()
                action = aligner.examine(unit)
                if channel.read % channel.working_set == 0:
                    self._send(Packet(channel.number, False, channel.release()), agent.now)
            elif action == Action.LOOK_ON:
                if not channel.arrivals and channel.closed_from <= agent.now:
                    action = aligner.closed()
                elif agent.now >= row[col.DEADLINE]:
                    action = aligner.timed_out()
                    row[col.POP_TIMEOUTS] += 1
                else:
                    announced = self._wait(agent, announced)
                    shut = NEVER if channel.arrivals else channel.closed_from
                    yield min(channel.seen_from(), shut, int(row[col.DEADLINE]))
                    continue
            agent.now += 1
            if action == Action.DELIVER:
                return unit.data
            if action == Action.PAD:
                return int(self.state.chip[col.PAD])
            yield agent.now

    def _put(self, agent: Agent, units: dict[Channel, Unit]) -> Steps:
        """Write a word into each of several queues, as each has room; give up at the deadline."""
        row, announced, left = self.state.agents[agent.index], False, dict(units)
        while True:
            for channel, unit in list(left.items()):
                if channel.has_room(agent.now):
                    if channel.write(unit):
                        self._send(Packet(channel.number, True, channel.publish()), agent.now)
                    del left[channel]
                elif agent.now >= row[col.DEADLINE]:
                    channel.inserter.push_timed_out(unit)
                    row[col.PUSH_TIMEOUTS] += 1
                    del left[channel]
            if not left:
                return
            announced = self._wait(agent, announced)
            known = min(
                (channel.returns[0][0] for channel in left if channel.returns), default=NEVER
            )
            yield min(known, int(row[col.DEADLINE]))

    def _boundary(self, agent: Agent, *, end: bool) -> Steps:
        """Start the agent's next frame, or end its computation, on every queue it has."""
        row = self.state.agents[agent.index]
        if not end:
            row[col.ACTIVE] = (row[col.ACTIVE] + 1) & self.state.chip[col.ID_MASK]
            agent.dropping.clear()
            for channel in agent.inward.values():
                channel.aligner.new_frame(int(row[col.ACTIVE]))
        units = {}
        for channel in agent.outward.values():
            opened = int(row[col.ACTIVE] + channel.delay & self.state.chip[col.ID_MASK])
            unit = channel.inserter.end() if end else channel.inserter.new_frame(opened)
            if unit is not None:
                units[channel] = unit
        yield from self._put(agent, units)
        if end:
            for channel in agent.outward.values():
                if words := channel.publish():
                    self._send(Packet(channel.number, True, words), agent.now)
                self._send(Packet(channel.number, True, 0), agent.now)
        agent.now += 1

    def _wait(self, agent: Agent, announced: bool) -> bool:
        """Note that the agent waits; on the first time, hand over its partial working sets."""
        agent.is_waiting = True
        if not announced:
            for channel in agent.outward.values():
                if words := channel.publish():
                    self._send(Packet(channel.number, True, words), agent.now)
            for channel in agent.inward.values():
                if slots := channel.release():
                    self._send(Packet(channel.number, False, slots), agent.now)
        return True

    def _drain(self, agent: Agent) -> Steps:
        """Drop, one a cycle, whatever still arrives for an agent that has ended."""
        agent.now -= 1  # the cycle of END itself already drains
        while True:
            for channel in agent.inward.values():
                if channel.seen_from() <= agent.now:
                    channel.drop()
                if slots := channel.release():
                    self._send(Packet(channel.number, False, slots), agent.now)
            coming = min((channel.seen_from() for channel in agent.inward.values()), default=NEVER)
            agent.now = max(agent.now + 1, min(coming, NEVER)) if coming < NEVER else agent.now + 1
            agent.is_waiting = True
            yield coming if coming == NEVER else agent.now


def _counts(channel: Channel) -> npt.NDArray[np.int64]:
    aligner = channel.aligner
    return np.array([aligner.pads, aligner.discarded_items, aligner.discarded_headers])
