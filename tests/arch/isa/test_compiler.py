# SPDX-License-Identifier: Apache-2.0
"""Compiled filters do what their Python says, through ports and entry code, in one text always."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from guardlane.isa import state
from guardlane.isa.compiler import compile_filter
from guardlane.isa.encoding import disassemble
from guardlane.isa.image import Image
from guardlane.isa.native import native
from tests.arch.isa.guest_core import WORDS, GuestCore, guest_module, word

PREAMBLE = """SHIFT = 3
HALF = 0.5
FLAG = True
A = state(i32, 4)
B = state(u8, 4)
H = state(i16, 4)
F = state(f32, 2)
C = constant(i16, (-5, 300, 7))
D = constant(f32, (0.1, -2.5))
T = table(u8, 3)
def gcd(a: i32, b: i32) -> i32:
    while b != 0:
        a, b = b, a % b
    return a
def scale(x: f32, by: f32) -> f32:
    return x * by
def tell(x: i32) -> None:
    if x < 0:
        return
    push(0, x)
def fact(n: i32) -> i32:
    return 1 if n < 2 else n * fact(n - 1)
def touch(x: i32) -> i32:
    A[0] += 1
    return x
"""

# The body of work(); what out-port 0 then holds. In-port 0: 7, -3, 100; in-port 1: 2.5, -0.75.
CONSTRUCTS = [
    ("x = pop_i32(0)\n y = pop_i32(0)\n push(0, x + y)\n push(0, x - y)\n push(0, x * y)",
     [4, 10, -21]),
    ("x = pop_i32(0)\n y = pop_i32(0)\n push(0, x // y)\n push(0, x % y)\n"
     " push(0, y // x)\n push(0, y % x)",
     [-3, -2, -1, 4]),
    ("x = pop_i32(0) - 20\n push(0, x // 8)\n push(0, x % 8)\n push(0, x // 5)\n push(0, x % 5)",
     [-2, 3, -3, 2]),
    ("x = pop_i32(0)\n push(0, x // -2)\n push(0, x % -2)\n push(0, -x // -2)\n push(0, -x % -2)",
     [-4, -1, 3, -1]),
    ("x = pop_i32(0)\n push(0, x << SHIFT)\n push(0, -x >> 1)\n push(0, 1 << x)", [56, -4, 128]),
    ("x = pop_i32(0)\n push(0, x & 5)\n push(0, x | 8)\n push(0, x ^ 2)\n push(0, ~x)\n"
     " push(0, +x)",
     [5, 15, 5, -8, 7]),
    ("x = pop_i32(0)\n x += 1\n x -= 3\n x *= 5\n x //= 2\n x %= 7\n x <<= 3\n x |= 1\n"
     " x ^= 3\n x &= 30\n x >>= 1\n push(0, x)",
     [5]),
    ("push(0, abs(-pop_i32(0)))\n push(0, abs(pop_i32(0)))\n push(0, min(4, 2, 3))\n"
     " push(0, max(pop_i32(0), 8))",
     [7, 3, 2, 100]),
    ("x = pop_i32(0)\n push(0, 0 < x < 10)\n push(0, 0 < x < 7)\n push(0, x != 7)\n"
     " push(0, x >= 7 <= 7 == 7)",
     [1, 0, 0, 1]),
    ("push(0, 5 < touch(4) < touch(9))\n push(0, A[0])",
     [0, 1]),  # the third operand is not reached
    ("x = pop_i32(0)\n push(0, x > 0 and x < 9)\n push(0, x < 0 or x == 7)\n"
     " push(0, not x)\n push(0, not 0)",
     [1, 1, 0, 1]),
    ("x = pop_i32(0)\n push(0, x and 0)\n push(0, x or 1)\n push(0, 0 or x)\n"
     " push(0, x == 7 and 5)\n push(0, x == 8 or 5)",
     [0, 7, 7, 5, 5]),
    ("if touch(0) and touch(1):\n  push(0, 9)\n push(0, A[0])", [1]),
    ("if touch(1) or touch(1):\n  push(0, 9)\n push(0, A[0])", [9, 1]),
    ("push(0, (1 < 2) + (3 < 4))\n push(0, (HALF < 2.0) + (HALF < 3.0))\n x = HALF < 1.0\n"
     " push(0, ~x)",
     [2, 2, -2]),
    ("x = pop_i32(0)\n push(0, 1 if x > 3 else 2)\n push(0, 1 if x < 3 else 2)\n"
     " push(0, x > 3 if x else 5)",
     [1, 2, 1]),
    ("x = pop_i32(0)\n if x > 9:\n  push(0, 1)\n elif x > 5:\n  push(0, 2)\n else:\n"
     "  push(0, 3)",
     [2]),
    ("for i in range(3):\n  push(0, i)\n push(0, i)", [0, 1, 2, 2]),
    ("for i in range(2, pop_i32(0), 2):\n  push(0, i)", [2, 4, 6]),
    ("for i in range(3, 0, -2):\n  push(0, i)", [3, 1]),
    ("s = pop_i32(0) - 9\n for i in range(5, 0, s):\n  push(0, i)", [5, 3, 1]),
    ("s = pop_i32(0) - 5\n for i in range(0, 5, s):\n  push(0, i)", [0, 2, 4]),
    ("for i in range(3):\n  push(0, i)\n  i = 9\n push(0, i)", [0, 1, 2, 9]),
    ("n = 2\n for i in range(n):\n  n = 9\n  push(0, i)", [0, 1]),  # the bound is looked at once
    ("for i in range(5, 5):\n  push(0, i)\n for i in range(-3):\n  push(0, i)\n push(0, 8)", [8]),
    ("for i in range(9):\n  if i % 2:\n   continue\n  if i > 5:\n   break\n  push(0, i)",
     [0, 2, 4]),
    ("for i in range(2):\n  for j in range(3):\n   if j > i:\n    break\n"
     "   push(0, 10 * i + j)",
     [0, 10, 11]),
    ("x = pop_i32(0)\n while x:\n  push(0, x)\n  x >>= 1", [7, 3, 1]),
    ("x = 0\n while True:\n  x += 1\n  if x == 2:\n   continue\n  if x > 3:\n   break\n"
     "  push(0, x)",
     [1, 3]),
    ("while True:\n  y = pop_i32(0)\n  if y < 0:\n   break\n push(0, y)", [-3]),
    ("for i in range(1):\n  x = 5\n push(0, x)", [5]),  # a loop known to run sets its names
    ("if FLAG:\n  x = 5\n else:\n  return\n push(0, x)", [5]),
    ("push(0, 1)\n return\n push(0, 2)", [1]),
    ("for i in range(2):\n  push(0, i)\n  continue\n  push(0, 9)", [0, 1]),
    ("push(0, gcd(84, 36))\n tell(-1)\n tell(6)\n push(0, fact(6))", [12, 6, 720]),
    ("A[1] = A[2] = 6\n A[1] -= 2\n push(0, A[1] * A[2])\n push(0, len(A) + len(T))", [24, 7]),
    ("A[touch(1)] += 5\n push(0, A[1])\n push(0, A[0])", [5, 1]),  # the index is worked out once
    ("B[0] = 250\n B[0] += 3\n push(0, B[0])\n H[1] = -9\n H[1] *= 2\n push(0, H[1])", [253, -18]),
    ("push(0, C[0] + C[1])\n for i in range(3):\n  push(0, C[i])\n push(0, T[0] + T[2])",
     [295, -5, 300, 7, 252]),
    ("x, y = 1, 2\n x, y = y, x\n push(0, 10 * x + y)\n pop_i32(0)\n push(0, pop_i32(0))",
     [21, -3]),
    ("x: i32\n x = 4\n y: f32 = 1.5\n 'words'\n pass\n push(0, x + i32(y))", [5]),
    ("push(0, i32(-2.9))\n push(0, i32(pop_f32(1)))\n push(0, i32(7))\n"
     " push(0, i32(3 > 2))",
     [-2, 2, 7, 1]),
    ("push(0, f32(pop_i32(0)) / 2.0)\n push(0, pop_f32(1) * HALF)\n push(0, -pop_f32(1))",
     [3.5, 1.25, 0.75]),
    ("x = pop_f32(1)\n y = pop_f32(1)\n push(0, x + y)\n push(0, x - y)\n push(0, x * y)\n"
     " push(0, y / x)\n push(0, +x)",
     [1.75, 3.25, -1.875, -0.3, 2.5]),
    ("push(0, abs(D[1]))\n push(0, min(D[0], D[1]))\n push(0, max(D[0], D[1]))\n"
     " push(0, sqrt(6.25))",
     [2.5, -2.5, 0.1, 2.5]),
    ("x = pop_f32(1)\n push(0, 2.0 < x <= 2.5)\n push(0, x == 2.5)\n push(0, x != 2.5)\n"
     " push(0, x >= 3.0)",
     [1, 1, 0, 0]),
    ("z = pop_f32(1) * 0.0\n n = z / z\n push(0, n == n)\n push(0, n != n)\n"
     " push(0, n < 1.0)\n push(0, not n)\n push(0, z or 4.0)",
     [0, 1, 0, 0, 4.0]),
    ("z = pop_f32(1) * 0.0\n n = z / z\n push(0, min(2.0, n))\n push(0, max(2.0, n))\n"
     " push(0, 1.0 / z)",
     [2.0, 2.0, float("inf")]),
    ("x = pop_f32(1)\n push(0, 1 if x else 2)\n while x > 1.0:\n  x = x - 1.0\n push(0, x)",
     [1, 0.5]),
    ("F[0] = 0.1\n F[0] += 0.2\n F[1] = scale(F[0], 10.0)\n push(0, F[0])\n push(0, F[1])",
     [np.float32(0.1) + np.float32(0.2), (np.float32(0.1) + np.float32(0.2)) * np.float32(10.0)]),
    ("push(0, bits_of(1.0))\n push(0, float_of(0x40490FDB))\n push(0, bits_of(-0.0))",
     [0x3F800000, np.float32(np.pi), -(2**31)]),
    ("push(0, -2147483648)\n push(0, 2147483647)\n push(0, -SHIFT)\n"
     " push(0, (SHIFT * 2 - 1) // 2)",
     [-(2**31), 2**31 - 1, -3, 2]),
    ("push(0, pop_i32(1))\n push(0, pop_f32(0))",
     [0x40200000, np.int32(7).view(np.float32)]),  # 32 bits either way
    ("a = pop_i32(0) < pop_i32(0) or pop_i32(0) > 50\n push(0, a)", [1]),
    ("x = (1 if pop_i32(0) > 3 else 0) and (2 if pop_i32(0) > 3 else 4)\n push(0, x)", [4]),
]  # fmt: skip
IN_PORTS = ([7, -3, 100], [2.5, -0.75])
TABLES = {"T": [250, 1, 2]}


@pytest.mark.parametrize(("body", "expected"), CONSTRUCTS)
def test_a_construct_means_what_python_means(
    tmp_path: Path, body: str, expected: list[float]
) -> None:
    module = guest_module(tmp_path, f"{PREAMBLE}def work() -> None:\n {body}\n")
    golden = native(module.work, pops=IN_PORTS, tables=TABLES).run()
    assert list(golden.words(0)) == [word(item) for item in expected]
    image = compile_filter(module.work)
    tables = TABLES if image.tables else None
    assert GuestCore(image, IN_PORTS, tables).run().pushed[0] == list(golden.words(0))


def test_the_guest_wraps_at_32_bits(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n"
        "    x = pop_i32(0)\n    push(0, x + 1)\n    push(0, x * x)\n    push(0, -(x + 1))\n"
        "    push(0, abs(x + 1))\n    push(0, x << 1)\n",
    )
    core = GuestCore(compile_filter(module.work), [[2**31 - 1]]).run()
    assert core.pushed[0] == [-(2**31), 1, -(2**31), -(2**31), -2]


def test_a_shift_looks_at_five_bits_of_its_amount(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n    n = pop_i32(0)\n    push(0, 5 << n)\n    push(0, -64 >> n)\n"
        "    n = 33\n    push(0, 5 << n)\n    push(0, -64 >> n)\n",  # also when LLVM knows it
    )
    assert GuestCore(compile_filter(module.work), [[33]]).run().pushed[0] == [10, -32] * 2


def test_names_of_an_enclosing_function_are_constants_of_the_filter(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def filter_of(gain, taps):\n"
        "    TAPS = constant(i32, taps)\n"
        "    def work() -> None:\n"
        "        push(0, gain * pop_i32(0) + TAPS[1])\n"
        "    return work\n",
    )
    for gain, taps in ((2, (1, 10)), (3, (1, 20))):
        core = GuestCore(compile_filter(module.filter_of(gain, taps)), [[5]]).run()
        assert core.pushed[0] == [5 * gain + taps[1]]


def test_functions_of_one_name_in_two_files_stay_two_functions(tmp_path: Path) -> None:
    helper = (
        "def gain(x: i32) -> i32:\n    for i in range(x):\n        push({0}, i)\n    return {0}\n"
    )
    one = guest_module(tmp_path, helper.format(1))
    two = guest_module(
        tmp_path,
        helper.format(2)
        + "def filter_of(other):\n    def work() -> None:\n"
        + "        n = pop_i32(0)\n        push(0, gain(n) * 10 + other(n))\n"
        + "        push(0, gain(n + 1) - other(n + 1))\n    return work\n",
    )
    core = GuestCore(compile_filter(two.filter_of(one.gain)), [[1]]).run()
    assert core.pushed == {2: [0, 0, 1], 1: [0, 0, 1], 0: [21, 1]}


COUNTER = """n = state(i32, 1)
total = state(i32, 1)
def begin() -> None:
    n[0] = 0
