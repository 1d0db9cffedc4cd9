# SPDX-License-Identifier: Apache-2.0
"""cocotb benches of the hardware; tests/rtl/test_rtl_benches.py runs them."""
