# SPDX-License-Identifier: Apache-2.0
"""A complex FIR filter: the smallest frames a stream program can have, and floating point."""
