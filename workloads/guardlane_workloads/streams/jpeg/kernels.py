# SPDX-License-Identifier: Apache-2.0
"""The filters of the JPEG decoder as they run on the cores.

One firing is the work on one MCU, a block of 8 x 8 samples of each of Y, Cb and Cr. Blocks travel
in zigzag order as far as `dequant`, row by row after it. A steady state is one row of MCUs: the
encoder put a restart marker after each, so every `begin` starts from nothing.
"""

from __future__ import annotations

from guardlane.isa.guest import constant, i32, pop_i32, push, state, table, u8

# Row-by-row place of each coefficient of a block that arrives in zigzag order (ITU T.81, figure 5).
ZIGZAG = constant(
    u8,
    (
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
        12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
        58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ),
)  # fmt: skip

# Huffman codes of Y, Cb and Cr, for each the DC and then the AC table: by length of the code (0 is
# unused) the largest code, -1 where there is none, and what to add to a code to find its symbol.
LARGEST = table(i32, 6 * 17)
OFFSET = table(i32, 6 * 17)
SYMBOLS = table(u8, 6 * 256)
QUANTISER = table(i32, 64)  # in zigzag order

# 2**13 times sums of Kn = sqrt(2) cos(n pi / 16), each sum rounded once.
K6 = 4433
K2_MINUS_K6 = 6270
K2_PLUS_K6 = 15137
K3 = 9633
K3_MINUS_K5 = 3196
K3_MINUS_K7 = 7373
K3_PLUS_K5 = 16069
K1_PLUS_K3 = 20995
K3_K5_LESS_K1_K7 = 2446
K1_K3_LESS_K5_K7 = 12299
K1_K3_K7_LESS_K5 = 16819
K1_K3_K5_LESS_K7 = 25172

bits = state(i32, 1)  # the byte that is being taken apart
left = state(i32, 1)  # how many of its bits are still to come
prediction = state(i32, 1)  # the DC coefficient of the block before, not yet dequantised
block = state(i32, 64)  # scratch of one firing


def huff_begin() -> None:
    """Start on a byte boundary, as after every restart marker."""
    bits[0] = 0
    left[0] = 0


def huff() -> None:
    """Decode the bytes of one MCU into three blocks of 64 coefficients, DC as a difference."""
    for component in range(3):
        push(0, amplitude(symbol(2 * component)))
        place = 1
        while place < 64:
            run_size = symbol(2 * component + 1)
            zeros = run_size >> 4
            if run_size == 0:  # end of block
                zeros = 64 - place
            for _ in range(zeros):
                push(0, 0)
            place += zeros
            if place < 64:
                push(0, amplitude(run_size & 15))
                place += 1


def symbol(code_table: i32) -> i32:
    """Read one Huffman code, at most 16 bits long; a code that does not exist counts as 0."""
    code = 0
    for length in range(1, 17):
        code = (code << 1) | next_bit()
        if code <= LARGEST[17 * code_table + length]:
            return SYMBOLS[256 * code_table + OFFSET[17 * code_table + length] + code]
    return 0


def amplitude(size: i32) -> i32:
    """Read a number of `size` bits; those that start with 0 are negative."""
    value = 0
    for _ in range(size):
        value = (value << 1) | next_bit()
    if value < (1 << size) >> 1:
        value -= (1 << size) - 1
    return value


def next_bit() -> i32:
    """Read one bit, the highest of a byte first; behind a byte of ones a zero byte is stuffed."""
    if left[0] == 0:
        bits[0] = pop_i32(0)
        left[0] = 8
        if bits[0] == 255:
            pop_i32(0)
    left[0] -= 1
    return (bits[0] >> left[0]) & 1


def split() -> None:
    """Deal the three blocks of an MCU to the three components."""
    for _ in range(64):
        push(0, pop_i32(0))
    for _ in range(64):
        push(1, pop_i32(0))
    for _ in range(64):
        push(2, pop_i32(0))


