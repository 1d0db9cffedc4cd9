# SPDX-License-Identifier: Apache-2.0
"""Pipelines of public cores, each read off the cycles of its RTL by class of instruction.

All are instances of the one description in `pipeline`. The depth of a prefetch buffer was chosen
among three by the errors of all programs with memory that waits, `start` is what was left over; see
docs/core.md, which has the errors against the measured cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guardlane.core.pipeline import Cache, Pipeline, Times
from guardlane.errors import GuardlaneError

_FLOAT = ("fp_add", "fp_mul", "fp_fma", "fp_move", "fp_convert", "fp_compare")
_PLAIN = {"fp_div": 1, "fp_sqrt": 1}


def _vexriscv(
    redirect: int, *, iterative_mul: bool = False, caches: int = 4096, **other: Any
) -> Pipeline:
    """Build a VexRiscv: five stages, results from the stage that the latencies say."""
    mul = 33 if iterative_mul else 1
    return Pipeline().model_copy(
        update={
            "start": caches // 32,  # a line of the cache is cleared each cycle
            "fetch_depth": 0,
            "redirect_branch": redirect,
            "redirect_jump": 1,
            "redirect_jump_register": redirect,
            "predicts": "backward",
            "redirect_predicted": 1,
            "jump_register_early": 0,
            "divide_by_bits": False,
            "reload": 5,
            "reload_window": 3,
            "occupancy": Times(mul=mul, mulh=mul, div=34, **_PLAIN),
            "latency": Times(shift=2, load=3, mul=mul + 1 if iterative_mul else 3,
                             mulh=mul + 1 if iterative_mul else 3, div=35),
            "fetch_cache": Cache(size=caches, miss=4),
            "data_cache": Cache(size=4096, miss=4),
        }
        | other
    )  # fmt: skip


def _ibex(*, stages: int = 3, predicts: str = "nothing") -> Pipeline:
    """Build an Ibex: two stages, or three with a stage for writing back."""
    small = stages == 2
    return Pipeline().model_copy(
        update={
            "start": 3,
            "fetch_depth": 3,
            "redirect_branch": 1 if small else 0,
            "predicts": predicts,
            "jump_register_early": 0,
            "load_blocks": small,
            "store_blocks": small,
            "divide_by_bits": False,
            "divide_by_zero": 2,
            "occupancy": Times(mul=3 if small else 1, mulh=4 if small else 2, div=37,
                               load=2 if small else 1, store=2 if small else 1, **_PLAIN),
            "latency": Times(mul=3 if small else 1, mulh=4 if small else 2, div=37, load=2,
                             store=2),
        }
    )  # fmt: skip


def _cv32e40p(float_latency: int = 0, **other: Any) -> Pipeline:
    """Build a CV32E40P with `float_latency` stages in its floating-point unit."""
    latency = Times(load=2, **dict.fromkeys(_FLOAT, 1 + float_latency))
    return Pipeline().model_copy(update={"latency": latency} | other)


def _picorv32(**other: Any) -> Pipeline:
    """Build a PicoRV32: one instruction at a time, its fetch included."""
    times = Times(alu=3, shift=5, mul=40, mulh=72, div=40, load=5, store=5, jump=3, jump_register=3,
                  fp_add=3, fp_mul=3, fp_fma=3, fp_div=3, fp_sqrt=3, fp_move=3, fp_convert=3,
                  fp_compare=3)  # fmt: skip
    return Pipeline().model_copy(
        update={
            "start": 7,
            "fetch_depth": 0,
            "redirect_branch": 2,
            "redirect_jump": 0,
            "redirect_jump_register": 3,
            "jump_register_early": 0,
            "load_blocks": True,
            "store_blocks": True,
            "divide_by_bits": False,
            "shift_step": 4,
            "occupancy": times,
            "latency": Times(),
        }
        | other
    )


def presets() -> Mapping[str, Pipeline]:
    """Value of the pipelines by name."""
    no_data_cache: dict[str, Any] = {"data_cache": Cache(), "reload": 0, "reload_window": 0}
    slow = Times(load=3, mul=34, mulh=34, div=35, jump=3, jump_register=3)
    four: dict[str, Any] = {
        "redirect_jump": 4,
        "predicts": "nothing",
        "redirect_predicted": 0,
        "reload": 6,
    }
    return {
        "vexriscv_full_bypass": _vexriscv(3),
        "vexriscv_early_branch": _vexriscv(2),
        "vexriscv_no_prediction": _vexriscv(4, iterative_mul=True, start=144, **four),
        "vexriscv_lite": _vexriscv(
            3, iterative_mul=True, caches=2048, port_extra=1, load_blocks=True, shift_step=1,
            latency=slow, **no_data_cache,
        ),
        "ibex_small": _ibex(stages=2),
        "ibex_maxperf": _ibex(),
        "ibex_branch_predictor": _ibex(predicts="backward"),
        "cv32e40p": _cv32e40p(),
        "cv32e40p_fpu_lat0": _cv32e40p(),
        "cv32e40p_fpu_lat1": _cv32e40p(1),
        "cv32e40p_fpu_lat2": _cv32e40p(2, float_repeat=3, float_port=2),
        "picorv32_default": _picorv32(),
        "picorv32_fast": _picorv32(
            shift_step=0,
            occupancy=_picorv32().occupancy.model_copy(update={"shift": 3, "mul": 6, "mulh": 6}),
        ),
    }  # fmt: skip


def preset(name: str) -> Pipeline:
    """Value of the pipeline called `name`; raises GuardlaneError that names those there are."""
    found = presets().get(name)
    if found is None:
        raise GuardlaneError(f"core must be one of {', '.join(presets())}, not {name!r}")
    return found
