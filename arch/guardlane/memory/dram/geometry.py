# SPDX-License-Identifier: Apache-2.0
"""Where a byte lies in a channel: ranks, bank groups, banks, rows, and the bits that say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

LINE = 64  # bytes of a burst: eight beats of a bus of 64 bits
FIELDS = ("row", "rank", "bank", "group", "column")


@dataclass(frozen=True)
class Geometry:
    """A channel of 64 bits: so many ranks, bank groups, banks a group, rows, lines a row.

    `mapping` names the fields of an address from the highest bits down. The defaults are devices of
    8 Gb x8 in two ranks: 16 GiB. Raises GuardlaneError that names the number at fault.
    """

    ranks: int = 2
    groups: int = 4
    banks: int = 4
    rows: int = 1 << 16
    columns: int = 128  # lines
    mapping: str = "row-rank-bank-group-column"

    def __post_init__(self) -> None:
        bounds = {"ranks": 8, "groups": 8, "banks": 8, "rows": 1 << 20, "columns": 1 << 10}
        for name, most in bounds.items():
            value = getattr(self, name)
            if not 1 <= value <= most or value & (value - 1):
                raise GuardlaneError(
                    f"{name} of a DRAM channel must be a power of two of 1 to {most}, not {value}"
                )
        if sorted(self.mapping.split("-")) != sorted(FIELDS):
            raise GuardlaneError(
                f"mapping of a DRAM channel must name {', '.join(FIELDS)} once each, joined by -, "
                f"not {self.mapping!r}"
            )

    @property
    def size(self) -> int:
        """Value of the bytes of the channel."""
        return self.ranks * self.groups * self.banks * self.rows * self.columns * LINE

    @property
    def all_banks(self) -> int:
        """Value of the number of banks of all ranks."""
        return self.ranks * self.groups * self.banks

    def split(
        self, lines: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Find bank and row of int64[n] line numbers (byte address over 64): both int64[n].

        Banks are numbered through: rank * groups * banks + group * banks + bank. Raises
        GuardlaneError for a line that lies outside.
        """
        end = self.size // LINE
        if len(lines) and not 0 <= int(lines.min()) <= int(lines.max()) < end:
            worst = int(lines.min()) if lines.min() < 0 else int(lines.max())
            raise GuardlaneError(f"lines of a DRAM channel must be 0 to {end - 1}, not {worst}")
        counts = {
            "row": self.rows,
            "rank": self.ranks,
            "bank": self.banks,
            "group": self.groups,
            "column": self.columns,
        }
        rest, found = lines, {}
        for field in reversed(self.mapping.split("-")):
            found[field] = rest % counts[field]
            rest = rest // counts[field]
        bank = (found["rank"] * self.groups + found["group"]) * self.banks + found["bank"]
        return bank, found["row"]