def dequant_begin() -> None:
    """Predict the first DC coefficient of a row of MCUs as 0."""
    prediction[0] = 0


def dequant() -> None:
    """Undo the DC prediction, the quantisation and the zigzag order of one block."""
    prediction[0] += pop_i32(0)
    block[0] = prediction[0] * QUANTISER[0]
    for k in range(1, 64):
        block[ZIGZAG[k]] = pop_i32(0) * QUANTISER[k]
    for k in range(64):
        push(0, block[k])


def idct() -> None:
    """Turn the coefficients of one block into samples from 0 to 255: columns first, then rows."""
    for k in range(64):
        block[k] = pop_i32(0)
    for column in range(8):
        inverse_dct(column, 8, 11)  # leaves two bits of fraction for the rows
    for row in range(8):
        inverse_dct(8 * row, 1, 18)  # and a factor of 8, as the DCT of either pass is sqrt(8) large
    for k in range(64):
        push(0, clamp(block[k] + 128))


def inverse_dct(first: i32, step: i32, shift: i32) -> None:
    """Transform eight elements of `block` in place, times 2**13, then shifted right by `shift`.

    The roundings are those of the "slow integer" IDCT of the Independent JPEG Group, after
    Loeffler, Ligtenberg and Moschytz (1989), so that the picture is libjpeg's to the last bit.
    """
    half = 1 << (shift - 1)  # rounds the shift to nearest
    c2 = block[first + 2 * step]
    c6 = block[first + 6 * step]
    turned = (c2 + c6) * K6
    e2 = turned - c6 * K2_PLUS_K6
    e3 = turned + c2 * K2_MINUS_K6
    e0 = ((block[first] + block[first + 4 * step]) << 13) + half
    e1 = ((block[first] - block[first + 4 * step]) << 13) + half

    c1 = block[first + step]
    c3 = block[first + 3 * step]
    c5 = block[first + 5 * step]
    c7 = block[first + 7 * step]
    every = (c1 + c3 + c5 + c7) * K3
    near = every - (c3 + c7) * K3_PLUS_K5
    far = every - (c1 + c5) * K3_MINUS_K5
    outer = (c1 + c7) * K3_MINUS_K7
    inner = (c3 + c5) * K1_PLUS_K3
    o0 = c1 * K1_K3_LESS_K5_K7 - outer + far
    o1 = c3 * K1_K3_K5_LESS_K7 - inner + near
    o2 = c5 * K1_K3_K7_LESS_K5 - inner + far
    o3 = c7 * K3_K5_LESS_K1_K7 - outer + near

    block[first] = (e0 + e3 + o0) >> shift
    block[first + 7 * step] = (e0 + e3 - o0) >> shift
    block[first + step] = (e1 + e2 + o1) >> shift
    block[first + 6 * step] = (e1 + e2 - o1) >> shift
    block[first + 2 * step] = (e1 - e2 + o2) >> shift
    block[first + 5 * step] = (e1 - e2 - o2) >> shift
    block[first + 3 * step] = (e0 - e3 + o3) >> shift
    block[first + 4 * step] = (e0 - e3 - o3) >> shift


def join() -> None:
    """Weave the three components into pixels."""
    for _ in range(64):
        push(0, pop_i32(0))
        push(0, pop_i32(1))
        push(0, pop_i32(2))


def colour() -> None:
    """Turn the pixels of an MCU from Y, Cb, Cr to R, G, B; 16 bits of fraction, as libjpeg."""
    for _ in range(64):
        y = pop_i32(0)
        blue = pop_i32(0) - 128
        red = pop_i32(0) - 128
        push(0, clamp(y + ((91881 * red + 32768) >> 16)))  # 1.402
        push(0, clamp(y + ((-22554 * blue - 46802 * red + 32768) >> 16)))  # -0.34414, -0.71414
        push(0, clamp(y + ((116130 * blue + 32768) >> 16)))  # 1.772


def clamp(value: i32) -> i32:
    """Bring a sample into 0..255."""
    return min(max(value, 0), 255)
