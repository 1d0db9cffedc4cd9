# SPDX-License-Identifier: Apache-2.0
"""Cut the picture of the README out of a report: `python first_light.py REPORT.html OUT.png`.

The report is what `guardlane run jpeg --compare --out DIR` leaves; `chromium` draws it. A palette
of 256 colours keeps the file below 400 kB, most of which is the noise of the ruined pictures.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

WINDOW = "1400,2200"
GALLERY = (56, 704, 1348, 1280)  # left, top, right, bottom of the four pictures and their legend


def main(report: str, out: str) -> None:
    """Draw `report` in a browser without a window and save the gallery as `out`."""
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "report.png"
        subprocess.run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--hide-scrollbars", "--disable-background-networking",
                "--blink-settings=preferredColorScheme=1", f"--user-data-dir={place}/profile",
                f"--window-size={WINDOW}", f"--screenshot={shot}", Path(report).resolve().as_uri(),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        gallery = Image.open(shot).convert("RGB").crop(GALLERY)
    gallery.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(out, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
