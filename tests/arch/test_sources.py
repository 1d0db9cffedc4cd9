# SPDX-License-Identifier: Apache-2.0
"""Every mistake in a configuration is reported at once, at its place, in words that help."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from guardlane.config import Settings
from guardlane.errors import ConfigError
from guardlane.positions import key_positions, longest_key
from guardlane.sources import build, from_assignment, from_file, from_text
from guardlane.units import Bytes, Frequency, Mtbe


class Core(Settings):
    frequency: Frequency = Frequency(10**9)
    memory: Bytes = Bytes(65536)


class Noc(Settings):
    topology: Literal["mesh", "torus"] = "mesh"
    vcs: Annotated[int, Field(gt=0)] = 2
    weights: tuple[float, ...] = ()


class Config(Settings):
    core: Core = Core()
    noc: Noc = Noc()
    name: str = "x"
    is_fast: bool = False
    mtbe: Mtbe = Mtbe()
    seed: Annotated[int, Field(ge=0)] = 1
    image: Path | None = None
    size: Literal[1, 2] = 1


def read(tmp_path: Path, text: str, under: tuple[str, ...] = ()) -> Config:
    path = tmp_path / "m.toml"
    path.write_bytes(text.encode())
    return build(Config, [from_file(path, under)])


def problems(tmp_path: Path, text: str, under: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, under)
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.problems]


def test_every_mistake_of_a_file_is_reported_in_its_order(tmp_path: Path) -> None:
    text = """name = 5
[core]
frequncy = "1 GHz"
  memory = 64
