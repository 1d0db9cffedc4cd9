# SPDX-License-Identifier: Apache-2.0
"""What a router is made of: its virtual channels and buffers, its pipeline and its allocators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guardlane.errors import GuardlaneError

Allocator = Literal["islip", "separable-input-first"]
MOST_DEPTH = 255  # flits; counted in a byte


@dataclass(frozen=True)
class Router:
    """An input-queued virtual-channel wormhole router; the defaults are BookSim2's.

    `vcs` a port, `depth` flits a VC. Delays in cycles: a head is routed in `routing_delay` (0: it
    brings its route along), gets a VC in `vc_alloc_delay` and the switch in `switch_alloc_delay`,
    and crosses it in `traversal`; a credit takes `credit_delay` more than its channel. With
    `input_speedup` S a port has S inputs of the switch. With `wait_for_tail_credit` an output VC is
    free again when the last credit of its packet is back, otherwise when the tail has left.
    """

    vcs: int = 8
    depth: int = 8
    routing_delay: int = 1
    vc_alloc_delay: int = 1
    switch_alloc_delay: int = 1
    traversal: int = 1
    credit_delay: int = 0
    input_speedup: int = 1
    wait_for_tail_credit: bool = False
    allocator: Allocator = "islip"

    def __post_init__(self) -> None:
        for name, least, most in (
            ("vcs", 1, 63),
            ("depth", 1, MOST_DEPTH),
            ("routing_delay", 0, 255),
            ("vc_alloc_delay", 1, 255),
            ("switch_alloc_delay", 1, 255),
            ("traversal", 1, 255),
            ("credit_delay", 0, 255),
            ("input_speedup", 1, self.vcs),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise GuardlaneError(f"{name} of a router must be {least} to {most}, not {value}")
        if self.vcs % self.input_speedup:
            raise GuardlaneError(
                f"vcs of a router must be a multiple of its input_speedup, not {self.vcs} "
                f"with {self.input_speedup}"
            )
        if self.allocator not in ("islip", "separable-input-first"):
            raise GuardlaneError(
                "allocator of a router must be islip or separable-input-first, "
                f"not {self.allocator!r}"
            )
