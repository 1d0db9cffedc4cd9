# SPDX-License-Identifier: Apache-2.0
"""Look-ups on a server core, beside what was published of such."""