[noc]
topology = "mehs"
vcs = -2
weights = [1.0, "a"]
"""
    assert problems(tmp_path, text) == [
        "m.toml:1:1: name: must be a text, not 5",
        "m.toml:3:1: core.frequncy: unknown key (did you mean 'frequency'?)",
        "m.toml:4:3: core.memory: want an amount of memory such as '64 KiB' "
        "(units TiB, GiB, MiB, KiB, TB, GB, MB, kB, B), not 64",
        "m.toml:6:1: noc.topology: must be one of mesh, torus, not 'mehs' (did you mean 'mesh'?)",
        "m.toml:7:1: noc.vcs: must be more than 0, not -2",
        "m.toml:8:17: noc.weights.1: must be a number, not 'a'",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ", "m.toml:1:5: Invalid value"),
        ("seed = 1\nseed = 2\n", "m.toml:2:9: Cannot overwrite a value"),
        ("noc = 3", "m.toml:1:1: noc: must be a table, not 3"),
        ("[[noc]]\nvcs = 1", "m.toml:1:1: noc: must be a table, not a list"),
        ("seed = 1.5", "m.toml:1:1: seed: must be a whole number, not 1.5"),
        ("seed = true", "m.toml:1:1: seed: must be a whole number, not True"),
        ("is_fast = 1", "m.toml:1:1: is_fast: must be true or false, not 1"),
        ("noc.weights = [nan]", "m.toml:1:16: noc.weights.0: must be a finite number, not nan"),
        ("noc = {vcs = 0}", "m.toml:1:8: noc.vcs: must be more than 0, not 0"),
        ('noc."q w" = 0', "m.toml:1:1: noc.q w: unknown key"),
        ("a = " + "[" * 5000, "m.toml: is nested too deep"),
    ],
)
def test_each_kind_of_mistake_has_its_words(tmp_path: Path, text: str, line: str) -> None:
    assert problems(tmp_path, text) == [line]


def test_the_end_of_a_message_counts_the_problems(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text("a = 1\nb = 2\n")
    with pytest.raises(ConfigError, match=r"2 problems; nothing was run$"):
        build(Config, [from_file(path)])


def test_a_file_for_one_table_speaks_of_keys_as_they_stand_in_it(tmp_path: Path) -> None:
    assert problems(tmp_path, "vcs = 0", ("noc",)) == [
        "m.toml:1:1: vcs: must be more than 0, not 0"
    ]
    assert read(tmp_path, "vcs = 7", ("noc",)).noc.vcs == 7


def test_a_missing_file_or_one_too_large_is_a_problem_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none.toml: No such file"):
        from_file(tmp_path / "none.toml")
    assert "must be 262,144 bytes or less" in problems(tmp_path, "#" * 300_000)[0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("seed", "7", {"seed": 7}),
        ("name", "7", {"name": "7"}),
        ("is_fast", "true", {"is_fast": True}),
        ("mtbe", "inf", {"mtbe": Mtbe()}),
        ("mtbe", "512000", {"mtbe": Mtbe.parse("512k")}),
        ("core.frequency", "2 GHz", {"core": Core(frequency=Frequency(2 * 10**9))}),
        ("size", "2", {"size": 2}),
        ("noc.topology", "torus", {"noc": Noc(topology="torus")}),
        ("noc.weights", "[1.0, 2.5]", {"noc": Noc(weights=(1.0, 2.5))}),
        ("image", "a b.png", {"image": Path("a b.png")}),
    ],
)
def test_the_text_of_an_option_becomes_what_its_setting_is(
    name: str, text: str, expected: dict[str, Any]
) -> None:
    assert build(Config, [from_text(Config, name, text, f"--{name}")]) == Config(**expected)
    assert build(Config, [from_assignment(Config, f"{name}={text}")]) == Config(**expected)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("noc.vcs=x", "--set noc.vcs: must be a whole number, not 'x'"),
        ("noc.vc=1", "--set noc.vc: unknown key (did you mean 'vcs'?)"),
        ("size=3", "--set size: must be one of 1, 2, not '3'"),
        ("nok.vcs=1", "--set nok.vcs: unknown key (did you mean 'noc'?)"),
        ("seed", "--set seed: want a name and a value, such as machine.queue.depth=256"),
        ("=1", "--set =1: want a name and a value, such as machine.queue.depth=256"),
        ("seed=1\n", "--set seed=1\n"),
    ],
)
def test_a_wrong_assignment_is_named(text: str, line: str) -> None:
    if text.endswith("\n"):  # blanks around a value do not count
        assert build(Config, [from_assignment(Config, text)]).seed == 1
        return
    with pytest.raises(ConfigError) as caught:
        build(Config, [from_assignment(Config, text)])
    assert caught.value.problems == (line,)


def test_later_sources_win_key_by_key(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('[noc]\nvcs = 3\ntopology = "torus"\n')
    config = build(Config, [from_file(path), from_assignment(Config, "noc.vcs=9")])
    assert config.noc == Noc(vcs=9, topology="torus")


def test_mistakes_of_file_and_options_come_together(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text("[noc]\nvcs = 0\n")
    with pytest.raises(ConfigError) as caught:
        build(Config, [from_file(path), from_text(Config, "seed", "-1", "--seed")])
    assert [line.rpartition("/")[2] for line in caught.value.problems] == [
        "m.toml:2:1: noc.vcs: must be more than 0, not 0",
        "--seed: must be 0 or more, not -1",
    ]


def test_positions_are_found_in_every_form_of_a_key() -> None:
    text = '''a = 1 # = [not]
b.c = { x = 1, "y z" = [1, {q=2}, 3] }
[t]
s = """x
[no]
k = 1
""""
l = \'\'\'
# [no]\'\'\'
[[arr]]
k = 'a#b'
[[arr]]
  [arr.sub]
z = [
  1, # ]
  2]
"d.e".f = 1979-05-27 07:32:00
'''
    assert key_positions(text) == {
        ("a",): (1, 1),
        ("b",): (2, 1),
        ("b", "c"): (2, 1),
        ("b", "c", "x"): (2, 9),
        ("b", "c", "y z"): (2, 16),
        ("b", "c", "y z", 0): (2, 25),
        ("b", "c", "y z", 1): (2, 28),
        ("b", "c", "y z", 1, "q"): (2, 29),
        ("b", "c", "y z", 2): (2, 35),
        ("t",): (3, 1),
        ("t", "s"): (4, 1),
        ("t", "l"): (8, 1),
        ("arr",): (10, 1),
        ("arr", 0): (10, 1),
        ("arr", 0, "k"): (11, 1),
        ("arr", 1): (12, 1),
        ("arr", 1, "sub"): (13, 3),
        ("arr", 1, "sub", "z"): (14, 1),
        ("arr", 1, "sub", "z", 0): (15, 3),
        ("arr", 1, "sub", "z", 1): (16, 3),
        ("arr", 1, "sub", "d.e"): (17, 1),
        ("arr", 1, "sub", "d.e", "f"): (17, 1),
    }


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    found = {path} if path else set()
    for key, value in pairs:
        inner = isinstance(value, dict | list)
        found |= leaves(value, (*path, key)) if inner else {(*path, key)}
    return found


WORD = st.sampled_from(["a", "b", '"x y"', "'#'", "a.b", '"\\u0041".c', "c . d"])
SCALAR = st.sampled_from(
    ['"s"', "'#]'", "1", "-2.5e3", "true", '"""a\n"b"""', "'''\n]'''", '"\\""']
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: "[\n" + ", # c\n".join(v) + "]")
        | st.lists(st.tuples(WORD, inner), max_size=2).map(
            lambda v: "{" + ", ".join(f"{k}={x}" for k, x in v) + "}"
        )
    ),
    max_leaves=6,
)
LINE = (
    st.tuples(WORD, VALUE).map(lambda pair: f"{pair[0]} = {pair[1]} # end")
    | WORD.map(lambda word: f"[{word}]")
    | WORD.map(lambda word: f" [[ {word} ]]")
)


@given(st.lists(LINE, max_size=8).map("\n".join))
def test_every_key_of_any_valid_text_has_a_position_and_no_other(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(key_positions(text)) == leaves(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_configuration_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "m.toml"
    path.write_bytes(content)
    try:
        build(Config, [from_file(path)])
    except ConfigError as error:
        assert all(line.startswith(str(path)) for line in error.problems)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("a", 1),
        ("a.b.c", 3),
        ("a . 'b' .\t\"c\"", 3),
        ('"=".",".a', 3),
        ("[x.y]\na.b.c.d", 4),
        ("a = 1.5", 2),
        ("a = [0.1, 0.2, 0.3]", 2),
        ("a = 'b.c.d.e' # f.g.h.i", 1),
        ('a = """\nb.c.d.e"""', 1),
    ],
)
def test_names_that_dots_join_are_counted(key: str, names: int) -> None:
    expected = names if "." in key else 0  # a text without dots is not looked at
    assert longest_key(key) == expected


@pytest.mark.parametrize("part", ["x.", "'='.", "x . ", '"\\"".', '\\"', "'", '"""', " "])
def test_a_key_of_very_many_names_is_refused_before_it_is_parsed(part: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(part * (200_000 // len(part)) + "x.x = 1\n")
    with pytest.raises(ConfigError) as caught:
        build(Config, [from_file(path)])
    if "." in part:
        assert str(caught.value) == f"{path}: a key must be 32 names or fewer"
