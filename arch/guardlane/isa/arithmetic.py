# SPDX-License-Identifier: Apache-2.0
"""The corners of RISC-V arithmetic as kernels: fused products, minima, classes, conversions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import extending, types

from guardlane.isa.state import CANONICAL_NAN
from guardlane.kernel import kernel

_QUIET_BIT = 0x00400000
_one_instruction = cast(Callable[[Callable[..., Any]], Callable[..., Any]], extending.intrinsic)


@_one_instruction
def fused(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Float32 `a * b + c`, rounded once."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), build


@_one_instruction
def bits(typing_context: Any, value: Any) -> Any:
    """The int32 that a float32 is made of."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), build


@_one_instruction
def quotient(typing_context: Any, a: Any, b: Any) -> Any:
    """Int64 quotient `a / b` cut toward zero; `b` is not 0 and the quotient fits."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sdiv(*arguments)

    return types.int64(types.int64, types.int64), build


@_one_instruction
def remainder(typing_context: Any, a: Any, b: Any) -> Any:
    """Int64 remainder with the sign of `a`; `b` is not 0 and the quotient fits."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.srem(*arguments)

    return types.int64(types.int64, types.int64), build


@kernel
def canonical(value: Any) -> Any:
    """Bits of a float32 result: every NaN becomes the one RISC-V knows."""
    if value != value:
        return np.int32(CANONICAL_NAN)
    return bits(value)


@kernel
def smaller(a: Any, b: Any) -> Any:
    """Bits of fmin: the number if one is a NaN, and -0 below +0."""
    if a != a:
        return canonical(b)
    if b != b or a < b:
        return bits(a)
    return bits(b) if b < a else bits(a) | bits(b)


@kernel
def larger(a: Any, b: Any) -> Any:
    """Bits of fmax: the number if one is a NaN, and +0 above -0."""
    if a != a:
        return canonical(b)
    if b != b or a > b:
        return bits(a)
    return bits(b) if b > a else bits(a) & bits(b)


@kernel
def float_class(pattern: Any) -> Any:
    """The one-hot class of float32 bits, as fclass numbers them."""
    exponent, fraction = (pattern >> 23) & 0xFF, pattern & 0x007FFFFF
    if exponent == 0xFF and fraction != 0:
        return 1 << 9 if fraction & _QUIET_BIT else 1 << 8
    if exponent == 0xFF:
        kind = 0  # infinite
    elif exponent != 0:
        kind = 1  # normal
    else:
        kind = 2 if fraction != 0 else 3  # subnormal or zero
    return 1 << kind if pattern < 0 else 1 << (7 - kind)


@kernel
def to_integer(value: Any, mode: Any, low: Any, high: Any) -> Any:
    """Round float32 `value` by `mode` (0 even, 1 zero, 2 down, 3 up, 4 ties away) to low..high.

    A NaN gives `high`, and what is out of range the nearer end.
    """
    if value != value:
        return high
    wide = min(max(np.float64(value), -8589934592.0), 8589934592.0)
    if mode == 1:
        result = np.int64(wide)
    elif mode == 2:
        result = np.int64(math.floor(wide))
    elif mode == 3:
        result = np.int64(math.ceil(wide))
    elif mode == 4:
        result = np.int64(wide + math.copysign(0.5, wide))
    else:
        # 1.5 * 2**52 leaves no room for a fraction: the addition itself rounds to even.
        result = np.int64((wide + 6755399441055744.0) - 6755399441055744.0)
    return min(max(result, low), high)
