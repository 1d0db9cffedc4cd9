# SPDX-License-Identifier: Apache-2.0
"""What is proved of a block, and what of it must fail, as a table out of the proofs."""

from __future__ import annotations

import re

from guardlane_rtl.proofs import HARNESSES, PROOFS
from guardlane_rtl.prove import FORMAL, Proof

LABEL = re.compile(r"^ *(p_\w+) :", re.MULTILINE)


def property_table(block: str) -> str:
    """Value of the proofs of a block as Markdown: the promises by harness, then each proof."""
    lines = ["| harness | promises |", "|---|---|"]
    for harness in HARNESSES[block]:
        labels = LABEL.findall((FORMAL / f"{harness}.sv").read_text())
        lines.append(f"| `{harness}.sv` | {' '.join(f'`{label}`' for label in labels)} |")
    lines += ["", "| proof | at | how | must |", "|---|---|---|---|"]
    for proof in PROOFS:
        if proof.top in HARNESSES[block]:
            values = ", ".join(f"{name} {value}" for name, value in proof.parameters.items())
            how = "induction" if proof.mode == "induction" else f"{proof.mode}, {proof.depth}"
            lines.append(f"| {proof.name} | {values} | {how} | {_outcome(proof)} |")
    return "\n".join(lines) + "\n"


def _outcome(proof: Proof) -> str:
    if proof.expected == "holds":
        return "be reached" if proof.mode == "cover" else "hold"
    return f"fail: `{proof.label}`"
