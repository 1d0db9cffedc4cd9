# SPDX-License-Identifier: Apache-2.0
"""The filters of the Fourier transform as they run on the cores, one code for all sizes of each.

An element is two items, real and imaginary part. Filters that only move items move their bits.
"""

from __future__ import annotations

from guardlane.isa.guest import f32, i32, pop_f32, pop_i32, push, state, table

POINTS = 64
ITEMS = 2 * POINTS  # of a transform
HALF = POINTS // 2

SIZE = table(i32, 1)  # elements that a filter takes in one firing
TWIDDLE_RE = table(f32, HALF)  # the first SIZE / 2 of them are used
TWIDDLE_IM = table(f32, HALF)

odd_re = state(i32, HALF)
odd_im = state(i32, HALF)
half_re = state(f32, HALF)
half_im = state(f32, HALF)


def split() -> None:
    """Deal one transform to each branch."""
    for _ in range(ITEMS):
        push(0, pop_i32(0))
    for _ in range(ITEMS):
        push(1, pop_i32(0))


def join() -> None:
    """Take one transform from each branch."""
    for _ in range(ITEMS):
        push(0, pop_i32(0))
    for _ in range(ITEMS):
        push(0, pop_i32(1))


def reorder() -> None:
    """Give the even elements of SIZE, then the odd ones."""
    half = SIZE[0] >> 1
    for k in range(half):
        push(0, pop_i32(0))
        push(0, pop_i32(0))
        odd_re[k] = pop_i32(0)
        odd_im[k] = pop_i32(0)
    for k in range(half):
        push(0, odd_re[k])
        push(0, odd_im[k])


def combine() -> None:
    """Combine the transforms of the even and of the odd elements into one of SIZE elements."""
    half = SIZE[0] >> 1
    for k in range(half):
        half_re[k] = pop_f32(0)
        half_im[k] = pop_f32(0)
    for k in range(half):
        re = pop_f32(0)
        im = pop_f32(0)
        turned_re = re * TWIDDLE_RE[k] - im * TWIDDLE_IM[k]
        turned_im = re * TWIDDLE_IM[k] + im * TWIDDLE_RE[k]
        push(0, half_re[k] + turned_re)
        push(0, half_im[k] + turned_im)
        half_re[k] -= turned_re
        half_im[k] -= turned_im
    for k in range(half):
        push(0, half_re[k])
        push(0, half_im[k])
