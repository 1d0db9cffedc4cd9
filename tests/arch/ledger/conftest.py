# SPDX-License-Identifier: Apache-2.0
"""The toy program of `tests.plugin`, installed beside the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin import TOY, install


@pytest.fixture
def toybox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"guardlane.workloads": {"toy": "toybox:Toy"}}
    install(tmp_path / "site", "toybox", TOY, points)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