def work() -> None:
    n[0] += 1
    total[0] += 1
    push(0, 100 * total[0] + n[0])
"""


def test_state_lives_from_firing_to_firing_and_begin_opens_each_steady_state(
    tmp_path: Path,
) -> None:
    module = guest_module(tmp_path, COUNTER)
    core = GuestCore(compile_filter(module.work, module.begin))
    core.run(2, 3)
    core.run(1, 1)
    expected = [101, 202, 303, 401, 502, 603, 701]
    assert core.pushed[0] == expected
    golden = native(module.work, module.begin).run(2, 3).run(1, 1)
    assert golden.pushed[0] == expected


def test_an_image_loaded_twice_shares_no_state(tmp_path: Path) -> None:
    image = compile_filter(guest_module(tmp_path, COUNTER).work)
    assert GuestCore(image).run().pushed[0] == GuestCore(image).run().pushed[0] == [101]


def test_main_runs_every_frame_the_last_one_shorter_then_ends_and_halts(tmp_path: Path) -> None:
    module = guest_module(tmp_path, COUNTER)
    core = GuestCore(compile_filter(module.work, module.begin))
    core.start("main", 3, 2, 2, 1)
    assert core.serve() == state.EBREAK
    assert core.pushed[0] == [101, 202, 301, 402, 501, 602, 701, 802, 901, 1002]
    assert core.events == ["new_frame_port"] * 3 + ["end_port"]


def test_frames_of_nothing_return_at_once(tmp_path: Path) -> None:
    core = GuestCore(compile_filter(guest_module(tmp_path, COUNTER).work))
    core.run(0, 5).run(5, 0).run(-1, 1)
    assert core.pushed == {}


def lines(image: Image) -> list[str]:
    return [disassemble(int(w)) for w in np.frombuffer(image.text, np.uint32)]


def test_a_port_access_is_one_instruction_relative_to_x0(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n    x = pop_i32(0)\n    y = pop_f32(508)\n"
        "    push(3, x)\n    push(508, y)\n    pop_i32(7)\n",
    )
    image = compile_filter(module.work)
    start = (image.symbols["work"] - state.MEMORY_BASE) // 4
    work = [line.replace(" ", "") for line in lines(image)[start : start + 6]]
    accesses = [line.split(",", 1)[1] for line in work if "(zero)" in line]
    assert accesses == ["-4(zero)", "-2036(zero)", "-16(zero)", "-2036(zero)", "-32(zero)"]
    assert [line[:2] for line in work] == ["lw", "fl", "sw", "fs", "lw", "ja"]


def test_pops_and_pushes_keep_the_order_of_the_source(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "def work() -> None:\n    a = pop_i32(0)\n    b = pop_i32(1)\n    push(0, b)\n"
        "    c = pop_i32(0)\n    push(1, a)\n    push(0, c)\n",
    )
    core = GuestCore(compile_filter(module.work))
    core.start("frame", 1, 1)
    order = []
    while (stop := core.advance()) != state.RETURNED:
        order.append((state.STOP_NAMES[stop], int(core.s[state.PORT])))
        core.s[state.PC] += 4
    assert order == [("pop", 0), ("pop", 1), ("push", 0), ("pop", 0), ("push", 1), ("push", 0)]


def test_loops_stay_loops_and_become_no_library_call(tmp_path: Path) -> None:
    module = guest_module(
        tmp_path,
        "A = state(i32, 64)\nB = state(i32, 64)\n"
        "def work() -> None:\n"
        "    for i in range(64):\n        A[i] = 0\n"
        "    for i in range(64):\n        B[i] = A[i]\n"
        "    for i in range(6):\n        push(0, pop_i32(0))\n",
    )
    listing = lines(compile_filter(module.work))
    assert len(listing) < 100
    assert sum("-4(zero)" in line for line in listing) == 2  # one pop and one push


def search_path(*first: Path) -> str:
    """PYTHONPATH of a process that finds what this one finds."""
    folders = [*map(str, first), *sys.path]
    return os.pathsep.join(str(Path(folder).absolute()) for folder in folders)


PRINT_DIGESTS = """
import sys
from tests.arch.isa.guest_core import guest_module
from pathlib import Path
from guardlane.isa.compiler import compile_filter
module = guest_module(Path(sys.argv[1]), Path(sys.argv[2]).read_text())
order = [("work", "hardware"), ("work", "software"), ("other", "hardware")]
digests = {}
for name, queues in (order if sys.argv[3] == "there" else order[::-1]):
    image = compile_filter(getattr(module, name), queues=queues)
    digests[name + queues] = image.text_sha256 + image.constants.hex() + str(image.tables)
