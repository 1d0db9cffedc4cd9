# SPDX-License-Identifier: Apache-2.0
"""The guest code is the published one, and a record says so when it is not."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from guardlane.units import Mtbe
from guardlane.workload import load_workload
from guardlane_workloads.streams.published import PUBLISHED

ROOT = Path(__file__).parents[2]


def pinned(package: str) -> str:
    found = re.search(rf"^{package}==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("name", "kind"), PUBLISHED)
def test_guest_code_is_the_published_one(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workload = load_workload(name)
    guard = "software-queue" if kind == "software" else "commguard"
    config = workload.Config.model_validate({"guard": guard, "mtbe": Mtbe.parse("inf")})
    record = workload.run(config)
    assert metadata.version("llvmlite") == pinned("llvmlite"), "install with -c constraints.txt"
    assert record.guest_sha256 == PUBLISHED[name, kind]
    assert not [note for note in record.notes if "published" in note]
    monkeypatch.setitem(PUBLISHED, (name, kind), "0" * 64)
    assert [note for note in workload.run(config).notes if "not the published one" in note]
