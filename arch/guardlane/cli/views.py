# SPDX-License-Identifier: Apache-2.0
"""Views of one run as files: statistics as text, a timeline, some instructions in a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardlane.cli.keep import Folder
from guardlane.errors import GuardlaneError, UsageError
from guardlane.report.stats_txt import stats_text
from guardlane.stats import Statistic
from guardlane.window import Wanted, Window
from guardlane.workload import Watchable

if TYPE_CHECKING:
    from guardlane.record import Record
    from guardlane.workload import Progress, Workload

STATS, TIMELINE, PIPELINE = "stats", "timeline", "pipeline-trace"
VIEWS = (STATS, TIMELINE, PIPELINE)
OPTIONS = (  # name, what it takes, sentence
    ("stats", "FILE", "Statistics of the run as gem5's stats.txt."),
    ("timeline", "FILE", "Timeline of all cores, for Perfetto: Chrome's trace-event JSON."),
    ("pipeline_trace", "FILE", "Instructions of one core in its pipeline, for Konata: Kanata 4."),
    ("trace_core", "NAME", "Core that --pipeline-trace shows. [default: the first]"),
    ("trace_window", "A..B", "Instructions that it shows, both included. [default: 1..20000]"),
)


@dataclass(frozen=True)
class Views:
    """Where the views of a run go, by VIEWS, and what of it they show."""

    paths: Mapping[str, Path]
    window: Window | None

    @property
    def wanted(self) -> Wanted:
        """Value of what the run has to be watched for."""
        return Wanted(timeline=TIMELINE in self.paths, pipeline=self.window)


def read_views(given: Mapping[str, Any]) -> Views:
    """Read the options of OPTIONS; raises UsageError for what does not go together."""
    paths = {
        view: Path(given[view.replace("-", "_")])
        for view in VIEWS
        if view.replace("-", "_") in given
    }
    shape = {name for name in ("trace_core", "trace_window") if name in given}
    if shape and PIPELINE not in paths:
        option = min(shape).replace("_", "-")
        raise UsageError(f"--{option}: says what --{PIPELINE} shows, which is missing")
    window = None
    if PIPELINE in paths:
        try:
            core = given.get("trace_core")
            window = Window(core=core)
            if "trace_window" in given:
                window = Window.parse(given["trace_window"], core)
        except UsageError as reason:
            raise UsageError(f"--trace-window: {reason}") from None
    if paths and (given.get("compare") or "seeds" in given):
        raise UsageError(f"--{next(iter(paths))}: shows one run, not those of --seeds or --compare")
    return Views(paths, window)


class ViewFiles:
    """The files of the views, known to be writable before a long run rather than after it."""

    def __init__(self, views: Views, workload: Workload) -> None:
        """Check them; raises UsageError for a place that cannot be written, or no such view."""
        self._views, self._workload = views, workload
        if (views.wanted != Wanted()) and not isinstance(workload, Watchable):
            option = next(view for view in (TIMELINE, PIPELINE) if view in views.paths)
            raise UsageError(f"--{option}: workload {workload.name} cannot be watched")
        self._places: dict[str, tuple[Folder, str]] = {}
        taken: dict[Path, str] = {}
        for view, path in views.paths.items():
            target = path.resolve()
            if target in taken:
                raise UsageError(f"--{view}: {path} is where --{taken[target]} goes")
            taken[target] = view
            if target.exists() and not target.is_file():
                raise UsageError(f"--{view}: {path}: is not a regular file")
            try:
                self._places[view] = Folder(target.parent), target.name
            except GuardlaneError as reason:
                raise UsageError(f"--{view}: {reason}") from None

    def run(self, config: Any, progress: Progress) -> tuple[Record, dict[str, bytes]]:
        """Run once, watched if need be; value of the record and of the content of each view."""
        found: dict[str, bytes] = {}
        wanted = self._views.wanted
        if wanted != Wanted():
            assert isinstance(self._workload, Watchable)
            record, watched = self._workload.watch(config, wanted, progress)
            found |= watched
        else:
            record = self._workload.run(config, progress)
        if STATS in self._places:
            found[STATS] = statistics_of(record, self._workload).encode()
        return record, found

    def keep(self, found: Mapping[str, bytes]) -> list[str]:
        """Write each view to its file, whole or not at all; value of their paths as given."""
        for view, (folder, name) in self._places.items():
            folder.keep({name: found[view]})
        return [str(self._views.paths[view]) for view in self._places]


def statistics_of(record: Record, workload: Workload) -> str:
    """Write the statistics of a record, and its metrics that are numbers as `run.NAME`."""
    numbers = {
        f"run.{name}": value
        for name, value in record.metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    metrics = [Statistic(f"run.{one.name}", one.unit, one.sentence) for one in workload.metrics]
    return stats_text({**record.statistics, **numbers}, [*workload.statistics, *metrics])
