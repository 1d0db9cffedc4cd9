# SPDX-License-Identifier: Apache-2.0
"""Runs cocotb benches on Verilator or Icarus, and brings back what each of them counted.

A bench is a cocotb test that calls `report` of guardlane_rtl.monitor at its end. One build of a
top module serves all benches of a simulator.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import RTL
from guardlane_rtl.tools import require_module, tool, tool_environment

PROGRAM = {"verilator": "verilator", "icarus": "iverilog"}
REPLAY = "GUARDLANE_REPLAY"  # the file of segments that replay_bench drives
RESULTS = "GUARDLANE_BENCH_RESULTS"  # the file that benches write their counts to


@dataclass(frozen=True)
class Outcome:
    """What one bench came to: the failure in words, or "", and its counts."""

    name: str
    failure: str
    counts: Mapping[str, Any]


@dataclass(frozen=True)
class Simulation:
    """A top module, built for one simulator in `folder`."""

    simulator: str
    top: str
    folder: Path
    waves: bool

    def run(
        self,
        module: str,
        *,
        only: str | None = None,
        seed: int = 1,
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, Outcome]:
        """Run the benches of the Python module `module`; returns each one's outcome by name.

        `only` is a regular expression of names; `environment` is what they find there besides. With
        `waves`, they stand in the folder.
        """
        from cocotb_tools.runner import get_runner

        place = self.folder / module.rpartition(".")[2]
        place.mkdir(exist_ok=True)
        counts = place / "counts.jsonl"
        counts.write_text("")
        with _tools_on_the_path():
            runner = get_runner(self.simulator)
            try:
                runner.test(
                    hdl_toplevel=self.top,
                    hdl_toplevel_lang="verilog",
                    test_module=module,
                    test_filter=only,
                    seed=seed,
                    build_dir=self.folder,
                    test_dir=place,
                    results_xml=str(place / "results.xml"),
                    waves=self.waves,
                    extra_env={**(environment or {}), RESULTS: str(counts)},
                    plusargs=[f"+dumpfile_path={place / 'dump.fst'}"],
                    log_file=place / "log",
                )
            except SystemExit as reason:
                if not (place / "results.xml").exists():
                    said = (place / "log").read_text()[-2000:]
                    raise GuardlaneError(f"{self.simulator} did not run: {said}") from reason
        return _outcomes(place / "results.xml", counts)


def build_simulation(
    simulator: str,
    top: str,
    folder: Path,
    *,
    sources: Sequence[Path] = (RTL,),
    parameters: Mapping[str, int] | None = None,
    waves: bool = False,
) -> Simulation:
    """Build the module `top`, found in one of `sources` like all below it, for `simulator`.

    `simulator` is verilator or icarus. Raises GuardlaneError if a tool is missing or refuses.
    """
    require_module("cocotb")
    tool(PROGRAM[simulator])
    from cocotb_tools.runner import get_runner

    folder.mkdir(parents=True, exist_ok=True)
    libraries = [argument for place in sources for argument in ("-y", str(place))]
    verilator = ["--quiet", "-Wno-WIDTHTRUNC", "--output-split", "0", *libraries]
    arguments = {"verilator": verilator, "icarus": ["-g2012", "-Y", ".sv", *libraries]}
    with _tools_on_the_path(MAKEFLAGS="OPT_GLOBAL=-O0"):
        runner = get_runner(simulator)
        try:
            runner.build(
                sources=[next(s / f"{top}.sv" for s in sources if (s / f"{top}.sv").exists())],
                hdl_toplevel=top,
                includes=list(sources),
                build_args=arguments[simulator],
                parameters=dict(parameters or {}),
                build_dir=folder,
                timescale=("1ns", "1ps"),
                waves=waves,
                always=True,
                log_file=folder / "build.log",
            )
        except (SystemExit, RuntimeError) as reason:
            said = (folder / "build.log").read_text()[-2000:]
            raise GuardlaneError(f"{simulator} refused {top}: {said}") from reason
    return Simulation(simulator, top, folder, waves)


def _outcomes(results: Path, counts: Path) -> dict[str, Outcome]:
    """Read what the benches wrote."""
    counted = {}
    for line in counts.read_text().splitlines():
        entry = json.loads(line)
        counted[entry.pop("name")] = entry
    found = {}
    for case in ElementTree.parse(results).iter("testcase"):
        name = case.attrib["name"]
        failed = [*case.iter("failure"), *case.iter("error")]
        said = failed[0].attrib.get("error_msg") or failed[0].text or "failed" if failed else ""
        found[name] = Outcome(name, said, counted.get(name, {}))
    return found


@contextmanager
def _tools_on_the_path(**more: str) -> Iterator[None]:
    """Let cocotb's runner, which reads the process's environment, find the tools of the wheels."""
    before = dict(os.environ)
    os.environ.update(tool_environment() | more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
