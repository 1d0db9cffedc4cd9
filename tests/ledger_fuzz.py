# SPDX-License-Identifier: Apache-2.0
"""Bad input for the readers of the ledger: files of claims and of evidence, broken by rule.

PYTHONPATH=arch:workloads:. python -m tests.ledger_fuzz 1000000

Whatever a reader makes of one, nothing but the project's own error may come out, as one
line that a terminal can print, within two seconds.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.ledger.claims import read_claims
from guardlane.ledger.evidence import read_evidence
from tests.arch.ledger.ledger_samples import CLAIMS
from tests.mutations import file_in_memory, fill, mutations

RECALLED = b"""reviewed = 2026-01-02
[[claim]]
id = "toy-recalled"
kind = "recollection"
statement = "Dice are round."
reference = "yetim2015commguard"
"""
EVIDENCE = (
    b'{"calibrated_on": ["b"], "claim": "a", "claim_hash": "%s", "command": "c", "config_hash": '
    b'"%s", "high": 6.5, "low": 5.5, "mean": 6.0, "n": 3, "seeds": "1..3", "unit": "1", '
    b'"versions": {"guardlane": "0.1.0"}}\n'
) % (b"0" * 32, b"f" * 32)
SLOWEST = 2.0  # CPU seconds that one input may take

Good = Sequence[bytes]


def fuzz(
    read: Callable[[Path], Any], place: Path, good: Good, count: int, seed: int
) -> Counter[str]:
    """Have `read` read `count` broken editions of `good`; value of how many it read and refused.

    `place` is the path that it is given: a folder gets a file `a.toml`. Whatever else comes out is
    raised, with the input.
    """
    ends: Counter[str] = Counter()
    before = signal.signal(signal.SIGVTALRM, _late)
    with file_in_memory() as (path, handle):
        (place / "a.toml" if place.is_dir() else place).symlink_to(path)
        for content in mutations(good, count, seed):
            fill(handle, content)
            signal.setitimer(signal.ITIMER_VIRTUAL, SLOWEST)
            try:
                read(place)
            except GuardlaneError as reason:
                ends["refused"] += 1
                said = str(reason)
                if not said or not all(line.isprintable() for line in said.split("\n")):
                    raise AssertionError(f"{content!r} is refused with {said!r}") from None
            except Exception as reason:
                said = f"{type(reason).__name__}: {reason}"
                raise AssertionError(f"{content!r} raised {said}") from reason
            else:
                ends["read"] += 1
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)
    return ends


def _late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"took more than {SLOWEST} CPU s")


def fuzz_both(count: int, seed: int, folder: Path) -> dict[str, Counter[str]]:
    """Fuzz both readers in `folder`; claims take longer and get one in twenty of the inputs."""
    claims, evidence = folder / "claims", folder / "evidence.jsonl"
    claims.mkdir()
    rows = (EVIDENCE, EVIDENCE + EVIDENCE.replace(b'"n": 3', b'"n": 4'))
    return {
        "claims": fuzz(
            read_claims, claims, (RECALLED, RECALLED, CLAIMS.encode()), count // 20, seed
        ),
        "evidence": fuzz(read_evidence, evidence, rows, count - count // 20, seed),
    }


def main() -> None:
    """Fuzz with as many inputs as the first argument says, from the seed that the second one is."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = fuzz_both(count, seed, Path(folder))
    for name, ends in found.items():
        print(f"{name}: {ends['read']:,} read, {ends['refused']:,} refused")
    print(f"{count:,} inputs, seed {seed}: {time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
