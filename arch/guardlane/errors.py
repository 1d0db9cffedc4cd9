# SPDX-License-Identifier: Apache-2.0
"""The errors that are meant for a reader: one clear line that says whose, what and the number."""

from __future__ import annotations

from collections.abc import Iterable


class GuardlaneError(Exception):
    """Something this tool could not do; `str` is the line that a user reads. Exit code 1."""

    exit_code = 1


class UsageError(GuardlaneError):
    """Something was asked for that cannot be asked for. Exit code 2."""

    exit_code = 2


class ConfigError(UsageError):
    """Every mistake of a configuration at once, each with its place. Exit code 2."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        lines = list(self.problems)
        if len(lines) > 1:
            lines.append(f"{len(lines)} problems; nothing was run")
        super().__init__("\n".join(lines))
