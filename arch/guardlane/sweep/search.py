# SPDX-License-Identifier: Apache-2.0
"""A search: combinations of a study's axes that Optuna asks for, run and judged batch by batch.

The store is the only record. Optuna keeps nothing: a search that goes on asks from the beginning,
is told again what the store knows, and so asks for the very same until there is something to run.
Needs the extra `search`, which is imported when it is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from guardlane.errors import GuardlaneError
from guardlane.pareto import front, hypervolume
from guardlane.store.points import Planned, Study
from guardlane.store.store import Store
from guardlane.sweep.axes import Choices, Combination
from guardlane.sweep.local import Engine
from guardlane.sweep.outline import Outline
from guardlane.sweep.study import Search
from guardlane.sweep.sweep import Tell, complete, status
from guardlane.sweep.tasks import Task

PATIENCE = 20  # batches in a row that hold nothing new, after which there is nothing more to find
Axes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Trial:
    """One combination that was asked for, and its metrics, means over its seeds.

    Without `values` it has none: the workload refused it, a run failed, or has no such value.
    """

    axes: Mapping[str, str]
    tasks: Sequence[Task]
    values: tuple[float, ...] | None


@dataclass(frozen=True)
class Found:
    """What a search, or spending as much at random, has found so far."""

    study: Study
    trials: Sequence[Trial]
    is_over: bool

    @property
    def tasks(self) -> list[Task]:
        """Value of all points that it asked for."""
        return [task for trial in self.trials for task in trial.tasks]


def search(
    outline: Outline, store: Store | None, engine: Engine | None, tell: Tell = lambda ended: None
) -> list[Found]:
    """Search, and after that spend as much at random if the study says so.

    Without an engine nothing is run: then it is what the store knows of it. Raises GuardlaneError
    when Optuna is not installed.
    """
    rule = outline.search
    assert rule is not None
    found = [_explored(outline, rule, rule.sampler, outline.study, store, engine, tell)]
    if rule.baseline and found[0].is_over:
        name, title = f"{outline.study.name}+random", f"{outline.study.title}: at random"
        beside = replace(outline.study, name=name, title=title)
        found.append(_explored(outline, rule, "random", beside, store, engine, tell))
    return found


def best(found: Found, rule: Search) -> list[Trial]:
    """List the trials that no other beats, the first metric's best first."""
    judged = [trial for trial in found.trials if trial.values is not None]
    losses = [rule.losses(trial.values or ()) for trial in judged]
    return [judged[place] for place in sorted(front(losses), key=lambda place: losses[place])]


def volumes(found: Sequence[Found], rule: Search) -> tuple[dict[str, float], list[float]]:
    """Value of the reference point and of the hypervolume of each of `found`, more is better.

    The reference is the study's, or else the worst of each metric in all trials.
    """
    losses = [
        [rule.losses(trial.values) for trial in one.trials if trial.values is not None]
        for one in found
    ]
    every = [loss for own in losses for loss in own]
    if not every:
        return {}, [0.0 for _ in found]
    worst = [max(column) for column in zip(*every, strict=True)]
    named = {**dict(zip(rule.metrics, rule.losses(worst), strict=True)), **rule.reference}
    reference = rule.losses([named[name] for name in rule.metrics])
    return named, [hypervolume(own, reference) for own in losses]


def _explored(
    outline: Outline, rule: Search, sampler: str, study: Study, store: Store | None,
    engine: Engine | None, tell: Tell,
) -> Found:  # fmt: skip
    known: dict[Axes, Trial] = {}
    optuna = _Optuna(rule, sampler, outline.axes)
    idle = 0
    while len(known) < rule.budget and idle < PATIENCE:
        asked = [optuna.ask() for _ in range(min(rule.batch, rule.budget - len(known)))]
        fresh = {_axes(c): _cell(outline, c) for _, c in asked if _axes(c) not in known}
        idle = 0 if fresh else idle + 1
        wanted = [*known.values(), *(Trial(dict(a), tasks, None) for a, tasks in fresh.items())]
        tasks = [task for trial in wanted for task in trial.tasks]
        if store is None or not _complete(outline, study, tasks, store, engine, tell):
            return Found(study, wanted, is_over=False)
        for axes, own in fresh.items():
            known[axes] = Trial(dict(axes), own, _values(rule, own, store))
        for number, chosen in asked:
            optuna.tell(number, known[_axes(chosen)].values)
    return Found(study, [*known.values()], is_over=True)


class _Optuna:
    """The sampler of Optuna behind two questions; it holds its study in memory only."""

    def __init__(self, rule: Search, sampler: str, axes: Sequence[Choices]) -> None:
        try:
            import optuna
        except ImportError:
            said = "a study with [search] needs Optuna: pip install 'guardlane[search]'"
            raise GuardlaneError(said) from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        kinds = {
            "tpe": optuna.samplers.TPESampler,
            "nsga2": optuna.samplers.NSGAIISampler,
            "random": optuna.samplers.RandomSampler,
        }
        self._fail = optuna.trial.TrialState.FAIL
        self._axes = axes
        self._study = optuna.create_study(
            directions=list(rule.metrics.values()), sampler=kinds[sampler](seed=rule.seed)
        )

    def ask(self) -> tuple[int, Combination]:
        """Value of the number of a trial, and of the combination that it is to be."""
        trial = self._study.ask()
        chosen: Combination = {}
        for place, axis in enumerate(self._axes):
            if axis.applies(chosen):
                name, last = f"axis {place}", len(axis.rows) - 1
                row = (
                    trial.suggest_int(name, 0, last)
                    if axis.is_ordered
                    else trial.suggest_categorical(name, range(last + 1))
                )
                chosen = {**chosen, **axis.rows[row]}
        return trial.number, chosen

    def tell(self, number: int, values: tuple[float, ...] | None) -> None:
        """Say what came of a trial."""
        if values is None:
            self._study.tell(number, state=self._fail)
        else:
            self._study.tell(number, list(values))


def _complete(
    outline: Outline, study: Study, tasks: Sequence[Task], store: Store, engine: Engine | None,
    tell: Tell,
) -> bool:  # fmt: skip
    """Have the store hold all `tasks`; value of whether it does."""
    left = status(tasks, store).left
    if engine is not None:
        store.plan(study, (Planned(task.key, task.cell.axes, task.seed) for task in tasks))
        if left:
            complete(left, outline.limits, store, engine, tell)
            left = status(tasks, store).left
    return not left


def _cell(outline: Outline, chosen: Combination) -> list[Task]:
    """List the points of a combination: none when the workload refuses it."""
    try:
        cell = outline.cell(chosen)
    except GuardlaneError:
        return []
    return [cell.task(seed) for seed in outline.seeds or (None,)]


def _values(rule: Search, tasks: Sequence[Task], store: Store) -> tuple[float, ...] | None:
    """Value of the means of the metrics; None when a run has no value for one of them."""
    keys = [task.key for task in tasks]
    means: list[float] = []
    for metric in rule.metrics:
        found = [one for one in store.values(metric, keys).values() if one is not None]
        if len(found) < len(keys) or not keys:
            return None
        means.append(math.fsum(found) / len(found))
    return tuple(means)


def _axes(chosen: Combination) -> Axes:
    return tuple((name, one.text) for name, one in chosen.items())
