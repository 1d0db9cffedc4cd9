# SPDX-License-Identifier: Apache-2.0
"""The complex FIR filter as it runs on a core: sixteen complex taps in single precision."""

from __future__ import annotations

from guardlane.isa.guest import f32, i32, pop_f32, push, state, table

TAPS = 16  # a power of two: places in the history wrap by a mask

TAPS_RE = table(f32, TAPS)
TAPS_IM = table(f32, TAPS)

history_re = state(f32, TAPS)
history_im = state(f32, TAPS)
newest = state(i32, 1)  # place of the latest sample in the history


def fir() -> None:
    """Take one complex sample and give the sum of the last sixteen, each times its tap."""
    place = (newest[0] + 1) & (TAPS - 1)
    newest[0] = place
    history_re[place] = pop_f32(0)
    history_im[place] = pop_f32(0)
    re = 0.0
    im = 0.0
    for k in range(TAPS):
        x_re = history_re[(place - k) & (TAPS - 1)]
        x_im = history_im[(place - k) & (TAPS - 1)]
        re += TAPS_RE[k] * x_re - TAPS_IM[k] * x_im
        im += TAPS_RE[k] * x_im + TAPS_IM[k] * x_re
    push(0, re)
    push(0, im)
