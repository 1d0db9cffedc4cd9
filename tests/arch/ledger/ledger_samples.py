# SPDX-License-Identifier: Apache-2.0
"""A small ledger for tests: claims about the toy program, and evidence made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guardlane.ledger.claims import Claim, Claims, read_claims
from guardlane.ledger.evidence import Evidence

CLAIMS = """
reviewed = 2026-01-02

[[claim]]
id = "toy-sum"
kind = "claim"
statement = "Dice add up to six."
reference = "yetim2015commguard"
locator = "abstract"
quote = "six"
scope = "Three throws."
band = { low = 5.0, high = 7.0, unit = "pips" }
why = "A pip either way."
[claim.test]
measure = "mean"
metric = "sum"
seeds = "1..3"
least = 2
runs = [{ workload = "toy", settings = { throws = "3", "tray.depth" = 5 } }]

[[claim]]
id = "toy-recalled"
kind = "recollection"
statement = "Dice are round."
reference = "yetim2015commguard"
"""


def claims_in(folder: Path, text: str = CLAIMS) -> Claims:
    """Write claims to a folder and read them."""
    folder.mkdir(exist_ok=True)
    (folder / "toy.toml").write_text(text)
    return read_claims(folder)


def row(claim: Claim, **changes: Any) -> Evidence:
    """Value of a row about `claim`, inside the band of toy-sum unless changed."""
    found: dict[str, Any] = {
        "claim": claim.id,
        "claim_hash": claim.hash,
        "config_hash": "0" * 32,
        "mean": 6.0,
        "low": 5.5,
        "high": 6.5,
        "n": 3,
        "unit": "pips",
        "seeds": "1..3",
        "calibrated_on": (),
        "versions": {"guardlane": "0.1.0"},
        "command": "guardlane ledger run toy-sum --seeds 1..3",
    }
    return Evidence(**(found | changes))
