# SPDX-License-Identifier: Apache-2.0
"""The numbers a core and its interpreter agree on: columns of state and rows, stops, addresses.

State is int64[STATE_WIDTH]; a row is int32[ROW_WIDTH]. A stop below FIRST_TRAP is an event the
caller answers; from FIRST_TRAP on, the guest did something no guest may do.
"""

from __future__ import annotations

# Columns of the state.
PC = 0  # byte address of the next instruction
RETIRED = 1  # instructions
CYCLES = 2  # cycles
STOP_ADDRESS = 3  # byte address of the access that stopped, or the bad pc
PORT = 4  # port number of a pop or push
VALUE = 5  # bits of the value to push or store, an int32 sign-extended
RD = 6  # register a load or pop writes; 32 is the bin
IS_FLOAT = 7  # 1 when RD names a floating-point register
BASE = 8  # first byte address of private memory
SIZE = 9  # bytes of private memory
TEXT_WORDS = 10  # instructions; they start at BASE
WRITE_FROM = 11  # first byte address a store may touch
SHARED_BASE = 12  # first byte address of the shared window
SHARED_SIZE = 13  # bytes of the shared window; 0 for none
WIDTH = 14  # bytes of a shared access: 1, 2 or 4
SIGNED = 15  # 1 when a shared load extends the sign
STATE_WIDTH = 16

# Stops.
LIMIT = 0
RETURNED = 1
POP = 2
PUSH = 3
NEW_FRAME_PORT = 4
END_PORT = 5
WAIT_PORT = 6
SHARED_LOAD = 7
SHARED_STORE = 8
EBREAK = 9
ECALL = 10
FIRST_TRAP = 11
BAD_PC = 11
ILLEGAL = 12
MISALIGNED_PC = 13
MISALIGNED_LOAD = 14
MISALIGNED_STORE = 15
BAD_LOAD = 16
BAD_STORE = 17
STORE_GUARDED = 18

STOP_NAMES = (
    "limit", "returned", "pop", "push", "new_frame_port", "end_port", "wait_port", "shared_load",
    "shared_store", "ebreak", "ecall", "bad_pc", "illegal", "misaligned_pc", "misaligned_load",
    "misaligned_store", "bad_load", "bad_store", "store_guarded",
)  # fmt: skip

# Columns of a row of predecoded text.
OP = 0
ROW_RD = 1
RS1 = 2
RS2 = 3  # the rounding mode of a conversion to an integer
IMM = 4  # bytes of an offset; the third source of a fused operation; the number of a port
COST = 5  # cycles
TAKEN_COST = 6  # cycles of a branch that is taken
CLASS = 7
ROW_WIDTH = 8

BIN = 32  # the slot of x that takes writes to x0
MEMORY_BASE = 0x1000
RETURN_ADDRESS = 0x0FFC  # below every memory: a jump there ends the frame
PORTS = 509  # ports 0..508 at -4 (k + 1), the pointer-free addresses around zero
NEW_FRAME_OFFSET = -2044
END_OFFSET = -2040
WAIT_OFFSET = -2044
CANONICAL_NAN = 0x7FC00000
