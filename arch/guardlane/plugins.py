# SPDX-License-Identifier: Apache-2.0
"""What installed packages add by entry point: workloads, guards, networks, fault models, commands.

Built-in ones come in the same way as a stranger's. Nothing is imported before it is asked for by
name, so a broken package spoils only what it brings.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import metadata
from typing import Any

from guardlane.errors import GuardlaneError, UsageError

NOUNS = {  # entry point group -> what one of its entries is called
    "guardlane.workloads": "workload",
    "guardlane.commands": "command",
    "guardlane.exports": "export",
    "guardlane.studies": "folder of studies",
    "guardlane.guards": "guard",
    "guardlane.networks": "network",
    "guardlane.faults": "fault model",
}


def found(group: str) -> dict[str, metadata.EntryPoint]:
    """Value of the installed entry points of `group` by name, sorted.

    Raises GuardlaneError when two packages claim one name.
    """
    points: dict[str, metadata.EntryPoint] = {}
    for point in metadata.entry_points(group=group):
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise GuardlaneError(
                f"{NOUNS[group]} {point.name} is claimed by {provider(other)} and by "
                f"{provider(point)}; uninstall one of them"
            )
    return dict(sorted(points.items()))


def load(group: str, name: str) -> Any:
    """Import the object called `name`; a misspelt name is a UsageError with the likeliest one.

    Raises GuardlaneError that names the package when what it brings cannot be imported.
    """
    points = found(group)
    noun = NOUNS[group]
    if name not in points:
        if not points:
            raise GuardlaneError(f"no {noun} is installed: install guardlane with pip")
        near = get_close_matches(name, points, 1)
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        raise UsageError(f"unknown {noun} '{name}'{hint}; there are: {', '.join(points)}")
    try:
        return points[name].load()
    except Exception as reason:
        said = " ".join(str(reason).split())
        raise GuardlaneError(
            f"{noun} {name} of {provider(points[name])} cannot be loaded: "
            f"{type(reason).__name__}: {said}"
        ) from reason


def provider(point: metadata.EntryPoint) -> str:
    """Value of the package that brings `point`, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
