# SPDX-License-Identifier: Apache-2.0
"""Builds a hardware block into a library: Verilator writes C++, a shim clocks it from arrays.

A library stands in a cache outside the source tree, under a digest of all that went into it, so
that it is built once for each version of the sources and each set of parameters. Verilator's own
run-time library, which takes longer to compile than any block, is compiled once for all.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from guardlane.errors import GuardlaneError
from guardlane_rtl.tools import tool, tool_environment, verilator_root

RTL = Path(__file__).resolve().parent / "rtl"
SHIM = Path(__file__).resolve().parent / "shim.cpp"

PORT = re.compile(r"VL_(IN|OUT)(?:8|16|64|)\(&(\w+),(\d+),0\);")
WIDE_PORT = re.compile(r"VL_(?:IN|OUT)W\(&(\w+),")
RUNTIME = ("verilated", "verilated_threads")
FLAGS = ["-fPIC", "-fno-gnu-unique", "-faligned-new", "-std=gnu++17"]
FLAGS += [f"-DVM_{what}=0" for what in ("SC", "TIMING", "TRACE", "TRACE_FST")]
RUNS_FAST = "-O2"


class Port(NamedTuple):
    """A port of a block: its name and its width in bits."""

    name: str
    width: int


class Built(NamedTuple):
    """A library and the ports it has, clock and reset left out; `flips` are its extra inputs."""

    library: Path
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    flips: tuple[str, ...]


def default_cache() -> Path:
    """Value of the folder in which libraries are kept."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "guardlane" / "rtl"


def build(
    block: str,
    parameters: Mapping[str, int] | None = None,
    *,
    sources: Sequence[Path] = (RTL,),
    flips: Mapping[str, str] | None = None,
    coverage: bool = False,
    optimised: str = RUNS_FAST,
    cache: Path | None = None,
) -> Built:
    """Build `block` out of the folders `sources`, once; returns its library and ports.

    A module that is in more than one of them is taken from the first.

    `flips` names registers whose bits a stimulus may flip: column name -> path of the register
    below the block, such as `u_write_pointer.code_q`. `coverage` counts what runs.
    `optimised` is how much the compiler does for the block.
    Raises GuardlaneError if a tool is missing or refuses the sources.
    """
    parameters, flips = dict(parameters or {}), dict(flips or {})
    cache = cache or default_cache()
    covers = ["--coverage-line", "--coverage-toggle"] if coverage else []
    digest = _digest(block, parameters, flips, sources, [optimised, *covers])
    place = cache / f"{block}-{digest[:16]}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            made = Path(work) / "made"
            runtime = _runtime(cache, coverage)
            _make(block, parameters, sources, flips, made, covers, optimised, runtime)
            try:  # whoever is first wins: both are the same
                made.rename(place)
            except OSError:
                if not place.exists():
                    raise
    inputs, outputs = _ports(block, (place / "block.h").read_text())
    return Built(place / "block.so", inputs, outputs, tuple(flips))


def _make(
    block: str,
    parameters: Mapping[str, int],
    sources: Sequence[Path],
    flips: Mapping[str, str],
    made: Path,
    covers: Sequence[str],
    optimised: str,
    runtime: Sequence[Path],
) -> None:
    """Write `block.so` and `block.h`, its ports, into the new folder `made`."""
    call = [tool("verilator"), "--cc", "--quiet", "-Wno-WIDTHTRUNC", "-Wno-UNOPTFLAT"]
    call += ["--no-timing", "--Mdir", str(made / "c"), "--prefix", "Block", "--top-module", block]
    for folder in sources:
        call += ["-y", str(folder), f"-I{folder}"]
    call += [f"{block}.sv"]
    call += [f"-G{name}={value}" for name, value in parameters.items()]
    call += ["--public-flat-rw"] if flips else []
    call += covers
    made.mkdir()
    _run(call, f"Verilator refused {block}")
    shutil.copy(made / "c" / "Block.h", made / "block.h")
    inputs, outputs = _ports(block, (made / "block.h").read_text())
    has_clock = "clk_i" in (made / "block.h").read_text()
    (made / "c" / "ports.inc").write_text(_port_lists(inputs, outputs, flips, block, has_clock))
    # One translation unit: reading Verilator's headers takes longer than compiling a block.
    parts = [*sorted((made / "c").glob("*.cpp")), SHIM]
    whole = made / "c" / "whole.cpp"
    whole.write_text("".join(f'#include "{part}"\n' for part in parts))
    link = [
        tool("g++"),
        optimised,
        *FLAGS,
        f"-DVM_COVERAGE={int(bool(covers))}",
        "-shared",
        *_includes(),
        f"-I{made / 'c'}",
        str(whole),
    ]
    link += [*map(str, runtime), "-pthread", "-o", str(made / "block.so")]
    _run(link, f"the compiler refused {block}")
    shutil.rmtree(made / "c")


