# SPDX-License-Identifier: Apache-2.0
"""Studies that come with guardlane, as TOML files."""
