# SPDX-License-Identifier: Apache-2.0
"""Networks with a known answer: configurations for which results of BookSim2 are at hand."""

from __future__ import annotations

from dataclasses import dataclass

from guardlane.errors import UsageError
from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh, torus
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.traffic import Window

_EXAMPLE = Router(routing_delay=0, credit_delay=2, input_speedup=2, wait_for_tail_credit=True)


@dataclass(frozen=True)
class Preset:
    """A square network of `side` routers a dimension, its router, traffic and run length."""

    sentence: str
    side: int
    is_torus: bool
    router: Router
    traffic: str
    size: int
    window: Window

    def table(self) -> RouteTable:
        """Build the network with dimension-order routing."""
        return dimension_order(torus(self.side) if self.is_torus else mesh(self.side))


PRESETS = {
    "m8": Preset("8x8 mesh, 8 VCs of 8 flits", 8, False, Router(), "uniform", 1, Window()),
    "m16": Preset("16x16 mesh, as m8", 16, False, Router(), "uniform", 1, Window(end=5000)),
    "t8": Preset("8x8 torus, as m8", 8, True, Router(), "uniform", 1, Window()),
    "lat88": Preset(
        "BookSim2's shipped example mesh88_lat", 8, False, _EXAMPLE, "transpose", 20, Window()
    ),
    "lat88u": Preset(
        "lat88 with uniform traffic of single flits", 8, False, _EXAMPLE, "uniform", 1, Window()
    ),
}


def preset_of(name: str) -> Preset:
    """Value of the preset called `name`; raises UsageError for another."""
    if name not in PRESETS:
        raise UsageError(f"preset must be one of {', '.join(PRESETS)}, not {name!r}")
    return PRESETS[name]
