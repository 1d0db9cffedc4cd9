# SPDX-License-Identifier: Apache-2.0
"""How fast traces are read: packets per CPU-second, for each format.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_noc_traces
"""

from __future__ import annotations

import bz2
import gzip
import time
from collections.abc import Callable

from guardlane.noc.traces.csv import parse_csv, write_csv
from guardlane.noc.traces.gem5 import AddressMap, Gem5Options, parse_gem5
from guardlane.noc.traces.netrace import parse_netrace
from guardlane.noc.traces.trace import Trace
from guardlane.noc.traces.unpack import unpack_bytes
from tests.arch.noc.trace_files import gem5, netrace

PACKETS = 200_000
OPTIONS = Gem5Options(
    source=0, homes=AddressMap(tuple(range(64)), 64), ticks_per_cycle=500, flit_bytes=16
)


def main() -> None:
    plain = netrace(
        (7 * k, k, 1 + k % 2, k % 64, 5 * k % 64, [k + 1] if k % 2 == 0 else [])
        for k in range(PACKETS)
    )
    accesses = gem5((500 * k, 1 + 3 * (k % 2), 4096 * k, 64) for k in range(PACKETS))
    csv = write_csv(parse_netrace([plain], "netrace", flit_bytes=16)).encode()
    cases: dict[str, tuple[bytes, Callable[[bytes], Trace]]] = {
        "netrace, bzip2": (
            bz2.compress(plain),
            lambda content: parse_netrace(unpack_bytes(content, "a"), "a", flit_bytes=16),
        ),
        "gem5, gzip": (
            gzip.compress(accesses),
            lambda content: parse_gem5(unpack_bytes(content, "a"), "a", OPTIONS),
        ),
        "CSV": (csv, lambda content: parse_csv(unpack_bytes(content, "a"), "a")),
    }
    for name, (content, read) in cases.items():
        begun = time.process_time()
        assert len(read(content)) == PACKETS
        print(f"{name}: {PACKETS / (time.process_time() - begun):,.0f} packets per CPU-second")


if __name__ == "__main__":
    main()
