# SPDX-License-Identifier: Apache-2.0
"""Named random streams: a draw depends on the seed and the name, never on who drew before."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Open the random stream of `seed` that is called `names`.

    The generator is numpy's counter-based Philox, its 128-bit key the BLAKE2b digest of seed and
    names. Equal arguments give equal draws in any order, process and on any machine; "1" and 1 are
    different names.
    """
    name = json.dumps([int(seed), *names], ensure_ascii=True, separators=(",", ":"))
    key = hashlib.blake2b(name.encode(), digest_size=16, person=b"guardlane seed").digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
