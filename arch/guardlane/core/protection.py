# SPDX-License-Identifier: Apache-2.0
"""Partial protection: the promises of an error-prone core, each a piece that switches off.

What a core that fails may still be relied on for: its frames start in order (sequencer), each ends
in bounded time (budget), a bad address kills the frame and not the machine (address-guard), and
tables of constants stay as they are (write-guard).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from guardlane.errors import GuardlaneError


@dataclass(frozen=True)
class Protection:
    """Which pieces of the protection are there."""

    sequencer: bool = True
    budget: bool = True
    address_guard: bool = True
    write_guard: bool = True

    @classmethod
    def pieces(cls) -> tuple[str, ...]:
        return tuple(field.name.replace("_", "-") for field in fields(cls))

    @classmethod
    def parse(cls, text: str) -> Protection:
        """Read `ppu` (all pieces), `none`, or a list such as `sequencer,budget`."""
        if text == "ppu":
            return cls()
        names = [] if text == "none" else [name.strip() for name in text.split(",")]
        for name in names:
            if name not in cls.pieces():
                raise GuardlaneError(
                    f"protection is ppu, none or a list of {', '.join(cls.pieces())}, not {name!r}"
                )
        return cls(**{name.replace("-", "_"): name in names for name in cls.pieces()})

    def __str__(self) -> str:
        there = [name for name in self.pieces() if getattr(self, name.replace("-", "_"))]
        return "ppu" if len(there) == 4 else ",".join(there) or "none"
