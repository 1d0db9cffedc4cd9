# SPDX-License-Identifier: Apache-2.0
"""What papers claim, what runs here say about it, and the verdict that follows by rule."""
