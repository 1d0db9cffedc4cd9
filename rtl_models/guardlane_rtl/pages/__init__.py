# SPDX-License-Identifier: Apache-2.0
"""The pages of the blocks: what in them is made from sources, models and proofs, not written."""
