# SPDX-License-Identifier: Apache-2.0
"""The contract of a workload: settings, a run that gives a record, and what judges it.

`run`, `list` and the report know nothing else of a workload. It is found by entry point
`guardlane.workloads`, which names a class without arguments, or an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from guardlane import plugins
from guardlane.config import Settings
from guardlane.errors import GuardlaneError, UsageError
from guardlane.record import Record
from guardlane.stats import Metric, Statistic
from guardlane.window import Wanted

GROUP = "guardlane.workloads"
Comparison = Sequence[tuple[str, Sequence[Record]]]  # label and its runs, one a seed


class Progress(Protocol):
    """Told how far a run is: `done` of `total` steps, and what is being done."""

    def __call__(self, done: int, total: int, what: str) -> None: ...


class Workload(Protocol):
    """What can be run.

    `sentence` says what it does, `Config` holds what can be asked of it (each field is an option of
    the command line), `metrics` judge a run, `statistics` are what its machine counts.
    """

    name: str
    sentence: str
    Config: type[Settings]
    metrics: Sequence[Metric]
    statistics: Sequence[Statistic]

    def run(self, config: Any, progress: Progress | None = None) -> Record:
        """Run once; a guest that crashes or hangs is a record too, not an error."""
        ...


@runtime_checkable
class Comparable(Protocol):
    """A workload that can show what is worth comparing, over several seeds.

    `comparison` names the installed study that says what is; it runs with the workload's settings.
    """

    comparison: str

    def compared(
        self,
        config: Any,
        groups: Mapping[str, Sequence[Record]],
        progress: Progress | None = None,
    ) -> Comparison:
        """Label the runs of each combination, by the values of its axes, for people.

        Those runs have what a store has of a record. Runs that the report shows closely are run
        here again, and so is what is compared with everything, such as a run without errors.
        """
        ...

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the report of a comparison as files by name; `command` is how to do it again."""
        ...


@runtime_checkable
class Watchable(Protocol):
    """A workload whose run can be looked at closely."""

    def watch(
        self, config: Any, wanted: Wanted, progress: Progress | None = None
    ) -> tuple[Record, Mapping[str, bytes]]:
        """Run once, watched: the very record of `run`, and `timeline` and `pipeline-trace` files.

        May take longer than `run`. Raises UsageError for a view or a core that it has not got.
        """
        ...


def workloads() -> list[str]:
    """Value of the names of all installed workloads."""
    return list(plugins.found(GROUP))


def load_workload(name: str) -> Workload:
    """Import the workload called `name`; a UsageError has the likeliest name."""
    loaded = plugins.load(GROUP, name)
    workload = loaded() if isinstance(loaded, type) else loaded
    for part in ("name", "sentence", "Config", "metrics", "statistics", "run"):
        if not hasattr(workload, part):
            raise GuardlaneError(f"workload {name} must have `{part}`, as guardlane.workload says")
    return workload  # type: ignore[no-any-return]


def with_seeds(workload: Workload, config: Settings, seeds: Iterable[int]) -> list[Settings]:
    """Value of `config` with each of `seeds` as its `seed`; raises UsageError if it has none."""
    if "seed" not in type(config).model_fields:
        raise UsageError(f"workload {workload.name} has no seed, so it cannot run with several")
    return [config.model_copy(update={"seed": seed}) for seed in seeds]
