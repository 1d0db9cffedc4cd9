# SPDX-License-Identifier: Apache-2.0
"""Random programs give the same words on a core as in plain Python."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import numpy as np
import pytest

from guardlane.isa.compiler import compile_filter
from guardlane.isa.native import native
from tests.arch.isa.guest_core import GuestCore, guest_module
from tests.arch.isa.guest_programs import Writer

BATCHES, BATCH = 4, 10


def canonical(words: object) -> list[int]:
    """Words with every NaN as RISC-V writes it: Python's carry a sign."""
    array = np.array(words, np.int64).astype(np.uint32)
    is_nan = (array & 0x7FFFFFFF) > 0x7F800000
    return [int(word) for word in np.where(is_nan, 0x7FC00000, array)]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_random_program_means_what_python_means(tmp_path: Path, batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        text = Writer(seed).program()
        with warnings.catch_warnings():  # a literal compared with itself and the like
            warnings.simplefilter("ignore", SyntaxWarning)
            module = guest_module(tmp_path, text)
            image = compile_filter(module.work)
            numbers = random.Random(seed)
            for _ in range(3):
                pops = (
                    [numbers.randrange(1 << 12) for _ in range(4)],
                    [numbers.choice([0.0, -0.5, 1.25, 3e5, -1e-20]) for _ in range(2)],
                )
                golden = native(module.work, pops=pops).run()
                core = GuestCore(image, pops).run()
                for port in (0, 1):
                    said = canonical(core.pushed[port])
                    assert said == canonical(golden.words(port)), f"seed {seed}\n{text}"