def _port_lists(
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    flips: Mapping[str, str],
    block: str,
    has_clock: bool,
) -> str:
    """Write the ports as macros that the shim expands."""
    root = f"model->rootp->{block}__DOT__"
    registers = [root + path.replace(".", "__DOT__") for path in flips.values()]
    lines = [f"#define HAS_CLOCK {int(has_clock)}"]
    for name, items in (
        ("INPUTS", [f"PORT({port.name}, {port.width})" for port in inputs]),
        ("OUTPUTS", [f"PORT({port.name}, {port.width})" for port in outputs]),
        ("FLIPS", [f"FLIP({register})" for register in registers]),
    ):
        lines.append(" \\\n  ".join([f"#define {name}", *items]))
    return "\n".join(lines) + "\n"


def _ports(block: str, header: str) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Read the ports of a block out of the header that Verilator wrote."""
    wide = WIDE_PORT.search(header)
    if wide:
        raise GuardlaneError(f"port {wide[1]} of {block} is wider than 64 bits")
    found: dict[str, list[Port]] = {"IN": [], "OUT": []}
    for way, name, msb in PORT.findall(header):
        if name not in ("clk_i", "rst_ni"):
            found[way].append(Port(name, int(msb) + 1))
    return tuple(found["IN"]), tuple(found["OUT"])


def _runtime(cache: Path, coverage: bool) -> list[Path]:
    """Compile Verilator's run-time library, once; returns its objects."""
    include = verilator_root() / "include"
    names = (*RUNTIME, "verilated_cov") if coverage else RUNTIME
    flags = [RUNS_FAST, *FLAGS, f"-DVM_COVERAGE={int(coverage)}"]
    digest = hashlib.sha256(repr(flags).encode())
    for name in names:
        digest.update((include / f"{name}.cpp").read_bytes())
    objects = [cache / f"{name}-{digest.hexdigest()[:16]}.o" for name in names]
    for name, target in zip(names, objects, strict=True):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=cache) as work:
                made = Path(work) / "made.o"
                call = [tool("g++"), *flags, *_includes(), "-c", str(include / f"{name}.cpp")]
                _run([*call, "-o", str(made)], "the compiler refused Verilator's run-time library")
                made.rename(target)
    return objects


def _includes() -> list[str]:
    include = verilator_root() / "include"
    return [f"-I{include}", f"-I{include / 'vltstd'}"]


def _digest(
    block: str,
    parameters: Mapping[str, int],
    flips: Mapping[str, str],
    sources: Sequence[Path],
    options: Sequence[str],
) -> str:
    """Digest all that a library is made of."""
    digest = hashlib.sha256()
    digest.update(
        repr((block, sorted(parameters.items()), list(flips.items()), options, FLAGS)).encode()
    )
    compiler = subprocess.run([tool("g++"), "--version"], capture_output=True, check=True).stdout
    verilator = (verilator_root() / "__init__.py").read_bytes()
    digest.update(compiler + b"\0" + verilator + b"\0" + SHIM.read_bytes())
    digest.update(Path(__file__).read_bytes())
    for folder in sources:
        for path in sorted(folder.glob("*.sv*")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(call: Sequence[str], refusal: str) -> None:
    """Run a tool; raises GuardlaneError with what it said."""
    done = subprocess.run(call, env=tool_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise GuardlaneError(f"{refusal}:\n{said}")
