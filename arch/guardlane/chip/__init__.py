# SPDX-License-Identifier: Apache-2.0
"""A chip: tiles of a core and a guard, joined by queues, running a stream graph."""
