# SPDX-License-Identifier: Apache-2.0
"""What makes a point the same point: its settings, its inputs' content, the model, the versions."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from guardlane import plugins
from guardlane.config import Settings, resolved
from guardlane.errors import GuardlaneError
from guardlane.store.points import flat
from guardlane.workload import Workload

PARTS = ("guardlane.guards", "guardlane.networks", "guardlane.faults")
# Rooms of guardlane that show or keep results, and make none.
NO_MODEL = ("adapters", "cli", "ledger", "report", "store", "sweep")


def code_digest(workload: Workload, settings: Mapping[str, Any]) -> str:
    """Digest the sources of guardlane's models, of the workload, and of every part it names.

    A part is a guard, a network or a fault model that an entry point brings and whose name is the
    value of a setting. Of a package, each file counts by content and place in it, so that a copy
    elsewhere has the same digest. 32 hex digits.
    """
    packages = {"guardlane", type(workload).__module__.partition(".")[0]}
    words = {value for value in flat(settings).values() if isinstance(value, str)}
    for group in PARTS:
        for name, point in _found(group, tuple(sys.path)).items():
            if name in words:
                packages.add(point.partition(":")[0].partition(".")[0])
    text = " ".join(f"{name}={package_digest(name)}" for name in sorted(packages))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@functools.cache
def package_digest(name: str) -> str:
    """Digest all files of the importable package or module `name`, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise GuardlaneError(f"package {name} is not there, so its code has no digest")
    digest = hashlib.blake2b(digest_size=16)
    for relative, path in sorted(_files(name, spec)):
        digest.update(f"{relative}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class PointKeys:
    """The keys of points that differ in their seeds only: `of(seed)`, 32 hex digits.

    A key is BLAKE2b-128 of canonical JSON of the workload's name, the digest of the model's `code`,
    the `versions`, the resolved `settings`, and the digests of the files that some of them name.
    All but the seed is digested once. Raises GuardlaneError for a file that cannot be read.
    """

    def __init__(self, workload: Workload, config: Settings, versions: Mapping[str, str]) -> None:
        self.settings = settings = resolved(config)
        self.contents = contents_of(config)
        self.code = code_digest(workload, settings)

        def text(seed: Any) -> str:
            own = settings if "seed" not in settings else {**settings, "seed": seed}
            identity = [workload.name, self.code, dict(versions), own, self.contents]
            return json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)

        zero, one = text(0), text(1)  # between which only the seed is other
        places = (place for place, letter in enumerate(zero) if letter != one[place])
        at = next(places, len(zero))
        self._before = hashlib.blake2b(digest_size=16, person=b"guardlane point")
        self._before.update(zero[:at].encode())
        self._own = json.dumps(settings["seed"]) if "seed" in settings else ""
        self._after = zero[at + 1 :]

    def of(self, seed: int | None = None) -> str:
        """Value of the key of the point that has this seed, or else the seed of its settings."""
        digest = self._before.copy()
        digest.update(f"{self._own if seed is None else seed}{self._after}".encode())
        return digest.hexdigest()


def contents_of(settings: Settings, prefix: str = "") -> dict[str, str]:
    """Value of the digests of all files that settings name by a path, by dotted name."""
    found: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Settings):
            found |= contents_of(value, f"{prefix}{name}.")
        elif isinstance(value, PurePath):
            found[f"{prefix}{name}"] = _file_digest(Path(value))
    return found


@functools.cache
def _file_digest(path: Path) -> str:
    try:
        if not path.is_file():
            raise GuardlaneError(f"{path}: is not a regular file")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as reason:
        raise GuardlaneError(f"{path}: {reason.strerror or reason}") from None


@functools.cache
def _found(group: str, path: tuple[str, ...]) -> Mapping[str, str]:
    return {name: point.value for name, point in plugins.found(group).items()}


def _files(name: str, spec: Any) -> Iterator[tuple[str, Path]]:
    for place in spec.submodule_search_locations or ():
        root = Path(place)
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            is_compiled = "__pycache__" in relative.parts or path.suffix in (".pyc", ".nbi", ".nbc")
            is_apart = name == "guardlane" and relative.parts[0] in NO_MODEL
            is_apart = is_apart or "studies" in relative.parts
            if path.is_file() and not is_compiled and not is_apart:
                yield relative.as_posix(), path
    if not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin).name, Path(spec.origin)
