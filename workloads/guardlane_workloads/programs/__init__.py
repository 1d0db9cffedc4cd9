# SPDX-License-Identifier: Apache-2.0
"""Programs of users' own, and the header that their C code includes."""

from __future__ import annotations

from pathlib import Path

INCLUDE = Path(__file__).resolve().parent
"""The folder of `guardlane.h`, for a compiler's -I."""
