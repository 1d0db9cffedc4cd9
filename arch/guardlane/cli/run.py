# SPDX-License-Identifier: Apache-2.0
"""`guardlane run`: one workload, with options made from its settings."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.cli.options import Request
    from guardlane.record import Record
    from guardlane.workload import Comparison, Progress, Workload

DEFAULT_SEEDS = "1..20"
STORE = "runs.db"  # of a comparison
NOT_STORED = ("statistics", "series", "fault_events")
USAGE = "guardlane run WORKLOAD [OPTIONS]"

run = App(
    name="run",
    help="Run a workload, and print or keep its record.",
    help_flags=[],  # help depends on the workload
    version_flags=[],
)


@run.default
def run_tokens(*tokens: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)]) -> int:
    """Run the workload that the first token names, with the rest as its options."""
    from guardlane.cli.console import one_line
    from guardlane.cli.options import read_options
    from guardlane.errors import UsageError
    from guardlane.workload import load_workload, workloads

    if tokens[:1] in ((), ("--help",), ("-h",)):
        names = ", ".join(workloads())
        print(f"Usage: {USAGE}\n\nWorkloads: {names}\nTheir options: guardlane run WORKLOAD --help")
        return 0 if tokens else 2
    if tokens[0].startswith("-"):
        raise UsageError(f"the workload comes first: {USAGE}")
    workload = load_workload(tokens[0])
    try:
        request = read_options(workload, tokens[1:])
    except CycloptsError as reason:
        raise UsageError(one_line(str(reason))) from None
    if request is not None:
        perform(workload, request, f"guardlane run {shlex.join(tokens)}")
    return 0


def perform(workload: Workload, request: Request, command: str) -> None:
    """Run what was requested, keep it if asked, and print it; `command` is how to do it again."""
    from guardlane.cli.console import printable, shown_progress
    from guardlane.cli.keep import Folder
    from guardlane.cli.views import ViewFiles
    from guardlane.errors import UsageError
    from guardlane.sweep.runs import Here
    from guardlane.units import SeedRange
    from guardlane.workload import Comparable, with_seeds

    folder = Folder(request.out) if request.out else None
    views = ViewFiles(request.views, workload)
    files: dict[str, bytes] = {}
    seen: dict[str, bytes] = {}
    with shown_progress() as progress:
        if request.compare:
            if not isinstance(workload, Comparable):
                raise UsageError(f"workload {workload.name} has nothing to --compare")
            seeds = request.seeds or SeedRange.parse(DEFAULT_SEEDS)
            groups = _compared(workload, request, list(seeds), progress)
            if folder:
                files.update(workload.report(groups, command))
        elif request.seeds is not None:
            configs = with_seeds(workload, request.config, request.seeds)
            wanted = [(workload, config) for config in configs]
            groups = [("", Here(progress)(wanted, is_whole=True))]
        else:
            record, seen = views.run(request.config, progress)
            groups = [("", [record])]
    records = [record for _, group in groups for record in group]
    is_single = not request.compare and request.seeds is None
    if is_single:
        text = records[0].to_json()
        files.update({"record.json": text.encode(), **records[0].files})
    else:
        text = as_list(records, NOT_STORED if request.compare else ())
        files["runs.json"] = text.encode()
        if not request.compare:
            for record in records:
                folder_name = f"seed-{record.config['seed']}"
                files.update({f"{folder_name}/{n}": data for n, data in record.files.items()})
    kept = (folder.keep(files) if folder else []) + views.keep(seen)
    if request.json:
        print(text, end="")
        return
    for note in dict.fromkeys(note for record in records for note in record.notes):
        print(printable(note))
    print_groups(workload, groups)
    for path in kept:
        print(printable(path))


def _compared(
    workload: Workload, request: Request, seeds: Sequence[int], progress: Progress
) -> Comparison:
    """Value of a comparison; with a folder, its store stays there, and none of it runs twice."""
    from contextlib import ExitStack

    from guardlane.cli.stored import store_and_engine
    from guardlane.sweep.comparison import compare

    with ExitStack() as stack:
        store, engine = store_and_engine(stack, request.out and request.out / STORE, None)
        return compare(workload, request.config, seeds, store, engine, progress)


def as_list(records: Sequence[Record], without: Sequence[str] = ()) -> str:
    """Value of several records as one JSON object, `{"runs": [...]}`, less the keys `without`."""
    runs = (record.to_json(without).rstrip("\n") for record in records)
    return '{"runs": [\n' + ",\n".join(runs) + "\n]}\n"


def print_groups(workload: Workload, groups: Sequence[tuple[str, Sequence[Record]]]) -> None:
    """Print the metrics of one run, or their means over the runs of each group."""
    from guardlane.cli.console import one_line, print_table

    records = [record for _, group in groups for record in group]
    if len(records) == 1:
        rows = [
            [one.name, text_of(records[0].metrics.get(one.name)), one.unit, one.sentence]
            for one in workload.metrics
        ]
        print_table(f"{workload.name}: {records[0].outcome}", ["", "", "", ""], rows)
        return
    print(f"{sum(record.completed for record in records)} of {len(records)} runs completed")
    for label, group in groups:
        for record in group:
            if not record.completed:
                run = f"{label}, seed {record.config.get('seed')}".removeprefix(", ")
                print(one_line(f"{run}: {record.outcome}"))
    heads = ["mean of", *(f"{label or workload.name} ({len(group)})" for label, group in groups)]
    rows = [
        [one.name, *(text_of(mean_of(group, one.name)) for _, group in groups), one.unit]
        for one in workload.metrics
    ]
    print_table("", [*heads, ""], rows)


def mean_of(records: Sequence[Record], metric: str) -> float | None:
    """Value of the mean of a metric; None when a run lacks it, as then the rest is another set."""
    values = [record.metrics.get(metric) for record in records]
    numbers = [value for value in values if isinstance(value, int | float)]
    return math.fsum(numbers) / len(numbers) if numbers and len(numbers) == len(values) else None


def text_of(value: Any) -> str:
    """Value of a metric as a person reads it: commas, and two decimals below 1,000."""
    if value is None:
        return "-"
    if isinstance(value, bool | str):
        return str(value)
    is_fine = isinstance(value, float) and abs(value) < 1000
    return f"{value:,.2f}" if is_fine else f"{value:,.0f}"
