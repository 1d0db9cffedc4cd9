# SPDX-License-Identifier: Apache-2.0
"""Where GUARDLANE_REQUIRE=all, a skipped test is a failed one: nothing is left out unseen."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the report of a test, or of its fixtures."""
    return _required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the report of a module, which can skip itself as a whole."""
    return _required((yield))


def _required(report: Report) -> Report:
    """Turn a skip into a failure that gives its reason."""
    if report.outcome == "skipped" and os.environ.get("GUARDLANE_REQUIRE") == "all":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, but GUARDLANE_REQUIRE=all: {reason}"
    return report
