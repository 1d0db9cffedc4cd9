# SPDX-License-Identifier: Apache-2.0
"""Every mistake in guest source is one line that points to its file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa.compiler import compile_filter
from guardlane.isa.source import GuestError
from tests.arch.isa.guest_core import FIRST_LINE, guest_module

ARRAYS = """A = state(i32, 4)
C = constant(i32, (1, 2))
T = table(f32, 2)
F = state(f32, 1)
TEXT = "text"
BIG = 1 << 31
HUGE = 1e39
def none() -> None:
    pass
def one(x: i32) -> i32:
    return x
"""

# A body of work(), with $ before the character the error points to, and the message.
BODIES = [
    ("x = $nowhere", "nothing is named 'nowhere'"),
    ("x = $TEXT", "TEXT is str, not i32 or f32"),
    ("x = $BIG", "2147483648 does not fit i32; its 32 bits are -2147483648"),
    ("x = $HUGE", "1e+39 does not fit f32"),
    ("x = $0xFFFFFFFF", "4294967295 does not fit i32; its 32 bits are -1"),
    ("x = $-2147483649", "-2147483649 does not fit i32"),
    ("x = $2147483647 + 1", "2147483647 + 1 does not fit i32"),
    ("x = $None", "None is NoneType, not i32 or f32"),
    ("x = $'a'", "'a' is str, not i32 or f32"),
    ("x = $A", "A is an array; read one element, A[...]"),
    ("push(0, $x)", "nothing is named 'x'"),
    ("push(0, $x)\n    x = 1", "local x may be used before it is set"),
    ("if pop_i32(0):\n        x = 1\n    push(0, $x)", "local x may be used before it is set"),
    ("for i in range(pop_i32(0)):\n        x = i\n    push(0, $x)",
     "local x may be used before it is set"),
    ("for i in range(pop_i32(0)):\n        pass\n    push(0, $i)",
     "local i may be used before it is set"),
    ("while pop_i32(0):\n        x = 1\n    push(0, $x)", "local x may be used before it is set"),
    ("while pop_i32(0):\n        x = 1\n        break\n    push(0, $x)",
     "local x may be used before it is set"),
    ("while True:\n        if pop_i32(0):\n            break\n        x = 1\n    push(0, $x)",
     "local x may be used before it is set"),
    ("for i in range(3):\n        if i:\n            continue\n        x = 1\n    push(0, $x)",
     "local x may be used before it is set"),
    ("for i in range(3):\n        push(0, $x)\n        x = 1",
     "local x may be used before it is set"),
    ("x: i32\n    push(0, $x)", "local x may be used before it is set"),
    ("$x += 1", "local x may be used before it is set"),
    ("x = 1\n    $x = 1.0", "local x is i32, not f32; write i32(...)"),
    ("x = 1.0\n    $x = 1", "local x is f32, not i32; write f32(...)"),
    ("x: f32 = 1.0\n    $x: i32 = 1", "local x is f32, not i32"),
    ("$x: f32 = 1", "local x is f32, not i32; write f32(...)"),
    ("x: $u8 = 1", "a type in guest code is i32 or f32 (or None, of a result)"),
    ("$A[0]: i32 = 1", "a local is annotated as i32 or f32"),
    ("$x = none()", "x is set to a call that yields nothing"),
    ("push(0, $none())", "an argument of push is i32, but this call yields nothing"),
    ("x = $1 + none()", "an operand of + is a call that yields nothing"),
    ("x = $1 < none()", "an operand of < is a call that yields nothing"),
    ("if $none():\n        pass", "a condition needs a value, but this call yields nothing"),
    ("x = $none() if pop_i32(0) else 1", "a conditional expression needs a value"),
    ("x = 1 if pop_i32(0) else $1.0", "the other choice is i32, not f32; write i32(...)"),
    ("x = $1.0 and 1", "the other operand of and/or is f32, not i32; write f32(...)"),
    ("x = $1 + 1.0", "i32 + f32: convert one with f32() or i32()"),
    ("x = $1.0 < 1", "f32 < i32: convert one with f32() or i32()"),
    ("x = $1.0 % 2.0", "the operator % is not for f32"),
    ("x = $1.0 // 2.0", "the operator // is not for f32"),
    ("x = $1.0 ** 2.0", "the operator ** is not for f32"),
    ("x = $1 ** 2", "the operator ** is not part of guest code"),
    ("x = $3 / 2", "/ divides f32; write // for i32"),
    ("x = 1\n    $x /= 2", "/ divides f32; write // for i32"),
    ("x = $~1.0", "the operand of ~ is i32, not f32; write i32(...)"),
    ("x = $-none()", "the operand of - is i32, but this call yields nothing"),
    ("x = $pop_i32(0) // 0", "division by zero"),
    ("x = $pop_i32(0) % (1 - 1)", "division by zero"),
    ("x = $pop_i32(0) << 32", "an i32 is shifted by 0 to 31, not 32"),
    ("x = $1 << -1", "an i32 is shifted by 0 to 31, not -1"),
    ("x = $1 in A", "is, is not, in and not in are not part of guest code"),
    ("x = A[$4]", "A has elements 0 to 3, not 4"),
    ("x = A[$-1]", "A has elements 0 to 3, not -1"),
    ("x = A[$1.0]", "an index is i32, not f32; write i32(...)"),
    ("x = A[$0:2]", "slices are not part of guest code"),
    ("x = $TEXT[0]", "TEXT is no array made by constant, table or state"),
    ("x = 1\n    y = $x[0]", "only arrays made by constant, table or state have elements"),
    ("x = $pop_i32(0)[0]", "only arrays made by constant, table or state have elements"),
    ("$C[0] = 1", "C is a constant, which is read-only"),
    ("$T[0] = 1.0", "T is a table, which is read-only"),
    ("$T[0] += 1.0", "T is a table, which is read-only"),
    ("$A[0] = 1.0", "the element is i32, not f32; write i32(...)"),
    ("$F[0] = 1", "the element is f32, not i32; write f32(...)"),
    ("push($pop_i32(0), 1)", "a port is a number known when the filter is compiled"),
    ("push($1.0, 1)", "a port is a number known when the filter is compiled"),
    ("push($509, 1)", "ports are 0 to 508, not 509"),
    ("pop_f32($-1)", "ports are 0 to 508, not -1"),
    ("$push(0)", "push takes 2 arguments, not 1"),
    ("$pop_i32()", "pop_i32 takes 1 argument, not 0"),
    ("x = $one(1, 2)", "one takes 1 argument, not 2"),
    ("x = one($1.0)", "an argument of one is i32, not f32; write i32(...)"),
    ("x = $one(x=1)", "calls take positional arguments only"),
    ("x = $one(*A)", "calls take positional arguments only"),
    ("x = sqrt($1)", "an argument of sqrt is f32, not i32; write f32(...)"),
    ("x = $min(1)", "min takes 2 arguments or more, not 1"),
    ("x = $min(1.0, 1)", "an argument of min is f32, not i32; write f32(...)"),
    ("x = $abs(1, 2)", "abs takes 1 argument, not 2"),
    ("x = $u8(1)", "u8 is a type of elements; mask with & instead"),
    ("x = $f32(none())", "the argument of f32 is i32, but this call yields nothing"),
    ("$print(1)", "print is not a guest function"),
    ("x = 1\n    $x(1)", "only functions called by their own name can be called"),
    ("$A.clear()", "only functions called by their own name can be called"),
    ("x = len($TEXT)", "TEXT is no array made by constant, table or state"),
    ("x = $A.length", "an attribute (a name with a dot) is not part of guest code"),
    ("x = $[1]", "a list is not part of guest code"),
    ("x = $[i for i in A]", "a comprehension is not part of guest code"),
    ("x = $f'{1}'", "an f-string is not part of guest code"),
    ("x = ($y := 1)", "the operator := is not part of guest code"),
    ("$x, y = 1, 2, 3", "2 names need a row of 2 values"),
    ("$x, y = 1", "2 names need a row of 2 values"),
    ("$[x] = 1", "a list cannot be set in guest code"),
    ("$A.x += 1", "an attribute (a name with a dot) cannot be set in guest code"),
    ("$1 + 1", "an expression that is no call does nothing here"),
    ("$try:\n        pass\n    finally:\n        pass", "try is not part of guest code"),
    ("$assert True", "assert is not part of guest code"),
    ("$def inner() -> None:\n        pass",
     "a function inside a function is not part of guest code"),
    ("$global A", "global is not part of guest code"),
    ("$import math", "import is not part of guest code"),
    ("$del A", "del is not part of guest code"),
    ("for i in $A:\n        pass", "a for loop goes over range(...)"),
    ("for i in $one(1):\n        pass", "a for loop goes over range(...)"),
    ("for i in $range():\n        pass", "range takes 1 to 3 arguments, not 0"),
    ("for i in $range(0, 1, 0):\n        pass", "the step of a range must not be zero"),
    ("for i in range($1.0):\n        pass", "a bound of range is i32, not f32; write i32(...)"),
    ("for $i, j in range(1):\n        pass", "a loop sets one name"),
    ("for i in range(1):\n        pass\n    else:\n        $pass",
     "else after a loop is not part of guest code"),
    ("while pop_i32(0):\n        pass\n    else:\n        $pass",
     "else after a loop is not part of guest code"),
    ("$return 1", "work is declared to return nothing"),
]  # fmt: skip

# Definitions and the function to compile; $ as above.
DEFINITIONS = [
    ("$def work():\n    pass", "work needs the type of its result: -> None, i32 or f32"),
    ("def work() -> $u8:\n    pass", "a type in guest code is i32 or f32 (or None, of a result)"),
    ("$def work(x: i32) -> None:\n    pass", "work takes nothing and returns None"),
    ("$def work() -> i32:\n    return 1", "work takes nothing and returns None"),
    ("def f($x) -> None:\n    pass\ndef work() -> None:\n    f(1)",
     "parameter x needs a type, i32 or f32"),
    ("$def f(x: i32 = 1) -> None:\n    pass\ndef work() -> None:\n    f(1)",
     "f takes plain parameters only, without defaults"),
    ("$def f(*x: i32) -> None:\n    pass\ndef work() -> None:\n    f(1)",
     "f takes plain parameters only, without defaults"),
    ("$def f(x: None) -> None:\n    pass\ndef work() -> None:\n    f(1)",
     "a parameter is i32 or f32"),
    ("def f(x: $'i32') -> None:\n    pass\ndef work() -> None:\n    f(1)",
     "a type in guest code is i32 or f32 (or None, of a result)"),
    ("$def f() -> i32:\n    if pop_i32(0):\n        return 1\ndef work() -> None:\n"
     "    push(0, f())",
     "f can end without returning i32"),
    ("def f() -> i32:\n    $return\ndef work() -> None:\n    push(0, f())",
     "f returns i32, not nothing"),
    ("def f() -> i32:\n    $return 1.0\ndef work() -> None:\n    push(0, f())",
     "the result of f is i32, not f32; write i32(...)"),
    ("def same(f):\n    return f\n@$same\ndef work() -> None:\n    pass",
     "guest functions have no decorators"),
]  # fmt: skip


def failure(folder: Path, marked: str) -> tuple[str, str]:
    """The message for source whose mistake is marked by $, and where it should point."""
    before, after = marked.split("$", 1)
    module = guest_module(folder, before + after)
    with pytest.raises(GuestError) as caught:
        compile_filter(module.work)
    line = FIRST_LINE + before.count("\n")
    column = len(before) - (before.rfind("\n") + 1) + 1
    return str(caught.value), f"{module.__file__}:{line}:{column}: "


@pytest.mark.parametrize(("body", "message"), BODIES)
def test_a_mistake_in_a_body_is_named_with_its_place(
    tmp_path: Path, body: str, message: str
) -> None:
    said, place = failure(tmp_path, f"{ARRAYS}def work() -> None:\n    {body}\n")
    assert said == place + message


@pytest.mark.parametrize(("text", "message"), DEFINITIONS)
def test_a_mistake_in_a_definition_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    said, place = failure(tmp_path, text + "\n")
    assert said == (place + message)


def test_software_queues_have_eight_ports_either_side(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "def work() -> None:\n    push(8, pop_i32(7))\n")
    compile_filter(module.work)
    with pytest.raises(GuestError, match="ports are 0 to 7, not 8"):
        compile_filter(module.work, queues="software")


def test_a_function_without_readable_source_is_refused() -> None:
    names: dict[str, object] = {}
    exec("def work() -> None:\n    pass", names)  # noqa: S102 - it has no file
    with pytest.raises(GuestError, match=r"<string>:1:1: the source of work is not a def"):
        compile_filter(names["work"])  # type: ignore[arg-type]


def test_a_file_that_changed_since_its_import_is_noticed(tmp_path: Path) -> None:
    for change in ("\n\n\n\n", "def work( -> None:\n"):
        module = guest_module(tmp_path, "def work() -> None:\n    pass\n")
        assert module.__file__ is not None
        Path(module.__file__).write_text(change)
        with pytest.raises(GuestError, match="the source of work is not a def"):
            compile_filter(module.work)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(GuestError, match="guest code is made of functions, not of type"):
        compile_filter(int)  # type: ignore[arg-type]


def test_two_arrays_of_one_name_are_told_apart_by_renaming(tmp_path: Path) -> None:
    one = guest_module(tmp_path, "A = state(i32, 1)\ndef begin() -> None:\n    A[0] = 1\n")
    two = guest_module(tmp_path, "A = state(i32, 2)\ndef work() -> None:\n    A[1] = 1\n")
    with pytest.raises(GuardlaneError, match="two arrays of this filter are named A"):
        compile_filter(two.work, one.begin)


def test_queues_are_hardware_or_software(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "def work() -> None:\n    pass\n")
    with pytest.raises(GuardlaneError, match="queues are hardware or software, not 'soft'"):
        compile_filter(module.work, queues="soft")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ("constant(u8, (1, 256))", "element 1 of a constant, 256, does not fit u8"),
        ("constant(i16, (-32769,))", "element 0 of a constant, -32769, does not fit i16"),
        ("constant(i32, (1.0,))", "element 0 of a constant, 1.0, does not fit i32"),
        ("constant(f32, ('1',))", "element 0 of a constant, '1', does not fit f32"),
        ("constant(f32, (1e39,))", "element 0 of a constant, 1e[+]39, does not fit f32"),
        ("constant(bool, (True,))", "elements of an array are i32, f32, i16 or u8, not bool"),
        ("table(i32, 0)", "an array has 1 to 1048575 elements, not 0"),
        ("state(f32, 1 << 20)", "an array has 1 to 1048575 elements, not 1048576"),
    ],
)
def test_an_array_that_cannot_be_is_refused(tmp_path: Path, declaration: str, message: str) -> None:
    with pytest.raises(GuardlaneError, match=message):
        guest_module(tmp_path, f"A = {declaration}\n")


@pytest.mark.parametrize(
    "use",
    [
        "pop_i32(0)", "pop_f32(0)", "push(0, 1)", "bits_of(1.0)", "float_of(1)", "sqrt(1.0)",
        "load_word(0)", "store_word(0, 0)", "wait_event()", "table(i32, 1)[0]", "state(i32, 1)[0]",
        "state(i32, 1).__setitem__(0, 1)", "constant(i32, (1,)).__setitem__(0, 1)",
    ],
)  # fmt: skip
def test_words_of_guest_code_refuse_to_work_outside_it(tmp_path: Path, use: str) -> None:
    module = guest_module(tmp_path, f"def use() -> None:\n    {use}\n")
    with pytest.raises(GuardlaneError, match="works in guest code only"):
        module.use()


def test_a_constant_can_be_read_outside_guest_code(tmp_path: Path) -> None:
    module = guest_module(tmp_path, "C = constant(i16, (4, -5))\n")
    assert (len(module.C), module.C[1]) == (2, -5)
