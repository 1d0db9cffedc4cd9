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
_SAYS = {
    "tCK": "clock period",
    "CL": "read to first data",
    "tRCD": "activate to read",
    "tRP": "precharge to activate",
    "tRAS": "activate to precharge",
    "tRC": "activate to activate, one bank",
    "tRTP": "read to precharge",
    "tRRD_S": "activate to activate, other bank group",
    "tRRD_L": "activate to activate, same bank group",
    "tFAW": "window of at most four activates of a rank",
    "tCCD_S": "read to read, other bank group",
    "tCCD_L": "read to read, same bank group",
    "BL": "cycles of a burst of eight",
    "tRTRS": "empty cycles on the data bus between ranks",
    "tRFC": "refresh to activate",
    "tREFI": "refresh to refresh, on average",
}
_SPEED = "Speed Bin Tables, DDR4-2400, -083, 17-17-17"
_AC = "AC Timing Parameters, DDR4-2400"
_SHEET_2400 = {
    "tCK": "Features: 0.833 ns at CL 17, -083",
    "CL": "Features: 0.833 ns at CL 17, -083",
    "tRCD": f"{_SPEED}: 14.16 ns",
    "tRP": f"{_SPEED}: 14.16 ns",
    "tRAS": f"{_SPEED}: 32 ns",
    "tRC": f"{_SPEED}: tRAS and tRP",
    "tRTP": f"{_AC}: 4 cycles or 7.5 ns, the greater",
    "tCCD_S": f"{_AC}: 4 cycles",
    "tCCD_L": f"{_AC}: 4 cycles or 5 ns, the greater",
    "BL": "Features: 8n-bit prefetch",
}
_SHEET_3200 = {
    "tCK": "Features: 0.625 ns at CL 22, -062E",
    "CL": "Features: 0.625 ns at CL 22, -062E",
    "BL": "Features: 8n-bit prefetch",
}


def _unit(name: str) -> str:
    return "ps" if name == "tCK" else "cycles"


def _citations(
    from_sheet: Mapping[str, str], simulator: str, place: str, owned: Mapping[str, str]
) -> Mapping[str, Citation]:
    """Value of a source for each timing: the data sheet, or our own reason, or a simulator."""
    found = {}
    for name, sentence in _SAYS.items():
        unit = _unit(name)
        if name in from_sheet:
            found[name] = vendor(sentence, unit=unit, ref=_SHEET, place=from_sheet[name])
        elif name in owned:
            found[name] = assumed(sentence, unit=unit, why=owned[name])
        else:
            found[name] = related(sentence, unit=unit, ref=simulator, place=f"{place}: {name}")
    return MappingProxyType(found)


_SWITCH = {"tRTRS": "no standard has it; DRAMsim3 takes 1 or 2 cycles, Ramulator 2 takes 2"}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "DDR4-2400": Preset(
            Timing(tCK=833, CL=17, tRCD=17, tRP=17, tRAS=39, tRC=56, tRTP=9, tRRD_S=4, tRRD_L=6,
                   tFAW=26, tCCD_S=4, tCCD_L=6, BL=4, tRTRS=1, tRFC=420, tREFI=9364),
            _citations(_SHEET_2400, "dramsim3", "configs/DDR4_8Gb_x8_2400.ini", _SWITCH),
        ),
        "DDR4-2666": Preset(
            Timing(tCK=750, CL=19, tRCD=19, tRP=19, tRAS=43, tRC=62, tRTP=10, tRRD_S=4, tRRD_L=7,
                   tFAW=28, tCCD_S=4, tCCD_L=7, BL=4, tRTRS=1, tRFC=467, tREFI=10400),
            _citations({}, "ramulator2", "python/ramulator/dram/ddr4.py, DDR4_2666V", _SWITCH
                       | {"tRFC": "350 ns, as in the other grades; Ramulator 2 takes 360"}),
        ),
        "DDR4-3200": Preset(
            Timing(tCK=625, CL=22, tRCD=22, tRP=22, tRAS=52, tRC=74, tRTP=12, tRRD_S=4, tRRD_L=8,
                   tFAW=34, tCCD_S=4, tCCD_L=8, BL=4, tRTRS=1, tRFC=560, tREFI=12480),
            _citations(_SHEET_3200, "dramsim3", "configs/DDR4_8Gb_x8_3200.ini", _SWITCH),
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


def known_grade(name: str) -> str:
    """Value of `name` if it is a speed grade, for settings; a ValueError lists those there are."""
    try:
        preset(name)
    except GuardlaneError as reason:
        raise ValueError(str(reason)) from None
    return name