print(sorted(digests.items()))
"""


def test_the_text_depends_on_the_source_alone(tmp_path: Path) -> None:
    text = PREAMBLE + (
        "def work() -> None:\n    push(0, gcd(pop_i32(0), C[1]) + T[0] + A[2])\n"
        "def other() -> None:\n    push(1, scale(pop_f32(0), D[0]))\n    tell(fact(C[0]))\n"
    )
    (tmp_path / "source.txt").write_text(text)
    (tmp_path / "print_digests.py").write_text(PRINT_DIGESTS)
    said = set()
    for seed, folder, order in (("0", "a", "there"), ("1", "b/longer", "back")):
        (tmp_path / folder).mkdir(parents=True)
        environment = os.environ | {
            "PYTHONHASHSEED": seed, "PYTHONPATH": search_path()
        }  # fmt: skip
        arguments = [
            tmp_path / "print_digests.py",
            tmp_path / folder,
            tmp_path / "source.txt",
            order,
        ]
        finished = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=environment, cwd=tmp_path / folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said.add(finished.stdout)
    assert len(said) == 1


def test_declaring_guest_code_loads_neither_numpy_nor_llvm(tmp_path: Path) -> None:
    (tmp_path / "declared.py").write_text(WORDS + PREAMBLE)
    code = "import declared, guardlane.isa.compiler, sys\n"
    code += "print(sorted({'numpy', 'numba', 'llvmlite'} & set(sys.modules)))"
    environment = os.environ | {"PYTHONPATH": search_path(tmp_path)}
    finished = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert finished.stdout == "[]\n"


def test_ten_small_filters_compile_in_a_second_and_a_half(tmp_path: Path) -> None:
    text = PREAMBLE + "".join(
        f"def work{n}() -> None:\n"
        f"    for i in range(64):\n        A[i & 3] += gcd(pop_i32(0), {n} + i) * C[i % 3]\n"
        f"    for i in range(4):\n        push(0, min(max(A[i] >> 3, 0), 255))\n"
        for n in range(10)
    )
    module = guest_module(tmp_path, text)
    start = time.process_time()
    for n in range(10):
        compile_filter(getattr(module, f"work{n}"))
    assert time.process_time() - start < 1.5
