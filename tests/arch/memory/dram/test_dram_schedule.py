# SPDX-License-Identifier: Apache-2.0
"""The compiled channel is the readable one, cycle for cycle, and breaks no timing of the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from guardlane.cite import references
from guardlane.errors import GuardlaneError
from guardlane.memory.dram.channel import Channel, Controller, Run
from guardlane.memory.dram.geometry import Geometry
from guardlane.memory.dram.rules import violations
from guardlane.memory.dram.timing import PRESETS, Timing, preset
from tests.arch.memory.dram.small_channels import Case, compiled, drawn, readable

CASES = 120
TIMING = preset("DDR4-2400").timing
SHAPE = Geometry()


def random_lines(count: int, seed: int = 1) -> Any:
    """Lines all over the default channel."""
    return np.random.default_rng(seed).integers(0, SHAPE.size // 64, count)


@pytest.mark.parametrize("first", range(0, CASES, 20))
def test_every_read_and_every_command_is_that_of_the_oracle(first: int) -> None:
    for seed in range(first, first + 20):
        case = drawn(seed)
        found = compiled(case)
        reads, log = readable(case)
        told = np.column_stack([found.arrival, found.done, found.stacks]).tolist()
        assert found.stacks.sum(axis=0).tolist() == found.stack.tolist()
        assert told == reads, f"seed {seed}"
        assert found.log.tolist() == log, f"seed {seed}"


@pytest.mark.parametrize("first", range(0, CASES, 40))
def test_no_log_breaks_a_timing(first: int) -> None:
    for seed in range(first, first + 40):
        case = drawn(seed)
        assert list(violations(compiled(case).log, case.timing, case.geometry)) == []


@pytest.mark.parametrize("grade", PRESETS)
@pytest.mark.parametrize("outstanding", [1, 16, 64])
def test_no_log_of_a_real_device_breaks_a_timing(grade: str, outstanding: int) -> None:
    timing = preset(grade).timing
    lines = np.repeat(random_lines(1500) & ~1, 2)
    lines[1::2] += 1  # rows of two lines
    log = Channel(timing).closed_loop(lines, outstanding, detail=True).log
    assert list(violations(log, timing, SHAPE)) == []


LAXER = {
    "tRCD": {"tRCD": 16}, "tRP": {"tRP": 16}, "tRAS": {"tRAS": 30}, "tRC": {"tRC": 20},
    "tRTP": {"tRTP": 1}, "tRRD_S": {"tRRD_S": 1, "tFAW": 1}, "tRRD_L": {"tRRD_L": 4},
    "tFAW": {"tFAW": 20}, "tCCD_S": {"tCCD_S": 4}, "tCCD_L": {"tCCD_L": 4},
    "BL": {"BL": 1, "tRTRS": 0}, "tRTRS": {"tRTRS": 0}, "tRFC": {"tRFC": 200},
    "tREFI": {"tREFI": 1 << 19},
}  # fmt: skip
JUDGED = {  # where the table has room for a breach, or makes one rare
    "tCCD_S": {"tCCD_S": 5},
    "tRC": {"tRC": 80},
    "tRAS": {"tRAS": 60},
    "tRTP": {"tRTP": 60},
}


@pytest.mark.parametrize("name", LAXER)
def test_a_scheduler_that_forgets_a_timing_is_found(name: str) -> None:
    judge = replace(TIMING, **JUDGED.get(name, {}))
    lax = replace(TIMING, **LAXER[name])
    # An open loop as well: a bank that comes again soon, and later a long silence.
    lines = np.concatenate([random_lines(2000), np.arange(400) * 4096 % (SHAPE.size // 64)])
    log = Channel(lax).closed_loop(lines, 32, detail=True).log
    if name == "tREFI":
        log = log[log[:, 1] != 4]
        log = np.vstack([log, [[9 * TIMING.tREFI + 1, 4, 0, -1]]])
    broken = {line.split(":")[0] for line in violations(log, judge, SHAPE)}
    assert name in broken


def test_two_commands_in_one_cycle_are_found() -> None:
    log = np.array([[5, 1, 0, 7], [5, 1, 16, 7]])
    (line,) = violations(log, TIMING, SHAPE)
    assert line.startswith("command bus: Command(cycle=5, name='ACT', bank=16")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ([[5, 2, 0, 7]], "closed: .* found row None"),
        ([[5, 1, 0, 7], [99, 2, 0, 8]], "closed: .* found row 7"),
        ([[5, 1, 0, 7], [99, 1, 0, 8]], "open: .* found row 7"),
        ([[5, 0, 0, 7]], "idle: .* found no row"),
        ([[5, 1, 3, 7], [99, 4, 0, -1]], "open: .* found a row"),
    ],
)
def test_a_bank_in_the_wrong_state_is_found(log: list[list[int]], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        assert list(violations(log, TIMING, SHAPE)) == []


@pytest.mark.parametrize("outstanding", [1, 7, 32, 100])
def test_the_parts_of_each_latency_add_up_to_it_and_none_is_negative(outstanding: int) -> None:
    reads = Channel(TIMING).closed_loop(random_lines(5000), outstanding, detail=True)
    assert np.array_equal(reads.stacks.sum(axis=1), reads.done - reads.arrival)
    assert np.array_equal(reads.stacks.sum(axis=0), reads.stack)
    assert reads.stacks.min() >= 0
    assert (reads.stacks[:, 3] > 0).any()  # refresh


@pytest.mark.parametrize("outstanding", [1, 5, 64])
def test_littles_law_holds(outstanding: int) -> None:
    reads = Channel(TIMING).closed_loop(random_lines(20_000), outstanding)
    mean_gap = reads.mean_latency + TIMING.tCK / 1000  # and the cycle until the next is issued
    assert outstanding * 64 / mean_gap == pytest.approx(reads.bandwidth, rel=0.005)


def test_a_run_in_steps_is_the_run_in_one() -> None:
    lines = random_lines(3000)
    whole = Channel(TIMING).closed_loop(lines, 40, detail=True)
    bank, row = SHAPE.split(lines)
    nothing = np.zeros(3000, np.int64)
    run = Run(Channel(TIMING), bank, row, nothing.copy(), nothing, 40, 1, True)
    for until in (1, 2, 7, 1000, 1001, 3000):
        run.serve(until)
    assert np.array_equal(run.reads().log, whole.log)
    assert np.array_equal(run.reads().done, whole.done)


def alone(timing: Timing, lines: list[int], arrival: list[int]) -> list[int]:
    """Latencies of single reads, cycle by cycle."""
    reads = Channel(timing, controller=Controller(before=0)).open_loop(
        np.array(lines), np.array(arrival)
    )
    return [int(latency) for latency in reads.done - reads.arrival]


def test_a_read_alone_takes_what_the_table_says() -> None:
    closed, hit, conflict = 17 + 17 + 4, 17 + 4, 17 + 17 + 17 + 4
    other_row = 1 << 12  # columns 7, groups 2, banks 2 and a rank bit below
    assert alone(TIMING, [0, 1, other_row], [0, 100, 200]) == [closed, hit, conflict]


def test_a_read_that_comes_with_a_refresh_waits_for_it_and_one_a_cycle_earlier_does_not() -> None:
    due = TIMING.tREFI // 2  # of rank 0: the ranks take turns
    waits = 420 + 17 + 17 + 4
    assert alone(TIMING, [0], [due - 1]) == [17 + 17 + 4]
    assert alone(TIMING, [0], [due]) == [waits]
    assert alone(TIMING, [1 << 11], [due]) == [17 + 17 + 4]  # the other rank


def test_a_conflict_waits_for_the_row_to_have_been_open_long_enough() -> None:
    # ACT at 0, PRE at 39, ACT at 56, CAS at 73: data until 94.
    assert alone(TIMING, [0, 1 << 12], [0, 1]) == [38, 73 + 21 - 1]


@pytest.mark.parametrize("seed", range(4))
def test_a_rank_that_nobody_reads_is_refreshed_in_free_cycles(seed: int) -> None:
    lines = random_lines(6000, seed)
    lines[:5900] &= ~(1 << 11)  # rank 0, for several refreshes of rank 1
    log = Channel(TIMING).closed_loop(lines, 32, detail=True).log
    assert list(violations(log, TIMING, SHAPE)) == []
    times = np.diff(log[(log[:, 1] == 4) & (log[:, 2] == 16), 0])
    assert len(times) > 1
    assert times.max() < 1.1 * TIMING.tREFI


def silent(cycle: int) -> Any:
    """One read after a long silence, with a log."""
    return Channel(TIMING).open_loop(np.array([0]), np.array([cycle]), detail=True)


def test_a_long_silence_is_refreshed_through() -> None:
    cycle = 1 << 24
    channel = Channel(TIMING)
    channel.open_loop(np.array([0, 0]), np.array([0, cycle]))
    assert channel.refreshes in (cycle // TIMING.tREFI, cycle // TIMING.tREFI + 1)
    log = silent(1 << 18).log
    assert (log[:, 1] == 4).sum() > 20
    assert list(violations(log, TIMING, SHAPE)) == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda: preset("DDR4-2401"),
            "DRAM must be one of DDR4-2400, DDR4-2666, DDR4-3200, not 'DDR4-2401'",
        ),
        (lambda: replace(TIMING, CL=0), "CL of a DRAM must be 1 to 1048576 cycles, not 0"),
        (lambda: replace(TIMING, tRRD_L=3), "tRRD_L of a DRAM must be tRRD_S or more, not 3 below"),
        (lambda: replace(TIMING, tREFI=900), "tREFI of a DRAM must leave time between refreshes"),
        (lambda: Geometry(ranks=3), "ranks of a DRAM channel must be a power of two of 1 to 8"),
        (lambda: Geometry(mapping="row"), "mapping of a DRAM channel must name row, rank, bank"),
        (lambda: Controller(window=0), "window of a DRAM controller must be 1 to 1024, not 0"),
        (lambda: Channel(TIMING).closed_loop(random_lines(0), 1), "must be 1 or more, not 0"),
        (lambda: Channel(TIMING).closed_loop(random_lines(1), 0), "outstanding reads must be 1 to"),
        (lambda: Channel(TIMING).closed_loop(random_lines(1), 1, -1), "cycles between reads must"),
        (lambda: alone(TIMING, [1 << 28], [0]), "lines of a DRAM channel must be 0 to 268435455"),
        (
            lambda: alone(TIMING, [-1], [0]),
            "lines of a DRAM channel must be 0 to 268435455, not -1",
        ),
        (lambda: alone(TIMING, [0, 0], [1, 0]), "arrivals of reads must be 0 or more and must not"),
        (lambda: alone(TIMING, [0, 0], [1]), "arrivals must be 2, not 1"),
        (lambda: alone(TIMING, [0], [1 << 41]), "arrivals must be 1099511627776 or less, not"),
        (lambda: silent(1 << 40), "a log must be 50,000,000 commands or fewer, and there may be"),
    ],
)
def test_what_cannot_be_is_one_line(act: Callable[[], Any], said: str) -> None:
    with pytest.raises(GuardlaneError) as error:
        act()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_cases_cover_what_they_are_for() -> None:
    cases: list[Case] = [drawn(seed) for seed in range(CASES)]
    assert sum(case.arrivals is not None for case in cases) > 20
    assert {case.geometry.ranks for case in cases} == {1, 2, 4}
    refreshes = [(compiled(case).log[:, 1] == 4).sum() for case in cases]
    assert sum(count > 2 for count in refreshes) > CASES // 2


@pytest.mark.parametrize("grade", PRESETS)
def test_every_timing_has_a_source_and_is_what_its_nanoseconds_are_in_cycles(grade: str) -> None:
    found = PRESETS[grade]
    assert set(found.citations) == set(asdict(found.timing))
    assert {cited.ref for cited in found.citations.values() if cited.ref} <= set(references())
    timing = found.timing
    nanoseconds = {"tRTP": 7.5, "tRAS": 32, "tRFC": 350, "tREFI": 7800, "tFAW": 21}
    for name, least in nanoseconds.items():
        cycles = getattr(timing, name)
        assert (cycles - 1) * timing.tCK < 1000 * least < (cycles + 0.5) * timing.tCK, name
    assert timing.tRC == timing.tRAS + timing.tRP
