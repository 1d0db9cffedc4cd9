# SPDX-License-Identifier: Apache-2.0
"""`python -m guardlane.cli`, for where the script is not on the path."""

from __future__ import annotations

import sys

from guardlane.cli import main

sys.exit(main())
