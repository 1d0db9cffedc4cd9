# SPDX-License-Identifier: Apache-2.0
"""A badge: how many claims are supported and how many are not, as a small SVG without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from guardlane.ledger.verdict import Judged, Verdict

SHOWN = (
    (Verdict.SUPPORTING, "#1a7f37"),
    (Verdict.CONTRASTING, "#b3261e"),
    (Verdict.MENTIONING, "#6b7280"),
    (Verdict.UNTESTED, "#4b5563"),
)
HEIGHT, MARGIN = 20, 8  # pixels


def badge(judged: Sequence[Judged]) -> str:
    """Write the badge; a verdict that no claim has is left out."""
    verdicts = [one.verdict for one in judged]
    parts = [("claims", "#374151")]
    parts += [
        (f"{verdicts.count(verdict)} {verdict}", colour)
        for verdict, colour in SHOWN
        if verdict in verdicts
    ]
    left, drawn = 0, []
    for text, colour in parts:
        width = 13 * len(text) // 2 + 2 * MARGIN  # a letter of 11 px is 6.5 px wide
        drawn.append(
            f'<rect x="{left}" width="{width}" height="{HEIGHT}" fill="{colour}"/>'
            f'<text x="{left + width // 2}" y="14" textLength="{width - 2 * MARGIN}">'
            f"{escape(text)}</text>"
        )
        left += width
    said = escape(", ".join(text for text, _ in parts[1:]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{HEIGHT}" '
        f'viewBox="0 0 {left} {HEIGHT}" role="img" aria-label="claims: {said}">\n'
        f"<title>claims: {said}</title>\n"
        f'<clipPath id="round"><rect width="{left}" height="{HEIGHT}" rx="3"/></clipPath>\n'
        '<g clip-path="url(#round)" fill="#fff" text-anchor="middle" '
        'font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">\n'
        + "\n".join(drawn)
        + "\n</g>\n</svg>\n"
    )
