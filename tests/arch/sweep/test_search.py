# SPDX-License-Identifier: Apache-2.0
"""A search asks for the same whoever runs it, goes on where it was, and is held against chance."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.errors import ConfigError, GuardlaneError
from guardlane.pareto import front
from guardlane.store import Failure, Point, Store
from guardlane.sweep.outline import Outline
from guardlane.sweep.search import Found, best, search, volumes
from guardlane.sweep.study import Limits, read_study
from guardlane.sweep.tasks import Task

STUDY = """
workload = "mill"
seeds = "1..2"
[search]
metrics = { flour = "maximize", dust = "minimize" }
budget = 40
batch = 5
[[axis]]
setting = "stone.turns"
range = { first = 1, last = 16, step = 1 }
[[axis]]
setting = "load"
log = { first = 1.0, last = 64.0, count = 13 }
[[axis]]
setting = "act"
values = ["grind", "rest"]
"""


def judged(turns: int, load: float, act: str, seed: int) -> dict[str, float]:
    """Value of metrics that pull apart: flour wants many turns, dust few; load is best at 8."""
    off = abs(load - 8.0) + (3.0 if act == "rest" else 0.0)
    return {"flour": turns * 3.0 - off + seed, "dust": turns * turns / 4.0 + off}


class Pretence:
    """An engine that answers without a worker, in a random order."""

    def __init__(self, order: int = 0, stop_after: int = 10**9) -> None:
        self.dice, self.left, self.ran = random.Random(order), stop_after, 0

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Point | Failure]]:
        for task in self.dice.sample(tasks, len(tasks)):
            if self.left == 0:
                return
            self.left -= 1
            self.ran += 1
            axes = task.axes
            values = judged(int(axes["stone.turns"]), float(axes["load"]), axes["act"],
                            int(axes["seed"]))  # fmt: skip
            yield [Point(task.key, "mill", task.cell.keys.code, {}, {}, "", "completed", values)]

    def drain(self) -> None:
        self.left = 0


def outline(text: str = STUDY) -> Outline:
    Path("mill.toml").write_text(text)
    return Outline(read_study(Path("mill.toml")))


def searched(store: str, engine: Pretence, text: str = STUDY) -> list[Found]:
    with Store(Path(store), write=True) as opened:
        return search(outline(text), opened, engine)


def told(found: list[Found]) -> list[list[tuple[object, object]]]:
    return [[(dict(one.axes), one.values) for one in part.trials] for part in found]


def test_a_search_asks_for_the_same_in_any_order_and_wherever_it_was_interrupted() -> None:
    calm = searched("calm.db", Pretence(0))
    assert [len(part.trials) for part in calm] == [40, 40]
    assert all(part.is_over for part in calm)
    for order in (1, 2):
        for _ in range(40):
            part = searched(f"{order}.db", Pretence(order, stop_after=13))
            if len(part) == 2 and part[1].is_over:
                break
        else:
            pytest.fail("a search must end")
        assert told(part) == told(calm)
    again = Pretence(3)
    assert told(searched("calm.db", again)) == told(calm)
    assert again.ran == 0  # the store knew all of it


def test_a_combination_is_run_once_and_judged_by_its_means() -> None:
    engine = Pretence()
    found = searched("a.db", engine)
    axes = [tuple(one.axes.values()) for one in found[0].trials]
    assert len(set(axes)) == len(axes) == 40
    assert engine.ran == len({task.key for part in found for task in part.tasks})
    for one in found[0].trials:
        turns, load, act = int(one.axes["stone.turns"]), float(one.axes["load"]), one.axes["act"]
        means = judged(turns, load, act, 1)
        assert one.values == (means["flour"] + 0.5, means["dust"])
    with Store(Path("a.db")) as store:
        assert [one.name for one in store.studies()] == ["mill", "mill+random"]
        assert len(list(store.planned("mill"))) == 80
        assert len(list(store.points("mill"))) == 80


def test_what_is_best_is_beaten_by_nothing_and_has_more_room_than_chance() -> None:
    found, rule = searched("a.db", Pretence()), outline().search
    assert rule is not None
    chosen = best(found[0], rule)
    values = [one.values for one in chosen if one.values]
    assert values == sorted(values, key=lambda pair: -pair[0])
    losses = [rule.losses(one.values) for one in found[0].trials if one.values]
    assert sorted(rule.losses(v) for v in values) == sorted(
        losses[place] for place in front(losses)
    )
    reference, (room, chance) = volumes(found, rule)
    assert reference["dust"] == max(one.values[1] for p in found for one in p.trials if one.values)
    assert reference["flour"] == min(one.values[0] for p in found for one in p.trials if one.values)
    assert room > chance > 0  # of these 416 combinations, with this seed


def test_another_sampler_or_seed_asks_for_others_and_a_space_may_be_used_up() -> None:
    few = STUDY.replace("last = 16", "last = 2").replace("count = 13", "count = 2")
    found = searched("few.db", Pretence(), few.replace("budget = 40", "budget = 30"))
    assert [len(part.trials) for part in found] == [8, 8]
    first = told(searched("a.db", Pretence()))[0]
    for changed in ('sampler = "nsga2"\nbatch = 5', "seed = 2\nbatch = 5"):
        text = STUDY.replace("batch = 5", changed + "\nbaseline = false")
        (other,) = searched("a.db", Pretence(), text)
        assert len(other.trials) == 40
        assert told([other])[0] != first


def test_a_refused_combination_has_no_values_and_the_search_goes_on() -> None:
    text = STUDY.replace("last = 64.0", "last = 4096.0")
    found = searched("a.db", Pretence(), text)
    refused = [one for one in found[0].trials if one.values is None]
    assert refused
    assert all(float(one.axes["load"]) > 100 and int(one.axes["stone.turns"]) > 5
               for one in refused)  # fmt: skip
    assert len(found[0].trials) == 40


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("{ flour", "{ flor"), "has no metric 'flor' (did you mean 'flour'?)"),
        (('"maximize"', '"most"'), "search.metrics.flour: must be one of"),
        (("budget = 40", "budget = 0"), "search.budget: must be 1 or more, not 0"),
        (("batch = 5", "reference = { weight = 1.0 }"), "is not among the metrics of the search"),
        (("batch = 5", 'sampler = "best"'), "search.sampler: must be one of tpe, nsga2, random"),
        (('seeds = "1..2"', '[interval]\nmetric = "flour"\nhalf_width = 1.0'),
         "a [search] takes `seeds`, and no [interval]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_search_has_its_place(changed: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        outline(STUDY.replace(*changed))
    assert said in str(caught.value)
    assert str(caught.value).startswith("mill.toml")


def test_a_search_runs_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    text = STUDY.replace("budget = 40", "budget = 6").replace("batch = 5", "batch = 3")
    Path("mill.toml").write_text(text)
    assert main(["sweep", "mill.toml", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "mill: 0 of 6 points finished, 0 failed, 6 left" in shown  # of the first batch
    assert "24 points at most" in shown
    assert main(["sweep", "mill.toml", "--workers", "2"]) == 0
    shown = capsys.readouterr().out
    assert "Of 6 combinations, none beats any of these:" in shown
    assert "hypervolume, from flour " in shown
    assert " tpe, " in shown
    assert " at random" in shown
    assert main(["sweep", "mill.toml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cached"] == found["total"] == found["finished"] <= 24
    assert found["search"]["combinations"] == 6
    assert found["search"]["front"]
    assert main(["export", "mill.db", "--csv", "a.csv"]) == 0


def test_without_optuna_a_search_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(GuardlaneError, match=r"pip install 'guardlane\[search\]'"):
        searched("a.db", Pretence())
