# SPDX-License-Identifier: Apache-2.0
"""Studies that installed packages bring: `NAME.toml` in a package of entry point group GROUP."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from guardlane import plugins
from guardlane.errors import UsageError
from guardlane.sources import did_you_mean

GROUP = "guardlane.studies"


def shipped() -> dict[str, Path]:
    """Value of the files of all installed studies by name, sorted."""
    found: dict[str, Path] = {}
    for point in plugins.found(GROUP).values():
        spec = importlib.util.find_spec(point.value)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for path in Path(place).glob("*.toml"):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def study_path(named: Path) -> Path:
    """Value of the file of a study: `named` itself, or the shipped one of that name.

    Raises UsageError with the likeliest name when there is neither.
    """
    if named.suffix == ".toml" or named.exists():
        return named
    known = shipped()
    if str(named) not in known:
        hint = did_you_mean(str(named), known)
        raise UsageError(f"no study '{named}'{hint}; there are: {', '.join(known)}, or any file")
    return known[str(named)]
