# SPDX-License-Identifier: Apache-2.0
"""States of the C library: saved and restored at any step, and hostile."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from guardlane.guard.words import BAD, HEADER, ITEM
from tests.rtl.c_guard import library

DEPTH, WORKING_SET = 5, 2


class Parts:
    """A queue with both its guards, and their states as bytes."""

    def __init__(self, *, fill: int = 0) -> None:
        self.ffi, self.lib = library()
        self.words = self.ffi.new("guardlane_word[]", DEPTH)
        self.q, self.hi, self.am = (
            self.ffi.new(f"guardlane_{part} *") for part in ("queue", "inserter", "alignment")
        )
        for part in (self.words, self.q, self.hi, self.am):
            self.ffi.buffer(part)[:] = bytes([fill]) * len(self.ffi.buffer(part))

    def reset(self) -> Parts:
        self.lib.guardlane_queue_init(self.q, self.words, DEPTH, WORKING_SET, 32, 8)
        self.lib.guardlane_inserter_init(self.hi, 8, 1)
        self.lib.guardlane_alignment_init(self.am, 8, 99)
        return self

    def save(self) -> tuple[bytes, ...]:
        lib = self.lib
        sizes = (lib.GUARDLANE_QUEUE_BYTES + DEPTH * lib.GUARDLANE_WORD_BYTES,
                 lib.GUARDLANE_INSERTER_BYTES, lib.GUARDLANE_ALIGNMENT_BYTES)  # fmt: skip
        saved = [self.ffi.new("uint8_t[]", size) for size in sizes]
        lib.guardlane_queue_save(self.q, self.words, saved[0])
        lib.guardlane_inserter_save(self.hi, saved[1])
        lib.guardlane_alignment_save(self.am, saved[2])
        return tuple(bytes(self.ffi.buffer(one)) for one in saved)

    def restore(self, saved: tuple[bytes, ...], most_words: int = DEPTH) -> list[int]:
        """Read states back; returns the three results."""
        lib, sizes = self.lib, [len(one) for one in saved]
        return [
            lib.guardlane_queue_restore(self.q, self.words, most_words, saved[0], sizes[0]),
            lib.guardlane_inserter_restore(self.hi, saved[1], sizes[1]),
            lib.guardlane_alignment_restore(self.am, saved[2], sizes[2]),
        ]

    def act(self, what: str, number: int) -> tuple[int, ...]:
        """Do one thing; returns all that came out."""
        lib, ffi = self.lib, self.ffi
        answer = ffi.new("guardlane_answer *")
        flags = lib.GUARDLANE_TIMEOUT * (number % 7 == 0)
        ends = hi, q, words = self.hi, self.q, self.words
        acts: dict[str, Any] = {
            "header": lambda: lib.guardlane_push_header(*ends, number, flags),
            "push": lambda: lib.guardlane_push(*ends, number, flags),
            "end": lambda: lib.guardlane_push_end(hi, q, words, flags),
            "frame": lambda: lib.guardlane_alignment_new_frame(self.am, number),
            "pop": lambda: lib.guardlane_pop(self.am, q, words, flags, answer),
            "pop end": lambda: lib.guardlane_pop_end(self.am, q),
            "publish": lambda: lib.guardlane_queue_publish(q),
            "release": lambda: lib.guardlane_queue_release(q),
            "clock": lambda: lib.guardlane_queue_clock(q),
            "flip": lambda: setattr(q, "write_word", q.write_word ^ 1 << number % 5),
        }
        return acts[what]() or 0, answer.data, answer.is_pad, self.am.state, q.written, q.read


def plan(seed: int, length: int) -> list[tuple[str, int]]:
    """Draw things to do, in any order; what breaks a rule is refused and no harm."""
    rng = random.Random(seed)
    names = ["push"] * 6 + ["pop"] * 7 + ["clock"] * 6
    names += ["header", "frame", "publish", "release", "flip"]
    steps = []
    for n in range(length):
        name = rng.choice(names)
        near = n // 12 + rng.randrange(2)  # frames advance at both ends, not quite together
        steps.append((name, near if name in ("header", "frame") else rng.randrange(40)))
    steps[:2] = [("header", 1), ("frame", 2)]
    steps[-40] = ("end", 1)
    steps[-5] = ("pop end", 1)
    return steps


@pytest.mark.parametrize("seed", range(4))
def test_a_state_restored_at_any_step_goes_on_in_the_same_way(seed: int) -> None:
    steps = plan(seed, 250)
    parts = Parts().reset()
    log, states = [], [parts.save()]
    for step in steps:
        log.append(parts.act(*step))
        states.append(parts.save())
    assert len({row[3] for row in log}) > 3
    for at in range(0, len(steps)):
        other = Parts(fill=0xA5)
        assert other.restore(states[at]) == [other.lib.GUARDLANE_DONE] * 3
        assert other.save() == states[at]
        assert [other.act(*step) for step in steps[at:]] == log[at:]
        assert other.save() == states[-1]


def test_a_copied_struct_is_the_state_too() -> None:
    steps, parts, other = plan(9, 200), Parts().reset(), Parts(fill=0xA5)
    for step in steps[:100]:
        parts.act(*step)
    for name in ("words", "q", "hi", "am"):
        parts.ffi.buffer(getattr(other, name))[:] = parts.ffi.buffer(getattr(parts, name))[:]
    assert [other.act(*step) for step in steps[100:]] == [parts.act(*step) for step in steps[100:]]


def test_bytes_are_little_endian_with_the_version_first() -> None:
    parts = Parts().reset()
    lib = parts.lib
    lib.guardlane_alignment_new_frame(parts.am, 0x7B)
    queue, inserter, alignment = parts.save()
    version = lib.guardlane_guard_abi_version()
    assert struct.unpack_from("<2I", alignment) == (version, 1)
    assert struct.unpack_from("<2I", inserter) == (version, 2)
    assert struct.unpack_from("<2I", queue) == (version, 3)
    assert struct.unpack("<2I4Q7I", alignment)[2:] == (99, 0, 0, 0, 0xFF, 0x7B, 1, 0, 0, 0, 1)


def spoilt(saved: bytes, offset: int, value: int) -> bytes:
    return saved[:offset] + struct.pack("<I", value) + saved[offset + 4 :]


@pytest.mark.parametrize(
    ("part", "offset", "value"),
    [
        *((part, offset, value) for part in range(3) for offset, value in ((0, 2), (4, 9))),
        (0, 8, 5),  # a data mask with a hole
        (0, 32, 1),  # no codeword where an owner has written one
        (0, 40, 1),
        (0, 48, 0),  # depth
        (0, 48, DEPTH + 1),
        (0, 48, 0xFFFFFFFF),
        (0, 52, 0),  # working set
        (0, 52, DEPTH + 1),
        (0, 56, 0),  # id mask
        (0, 60, 2 * DEPTH),  # written
        (0, 68, WORKING_SET),  # words in the set
        (0, 80, 2 * DEPTH),  # read
        (0, 108, 2),  # draining
        (1, 32, 0b101),
        (1, 36, 128),  # delay
        (1, 44, 7),  # phase
        (1, 44, 2),
        (2, 40, 0),
        (2, 44, 0x100),  # active frame
        (2, 60, 2),  # skew
        (2, 64, 3),  # phase
    ],
)
def test_bytes_that_no_state_has_are_refused_and_change_nothing(
    part: int, offset: int, value: int
) -> None:
    parts, other = Parts().reset(), Parts().reset()
    for step in plan(3, 50)[:30]:
        other.act(*step)
    before = other.save()
    saved = list(parts.save())
    saved[part] = spoilt(saved[part], offset, value)
    results = other.restore((*saved,))
    invalid, done = other.lib.GUARDLANE_INVALID, other.lib.GUARDLANE_DONE
    assert results == [invalid if n == part else done for n in range(3)]
    assert other.save()[part] == before[part]


def test_a_wrong_size_is_refused() -> None:
    parts = Parts().reset()
    saved = parts.save()
    invalid = [parts.lib.GUARDLANE_INVALID] * 3
    assert parts.restore(tuple(one[:-1] for one in saved)) == invalid
    assert parts.restore(tuple(one + b"\0" for one in saved)) == invalid
    assert parts.restore((b"", b"", b"")) == invalid
    assert parts.restore(saved, most_words=DEPTH - 1)[0] == invalid[0]


ILLEGAL = (5, 6, 7, 8, 0x80000000, 0xFFFFFFFF)


def pop(am: Any, kind: int | None, ident: int = 0) -> tuple[int, int]:
    """Look at one unit, or at nothing with a time-out; returns the result and the state after."""
    ffi, lib = library()
    unit = ffi.NULL if kind is None else ffi.new("guardlane_unit *", {"kind": kind, "id": ident})
    answer = ffi.new("guardlane_answer *")
    flags = lib.GUARDLANE_TIMEOUT if kind is None else 0
    return int(lib.guardlane_alignment_pop(am, unit, flags, answer)), am.state


@pytest.mark.parametrize("state", ILLEGAL)
def test_an_illegal_state_goes_to_disc_fr(state: int) -> None:
    ffi, lib = library()

    def hostile() -> Any:
        am = ffi.new("guardlane_alignment *")
        lib.guardlane_alignment_init(am, 8, 0)
        lib.guardlane_alignment_new_frame(am, 5)
        am.state = state
        return am

    blocked, took = lib.GUARDLANE_WOULD_BLOCK, lib.GUARDLANE_TOOK
    disc_fr = lib.GUARDLANE_DISC_FR
    dropped = blocked | took | lib.GUARDLANE_DISCARDED_ITEM
    assert pop(hostile(), ITEM) == (dropped, disc_fr)
    dropped = blocked | took | lib.GUARDLANE_DISCARDED_HEADER
    assert pop(hostile(), HEADER, 4) == (dropped, disc_fr)
    assert pop(hostile(), BAD) == (dropped, disc_fr)
    assert pop(hostile(), HEADER, 5) == (blocked | took, lib.GUARDLANE_RCV_CMP)
    assert pop(hostile(), HEADER, 6)[1] == lib.GUARDLANE_PDG
    assert pop(hostile(), None)[1] == lib.GUARDLANE_PDG
    am = hostile()
    lib.guardlane_alignment_new_frame(am, 6)
    assert am.state == disc_fr


@pytest.mark.parametrize("latch", [3, 0xFFFFFFFF])
def test_a_padding_manager_that_holds_what_there_is_not_goes_to_disc_fr(latch: int) -> None:
    ffi, lib = library()
    am = ffi.new("guardlane_alignment *")
    lib.guardlane_alignment_init(am, 8, 0)
    am.state, am.latch = lib.GUARDLANE_PDG, latch
    lib.guardlane_alignment_new_frame(am, 1)
    assert (am.state, am.latch) == (lib.GUARDLANE_DISC_FR, lib.GUARDLANE_LATCH_NOTHING)


def test_a_padding_manager_leaves_the_queue_alone() -> None:
    parts = Parts().reset()
    lib = parts.lib
    for step in (("header", 1), ("frame", 1), ("clock", 0), ("pop", 7)):  # 2, as headers run ahead
        parts.act(*step)
    assert parts.am.state == lib.GUARDLANE_PDG
    parts.act("header", 2), parts.act("clock", 0)
    parts.words[1].payload ^= 0b11
    parts.q.write_word ^= 0b11
    read = parts.q.read
    assert parts.act("pop", 1)[0] == lib.GUARDLANE_DONE | lib.GUARDLANE_PADDED
    assert parts.q.read == read


def test_a_queue_whose_pointer_cannot_be_read_is_not_taken_for_closed_and_empty() -> None:
    parts = Parts().reset()
    lib = parts.lib
    for step in (("header", 0), ("push", 8), ("end", 1), ("frame", 1), ("clock", 0)):
        parts.act(*step)
    parts.q.write_word ^= 0b11
    blocked = lib.GUARDLANE_WOULD_BLOCK | lib.GUARDLANE_POINTER_DETECTED
    assert parts.act("pop", 1)[0] == blocked  # a pad would give up all that is left
    parts.act("clock", 0)
    assert parts.act("pop", 1)[0] & lib.GUARDLANE_TOOK
    assert parts.act("pop", 1)[1:3] == (8, 0)


def test_commands_out_of_order_are_invalid_and_change_nothing() -> None:
    parts = Parts().reset()
    lib, invalid = parts.lib, parts.lib.GUARDLANE_INVALID

    def refused(*steps: tuple[str, int]) -> None:
        before = parts.save()
        assert [parts.act(*step)[0] for step in steps] == [invalid] * len(steps)
        assert parts.save() == before

    refused(("pop", 1), ("push", 1))  # no frame yet
    parts.act("header", 1), parts.act("frame", 1)
    assert parts.act("pop", 1)[0] == lib.GUARDLANE_WOULD_BLOCK
    refused(("frame", 2), ("pop end", 1))  # within a pop
    while parts.act("push", 1)[0] & lib.GUARDLANE_DONE:
        pass
    refused(("header", 2), ("end", 1))  # within a push
    assert parts.act("push", 7)[0] & lib.GUARDLANE_DROPPED_TAIL
    assert parts.act("end", 7)[0] & lib.GUARDLANE_TIMEOUT_TAKEN
    refused(("header", 2), ("push", 1), ("end", 1))  # after the end
    assert parts.act("pop", 7)[0] & lib.GUARDLANE_TIMEOUT_TAKEN
    parts.act("pop end", 1)
    refused(("pop", 1), ("frame", 2), ("pop end", 1))


@pytest.mark.parametrize("id_width", [0, 33])
def test_ids_of_no_width_are_invalid(id_width: int) -> None:
    ffi, lib = library()
    am, hi = ffi.new("guardlane_alignment *"), ffi.new("guardlane_inserter *")
    assert lib.guardlane_alignment_init(am, id_width, 0) == lib.GUARDLANE_INVALID
    assert lib.guardlane_inserter_init(hi, id_width, 0) == lib.GUARDLANE_INVALID
    assert lib.guardlane_is_safe_run(0, id_width) == 0


def test_runs_and_delays_of_half_the_ids_are_refused() -> None:
    ffi, lib = library()
    hi = ffi.new("guardlane_inserter *")
    assert [lib.guardlane_is_safe_run(frames, 8) for frames in (127, 128)] == [1, 0]
    assert [lib.guardlane_is_safe_run(frames, 32) for frames in (2**31 - 1, 2**31)] == [1, 0]
    assert lib.guardlane_inserter_init(hi, 8, 127) == lib.GUARDLANE_DONE
    assert lib.guardlane_inserter_init(hi, 8, 128) == lib.GUARDLANE_INVALID
