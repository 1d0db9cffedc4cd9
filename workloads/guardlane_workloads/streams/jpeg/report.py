# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of JPEG decodes: the pictures first, then what all seeds say."""

from __future__ import annotations

import io

from PIL import Image

from guardlane.config import Settings
from guardlane.record import Record
from guardlane.report import Gallery, Page, Panel, Section
from guardlane.report.render import render
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages

PAGE = "report.html"
LARGEST_SHOWN = 1024  # pixels of the longer side; the files beside the page are whole


def jpeg_report(
    comparison: Comparison, command: str, model: type[Settings], metrics: tuple[Metric, ...]
) -> dict[str, bytes]:
    """Draw up the page and give it with the pictures it shows, by name."""
    shown = pages.shown_seed(comparison, "psnr_db")
    picked = [(label, pages.run_of(runs, shown)) for label, runs in comparison]
    psnr, _, ssim = metrics[:3]
    flips = next(metric for metric in metrics if metric.name == "faults_injected")
    gain = pages.gains(comparison, "psnr_db")
    charts = [
        pages.chart(comparison, psnr, shown),
        pages.chart(comparison, ssim, shown, 3),
        *([pages.gain_chart(gain, shown, "PSNR", psnr)] if gain else []),
        pages.chart(comparison, flips, shown, title="Flips a run"),
    ]
    seeds = max(len(runs) for _, runs in comparison)
    record = comparison[-1][1][0]
    page = Page(
        title="A JPEG decoded on ten cores that make mistakes",
        lead=(
            f"The same decoder on ten cores that {pages.errors(comparison)}. "
            "What differs is how items travel between them."
        ),
        tally=pages.tally(comparison),
        highlights=tuple(pages.highlights(comparison, pages.gain_highlight(gain, "PSNR", psnr))),
        sections=(
            Section(
                "The pictures",
                (Gallery(tuple(_panel(label, run, psnr) for label, run in picked)),),
                f"Seed {shown}: the median of {seeds} by the PSNR with CommGuard. The bars read "
                "along the picture from top to bottom, one for each frame.",
            ),
            Section(
                f"Quality over {seeds} seeds",
                tuple(charts),
                pages.LEGEND,
            ),
            pages.statistics(comparison, metrics),
            pages.parameters(comparison, model),
            pages.again(
                comparison,
                command,
                {
                    "picture": pages.setting(record, "image_note"),
                    "picture, SHA-256": pages.setting(record, "image_sha256"),
                },
            ),
        ),
    )
    files = {f"{_slug(label)}.png": run.files["picture.png"] for label, run in picked}
    return {PAGE: render(page), **files}


def _panel(label: str, run: Record, metric: Metric) -> Panel:
    picture, is_whole = _fitting(run.files["picture.png"])
    lines = 8 * int(pages.setting(run, "frame_size"))
    psnr = run.metrics[metric.name]
    return Panel(
        title=label,
        picture=picture,
        alt=f"The photo as decoded: {label}",
        value="no error" if psnr is None else f"{psnr:.1f} {metric.unit}",
        caption=pages.caption(run),
        strip=pages.strip(run, metric, "PSNR", "frame", "error_free_psnr_db"),
        frame_pixels=lines if is_whole else None,
        is_emphasised=pages.setting(run, "guard") == pages.SUBJECT,
    )


def _fitting(content: bytes) -> tuple[bytes, bool]:
    """Value of a picture that is small enough for a page, and whether it is the whole one."""
    image = Image.open(io.BytesIO(content))
    if max(image.size) <= LARGEST_SHOWN:
        return content, True
    image.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), False


def _slug(label: str) -> str:
    return label.lower().replace(" ", "-")
