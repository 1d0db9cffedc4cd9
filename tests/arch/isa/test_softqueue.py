# SPDX-License-Identifier: Apache-2.0
"""The software queue keeps order, waits, notices the end, and can be led astray."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from guardlane.isa import softqueue, state
from guardlane.isa.compiler import compile_filter
from guardlane.isa.execute import finish_load, finish_store
from tests.arch.isa.guest_core import GuestCore, guest_module

SHARED = 0x8000_0000 - (1 << 32)  # as the i32 a directory holds
BUFFER = softqueue.BUFFER


class Shared:
    """Shared memory with one queue of `capacity` items, and events for the cores at its ends."""

    def __init__(self, capacity: int, events: bool = True) -> None:
        self.words = np.zeros(BUFFER // 4 + capacity, np.int32)
        self.capacity = capacity
        self.cores: list[Core] = []
        self.events = events
        self.accesses = 0

    def __getitem__(self, offset: int) -> int:
        return int(self.words[offset // 4])

    def store(self, offset: int, value: int, by: object = None) -> None:
        self.words[offset // 4] = value
        if self.events and offset <= softqueue.CLOSED:
            for core in self.cores:
                core.event |= core is not by


class Core(GuestCore):
    """A core that reaches one queue through shared memory."""

    def __init__(
        self, shared: Shared, work: Callable[[], None], pops: list[int], port: int
    ) -> None:
        directory = [0] * softqueue.PORTS
        directory[port] = SHARED
        super().__init__(
            compile_filter(work, queues="software"), [pops],
            {"queue_directory_in": directory, "queue_directory_out": directory,
             "queue_mask": [shared.capacity - 1]},
        )  # fmt: skip
        self.s[state.SHARED_BASE], self.s[state.SHARED_SIZE] = 1 << 31, 4 * len(shared.words)
        self.shared = shared
        self.event = False
        self.waits = 0
        self.seen: list[int] = []  # what the filter stores in its own memory, by `note`
        self.stop = -1
        shared.cores.append(self)

    def turn(self, gives_up: bool = False) -> bool:
        """Run to the next stop and answer it; False when there is nothing to do."""
        stop = self.stop = self.advance()
        offset = int(self.s[state.STOP_ADDRESS]) - (1 << 31)
        if stop == state.SHARED_LOAD:
            finish_load(self.s, self.x, self.f_bits, self.shared[offset])
        elif stop == state.SHARED_STORE:
            self.shared.store(offset, int(self.s[state.VALUE]), self)
            finish_store(self.s)
        elif stop == state.WAIT_PORT and (self.event or gives_up):
            self.waits += 1
            finish_load(self.s, self.x, self.f_bits, int(self.event))
            self.event = False
        else:
            return False
        self.shared.accesses += 1
        return True


PAIR = """kept = state(i32, 256)
count = state(i32, 1)
def produce() -> None:
    count[0] += 1
    push(3, 7 * count[0] - 20)
def consume() -> None:
    kept[count[0]] = pop_i32(2)
    count[0] += 1
def produce_float() -> None:
    push(3, 1.5)
def consume_float() -> None:
    kept[0] = i32(pop_f32(2) * 4.0)
