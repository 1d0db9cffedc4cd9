# SPDX-License-Identifier: Apache-2.0
"""The filters of the beamformer as they run on the cores.

Fifteen ways are three times five: a core reaches eight software queues on either side.
"""

from __future__ import annotations

from guardlane.isa.guest import f32, i32, pop_f32, pop_i32, push, state, table

MICROPHONES = 15
OUTER, INNER = 3, 5  # ways of a splitter and a joiner
LONGEST = 16  # samples that a microphone's delay line holds; a power of two, places wrap by a mask

LAG = table(i32, 1)  # whole samples to wait, LONGEST - 2 at most
FRACTION = table(f32, 1)  # and part of a sample
WEIGHT = table(f32, 1)

line = state(f32, LONGEST)
newest = state(i32, 1)  # place of the latest sample in the line


def split_outer() -> None:
    """Deal the samples of one instant to three splitters, five each."""
    for _ in range(INNER):
        push(0, pop_i32(0))
    for _ in range(INNER):
        push(1, pop_i32(0))
    for _ in range(INNER):
        push(2, pop_i32(0))


def split_inner() -> None:
    """Deal five samples to five microphones."""
    push(0, pop_i32(0))
    push(1, pop_i32(0))
    push(2, pop_i32(0))
    push(3, pop_i32(0))
    push(4, pop_i32(0))


def interpolate() -> None:
    """Take one sample and give the one of LAG + FRACTION samples ago, weighted."""
    place = (newest[0] + 1) & (LONGEST - 1)
    newest[0] = place
    line[place] = pop_f32(0)
    near = line[(place - LAG[0]) & (LONGEST - 1)]
    far = line[(place - LAG[0] - 1) & (LONGEST - 1)]
    push(0, (near + (far - near) * FRACTION[0]) * WEIGHT[0])


def join_inner() -> None:
    """Gather the samples of five microphones."""
    push(0, pop_i32(0))
    push(0, pop_i32(1))
    push(0, pop_i32(2))
    push(0, pop_i32(3))
    push(0, pop_i32(4))


def join_outer() -> None:
    """Gather the samples of one instant."""
    for _ in range(INNER):
        push(0, pop_i32(0))
    for _ in range(INNER):
        push(0, pop_i32(1))
    for _ in range(INNER):
        push(0, pop_i32(2))


def average() -> None:
    """Take the samples of one instant and give their mean."""
    total = 0.0
    for _ in range(MICROPHONES):
        total += pop_f32(0)
    push(0, total / f32(MICROPHONES))
