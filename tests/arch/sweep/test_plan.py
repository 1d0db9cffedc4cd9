# SPDX-License-Identifier: Apache-2.0
"""A study means these points, in this order, with these keys, or it has these mistakes."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import ConfigError
from guardlane.record import versions
from guardlane.sweep import keys
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.study import read_study


def plan_of(text: str, *sets: str, scale: str = "full") -> Plan:
    Path("mill.toml").write_text(f'workload = "mill"\n{text}')
    return expand(read_study(Path("mill.toml"), scale), sets)


def values(text: str, name: str) -> list[str]:
    plan = plan_of(f'[[axis]]\nsetting = "{name}"\n{text}\n')
    return [task.axes[name] for task in plan.tasks]


def test_axes_cross_the_last_one_fastest_and_seeds_faster_still() -> None:
    plan = plan_of(
        'seeds = "1..2"\n[settings]\nact = "grind"\n'
        '[[axis]]\nsetting = "load"\nvalues = [1.5, 2.5]\n'
        '[[axis]]\nzip = { mtbe = ["1k", "2k"], "stone.turns" = [3, 4] }\n'
    )
    assert [tuple(task.axes.values()) for task in plan.tasks] == [
        (load, mtbe, turns, seed)
        for load in ("1.5", "2.5")
        for mtbe, turns in (("1k", "3"), ("2k", "4"))
        for seed in ("1", "2")
    ]
    assert plan.study.axes == ("load", "mtbe", "stone.turns")
    assert len({task.key for task in plan.tasks}) == 8
    assert len({id(task.cell) for task in plan.tasks}) == 4


def test_an_axis_with_when_leaves_other_points_alone() -> None:
    plan = plan_of(
        '[[axis]]\nsetting = "act"\nvalues = ["grind", "rest"]\n'
        '[[axis]]\nsetting = "load"\nvalues = [1.0, 2.0]\nwhen = { act = "grind" }\n'
    )
    assert [task.axes for task in plan.tasks] == [
        {"act": "grind", "load": "1.0"}, {"act": "grind", "load": "2.0"}, {"act": "rest"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("range = { first = 1, last = 7, step = 3 }", "stone.turns", ["1", "4", "7"]),
        ("range = { first = 3, last = 1, step = -1 }", "stone.turns", ["3", "2", "1"]),
        ("range = { first = 0.1, last = 0.3, step = 0.1 }", "load", ["0.1", "0.2", "0.3"]),
        ('range = { first = "1 KiB", last = "2 KiB", step = "512 B" }', "stone.weight",
         ["1 KiB", "1536 B", "2 KiB"]),
        ("log = { first = 1, last = 1000, count = 4 }", "stone.turns", ["1", "10", "100", "1000"]),
        ('log = { first = "64k", last = "1M", count = 3 }', "mtbe", ["64k", "252982", "1M"]),
        ('log = { first = "1us", last = "100us", count = 3 }', "mtbe", ["1 us", "10 us", "100 us"]),
        ("log = { first = 1.0, last = 4.0, count = 3 }", "load", ["1.0", "2.0", "4.0"]),
    ],
)  # fmt: skip
def test_ranges_are_exact_in_the_unit_of_their_setting(
    text: str, name: str, expected: list[str]
) -> None:
    assert values(text, name) == expected


AXIS = '[[axis]]\nsetting = "stone.turns"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('metric = "x"', ["mill.toml:2:1: metric: unknown key (did you mean 'metrics'?)"]),
        ('[[axis]]\nseting = "load"\nvalues = [1.0]',
         ["mill.toml:3:1: axis.0.seting: unknown key (did you mean 'setting'?)"]),
        (f"{AXIS}values = [1, 0, 2, -5]",
         ["mill.toml:4:14: stone.turns: must be 1 or more, not 0",
          "mill.toml:4:20: stone.turns: must be 1 or more, not -5"]),
        ('[[axis]]\nsetting = "stone.tuns"\nvalues = [1]',
         ["mill.toml:4:11: stone.tuns: unknown key (did you mean 'turns'?)"]),
        ("[settings.stone]\nturns = 0", ["mill.toml:3:1: stone.turns: must be 1 or more, not 0"]),
        ('metrics = ["flour", "flor"]',
         ["mill.toml:2:21: workload mill has no metric 'flor' (did you mean 'flour'?)"]),
        (f"{AXIS}values = []", ["mill.toml:2:1: axis.0: an axis has one value or more"]),
        (f"{AXIS}values = [1]\nlog = {{ first = 1, last = 4, count = 3 }}",
         ["mill.toml:2:1: axis.0: an axis has one of values, range, log, zip, not values and log"]),
        (f"{AXIS}range = {{ first = 1, last = 8, step = 3 }}",
         ["mill.toml:4:1: stone.turns: range: steps of 3 from 1 miss 8: 7, 10"]),
        (f"{AXIS}range = {{ first = 1, last = 8, step = 0 }}",
         ["mill.toml:4:1: stone.turns: range: a step of 0 does not lead from 1 to 8"]),
        (f"{AXIS}log = {{ first = 1, last = 3, count = 9 }}",
         ["mill.toml:4:1: stone.turns: log: gives one value twice: 1, 1, 1, 2, 2, 2, 2, 3"]),
        ('[[axis]]\nzip = { load = [1.0], "stone.turns" = [1, 2] }',
         ["mill.toml:2:1: axis.0: lists in zip must be of one length: load has 1, "
          "stone.turns has 2"]),
        (f'{AXIS}values = [1]\nwhen = {{ lod = 1.0 }}',
         ["mill.toml:5:10: when: no axis before this one sets 'lod'"]),
        (f'{AXIS}values = [10, 20]\n[[axis]]\nsetting = "load"\nvalues = [1.0]\n'
         'when = { "stone.turns" = 30 }',
         ["mill.toml:8:10: when: stone.turns never is '30'"]),
        (f"{AXIS}values = [1]\n{AXIS}values = [2]",
         ["mill.toml:5:1: stone.turns has an axis already"]),
        (f'{AXIS}values = [6]\n[[axis]]\nsetting = "load"\nvalues = [1.0, 200.0]',
         ["mill.toml: point stone.turns=6, load=200.0: so much load takes 5 turns or fewer"]),
        (f"{AXIS}range = {{ first = 1, last = 3000000, step = 1 }}",
         ["mill.toml:4:1: stone.turns: range: has 3,000,000 values; an axis may have 100,000"]),
        ('seeds = "2..1"', ["mill.toml:2:1: seeds: seeds must go up, not down as in '2..1'"]),
        ('[scale.ci.values]\nlod = [1.0]', ["mill.toml:3:1: no axis sets 'lod'"]),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place(text: str, said: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(text, scale="ci" if "scale" in text else "full")
    assert list(caught.value.problems) == said


def test_the_small_edition_has_its_own_seeds_settings_and_values() -> None:
    text = (
        'seeds = "1..20"\n[settings]\nload = 2.0\n'
        '[[axis]]\nsetting = "stone.turns"\nrange = { first = 1, last = 9, step = 1 }\n'
        '[scale.ci]\nseeds = "1..2"\nsettings = { load = 1.0 }\nvalues = { "stone.turns" = [2] }\n'
    )
    assert len(plan_of(text).tasks) == 180
    small = plan_of(text, scale="ci")
    assert [task.axes for task in small.tasks] == [
        {"stone.turns": "2", "seed": "1"}, {"stone.turns": "2", "seed": "2"},
    ]  # fmt: skip
    assert "load=1.0" in small.tasks[0].command
    assert small.study.name == "mill@ci"


def test_set_goes_over_the_settings_and_not_over_an_axis() -> None:
    text = f"[settings]\nload = 2.0\n{AXIS}values = [1]\n"
    assert "load=3.5" in plan_of(text, "load=3.5").tasks[0].command
    with pytest.raises(ConfigError, match="--set stone.turns: varies in the study"):
        plan_of(text, "stone.turns=4")


def test_the_command_of_a_point_runs_that_very_point(capsys: pytest.CaptureFixture[str]) -> None:
    (task,) = plan_of('[settings]\nact = "a b"\nmtbe = "1us"\n' + AXIS + "values = [7]\n").tasks
    words = shlex.split(task.command)
    assert words[0] == "guardlane"
    assert main([*words[1:], "--json"]) == 0
    assert '"flour": 8.0' in capsys.readouterr().out


def test_a_key_follows_settings_content_code_and_versions_and_nothing_else(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(text: str = "", *sets: str) -> str:
        keys.package_digest.cache_clear()
        keys._file_digest.cache_clear()
        return plan_of(text, *sets).tasks[0].key

    first = key()
    assert key('seeds = "1..1"') == first  # said otherwise, the same point
    assert key("", "mtbe=512000") == first
    assert key("", "sleep=0.0001") == first  # it changes no result
    assert len({first, key("", "load=2.0"), key("", "seed=2"), key("", "mtbe=512us")}) == 4
    grain, copy = Path("grain.txt"), Path("copy.txt")
    grain.write_text("wheat")
    copy.write_text("wheat")
    assert key("", "grain=grain.txt") == key("", "grain=copy.txt") != first
    copy.write_text("rye")
    assert key("", "grain=grain.txt") != key("", "grain=copy.txt")

    source = site / "mill_of_tests.py"
    source.write_text(f"{source.read_text()}\n# another model\n")
    assert key() != first
    second = key()
    newer = versions() | {"numpy": "9"}
    monkeypatch.setattr("guardlane.sweep.outline.versions", lambda: newer)
    assert len({first, second, key()}) == 3


def test_the_digest_of_a_package_is_of_content_and_not_of_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for place, body in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        package = tmp_path / place / "flourish"
        (package / "__pycache__").mkdir(parents=True)
        (package / "__init__.py").write_text(body)
        (package / "__pycache__" / "x.pyc").write_text(place)
        with monkeypatch.context() as here:
            here.syspath_prepend(str(tmp_path / place))
            keys.package_digest.cache_clear()
            digests.append(keys.package_digest("flourish"))
    assert digests[0] == digests[1] != digests[2]


def test_rooms_that_make_no_results_are_no_part_of_the_model() -> None:
    spec = dataclasses.make_dataclass("Spec", ["submodule_search_locations", "origin"])
    root = Path(keys.__file__).parents[1]
    names = {name for name, _ in keys._files("guardlane", spec([str(root)], None))}
    assert "core/pipeline.py" in names
    assert not {"sweep/keys.py", "cli/run.py", "report/page.py"} & names