"""


@pytest.fixture
def pair(tmp_path: Path) -> ModuleType:
    return guest_module(tmp_path, PAIR)


def kept(core: Core) -> list[int]:
    place = core.image.arrays["kept"]
    start = (place.address - state.MEMORY_BASE) // 4
    return [int(word) for word in core.mem8.view(np.int32)[start : start + place.length]]


@pytest.mark.parametrize("capacity", [1, 2, 8, 256])
def test_items_arrive_once_and_in_order_however_the_cores_interleave(
    pair: ModuleType, capacity: int
) -> None:
    for seed in range(5):
        shared = Shared(capacity)
        producer = Core(shared, pair.produce, [], 3)
        consumer = Core(shared, pair.consume, [], 2)
        producer.start("frame", 1, 100)
        consumer.start("frame", 1, 100)
        choose = random.Random(seed).random
        order = [producer, consumer]
        while order[0].turn() or order[1].turn():
            order = [producer, consumer] if choose() < (seed + 1) / 7 else [consumer, producer]
        assert (producer.stop, consumer.stop) == (state.RETURNED, state.RETURNED)
        assert kept(consumer)[:100] == [7 * n - 20 for n in range(1, 101)]
        assert (shared[softqueue.HEAD], shared[softqueue.TAIL]) == (100, 100)
        if capacity == 1:
            assert producer.waits > 10  # a full queue made it wait


def test_a_float_crosses_with_its_bits(pair: ModuleType) -> None:
    shared = Shared(4)
    producer = Core(shared, pair.produce_float, [], 3)
    consumer = Core(shared, pair.consume_float, [], 2)
    for core in (producer, consumer):
        core.start("frame", 1, 1)
        while core.turn():
            pass
    assert kept(consumer)[0] == 6


def test_a_pop_of_a_closed_queue_takes_what_is_left_and_then_zero(pair: ModuleType) -> None:
    shared = Shared(4)
    shared.words[BUFFER // 4 :] = [11, 22, 33, 44]
    shared.store(softqueue.TAIL, 2)
    shared.store(softqueue.CLOSED, 1)
    consumer = Core(shared, pair.consume, [], 2)
    consumer.start("frame", 1, 4)
    while consumer.turn():
        pass
    assert consumer.stop == state.RETURNED
    assert kept(consumer)[:4] == [11, 22, 0, 0]
    assert shared[softqueue.HEAD] == 2
    assert consumer.waits == 0


def test_an_item_that_comes_just_before_the_end_is_not_lost(pair: ModuleType) -> None:
    shared = Shared(4)
    consumer = Core(shared, pair.consume, [], 2)
    consumer.start("frame", 1, 1)
    for _ in range(2):  # it has read the head, and the tail while the queue was empty
        assert consumer.turn()
    shared.words[BUFFER // 4] = 99
    shared.store(softqueue.TAIL, 1)
    shared.store(softqueue.CLOSED, 1)
    while consumer.turn():
        pass
    assert kept(consumer)[0] == 99


def test_a_pop_that_waits_too_long_is_zero_and_takes_nothing(pair: ModuleType) -> None:
    consumer = Core(Shared(4), pair.consume, [], 2)
    consumer.start("frame", 1, 1)
    while consumer.turn(gives_up=True):
        pass
    assert consumer.stop == state.RETURNED
    assert consumer.waits == 1
    assert consumer.shared[softqueue.HEAD] == 0


def test_a_push_that_waits_too_long_drops_its_item(pair: ModuleType) -> None:
    producer = Core(Shared(2), pair.produce, [], 3)
    producer.start("frame", 1, 3)
    while producer.turn(gives_up=True):
        pass
    assert producer.stop == state.RETURNED
    assert producer.shared[softqueue.TAIL] == 2
    assert list(producer.shared.words[BUFFER // 4 :]) == [-13, -6]


def test_without_events_a_waiting_core_stays_where_it_is(pair: ModuleType) -> None:
    consumer = Core(Shared(4, events=False), pair.consume, [], 2)
    consumer.start("frame", 1, 1)
    while consumer.turn():
        pass
    assert consumer.stop == state.WAIT_PORT


def test_a_flipped_tail_delivers_what_nobody_pushed(pair: ModuleType) -> None:
    shared = Shared(4)
    shared.words[BUFFER // 4 :] = [11, 22, 33, 44]
    shared.store(softqueue.TAIL, 1 << 5)
    consumer = Core(shared, pair.consume, [], 2)
    consumer.start("frame", 1, 6)
    while consumer.turn():
        pass
    assert kept(consumer)[:6] == [11, 22, 33, 44, 11, 22]


def test_a_flipped_directory_is_a_bad_access(pair: ModuleType) -> None:
    shared = Shared(4)
    shared.store(softqueue.TAIL, 1)
    consumer = Core(shared, pair.consume, [], 2)
    place = consumer.image.tables["queue_directory_in"].address - state.MEMORY_BASE
    consumer.mem8.view(np.int32)[place // 4 + 2] ^= 1 << 30
    consumer.start("frame", 1, 1)
    while consumer.turn():
        pass
    assert consumer.stop == state.BAD_LOAD


def test_an_end_looks_at_the_other_only_when_it_must(pair: ModuleType) -> None:
    shared = Shared(4)
    producer = Core(shared, pair.produce, [], 3)
    producer.start("frame", 1, 4)
    while producer.turn():
        pass
    pushed, shared.accesses = shared.accesses, 0
    consumer = Core(shared, pair.consume, [], 2)
    consumer.start("frame", 1, 4)
    while consumer.turn():
        pass
    assert pushed == 4 * 2  # item and tail; there is room for four
    assert shared.accesses == 4 * 2 + 2  # item and head, and the tail once for all four


def test_a_software_image_has_both_directories_whether_it_needs_them_or_not(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "def work() -> None:\n    pass\n")
    image = compile_filter(module.work, queues="software")
    assert set(image.tables) == {"queue_directory_in", "queue_directory_out", "queue_mask"}
