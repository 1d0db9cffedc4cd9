# SPDX-License-Identifier: Apache-2.0
"""The on-chip network: topology, routing, an input-queued router in numba and its slow twin."""
