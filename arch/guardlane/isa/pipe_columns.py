# SPDX-License-Identifier: Apache-2.0
"""A pipeline in one array: its parameters, what it remembers, what it counts, its caches.

The kernels of `timing` and its neighbours read it by these columns. Rows of `issue` say for each
instruction what it reads, writes and takes.
"""

from __future__ import annotations

# Parameters, in cycles where nothing else is said.
(
    WAIT,  # of an access to memory beyond the first cycle
    FETCH_DEPTH,  # words of the prefetch buffer; 0 for a core without
    REDIRECT_BRANCH,  # from the issue of a wrongly followed branch to the fetch of its target
    REDIRECT_JUMP,
    REDIRECT_JUMP_REGISTER,
    PREDICTS,  # 1: backward branches are followed in fetch, others are not
    REDIRECT_PREDICTED,  # of a branch followed as predicted; only cores that fetch by the line
    JUMP_REGISTER_EARLY,  # by which jalr reads its operand before the others do
    PORT_EXTRA,  # by which an access keeps the data port longer than the memory does
    RELOAD,  # of a load of the word that was just stored
    RELOAD_WINDOW,  # after the store, in which that happens
    DIVIDE_BY_BITS,  # 1: a division takes DIV_LATENCY and one more for each leading zero
    DIVIDE_BY_ZERO,  # 0: as any other
    SHIFT_STEP,  # bits by which a shift shifts in a cycle, and the rest bit by bit; 0: all at once
    SHIFT_FIRST,  # of such a shift by one bit
    FLOAT_REPEAT,  # between the starts of two floating-point operations
    FLOAT_PORT,  # after such a start, in which its result takes the port of the others; 0: never
    FETCH_WORDS,  # words of a line of the instruction cache; 0: no instruction cache
    FETCH_MISS,  # of a miss, beside its words
    DATA_WORDS,  # words of a line of the data cache; 0: no data cache
    DATA_MISS,
    SECOND_HIT,  # of a hit in the second-level cache; 0: no such cache
    FETCH_SHIFT,  # log2 of the bytes of a line
    FETCH_MASK,  # sets - 1
    FETCH_WAYS,
    DATA_SHIFT,
    DATA_MASK,
    DATA_WAYS,
    SECOND_SHIFT,
    SECOND_MASK,
    SECOND_WAYS,
    FETCH_TAGS,  # where the tags of a cache begin
    DATA_TAGS,
    SECOND_TAGS,
    TAGS_END,
    PACED,  # 1: words of the prefetch buffer are timed one by one
    EVERY_WORD,  # 1: no word is at hand before it has been looked at
    HORIZON,  # after its issue, within which all is there that an instruction leaves behind
    PARAMETERS,
) = range(39)

# State.
(
    AT_HAND,  # line of which a word can issue without a further question
    FETCHED_AT,  # start of the access that fetches the next word
    STREAMING,  # 0: that access has been started by a redirect
    WORDS,  # words consumed, which number the places of RING
    LINE,  # line of the latest word
    PORT_FREE,  # cycle from which the data port is free
    STORED_AT,  # issue of the latest store
    STORED_WORD,
    FLOAT_FREE,
    FLOAT_TAKES,  # cycle in which a floating-point result takes the port of the others
    PENDING,  # cycle from which every result, unit and port is there
    ELAPSED,  # cycles from one issue to the next, of all instructions
    LONGER,  # cycles by which instructions kept the stage longer than their rows say
    # Counts, in cycles and accesses.
    STALL_FETCH,
    STALL_DATA,
    STALL_REDIRECT,
    FETCH_LOOKUPS,
    FETCH_MISSES,
    DATA_MISSES,
    SECOND_LOOKUPS,
    SECOND_MISSES,
    STATE_END,
) = range(40, 62)

RING = 64  # cycles at which the latest words were consumed
READY = 72  # cycle from which each register can be read: x0..x31, the bin, f0..f31
FLOATS = 33  # number of f0 among them
TAGS = 144

# Columns of a row of `issue`.
(
    S1,
    S2,
    DESTINATIONS,  # the register it writes; above THIRD_BITS the third that it reads
    KIND,  # and what to watch for, below
    TAKES,  # cycles it keeps the stage; above OCCUPANCY_BITS those until its result is there
    LINE_NUMBER,
    MORE,  # how much more often it was retired than the row before
    PACE,  # planned cycles, from the issue it could have had to that of the next
) = range(8)
OCCUPANCY_BITS, LOW = 16, (1 << 16) - 1
THIRD_BITS, REGISTER = 8, (1 << 8) - 1

SIMPLE, LOAD, STORE, BRANCH, OTHER, DIVIDE, SHIFT, JUMP, JUMP_REGISTER, FLOAT, CACHED_LOAD = range(
    11
)
KINDS = 15  # of column KIND, the bits with one of the above
# More bits of column KIND: of a stretch of straight code the FIRST and the LAST row; rows behind
# which something is still pending (LATE); those that can take other than their PACE (WATCHED), and
# of them those of which it cannot be told before (UNPLANNED).
WATCHED, LAST, FIRST, LATE, UNPLANNED = 16, 32, 64, 128, 256

BY_ZERO = -1  # what stands for a divisor of zero; the complement of -1 is 0
NONE = -1  # at hand where a word has to be looked at
BY_WORD = -2  # line of the rows of a core with a prefetch buffer
NOWHERE = 32  # the register of an instruction that writes none
