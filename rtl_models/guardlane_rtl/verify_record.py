# SPDX-License-Identifier: Apache-2.0
"""A record of steps that were done, one a line of a file, so that a run of hours can go on.

A line counts for the same step of the same sources at the same numbers only.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from guardlane import guard
from guardlane.errors import GuardlaneError
from guardlane.reading import read_text
from guardlane_rtl.build import RTL
from guardlane_rtl.findings import Finding, versions
from guardlane_rtl.verify_steps import Asked, Step

MOST_BYTES = 64 << 20
HERE = Path(__file__).resolve().parent
GUARD = Path(guard.__file__).resolve().parent
STIMULI = (
    "segments.py", "stimulus.py", "lockstep.py", "link_twin.py", "link_segments.py", "block.py",
    "shim.cpp",
)  # fmt: skip

# What a part hangs on beside the hardware, the models and the versions of tools.
BESIDE = {
    "properties": ("formal", "proofs.py", "prove.py"),
    "scoreboard": ("c", "bench.py", "link_bench.py", "scoreboard.py", "implementations.py"),
    "mutants": (*STIMULI, "miters", "cases.py", "mutation.py", "equivalence.py"),
    "coverage": (*STIMULI, "cases.py", "coverage.py"),
    "synth": (*STIMULI, "netlist.py"),
    "": STIMULI,
}


def identity(asked: Asked, part: str) -> str:
    """Value of a digest of all that a part of an outcome hangs on."""
    digest = hashlib.sha256(repr((asked.cycles, asked.full, sorted(versions().items()))).encode())
    for place in (asked.rtl or RTL, GUARD, *(HERE / name for name in BESIDE[part])):
        for path in sorted(place.iterdir()) if place.is_dir() else [place]:
            if path.is_file():
                digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class Record:
    """The steps of `asked` that a file has, and where new ones go; without a file, nowhere."""

    def __init__(self, path: Path | None, asked: Asked) -> None:
        self.path = path
        self.of: dict[str, str] = {}
        self.done: dict[tuple[str, str], Any] = {}
        if path is None:
            return
        self.of = {part: identity(asked, part) for part in BESIDE}
        if not path.exists():
            return
        for number, line in enumerate(read_text(path, MOST_BYTES).splitlines(), start=1):
            try:
                entry = json.loads(line)
                self.done[entry["of"], entry["step"]] = entry["found"]
            except (ValueError, KeyError, TypeError, RecursionError):
                raise GuardlaneError(f"{path}:{number}:1: is no line of a record") from None

    def take(self, step: Step) -> Any:
        """Value of what a step found, out of the file, or of None."""
        found = self.done.get((self.of.get(step.part, ""), _name(step)))
        return Finding(**found) if found is not None and not step.part else found

    def keep(self, step: Step, found: Any) -> None:
        """Append what a step found, and see it on the disk."""
        if self.path is None:
            return
        plain = asdict(found) if isinstance(found, Finding) else found
        line = json.dumps({"of": self.of[step.part], "step": _name(step), "found": plain})
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as reason:
            raise GuardlaneError(f"{self.path}: {reason.strerror}") from None


def _name(step: Step) -> str:
    return f"{step.block} {step.what} {_sizes(step.parameters)}".strip()


def _sizes(parameters: Mapping[str, int]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items())
