# SPDX-License-Identifier: Apache-2.0
"""Stream programs: filters on cores, joined by queues."""
