# SPDX-License-Identifier: Apache-2.0
"""Sets of up to 64 small numbers in one int64, and the round robin over such a set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import extending

from guardlane.kernel import part

_one_instruction = cast(Callable[[Callable[..., Any]], Callable[..., Any]], extending.intrinsic)


@_one_instruction
def _trailing_zeros(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@part
def lowest(members: Any) -> Any:
    """Find the least member of a set that is not empty."""
    return _trailing_zeros(members)


@part
def first_from(members: Any, start: Any) -> Any:
    """Find the least member from `start` (0 to 63) on, or else the least; the set is not empty."""
    later = members & (-1 << start)
    return _trailing_zeros(later if later != 0 else members)
