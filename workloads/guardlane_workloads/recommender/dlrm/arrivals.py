# SPDX-License-Identifier: Apache-2.0
"""When requests come: one after the other, at random, as a file says, or as DeepRecSys has them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError, UsageError
from guardlane.reading import read_text
from guardlane.seeds import stream

Arrivals = Literal["serial", "poisson", "deeprecsys", "trace"]
PS = 10**12  # a second
MILLISECOND = 10**9
LONGEST = 1 << 62  # ps, 53 days
MOST_BYTES = 256 << 20  # bytes

Int64s = npt.NDArray[np.int64]


def arrivals(kind: Arrivals, requests: int, rate: float | None, seed: int) -> Int64s | None:
    """Draw when each request comes, int64[requests] in ps; None when each waits its turn.

    `rate` is in requests a second. `poisson` has exponential gaps. `deeprecsys` has the gaps of
    that suite's load generator: whole milliseconds, Poisson-distributed about the mean gap, so far
    less bursty than a Poisson process. `serial` is one request at a time, without pause.
    Raises UsageError for a rate that is missing, not above 0, or too much.
    """
    if kind not in get_args(Arrivals) or kind == "trace":
        raise UsageError(f"arrivals must be serial, poisson or deeprecsys, not {kind!r}")
    if kind == "serial":
        if rate is not None:
            raise UsageError("serial requests have no rate: take --arrivals poisson")
        return None
    if rate is None or not 0 < rate <= 1e9:
        raise UsageError(f"rate must be above 0 and at most 1e9 requests a second, not {rate}")
    if 2 * requests * (PS / rate) > LONGEST:
        raise UsageError(f"{requests:,} requests at {rate:g} a second take longer than 26 days")
    generator = stream(seed, "requests", "arrivals", kind)
    if kind == "poisson":
        gaps = np.rint(generator.standard_exponential(requests) * (PS / rate)).astype(np.int64)
    else:
        gaps = generator.poisson(1000 / rate, requests).astype(np.int64) * MILLISECOND
    return np.cumsum(gaps)


def read_arrivals(path: Path) -> Int64s:
    """Read when requests come from a text with one time in seconds a line, int64[requests] in ps.

    Raises GuardlaneError with file, line and text for what is no time, or before the one above.
    """
    times: list[int] = []
    for number, line in enumerate(read_text(path, MOST_BYTES).splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            time = float(text)
        except ValueError:
            time = -1.0
        if not 0 <= time * PS < LONGEST:
            raise GuardlaneError(f"{path}:{number}:1: must be a time in seconds, not {text[:40]!r}")
        times.append(round(time * PS))
        if len(times) > 1 and times[-1] < times[-2]:
            raise GuardlaneError(f"{path}:{number}:1: {text[:40]} s is before the line above it")
    if not times:
        raise GuardlaneError(f"{path}: has no arrivals")
    return np.array(times, np.int64)
