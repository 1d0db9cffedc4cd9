# SPDX-License-Identifier: Apache-2.0
"""What a DRAM device allows: its timings in clock cycles, as tables with a source for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from guardlane.cite import Citation, assumed, related, vendor
from guardlane.errors import GuardlaneError

LONGEST = 1 << 20  # cycles that a timing may have; far above all of them


@dataclass(frozen=True)
class Timing:
    """The timings of reads, in cycles of a clock of `tCK` picoseconds; names are the standard's.

    A suffix _S is between bank groups, _L within one. `BL` is the cycles of a burst on the data
    bus, `tRTRS` the cycles that the bus stays empty when another rank answers.
    Raises GuardlaneError that names the timing at fault.
    """

    tCK: int  # picoseconds
    CL: int
    tRCD: int
    tRP: int
    tRAS: int
    tRC: int
    tRTP: int
    tRRD_S: int
    tRRD_L: int
    tFAW: int
    tCCD_S: int
    tCCD_L: int
    BL: int
    tRTRS: int
    tRFC: int
    tREFI: int

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = 0 if name == "tRTRS" else 1
            if not least <= value <= LONGEST:
                unit = "picoseconds" if name == "tCK" else "cycles"
                raise GuardlaneError(
                    f"{name} of a DRAM must be {least} to {LONGEST} {unit}, not {value}"
                )
        for name, other in (("tRRD_L", "tRRD_S"), ("tCCD_L", "tCCD_S"), ("tCCD_S", "BL")):
            if getattr(self, name) < getattr(self, other):
                raise GuardlaneError(
                    f"{name} of a DRAM must be {other} or more, "
                    f"not {getattr(self, name)} below {getattr(self, other)}"
                )
        if self.tREFI <= 2 * (self.tRFC + self.tRC + self.tRTP + self.tRP):
            raise GuardlaneError(
                f"tREFI of a DRAM must leave time between refreshes, not {self.tREFI} cycles "
                f"with a tRFC of {self.tRFC}"
            )

    def array(self) -> npt.NDArray[np.int64]:
        """Value of the timings as int64[16], in the order in which they are declared."""
        return np.array(list(asdict(self).values()), np.int64)


@dataclass(frozen=True)
class Preset:
    """A speed grade: its timings, and where each is from."""

    timing: Timing
    citations: Mapping[str, Citation]


_SHEET = "micron-8gb-ddr4"
_SIMULATOR = "dramsim3"


def _sources(grade: str, config: str, nanoseconds: Mapping[str, str]) -> Mapping[str, Citation]:
    """Value of the citations of one grade; `nanoseconds` are what the data sheet has."""
    says = {
        "tCK": ("clock period", "Features: timing, cycle time"),
        "CL": ("read to first data", "Features: timing, cycle time"),
        "tRCD": ("activate to read", "Speed Bin Tables"),
        "tRP": ("precharge to activate", "Speed Bin Tables"),
        "tRAS": ("activate to precharge", "Speed Bin Tables"),
        "tRC": ("activate to activate, one bank", "Speed Bin Tables: tRAS + tRP"),
        "tRTP": ("read to precharge", "AC Timing Parameters"),
        "tCCD_S": ("read to read, other bank group", "AC Timing Parameters"),
    }
    found = {
        name: vendor(
            sentence,
            unit="ps" if name == "tCK" else "cycles",
            ref=_SHEET,
            place=f"{place}: {nanoseconds[name]}",
        )
        for name, (sentence, place) in says.items()
    }
    simulated = {
        "tCCD_L": "read to read, same bank group",
        "tRRD_S": "activate to activate, other bank group",
        "tRRD_L": "activate to activate, same bank group",
        "tFAW": "window of at most four activates of a rank",
        "tRFC": "refresh to activate",
        "tREFI": "refresh to refresh, on average",
    }
    found |= {
        name: related(
            sentence, unit="cycles", ref=_SIMULATOR, place=f"configs/{config}: {nanoseconds[name]}"
        )
        for name, sentence in simulated.items()
    }
    found["BL"] = vendor(
        "cycles of a burst of eight", unit="cycles", ref=_SHEET, place="8n-bit prefetch"
    )
    found["tRTRS"] = assumed(
        "empty cycles on the data bus between ranks",
        unit="cycles",
        why=f"no standard has it; DRAMsim3 takes 1 for {grade}, Ramulator 2 takes 2",
    )
    return MappingProxyType(found)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "DDR4-2400": Preset(
            Timing(tCK=833, CL=17, tRCD=17, tRP=17, tRAS=39, tRC=56, tRTP=9, tRRD_S=4, tRRD_L=6,
                   tFAW=26, tCCD_S=4, tCCD_L=6, BL=4, tRTRS=1, tRFC=420, tREFI=9364),
            _sources("DDR4-2400", "DDR4_8Gb_x8_2400.ini", {
                "tCK": "0.833 ns", "CL": "17 (-083)", "tRCD": "14.16 ns", "tRP": "14.16 ns",
                "tRAS": "32 ns", "tRC": "46.16 ns", "tRTP": "4 cycles or 7.5 ns",
                "tCCD_S": "4 cycles", "tCCD_L": "6 (5 ns)", "tRRD_S": "4",
                "tRRD_L": "6 (4.9 ns)", "tFAW": "26 (21 ns)", "tRFC": "420 (350 ns)",
                "tREFI": "9364 (7.8 us)",
            }),
        ),
        "DDR4-3200": Preset(
            Timing(tCK=625, CL=22, tRCD=22, tRP=22, tRAS=52, tRC=74, tRTP=12, tRRD_S=4, tRRD_L=8,
                   tFAW=34, tCCD_S=4, tCCD_L=8, BL=4, tRTRS=1, tRFC=560, tREFI=12480),
            _sources("DDR4-3200", "DDR4_8Gb_x8_3200.ini", {
                "tCK": "0.625 ns", "CL": "22 (-062E)", "tRCD": "13.75 ns", "tRP": "13.75 ns",
                "tRAS": "32 ns", "tRC": "45.75 ns", "tRTP": "4 cycles or 7.5 ns",
                "tCCD_S": "4 cycles", "tCCD_L": "8 (5 ns)", "tRRD_S": "4",
                "tRRD_L": "8 (4.9 ns)", "tFAW": "34 (21 ns)", "tRFC": "560 (350 ns)",
                "tREFI": "12480 (7.8 us)",
            }),
        ),
    }
)  # fmt: skip


def preset(name: str) -> Preset:
    """Value of the speed grade called `name`; a GuardlaneError lists those there are."""
    if name not in PRESETS:
        likely = get_close_matches(name, PRESETS, 1)
        hint = f"; did you mean {likely[0]}?" if likely else ""
        raise GuardlaneError(f"DRAM must be one of {', '.join(PRESETS)}, not {name!r}{hint}")
    return PRESETS[name]
