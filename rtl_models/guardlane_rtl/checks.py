# SPDX-License-Identifier: Apache-2.0
"""The checks of `guardlane verify`: each takes a block and gives a part of what was found."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from guardlane.errors import GuardlaneError, UsageError
from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager, AlignmentOutputs
from guardlane.guard.shell_inserter import InserterInputs, InserterOutputs
from guardlane_rtl import c_library, coverage, mutation
from guardlane_rtl.bench import PATIENT, Alignment, AlignmentBench, random_script
from guardlane_rtl.block import Block, Cycled
from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.cases import CASES
from guardlane_rtl.findings import Finding
from guardlane_rtl.implementations import CAlignment, TwinAlignment
from guardlane_rtl.link_bench import LinkBench, link_flips
from guardlane_rtl.link_model import LinkInputs, LinkOutputs
from guardlane_rtl.link_segments import SEGMENT as LINK_SEGMENT
from guardlane_rtl.link_segments import link_segments
from guardlane_rtl.lockstep import (
    CODES,
    QUEUE_FLIPS,
    TIMER,
    Agreement,
    alignment_lockstep,
    code_lockstep,
    in_ports,
    inserter_lockstep,
    link_lockstep,
    out_ports,
    queue_lockstep,
    timer_lockstep,
)
from guardlane_rtl.netlist import flat_names, synthesise
from guardlane_rtl.proofs import HARNESSES, PROOFS
from guardlane_rtl.prove import FORMAL, prove
from guardlane_rtl.segments import (
    SEGMENT,
    Segment,
    alignment_segments,
    inserter_segments,
    queue_segments,
    timer_segments,
)
from guardlane_rtl.simulate import REPLAY, build_simulation

Set = Mapping[str, int]

# The first is the one that a run without more takes.
SETS: Mapping[str, Sequence[Set]] = {
    "secded_enc": ({"DataWidth": 9},),
    "secded_dec": ({"DataWidth": 9},),
    "command_timer": ({"Limit": 12},),
    "header_inserter": (
        {"DataWidth": 32, "IdWidth": 8, "DelayFrames": 3},
        {"DataWidth": 8, "IdWidth": 2, "DelayFrames": 0},
        {"DataWidth": 32, "IdWidth": 32, "DelayFrames": 0},
    ),
    "alignment_manager": (
        {"DataWidth": 32, "IdWidth": 8, "PadData": 90},
        {"DataWidth": 8, "IdWidth": 2, "PadData": 90},
        {"DataWidth": 32, "IdWidth": 32, "PadData": 90},
    ),
    "queue_manager": (
        {"DataWidth": 32, "IdWidth": 8, "Depth": 5, "WorkingSet": 2},
        {"DataWidth": 8, "IdWidth": 2, "Depth": 1, "WorkingSet": 1},
        {"DataWidth": 32, "IdWidth": 32, "Depth": 8, "WorkingSet": 4},
    ),
    "commguard_link": (
        {"DataWidth": 32, "IdWidth": 8, "PadData": 90, "Depth": 5, "WorkingSet": 2,
         "PushTimeout": 12, "PopTimeout": 15},
        {"DataWidth": 8, "IdWidth": 2, "PadData": 90, "Depth": 2, "WorkingSet": 1,
         "PushTimeout": 20, "PopTimeout": 25},
        {"DataWidth": 32, "IdWidth": 32, "PadData": 90, "Depth": 8, "WorkingSet": 4,
         "PushTimeout": 0, "PopTimeout": 0},
    ),
}  # fmt: skip
BLOCKS = tuple(SETS)
NETLIST_CYCLES = 1_000_000
SCOREBOARD_FRAMES = 400
LINKS, LINK_FRAMES = 4, 1_000  # under the scoreboard
TOGGLED = 0.95  # share of bits that must toggle; lines and branches must all run


def lockstep(block: str, parameters: Set, cycles: int, rtl: Path = RTL) -> Finding:
    """Run a block of the folder `rtl` on Verilator against its twin."""
    finding = Finding(block, dict(parameters), "verilator")
    built = build(block, parameters, sources=(rtl,), flips=flips_of(block, parameters))
    done = agreement(block, built, parameters, cycles)
    finding.cycles, finding.mismatches, finding.first = done.cycles, done.mismatches, done.first
    return finding


def flips_of(block: str, parameters: Set) -> Mapping[str, str]:
    """Value of the registers whose bits a lockstep of a block flips."""
    if block == "commguard_link":
        return link_flips(parameters["Depth"])
    return QUEUE_FLIPS if block == "queue_manager" else {}


def agreement(block: str, built: Built, parameters: Set, cycles: int) -> Agreement:
    """Run the lockstep of a block that is built; codes are run through whole, however long."""
    p = parameters
    if block in CODES:
        return code_lockstep(block, built, p["DataWidth"])
    if block == "command_timer":
        return timer_lockstep(built, p["Limit"], cycles)
    if block == "commguard_link":
        return link_lockstep(built, p, cycles)
    widths = p["DataWidth"], p["IdWidth"]
    if block == "alignment_manager":
        return alignment_lockstep(built, *widths, p["PadData"], cycles)
    if block == "header_inserter":
        return inserter_lockstep(built, *widths, p["DelayFrames"], cycles)
    return queue_lockstep(built, *widths, p["Depth"], p["WorkingSet"], cycles)


def on_simulator(
    simulator: str, block: str, parameters: Set, cycles: int, rtl: Path = RTL, waves: bool = False
) -> Finding:
    """Run a block in a simulator of its own, through cocotb, against the same answers.

    No bits are flipped inside. Waves are kept in ./waves.
    """
    finding = Finding(block, dict(parameters), simulator)
    inputs, outputs, segments = _replayed(block, parameters, cycles)
    with tempfile.TemporaryDirectory() as place:
        folder = Path("waves") / f"{block}-{simulator}" if waves else Path(place)
        built = build_simulation(
            simulator, block, folder.resolve(), sources=(rtl,), parameters=parameters, waves=waves
        )
        file = Path(place) / "segments.npz"
        arrays: dict[str, Any] = {
            f"{part}{n}": values
            for n, segment in enumerate(segments)
            for part, values in zip(("in", "due", "counts"), segment, strict=True)
        }
        arrays["segments"] = np.array(len(segments))
        np.savez(file, allow_pickle=False, **arrays)
        file.with_suffix(".json").write_text(json.dumps({"inputs": inputs, "outputs": outputs}))
        outcomes = built.run("guardlane_rtl.replay_bench", environment={REPLAY: str(file)})
        outcome = outcomes["keeps_step"]
    if outcome.failure:
        raise GuardlaneError(f"{block} on {simulator}: {outcome.failure}")
    counts = outcome.counts
    finding.cycles, finding.mismatches = counts["cycles"], counts["mismatches"]
    finding.first = counts["first"]
    return finding


def _replayed(
    block: str, parameters: Set, cycles: int
) -> tuple[Sequence[str], Sequence[str], list[Segment]]:
    """Value of ports and segments for a simulator in which nothing is flipped."""
    p, many = parameters, max(1, cycles // SEGMENT)
    if block == "command_timer":
        return *TIMER, list(islice(timer_segments(p["Limit"]), many))
    if block in CODES:
        draw, inputs, outputs = CODES[block]
        return inputs, outputs, list(draw(p["DataWidth"]))
    widths = p["DataWidth"], p["IdWidth"]
    if block == "alignment_manager":
        ports = in_ports(AlignmentInputs._fields), out_ports(AlignmentOutputs._fields)
        return *ports, list(islice(alignment_segments(*widths, p["PadData"]), many))
    if block == "header_inserter":
        ports = in_ports(InserterInputs._fields), out_ports(InserterOutputs._fields)
        return *ports, list(islice(inserter_segments(*widths, p["DelayFrames"]), many))
    if block == "queue_manager":
        ports = in_ports(QueueInputs._fields), out_ports(QueueOutputs._fields)
        drawn = queue_segments(*widths, p["Depth"], p["WorkingSet"], flips=False)
        return *ports, list(islice(drawn, many))
    many = max(1, cycles // LINK_SEGMENT)
    drawn = link_segments(p, flips=False)
    return LinkInputs._fields, LinkOutputs._fields, list(islice(drawn, many))


def link_scoreboard(rtl: Path = RTL) -> dict[str, dict[str, Any]]:
    """Judge whole links by the promises, each from its first frame to its end; no time-outs."""
    parameters = SETS["commguard_link"][0]
    own = {name: parameters[name] for name in ("DataWidth", "IdWidth", "Depth", "WorkingSet")}
    built = build("commguard_link", own, sources=(rtl,))
    pops, broken = 0, set()
    for seed in range(LINKS):
        bench = LinkBench(seed, frames=LINK_FRAMES)
        if not bench.run(built):
            broken.add("end")
        broken |= set(bench.board.finish())
        pops += len(bench.board.answers)
    return {"hardware": {"pops": pops, "broken": sorted(broken)}}


def scoreboard(rtl: Path = RTL, parameters: Set | None = None) -> dict[str, dict[str, Any]]:
    """Judge model, twin, C library and hardware of the alignment manager by the same promises."""
    data_width, id_width, _ = (parameters or SETS["alignment_manager"][0]).values()
    own = {"DataWidth": data_width, "IdWidth": id_width, "PadData": 0}
    built = build("alignment_manager", own, sources=(rtl,))
    ports = in_ports(AlignmentInputs._fields), out_ports(AlignmentOutputs._fields)
    library = c_library.load()
    makes: dict[str, Callable[[], Alignment]] = {
        "model": lambda: AlignmentManager(data_width, id_width),
        "twin": lambda: TwinAlignment(data_width, id_width),
        "C": lambda: CAlignment(library, id_width),
        "hardware": lambda: Cycled(Block(built, *ports), AlignmentOutputs),
    }
    return {name: _judge(make, id_width) for name, make in makes.items()}


def _judge(make: Callable[[], Alignment], id_width: int) -> dict[str, Any]:
    pops, broken = 0, set()
    for seed, (bad, lost, patience) in enumerate(product((0.0, 0.1), (0.0, 0.1), (PATIENT, 4))):
        script = random_script(
            random.Random(seed), SCOREBOARD_FRAMES, id_width, bad=bad, lost=lost, patience=patience
        )
        bench = AlignmentBench(script, seed, id_width)
        if not bench.run(make()):
            broken.add("end")
        broken |= set(bench.scoreboard.finish())
        pops += len(bench.scoreboard.answers)
    return {"pops": pops, "broken": sorted(broken)}


def netlist(block: str, cycles: int, rtl: Path = RTL) -> dict[str, Any]:
    """Synthesise a block, and run the gates against the twin."""
    parameters = SETS[block][0]
    with tempfile.TemporaryDirectory() as place:
        gates = synthesise(block, parameters, Path(place) / "gates", sources=rtl)
        flips = flat_names(flips_of(block, parameters))
        if block == "commguard_link":  # its words are no longer registers of a name each
            flips = {column: path for column, path in flips.items() if "words" not in path}
        built = build(block, sources=(gates,), flips=flips)
        done = agreement(block, built, parameters, cycles)
    return {"cycles": done.cycles, "mismatches": done.mismatches, "first": done.first}


def proofs(block: str, rtl: Path = RTL) -> list[dict[str, Any]]:
    """Run the proofs about a block, those that must fail among them."""
    found = []
    for proof in PROOFS:
        if proof.top not in HARNESSES.get(block, ()):
            continue
        verdict = prove(proof, (rtl, FORMAL))
        due = verdict.result == proof.expected and (
            not proof.label or proof.label in verdict.labels
        )
        found.append(
            {
                "name": proof.name,
                "mode": proof.mode,
                "depth": proof.depth,
                "assumed": proof.assumed,
                "due": proof.expected,
                "result": verdict.result,
                "labels": list(verdict.labels),
                "holds": due,
            }
        )
    return found


def covered(block: str, segments: int, rtl: Path = RTL) -> dict[str, Any]:
    """Count what of a block its lockstep runs through; of the manager the contract's cells too."""
    points = coverage.cover(block, CASES[block], segments, rtl)
    found = {}
    for kind in coverage.KINDS:
        ran, of = coverage.share(points, kind, rtl)
        least = TOGGLED * of if kind == "toggle" else of
        found[kind] = {"ran": ran, "of": of, "holds": ran >= least}
    if block == "alignment_manager":
        legal = coverage.legal_cells()
        cells = coverage.cells_run(rtl)
        found["cells"] = {
            "ran": len(cells & legal),
            "of": len(legal),
            "holds": cells == legal,
        }
    return found


def mutants(block: str, number: int, segments: int, rtl: Path = RTL) -> dict[str, Any]:
    """Plant mutants, and tell how many were found, how many proved equal, and which are left."""
    verdict = mutation.measure(block, number, segments, rtl)
    return {
        "parameters": dict(CASES[block].parameters),
        "mutants": verdict.mutants,
        "killed": verdict.killed,
        "equal": len(verdict.equal),
        "survivors": list(verdict.survivors),
        "score": round(verdict.score, 2),
    }


def check_blocks(blocks: Sequence[str]) -> Sequence[str]:
    """Value of the blocks asked for, all of them without any; raises UsageError for others."""
    for block in blocks:
        if block not in BLOCKS:
            raise UsageError(f"block must be one of {', '.join(BLOCKS)}, not {block!r}")
    return tuple(blocks) or BLOCKS
