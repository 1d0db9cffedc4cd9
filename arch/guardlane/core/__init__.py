# SPDX-License-Identifier: Apache-2.0
"""One core: guest code, its protection, and what a fault does to it."""
