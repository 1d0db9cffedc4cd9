# SPDX-License-Identifier: Apache-2.0
"""The environment of programs that tests start: this Python's scripts, this checkout's packages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(*places: Path, **changes: str) -> dict[str, str]:
    """Value of the environment for a child process; packages in `places` are found as well."""
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    roots = [*places, *(ROOT / root for root in ("arch", "rtl_models", "workloads"))]
    path = os.pathsep.join(str(root) for root in roots)
    return {**os.environ, "PATH": scripts, "PYTHONPATH": path, **changes}
