# SPDX-License-Identifier: Apache-2.0
"""How long a newcomer waits: CPU time and memory of the first runs, without and with caches.

python tests/benchmarks/first_result.py
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLD, WARM, COMPARISON = "run jpeg, no cache", "run jpeg, warm", "run jpeg --compare, warm"
GOALS = {COLD: (60.0, 600.0), WARM: (5.0, 600.0)}  # CPU seconds, MB


def measure(arguments: list[str], cache: Path) -> tuple[float, float, float]:
    """CPU seconds (user and system), peak resident MB and wall seconds of `guardlane` itself."""
    command = [sys.executable, "-m", "guardlane.cli", *arguments]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed: {said.decode().strip()}")
    wall = time.monotonic() - started
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall


def main() -> None:
    """Print a table; exit 1 with --check when a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail above a goal")
    options = parser.parse_args()
    missed = False
    print(f"{'':28}{'CPU':>10}{'goal':>8}{'memory':>10}{'goal':>8}{'wall':>10}")
    with tempfile.TemporaryDirectory() as folder:
        cache, report = Path(folder) / "cache", str(Path(folder) / "report")
        for name, arguments in (
            (COLD, ["run", "jpeg"]),
            (WARM, ["run", "jpeg"]),
            (COMPARISON, ["run", "jpeg", "--compare", "--out", report]),
        ):
            seconds, megabytes, wall = measure(arguments, cache)
            most = GOALS.get(name)
            missed |= most is not None and (seconds > most[0] or megabytes > most[1])
            goals = (f"{most[0]:.0f} s", f"{most[1]:.0f} MB") if most else ("-", "-")
            cells = f"{seconds:8.1f} s{goals[0]:>8}{megabytes:7.0f} MB{goals[1]:>8}{wall:8.1f} s"
            print(f"{name:28}{cells}", flush=True)
    if missed and options.check:
        raise SystemExit("a goal is missed")


if __name__ == "__main__":
    main()
