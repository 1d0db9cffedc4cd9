# SPDX-License-Identifier: Apache-2.0
"""Where GUARDLANE_REQUIRE=all, a skipped test is a failed one: nothing is left out unseen."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a skipped test into a failure that gives the reason of the skip."""
    report = yield
    if report.skipped and os.environ.get("GUARDLANE_REQUIRE") == "all":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, but GUARDLANE_REQUIRE=all: {reason}"
    return report
