# SPDX-License-Identifier: Apache-2.0
"""Traffic on an on-chip network, as a workload."""
