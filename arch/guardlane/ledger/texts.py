# SPDX-License-Identifier: Apache-2.0
"""Texts of a claim: one line each, which no terminal can be steered with."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from guardlane.cite import chosen


def is_plain(text: str) -> str:
    """Refuse a text that is empty, of several lines, or could steer a terminal."""
    if not text.strip() or text != text.strip():
        raise ValueError("must be a text without blanks around it")
    if any(not letter.isprintable() for letter in text):
        raise ValueError("must be one line without control characters")
    return text


Text = Annotated[str, Field(max_length=1000), AfterValidator(is_plain)]
Name = Annotated[str, Field(max_length=60), AfterValidator(is_plain)]
ABSENT = chosen("left out", unit="text", why="not every claim needs it")
