# SPDX-License-Identifier: Apache-2.0
"""Programs of recommendation models: pooled look-ups in embedding tables."""
