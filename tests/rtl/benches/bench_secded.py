# SPDX-License-Identifier: Apache-2.0
"""The code of 9 data bits: every flip is repaired, every pair of flips noticed."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import cocotb
from cocotb.triggers import Timer

from guardlane_rtl.monitor import report

CODE_BITS = 14


@cocotb.test()
async def flips(dut: Any) -> None:
    decodes = 0
    for data in (0, 1, 0x55, 0xFF, 0x100, 0x1FF):
        dut.enc_data_i.value = data
        await Timer(1, "ns")
        code = int(dut.enc_code_o.value)
        assert code & 0x1FF == data
        masks = [1 << bit for bit in range(CODE_BITS)]
        masks += [a ^ b for a, b in combinations(masks, 2)]
        for mask in (0, *masks):
            dut.dec_code_i.value = code ^ mask
            await Timer(1, "ns")
            said = int(dut.dec_corrected_o.value), int(dut.dec_uncorrectable_o.value)
            assert said == (int(mask.bit_count() == 1), int(mask.bit_count() == 2))
            assert mask.bit_count() == 2 or int(dut.dec_data_o.value) == data
            decodes += 1
    report("flips", decodes=decodes)
