# SPDX-License-Identifier: Apache-2.0
"""Cut a picture of the documentation out of a report: `python cut.py NAME REPORT.html OUT.png`.

first-light: the gallery of what `guardlane run jpeg --compare --out DIR` leaves; jpeg-quality: the
curves of `guardlane report jpeg-quality.db`. `chromium` draws the page. A palette of 256 colours
keeps files below 400 kB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

CUTS = {  # the window, and left, top, right, bottom of what is cut out
    "first-light": ("1400,2200", (56, 704, 1348, 1280)),
    "jpeg-quality": ("1300,1700", (40, 580, 1260, 1376)),
}


def main(name: str, report: str, out: str) -> None:
    """Draw `report` in a browser without a window and save the cut `name` as `out`."""
    window, corners = CUTS[name]
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "report.png"
        subprocess.run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--hide-scrollbars", "--disable-background-networking",
                "--blink-settings=preferredColorScheme=1", f"--user-data-dir={place}/profile",
                f"--window-size={window}", f"--screenshot={shot}", Path(report).resolve().as_uri(),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        found = Image.open(shot).convert("RGB").crop(corners)
    found.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(out, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
