# SPDX-License-Identifier: Apache-2.0
"""What a test needs from outside Python, and what happens when it is not there."""

from __future__ import annotations

import os
import shutil

import pytest


def require_tool(name: str, *, package: str) -> str:
    """Path of the program `name`; without it skip, or fail where GUARDLANE_REQUIRE=all."""
    found = shutil.which(name)
    if found is not None:
        return found
    reason = f"{name} is not installed (Debian package {package})"
    if os.environ.get("GUARDLANE_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


def need_tool(name: str, *, package: str) -> str:
    """Path of the program `name`, which every machine that runs tests has; without it fail."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed (Debian package {package})", pytrace=False)
    return found
