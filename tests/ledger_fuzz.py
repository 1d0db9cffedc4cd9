# SPDX-License-Identifier: Apache-2.0
"""Bad input for the readers of the ledger: files of claims and of evidence, broken by rule.

PYTHONPATH=arch:workloads:. python -m tests.ledger_fuzz 1000000

Every input is a good file with one to four mutations, drawn from a seed: the same inputs on every
machine. Whatever a reader makes of one, nothing but the project's own error may come out, as one
line that a terminal can print, within two seconds.
"""

from __future__ import annotations

import os
import random
import re
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

RECALLED = b"""reviewed = 2026-01-02
[[claim]]
id = "toy-recalled"
kind = "recollection"
statement = "Dice are round."
reference = "yetim2015commguard"
"""
TESTED = b"""reviewed = 2026-01-02
[[claim]]
id = "toy-sum"
kind = "claim"
statement = "Dice add up to six."
reference = "yetim2015commguard"
locator = "abstract"
quote = "six"
scope = "Three throws."
band = { low = 5.0, high = 7.0, unit = "pips" }
why = "A pip."
[claim.test]
measure = "mean"
metric = "sum"
seeds = "1..3"
least = 2
runs = [{ workload = "toy", settings = { throws = "3" } }]
"""
EVIDENCE = (
    b'{"calibrated_on": ["b"], "claim": "a", "claim_hash": "%s", "command": "c", "config_hash": '
    b'"%s", "high": 6.5, "low": 5.5, "mean": 6.0, "n": 3, "seeds": "1..3", "unit": "1", '
    b'"versions": {"guardlane": "0.1.0"}}\n'
) % (b"0" * 32, b"f" * 32)
WORDS = (
    b'" \' { } [ ] [[ ]] , : = . # \\ \n \r \t \x00 \x1b \x7f \xff \xc3\xa9 \xe2\x80\xae \\u202e '
    b'\\ud800 \\n """ \'\'\' null true false nan inf -inf NaN Infinity -0 0 -1 1e999 1e-999 '
    b"99999999999999999999 0x7fffffff 1_0 1..3 3..1 1..999999999999 2026-01-02 2026-99-99 "
    b"12:30:45 [claim] [[claim]] [claim.test] a.b.c {} [] [[[[[[ {{{{{{ band kind low test"
).split(b" ")  # fmt: skip
VALUE = re.compile(rb'"[^"\n]*"|[-+.\w]+')
SLOWEST = 2.0  # CPU seconds that one input may take

Good = Sequence[bytes]


def mutated(draw: random.Random, good: Good) -> bytes:
    """Value of one of `good` after one to four mutations."""
    found = bytearray(draw.choice(good))
    for _ in range(draw.choice((1, 1, 1, 2, 3, 4))):
        place = draw.randrange(len(found) + 1)
        reach = place + draw.choice((1, 1, 2, 4, 16, 64))
        kind = draw.randrange(9)
        if kind == 0:
            found[place:reach] = b""
        elif kind == 1:
            found[place:place] = draw.choice(WORDS)
        elif kind == 2:
            found[place:reach] = draw.choice(WORDS)
        elif kind == 3:
            found[place : place + 1] = bytes((draw.randrange(256),))
        elif kind == 4:
            other = draw.choice(good)
            start = draw.randrange(len(other))
            found[place:place] = other[start : start + reach - place]
        elif kind == 5:
            found[place:place] = found[place:reach] * draw.choice((1, 2, 40))
        elif kind == 6:
            del found[place:]
        else:  # a value in the place of another, so that more than syntax is looked at
            values = list(VALUE.finditer(found))
            if values:
                old, new = draw.choice(values), draw.choice(values)
                found[old.start() : old.end()] = draw.choice((new[0], draw.choice(WORDS)))
    return bytes(found)


def fuzz(
    read: Callable[[Path], Any], file: Path, named: Path, good: Good, count: int, seed: int
) -> Counter[str]:
    """Have `read` read `count` broken editions of `file`; value of how many it read and refused.

    `named` is the path that `read` is given. Whatever else comes out is raised, with the input.
    """
    draw = random.Random(seed)
    ends: Counter[str] = Counter()
    before = signal.signal(signal.SIGVTALRM, _late)
    handle = os.open(file, os.O_RDWR | os.O_CREAT)  # once: opening to write takes milliseconds
    for _ in range(count):
        content = mutated(draw, good)
        os.pwrite(handle, content, 0)
        os.ftruncate(handle, len(content))
        signal.setitimer(signal.ITIMER_VIRTUAL, SLOWEST)
        try:
            read(named)
        except GuardlaneError as reason:
            ends["refused"] += 1
            said = str(reason)
            if not said or not all(line.isprintable() for line in said.split("\n")):
                raise AssertionError(f"{content!r} is refused with {said!r}") from None
        except Exception as reason:
            raise AssertionError(
                f"{content!r} raised {type(reason).__name__}: {reason}"
            ) from reason
        else:
            ends["read"] += 1
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    os.close(handle)
    signal.signal(signal.SIGVTALRM, before)
    return ends


def _late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"took more than {SLOWEST} CPU s")


def fuzz_both(count: int, seed: int, folder: Path) -> dict[str, Counter[str]]:
    """Fuzz both readers in `folder`; claims take longer and get one in ten of the inputs."""
    claims, evidence = folder / "claims", folder / "evidence.jsonl"
    claims.mkdir()
    rows = (EVIDENCE, EVIDENCE + EVIDENCE.replace(b'"n": 3', b'"n": 4'))
    return {
        "claims": fuzz(
            read_claims, claims / "a.toml", claims, (RECALLED, RECALLED, TESTED), count // 10, seed
        ),
        "evidence": fuzz(read_evidence, evidence, evidence, rows, count - count // 10, seed),
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
