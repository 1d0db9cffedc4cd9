# SPDX-License-Identifier: Apache-2.0
"""What stops a core and how it goes on: the interpreter's words to its caller, and the answers."""

from __future__ import annotations

from typing import Any

from guardlane.isa import state
from guardlane.kernel import kernel

_UINT32_MAX = (1 << 32) - 1


@kernel
def leave_text(s: Any) -> int:
    """Say what fetching from s[PC], outside the text, means."""
    if s[state.PC] == state.RETURN_ADDRESS:
        return state.RETURNED
    s[state.STOP_ADDRESS] = s[state.PC]
    return state.BAD_PC


@kernel
def stop_load(s: Any, offset: Any, width: int, signed: int, rd: int, is_float: int) -> int:
    """Say why a load at `offset` from BASE, misaligned or outside private memory, stops."""
    address = (s[state.BASE] + offset) & _UINT32_MAX
    s[state.STOP_ADDRESS] = address
    if address & (width - 1):
        return state.MISALIGNED_LOAD
    if not 0 <= address - s[state.SHARED_BASE] < s[state.SHARED_SIZE]:
        return state.BAD_LOAD
    s[state.WIDTH], s[state.SIGNED], s[state.RD], s[state.IS_FLOAT] = width, signed, rd, is_float
    return state.SHARED_LOAD


@kernel
def stop_store(s: Any, offset: Any, width: int, value: int) -> int:
    """Say why a store at `offset` from BASE, misaligned or outside writable memory, stops."""
    address = (s[state.BASE] + offset) & _UINT32_MAX
    s[state.STOP_ADDRESS] = address
    if address & (width - 1):
        return state.MISALIGNED_STORE
    if 4 * s[state.TEXT_WORDS] <= offset < s[state.SIZE]:
        return state.STORE_GUARDED
    outside = not 0 <= address - s[state.SHARED_BASE] < s[state.SHARED_SIZE]
    if offset < s[state.SIZE] or outside:
        return state.BAD_STORE
    s[state.WIDTH], s[state.VALUE] = width, value
    return state.SHARED_STORE


@kernel
def stop_pop(s: Any, port: int, rd: int, is_float: int) -> int:
    """Leave word for whoever answers a load from a port."""
    s[state.PORT], s[state.RD], s[state.IS_FLOAT] = port, rd, is_float
    s[state.WIDTH], s[state.SIGNED] = 4, 1
    return state.POP


@kernel
def stop_push(s: Any, port: int, value: int) -> int:
    """Leave word for whoever takes a store to a port."""
    s[state.PORT], s[state.VALUE] = port, value
    return state.PUSH


@kernel
def finish_load(s: Any, x: Any, f_bits: Any, value: int) -> None:
    """Complete the load, pop or wait that stopped with `value`, the bits read; charge no cycles.

    The value is extended from WIDTH bytes as SIGNED says, RD written, the instruction retired.
    """
    unused = 64 - 8 * s[state.WIDTH]
    if s[state.SIGNED]:
        value = value << unused >> unused
    else:
        value &= (1 << (8 * s[state.WIDTH])) - 1
    if s[state.IS_FLOAT]:
        f_bits[s[state.RD]] = value
    else:
        x[s[state.RD]] = value
    finish_store(s)


@kernel
def finish_store(s: Any) -> None:
    """Complete the store, push or call that stopped: step over it, retire it, charge nothing."""
    s[state.PC] = (s[state.PC] + 4) & _UINT32_MAX
    s[state.RETIRED] += 1
