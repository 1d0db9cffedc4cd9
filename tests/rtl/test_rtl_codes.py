# SPDX-License-Identifier: Apache-2.0
"""The hardware's code is that of the documentation, and stored words survive what they must."""

from __future__ import annotations

import re
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest

from guardlane.guard.secded import Secded
from guardlane.guard.words import BAD, EOC, HEADER, ITEM, Unit, WordLayout
from guardlane.seeds import stream
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, build
from tests.rtl.conftest import BENCHES, ROOT

WIDTHS = (1, 3, 9, 11, 33)  # data bits


def flips(width: int) -> list[int]:
    """List the masks of no flip, of one and of two in `width` bits."""
    single = [1 << bit for bit in range(width)]
    return [0, *single, *(a | b for a, b in combinations(single, 2))]


def coder(width: int) -> Block:
    """Encoder and decoder of `width` data bits."""
    built = build("secded_widths", sources=(BENCHES, RTL))
    inputs = [f"data{width}_i", f"code{width}_i"]
    return Block(built, inputs, [f"code{width}_o", f"data{width}_o", f"flags{width}_o"])


def vectors() -> list[tuple[int, int, int]]:
    """Read the test vectors of the documentation: id width, data, codeword."""
    page = (ROOT / "docs" / "guard.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| 0x([0-9a-f]+) \| ([01]) \| `0x([0-9a-f]+)` \|", page, re.M)
    return [(int(w), int(i, 16) | int(e) << int(w), int(code, 16)) for w, i, e, code in rows]


def test_the_encoder_gives_the_codewords_of_the_documentation() -> None:
    assert len(vectors()) == 10
    for id_width, data, code in vectors():
        assert coder(id_width + 1).run(np.array([[data, 0]]))[0, 0] == code


@pytest.mark.parametrize("width", WIDTHS)
def test_one_flip_is_repaired_and_two_are_noticed(width: int) -> None:
    code, block = Secded(width), coder(width)
    data = stream(3, "data", width).integers(0, 1 << width, 40)
    data[:2] = 0, (1 << width) - 1
    encoded = block.run(np.stack([data, np.zeros_like(data)], axis=1))[:, 0]
    assert encoded.tolist() == [code.encode(value) for value in data.tolist()]
    masks = np.array(flips(code.code_width))
    words = (encoded[:, None] ^ masks).ravel()
    got = block.run(np.stack([np.zeros_like(words), words], axis=1))
    count = np.tile([mask.bit_count() for mask in masks.tolist()], len(data))
    assert (got[:, 2] == count).all()  # bit 0 for repaired, bit 1 for beyond repair
    assert (got[count < 2, 1] == np.repeat(data, len(masks))[count < 2]).all()
    assert len(words) == 40 * len(masks)


@pytest.mark.parametrize(("data_width", "id_width"), [(8, 2), (32, 8), (32, 32), (48, 10)])
def test_a_stored_word_reads_as_its_layout_says_after_any_two_flips(
    data_width: int, id_width: int
) -> None:
    layout = WordLayout(data_width, id_width)
    parameters = {"DataWidth": data_width, "IdWidth": id_width, "Depth": 1, "WorkingSet": 1}
    built = build("queue_manager", parameters, flips={"flip": "words_q[0]"})
    inputs = ["push_valid_i", "push_kind_i", "push_id_i", "push_data_i", "pop_ready_i", "flip"]
    block = Block(built, inputs, ["pop_valid_o", "pop_kind_o", "pop_id_o", "pop_data_o"])
    rng, last = stream(4, "words"), (1 << id_width) - 1
    units = [Unit(HEADER, 0), Unit(HEADER, last), Unit(HEADER, int(rng.integers(last))), Unit(EOC)]
    units += [Unit(ITEM, data=0), Unit(ITEM, data=(1 << data_width) - 1)]
    masks = flips(layout.width)
    rows = np.zeros((len(units), len(masks), 2, 6), np.int64)  # push, then flip and pop
    for n, unit in enumerate(units):
        rows[n, :, 0, :4] = 1, *unit
        rows[n, :, 1, 4] = 1
        rows[n, :, 1, 5] = masks
    got = block.run(rows.reshape(-1, 6)).reshape(len(units), len(masks), 2, 4)[:, :, 1]
    assert (got[:, :, 0] == 1).all()
    lost = 0
    for n, unit in enumerate(units):
        word = layout.encode(unit)
        for mask, (_, kind, ident, data) in zip(masks, got[n].tolist(), strict=True):
            due = layout.decode(word ^ mask)
            counts = {HEADER: (ident, due.ident), ITEM: (data, due.data)}.get(kind, (0, 0))
            assert kind == due.kind
            assert counts[0] == counts[1]
            if mask.bit_count() == 1:  # the promise: a single flip loses no boundary
                assert kind == unit.kind
                assert kind != HEADER or ident == unit.ident
            lost += kind == BAD
    assert lost >= 4 * comb(layout.code.code_width, 2)


def test_a_bad_header_that_is_passed_on_stays_bad() -> None:
    parameters = {"DataWidth": 48, "IdWidth": 10, "Depth": 1, "WorkingSet": 1}
    built = build("queue_manager", parameters, flips={"flip": "words_q[0]"})
    block = Block(
        built, ["push_valid_i", "push_kind_i", "push_id_i", "pop_ready_i"], ["pop_kind_o"]
    )
    idents = np.arange(1 << 10)
    rows = np.zeros((len(idents), 2, 4), np.int64)
    rows[:, 0, 0], rows[:, 0, 1], rows[:, 0, 2], rows[:, 1, 3] = 1, BAD, idents, 1
    assert (block.run(rows.reshape(-1, 4))[1::2, 0] == BAD).all()


def test_the_cache_lies_outside_the_sources() -> None:
    built = build("secded_widths", sources=(BENCHES, RTL))
    assert not built.library.is_relative_to(Path(ROOT / "rtl_models"))
