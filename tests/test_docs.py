# SPDX-License-Identifier: Apache-2.0
"""The documentation is true: every block in it runs and shows what it says it shows.

python blocks of a page run one after the other, console blocks run the lines that begin with `$ `
and compare what they print (`...` stands for anything), toml blocks parse. Blocks marked sh set up
a fresh machine; .ci/run does that, and a test here holds it to the very same text.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.environment import environment
from tests.requirements import require_tool

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
NOT_RUN = {"text", "verilog", "sh"}
TOOLS = {
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
    "cmake": "cmake",
}  # and the packages that have them
SECONDS = 300  # for one block; the first one of a page may compile everything


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the line of the page it begins on."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """Find the fenced blocks of a page; a fence that is never closed runs to the end."""
    found, start, language = [], 0, ""
    fence: str | None = None
    lines = page.split("\n")
    for number, line in enumerate(lines, start=1):
        opened = re.match(r" *(```+|~~~+)\s*(\S*)", line)
        if fence is None and opened:
            fence, language, start = opened[1], opened[2], number
        elif fence is not None and line.strip() == fence:
            found.append(Block(language, "\n".join(lines[start : number - 1]) + "\n", start))
            fence = None
    if fence is not None:
        found.append(Block("unclosed", "\n".join(lines[start:]), start))
    return found


def plain() -> dict[str, str]:
    """Value of the environment of a block: what it prints has no colours and 80 columns."""
    return environment(COLUMNS="80", NO_COLOR="1")


def run_console(block: Block, place: Path) -> str | None:
    """Run a console block in `place`; value of what is wrong, or None."""
    for chunk in re.split(r"^(?=\$ )", block.text, flags=re.MULTILINE):
        if not chunk.startswith("$ "):
            if chunk.strip():
                return f"output before the first command: {chunk!r}"
            continue
        command, _, expected = chunk[2:].partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = f"{command[:-1]}{more}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=plain(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if not expected.strip():
            if done.returncode:
                return f"`{command}` gave {done.returncode}:\n{done.stdout}"
        elif not matches(expected, done.stdout):
            return f"`{command}` printed\n{done.stdout}\nnot\n{expected}"
    return None


def matches(expected: str, printed: str) -> bool:
    """Whether `printed` is `expected`, `...` being anything; blanks at line ends do not count."""
    wanted, got = (
        "\n".join(line.rstrip() for line in text.strip().split("\n"))
        for text in (expected, printed)
    )
    pattern = ".*".join(re.escape(part) for part in wanted.split("..."))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def run_page(page: str, place: Path) -> list[str]:
    """Run every block of a page in the folder `place`; value of what is wrong, with its line."""
    problems, program = [], ""
    for block in blocks(page):
        said: str | None = None
        if block.language == "python":
            # Lines keep their place in the page, so that a traceback names the page's own line.
            program += "\n" * (block.line - program.count("\n")) + block.text
        elif block.language == "console":
            said = run_console(block, place)
        elif block.language == "toml":
            try:
                tomllib.loads(block.text)
            except tomllib.TOMLDecodeError as reason:
                said = str(reason)
        elif block.language not in NOT_RUN:
            said = f"blocks of kind {block.language!r} are not tested, so they are not allowed"
        if said:
            problems.append(f"line {block.line}: {said}")
    if program:
        (place / "page.py").write_text(program)
        done = subprocess.run(
            [sys.executable, "page.py"],
            cwd=place,
            env=plain(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            problems.append(f"python: {done.stderr}")
    return problems


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_of_the_page_runs(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    for tool, package in TOOLS.items():
        if any(f"$ {tool}" in block.text for block in blocks(text)):
            require_tool(tool, package=package)
    assert run_page(text, tmp_path) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("```python\nx = 1\n```\ntext\n```python\nassert x == 2\n```\n", "line 6, in <module>"),
        ("```console\n$ echo a; echo b\na\n```\n", "printed"),
        ("```console\n$ false\n```\n", "gave 1"),
        ("```console\nls\n```\n", "output before the first command"),
        ("```toml\na = \n```\n", "Invalid value"),
        ("```ruby\nputs 1\n```\n", "blocks of kind 'ruby' are not tested"),
        ("```\nplain\n```\n", "blocks of kind '' are not tested"),
        ("```text\nnever closed\n", "blocks of kind 'unclosed'"),
    ],
)
def test_a_block_that_is_wrong_is_found(page: str, said: str, tmp_path: Path) -> None:
    (problem,) = run_page(page, tmp_path)
    assert said in problem


def test_a_right_page_has_no_problems(tmp_path: Path) -> None:
    page = (
        "```python\nx = 1\n```\n```python\nassert x == 1\n```\n"
        "```console\n$ printf 'a\\nb\\nc\\n'\na\n...\nc\n$ test -d \\\n  .\n```\n"
        "```toml\na = 1\n```\n```text\nanything\n```\n"
    )
    assert run_page(page, tmp_path) == []


def test_every_link_between_pages_leads_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert lost == []


def test_ci_runs_the_readmes_own_commands() -> None:
    commands = [
        block.text.strip()
        for block in blocks((ROOT / "README.md").read_text("utf-8"))
        if block.language == "sh"
    ]
    assert len(commands) == 2
    run, test = commands
    assert "guardlane run jpeg --compare" in run
    assert test.endswith("-m pytest")
    # One command each, so that a newcomer pastes one line; .ci/run reads them from the README.
    assert all("\n" not in command for command in commands)
    assert "readme_command" in (ROOT / ".ci" / "run").read_text("utf-8")
