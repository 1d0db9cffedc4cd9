# SPDX-License-Identifier: Apache-2.0
"""The guest's instruction set: RV32IMF decoded, executed, assembled and explained."""
