# SPDX-License-Identifier: Apache-2.0
"""Seeds are those that a study names, or as many as its interval takes, whoever computes them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import ConfigError
from guardlane.estimates import estimate
from guardlane.store import Failure, Point, Store
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.seeds import Interval, derived_seed
from guardlane.sweep.study import Limits, read_study
from guardlane.sweep.sweep import Status, sweep
from guardlane.sweep.tasks import Task

STUDY = """
workload = "mill"
[interval]
metric = "flour"
half_width = 0.4
min_seeds = 4
max_seeds = 40
batch = 4
paired = ["act"]
[[axis]]
setting = "act"
values = ["grind", "rest"]
[[axis]]
setting = "load"
values = [1.0, 2.0]
"""


class Pretence:
    """An engine that answers without a worker: flour by act, load and seed, in a random order."""

    def __init__(self, order: int = 0, stop_after: int = 10**9) -> None:
        self.dice, self.left = random.Random(order), stop_after

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Point | Failure]]:
        for task in self.dice.sample(tasks, len(tasks)):
            if self.left == 0:
                return
            self.left -= 1
            yield [self.answer(task)]

    def answer(self, task: Task) -> Point | Failure:
        axes = task.axes
        noise = random.Random(f"{axes['act']}{axes['load']}{axes['seed']}").gauss()
        flour = noise * (1.0 if axes["load"] == "2.0" else 0.1)
        settings = {"act": axes["act"], "load": float(axes["load"]), "seed": int(axes["seed"])}
        return Point(
            task.key, "mill", task.cell.keys.code, {}, settings, "", "completed", {"flour": flour}
        )

    def drain(self) -> None:
        self.left = 0


def plan_of(text: str = STUDY) -> Plan:
    Path("mill.toml").write_text(text)
    return expand(read_study(Path("mill.toml")))


def swept(store: str, engine: Pretence, text: str = STUDY) -> tuple[Status, list[dict[str, str]]]:
    with Store(Path(store), write=True) as opened:
        after = sweep(plan_of(text), opened, engine)
        return after, [one.axes for one in opened.planned("mill")]


def counts(axes: list[dict[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in axes:
        pair = one["act"], one["load"]
        found[pair] = found.get(pair, 0) + 1
    return found


def seeds_of(axes: list[dict[str, str]], act: str, load: str) -> list[str]:
    return [one["seed"] for one in axes if (one["act"], one["load"]) == (act, load)]


def test_named_seeds_are_run_as_they_are_named() -> None:
    plan = plan_of('workload = "mill"\nseeds = [5, 2, 11]\n')
    assert [task.seed for task in plan.tasks] == [5, 2, 11]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = [1, 1]", "mill.toml:2:1: seeds: a seed must be named once only"),
        ("seeds = []", "mill.toml:2:1: seeds: seeds must be 1 to 1,000,000, not 0"),
        ("seeds = [1, true]",
         "mill.toml:2:1: seeds: a seed must be a whole number of 0 or more, not True"),
        ("seeds = 3", "mill.toml:2:1: seeds: want seeds such as '7', '1..20' (both included) or "
         "[3, 1, 4], not 3"),
        ('seeds = "1..2"\n[interval]\nmetric = "flour"\nhalf_width = 1.0',
         "mill.toml: a study has `seeds`, or an [interval] that says how many"),
        ('[interval]\nmetric = "flor"\nhalf_width = 1.0',
         "mill.toml:3:1: workload mill has no metric 'flor' (did you mean 'flour'?)"),
        ('[interval]\nmetric = "flour"\nhalf_width = 0.0',
         "mill.toml:4:1: interval.half_width: must be more than 0.0, not 0.0"),
        ('[interval]\nmetric = "flour"\nhalf_width = 1.0\nmin_seeds = 9\nmax_seeds = 8',
         "mill.toml:2:1: interval: max_seeds must be min_seeds, 9, or more"),
        ('[interval]\nmetric = "flour"\nhalf_width = 1.0\npaired = ["lod"]',
         "mill.toml:5:11: paired: no axis sets 'lod'"),
    ],
)  # fmt: skip
def test_a_mistake_about_seeds_has_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(f'workload = "mill"\n{text}\n')
    assert list(caught.value.problems) == [said]


def test_seeds_are_added_until_every_interval_of_a_pair_is_narrow_enough() -> None:
    after, axes = swept("a.db", Pretence())
    found = counts(axes)
    assert (after.total, after.left) == (sum(found.values()), ())
    assert found["grind", "1.0"] == found["rest", "1.0"] == 4  # a tenth of the noise: the least
    assert 4 < found["grind", "2.0"] == found["rest", "2.0"] <= 40
    assert found["grind", "2.0"] % 4 == 0
    widths = []
    for count in (found["grind", "2.0"], found["grind", "2.0"] - 4):
        for act in ("grind", "rest"):
            noise = [
                random.Random(f"{act}2.0{seed}").gauss()
                for seed in seeds_of(axes, act, "2.0")[:count]
            ]
            mean = estimate(noise)
            assert mean.high is not None
            widths.append(mean.high - mean.mean)
    assert max(widths[:2]) <= 0.4 < max(widths[2:])  # now it is, and a batch before it was not


def test_paired_points_have_the_same_seeds_and_others_have_not() -> None:
    _, axes = swept("a.db", Pretence())
    for load in ("1.0", "2.0"):
        assert seeds_of(axes, "grind", load) == seeds_of(axes, "rest", load)
    assert not set(seeds_of(axes, "grind", "1.0")) & set(seeds_of(axes, "grind", "2.0"))
    alone = STUDY.replace('paired = ["act"]', "paired = []")
    _, apart = swept("b.db", Pretence(), alone)
    assert not set(seeds_of(apart, "grind", "1.0")) & set(seeds_of(apart, "rest", "1.0"))


def test_the_seeds_do_not_tell_the_order_nor_where_a_sweep_was_interrupted() -> None:
    _, calm = swept("calm.db", Pretence(0))
    for order in (1, 2, 3):
        store = f"{order}.db"
        for _ in range(30):
            after, axes = swept(store, Pretence(order, stop_after=7))
            if not after.left:
                break
        else:
            pytest.fail("a sweep must end")
        assert axes == calm


def test_a_mean_that_cannot_be_asks_for_no_more_seeds() -> None:
    class Torn(Pretence):
        def answer(self, task: Task) -> Point | Failure:
            if task.axes["load"] == "1.0":
                return Failure(task.key, "fault", "torn", 1, "", "")
            point = super().answer(task)
            assert isinstance(point, Point)
            return Point(**{**vars(point), "metrics": {"flour": None}})

    after, axes = swept("a.db", Torn())
    assert set(counts(axes).values()) == {4}
    assert (after.finished, after.failed) == (8, 8)


def test_a_derived_seed_is_of_content_and_pinned() -> None:
    assert derived_seed("group", 0) == 19_181_426_945_934
    assert derived_seed("group", 1) != derived_seed("group", 0) != derived_seed("other", 0)
    first = [task.seed for task in plan_of().tasks]
    said_otherwise = STUDY.replace("values = [1.0, 2.0]", "values = [2.0, 1.0]")
    assert set(first) == {task.seed for task in plan_of(said_otherwise).tasks}


def test_the_rule_is_of_students_interval() -> None:
    rule = Interval(metric="flour", half_width=1.0, min_seeds=2, max_seeds=4)
    assert rule.wants_more([0.0])  # one value has no interval
    assert not rule.wants_more([5.0, 5.0])
    assert rule.wants_more([0.0, 2.0])  # 12.7 on each side
    assert not rule.wants_more([0.0, 2.0, None])


def test_a_sweep_with_an_interval_runs_from_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("mill.toml").write_text(STUDY.replace("half_width = 0.4", "half_width = 1e14"))
    assert main(["sweep", "mill.toml", "--workers", "2"]) == 0
    assert "16 of 16 points finished (0 were there)" in capsys.readouterr().out
    Path("mill.toml").write_text(STUDY.replace("half_width = 0.4", "half_width = 1e-3"))
    assert main(["sweep", "mill.toml", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "16 of 32 points finished" in shown  # the store has decided on one more batch
    assert "160 points at most" in shown
