# SPDX-License-Identifier: Apache-2.0
"""A user's program gives what it gives elsewhere, and a record that does not depend on paths."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from guardlane.core.bare import BareCore
from guardlane.errors import GuardlaneError
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.executable import read_elf
from guardlane.units import Bytes, Count, Mtbe
from guardlane.workload import load_workload
from guardlane_workloads.programs.settings import ElfConfig
from guardlane_workloads.programs.workload import Elf
from tests.arch.isa.elf_files import elf_file
from tests.core_golden import golden_images, mix_rows
from tests.cross_compiler import compiled
from tests.environment import environment
from tests.requirements import require_tool

# The same source with items from ports, and with items from a file of a Linux program.
KERNEL = """
static int taps[8] = {3, -1, 4, 1, -5, 9, 2, -6};
static int delay[8];
static unsigned hash = 2166136261u;

static int step(int x, int i) {
    int sum = 0;
    delay[i & 7] = x;
    for (int k = 0; k < 8; k++) sum += taps[k] * (delay[(i - k) & 7] >> (k & 3));
    float y = (float)sum / (float)(1 + (x & 15));
    hash = (hash ^ (unsigned)(int)y) * 16777619u;
    if (x) sum += (int)hash % x;
    return sum ^ (int)(y * 0.37f);
}
"""
GUEST = f"""
#include "guardlane.h"
{KERNEL}
int _start(void) {{
    int count = pop_i32(0);
    for (int i = 0; i < count; i++) push_i32(0, step(pop_i32(0), i));
    return (int)(hash & 127);
}}
"""
LINUX = f"""
static int call(int number, int a, void *b, int c) {{
    register int a0 __asm__("a0") = a;
    register void *a1 __asm__("a1") = b;
    register int a2 __asm__("a2") = c, a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}}
{KERNEL}
void _start(void) {{
    __asm__ volatile(".option push\\n.option norelax\\nla gp, __global_pointer$\\n.option pop");
    int count, x, y;
    call(63, 0, &count, 4);
    for (int i = 0; i < count; i++) {{
        call(63, 0, &x, 4);
        y = step(x, i);
        call(64, 1, &y, 4);
    }}
    call(93, (int)(hash & 127), 0, 0);
    __builtin_unreachable();
}}
"""
COUNT = 3000


def items() -> np.ndarray[Any, Any]:
    draw = np.random.Generator(np.random.Philox(key=7))
    values = draw.integers(-(1 << 20), 1 << 20, COUNT + 1).astype("<i4")
    values[0] = COUNT
    return values


def run(place: Path, name: str = "guest.elf", **changes: Any) -> Any:
    return Elf().run(ElfConfig(file=place / name, **changes))


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled guest and its input."""
    place = tmp_path_factory.mktemp("guest")
    compiled(place, GUEST)
    (place / "in.bin").write_bytes(items().tobytes())
    return place


def test_a_c_program_gives_what_it_gives_in_qemu(guest: Path, tmp_path: Path) -> None:
    qemu = require_tool("qemu-riscv32", package="qemu-user")
    twin = compiled(tmp_path, LINUX)
    theirs = subprocess.run(
        [qemu, twin], input=items().tobytes(), capture_output=True, check=False, timeout=60
    )
    record = run(guest, input=guest / "in.bin", output=tmp_path / "out.bin")
    assert record.completed
    assert record.metrics["result"] == theirs.returncode
    assert (tmp_path / "out.bin").read_bytes() == theirs.stdout
    assert record.files["output.bin"] == theirs.stdout
    assert record.metrics["output_items"] == COUNT
    assert record.metrics["input_items"] == COUNT + 1
    assert record.statistics == {"port.0.pushes": COUNT}


def test_a_program_that_ends_by_a_call_exits_with_its_code(tmp_path: Path) -> None:
    source = '#include "guardlane.h"\nvoid _start(void) { __asm__ volatile("li a0, 42\\n"\n'
    compiled(tmp_path, source + '"li a7, 93\\necall"); __builtin_unreachable(); }\n')
    assert run(tmp_path).metrics["result"] == 42


def test_the_record_is_the_same_whatever_the_paths(guest: Path, tmp_path: Path) -> None:
    os.link(guest / "guest.elf", tmp_path / "renamed")
    (tmp_path / "copy").write_bytes((guest / "in.bin").read_bytes())
    one = run(guest, input=guest / "in.bin", mtbe=Mtbe.parse("5k"), output=tmp_path / "out")
    other = run(tmp_path, "renamed", input=tmp_path / "copy", mtbe=Mtbe.parse("5k"))
    assert one.to_json() == other.to_json()
    assert str(tmp_path) not in one.to_json()


