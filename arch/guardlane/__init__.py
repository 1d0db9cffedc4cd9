# SPDX-License-Identifier: Apache-2.0
"""A laboratory for hardware that makes mistakes and hardware that is spread out."""

__version__ = "0.1.0"
