# SPDX-License-Identifier: Apache-2.0
"""A recommendation model as a server sees it: nets run one after the other, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from guardlane.errors import GuardlaneError

Scope = Literal["item", "batch"]  # how often a table is looked up
ELEMENT_BYTES = 4  # of a pooled vector, which is fp32 whatever its rows are


@dataclass(frozen=True)
class EmbeddingTable:
    """One table: `rows` of `row_bytes`, pooled into vectors of `dim` elements for net `net`.

    `pooling_factor` is the mean of indices in a bag; there is a bag an item (`item`), or one for
    all items of a batch (`batch`), as for what is known of a user.
    """

    name: str
    rows: int
    dim: int
    row_bytes: int
    pooling_factor: float
    net: int = 0
    scope: Scope = "item"
    is_fixed: bool = False  # every bag has as many indices; else their number is Poisson's

    def __post_init__(self) -> None:
        for what, value in (("rows", self.rows), ("dim", self.dim), ("row_bytes", self.row_bytes)):
            if value < 1:
                raise GuardlaneError(f"{what} of table {self.name} must be 1 or more, not {value}")
        if not 0 <= self.pooling_factor < 1e6:
            raise GuardlaneError(
                f"pooling factor of table {self.name} must be from 0 to 1,000,000, "
                f"not {self.pooling_factor}"
            )

    @property
    def size(self) -> int:
        """Value of the bytes of all rows."""
        return self.rows * self.row_bytes

    @property
    def vector_bytes(self) -> int:
        """Value of the bytes of one pooled vector."""
        return self.dim * ELEMENT_BYTES

    def bags(self, items: int) -> int:
        """Value of the bags that a batch of `items` has for this table."""
        return items if self.scope == "item" else 1

    def look_ups(self, items: int) -> float:
        """Value of the rows that a batch of `items` looks up here, the mean."""
        return self.pooling_factor * self.bags(items)


@dataclass(frozen=True)
class Net:
    """One net: `bottom` and `top` are widths of its dense layers, from input to output.

    The bottom layers need no look-ups and go beside them. A net of which no widths are known has
    none; its dense time follows from `sparse_share`, the share that look-ups have in the time of
    all its operators on one server, and `bottom_share` of it is the bottom layers'.
    """

    name: str
    bottom: tuple[int, ...] = ()
    top: tuple[int, ...] = ()
    sparse_share: float | None = None
    bottom_share: float = 0.1

    def __post_init__(self) -> None:
        widths = (*self.bottom, *self.top)
        if any(width < 1 for width in widths):
            raise GuardlaneError(f"widths of net {self.name} must be 1 or more, not {min(widths)}")
        if bool(widths) == (self.sparse_share is not None):
            raise GuardlaneError(f"net {self.name} must have either widths or a sparse share")
        if self.sparse_share is not None and not 0 < self.sparse_share <= 1:
            raise GuardlaneError(
                f"sparse share of net {self.name} must be above 0 and at most 1, "
                f"not {self.sparse_share}"
            )
        if not 0 <= self.bottom_share <= 1:
            raise GuardlaneError(
                f"bottom share of net {self.name} must be from 0 to 1, not {self.bottom_share}"
            )


@dataclass(frozen=True)
class Model:
    """Nets in the order in which they run, and their tables."""

    name: str
    nets: Sequence[Net]
    tables: Sequence[EmbeddingTable]

    def __post_init__(self) -> None:
        if not self.nets or not self.tables:
            raise GuardlaneError(f"model {self.name} must have a net and a table")
        names = [table.name for table in self.tables]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise GuardlaneError(f"model {self.name} has two tables called {twice}")
        for table in self.tables:
            if not 0 <= table.net < len(self.nets):
                raise GuardlaneError(
                    f"table {table.name} is of net {table.net}, and model {self.name} has "
                    f"{len(self.nets)}"
                )

    @property
    def size(self) -> int:
        """Value of the bytes of all tables."""
        return sum(table.size for table in self.tables)

    def look_ups(self, items: int) -> float:
        """Value of the rows that a batch of `items` looks up, the mean."""
        return sum(table.look_ups(items) for table in self.tables)