def test_another_program_another_input_or_setting_is_another_run(
    guest: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.bin").write_bytes(items()[::-1].tobytes())
    (tmp_path / "guest.elf").write_bytes((guest / "guest.elf").read_bytes() + b"\0")
    hashes = [
        run(place, input=source, limit=Count(limit)).config_hash
        for place, source, limit in (
            (guest, guest / "in.bin", 10),
            (guest, tmp_path / "other.bin", 10),
            (tmp_path, guest / "in.bin", 10),
            (guest, None, 10),
            (guest, guest / "in.bin", 11),
        )
    ]
    assert len(set(hashes)) == len(hashes)


def test_faults_that_are_drawn_strike_and_can_be_replayed(guest: Path) -> None:
    clean = run(guest, input=guest / "in.bin")
    assert clean.metrics["faults_injected"] == 0
    drawn = run(guest, input=guest / "in.bin", mtbe=Mtbe.parse("2k"), seed=3)
    assert drawn.metrics["faults_injected"] == len(drawn.fault_events) > 0
    assert drawn.files["output.bin"] != clean.files["output.bin"]
    replay = ",".join(event["fault"] for event in drawn.fault_events)
    again = run(guest, input=guest / "in.bin", replay=replay)
    assert again.fault_events == drawn.fault_events
    assert again.files == drawn.files
    assert (
        run(guest, input=guest / "in.bin", mtbe=Mtbe.parse("2us"))
        .fault_events[0]["fault"]
        .split(":")[0]
        .endswith("c")
    )


def test_a_schedule_is_drawn_as_far_as_a_long_run_gets(tmp_path: Path) -> None:
    source = 'int _start(void) { for (int i = 0; i < 2000000; i++) __asm__ volatile("nop"); }'
    compiled(tmp_path, source, "-Wno-return-type")
    record = run(tmp_path, mtbe=Mtbe.parse("1M"), faults="regfile-int+fp", limit=Count(5_000_000))
    assert max(event["retired"] for event in record.fault_events) > 2 << 20


def test_an_image_runs_too_and_its_end_is_its_result(tmp_path: Path) -> None:
    (wanted,) = (row for row in mix_rows() if row.image == "f_sqrt_100")
    (tmp_path / "a.hex").write_bytes(golden_images()["f_sqrt_100"])
    record = run(tmp_path, "a.hex")
    assert record.completed
    assert record.metrics["retired_instructions"] == wanted.retired_instructions
    assert record.metrics["result"] & 0xFFFFFFFF == wanted.result


def test_what_it_costs_is_the_cycles_of_the_classes(tmp_path: Path) -> None:
    (tmp_path / "a.hex").write_bytes(golden_images()["br_fwd_taken_100"])
    record = run(tmp_path, "a.hex")
    assert record.metrics["cycles"] > record.metrics["retired_instructions"]


def test_a_program_that_never_ends_reaches_the_limit(tmp_path: Path) -> None:
    compiled(tmp_path, "void _start(void) { for (;;); }")
    record = run(tmp_path, limit=Count(12345))
    assert (record.outcome, record.metrics["result"]) == ("limit", None)
    assert record.metrics["retired_instructions"] == 12345


def test_memory_that_is_asked_for_is_there(tmp_path: Path) -> None:
    source = """
    int _start(void) { volatile char on_stack[300000]; on_stack[9] = 7; return on_stack[9]; }
    """
    compiled(tmp_path, source)
    assert run(tmp_path).outcome == "trapped"
    assert run(tmp_path, memory=Bytes(512 << 10)).metrics["result"] == 7
    with pytest.raises(GuardlaneError, match="guest.elf: memory must be a multiple of 16 from"):
        run(tmp_path, memory=Bytes(16))


def refusals(place: Path) -> Mapping[str, dict[str, Any]]:
    (place / "guest.elf").write_bytes(elf_file())
    (place / "odd.bin").write_bytes(b"12345")
    (place / "folder").mkdir()
    os.mkfifo(place / "pipe")
    return {
        "missing: No such file or directory": {"file": place / "missing"},
        "folder: Is a directory": {"file": place / "folder"},
        "pipe: is not a regular file": {"input": place / "pipe"},
        "odd.bin: must be whole words of 4 bytes, not 5 bytes": {"input": place / "odd.bin"},
        "folder: is not a regular file": {"output": place / "folder"},
        "pipe: is not a regular (file)": {"output": place / "pipe"},
        "guest.elf: is the program itself": {"output": place / "guest.elf"},
        "odd.bin: File exists|odd.bin: Not a directory": {"output": place / "odd.bin" / "out"},
    }


def test_files_that_are_not_as_they_should_be_are_refused_before_the_run(tmp_path: Path) -> None:
    for said, changes in refusals(tmp_path).items():
        with pytest.raises(GuardlaneError, match=said):
            Elf().run(ElfConfig(**{"file": tmp_path / "guest.elf"} | changes))


def test_output_replaces_what_a_link_leads_to_and_leaves_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "guest.elf").write_bytes(elf_file())
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "old").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "old")
    run(tmp_path, output=tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "old").read_bytes() == b""
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"memory_wait": 1}, "core classes counts no cycles of memory: memory-wait must be 0"),
        ({"memory_wait": 2}, "memory_wait"),
        ({"core": "pdp11"}, "core"),
        ({"faults": "gremlins"}, "gremlins"),
        ({"protection": "hope"}, "protection is ppu, none or a list"),
        ({"limit": Count(0)}, "limit"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ElfConfig(file=Path("any"), **changes)


def test_the_command_line_runs_it(guest: Path, tmp_path: Path) -> None:
    assert isinstance(load_workload("elf"), Elf)
    call = ["guardlane", "run", "elf", str(guest / "guest.elf"), "--input", str(guest / "in.bin")]
    done = subprocess.run(
        [*call, "--output", "out.bin", "--limit", "2M", "--core", "classes", "--memory-wait", "0"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "elf: completed" in done.stdout
    assert len((tmp_path / "out.bin").read_bytes()) == 4 * COUNT


def test_a_file_that_is_none_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    done = subprocess.run(
        ["guardlane", "run", "elf", "noise"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("guardlane: noise:")
    assert len(done.stderr.splitlines()) == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_code_that_is_noise_ends_in_one_of_the_ways_to_end(data: st.DataObject) -> None:
    content = bytearray(elf_file())
    words = data.draw(st.binary(min_size=24, max_size=24))
    content[116:140] = words
    result = BareCore(read_elf(bytes(content), "noise"), one_cycle_each()).run(limit=10_000)
    assert result.outcome in ("completed", "trapped", "limit")
    assert result.retired_instructions <= 10_000
