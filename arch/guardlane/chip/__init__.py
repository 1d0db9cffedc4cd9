# SPDX-License-Identifier: Apache-2.0
"""A chip: tiles with a core and a guard each, joined by queues over a network, running a stream graph."""
