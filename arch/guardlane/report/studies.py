# SPDX-License-Identifier: Apache-2.0
"""The studies of a store as a page: what is missing first, then charts, then every mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from guardlane.errors import GuardlaneError
from guardlane.report.means import Means
from guardlane.report.page import Block, Cell, Column, Commands, Note, Page, Section, Table, Tally
from guardlane.report.study_charts import curves_of, fronts_of, maps_of
from guardlane.store.points import Failure
from guardlane.store.store import Store

MOST_ROWS = 2_000  # of a table
MOST_COMMANDS = 20

Failed = tuple[str, str, Failure]  # study, what the point is called, why


def studies_page(store: Store, *, allow_partial: bool = False) -> Page:
    """Draw up the page; a mean over some of its runs only is left out, or with `allow_partial` not.

    Raises GuardlaneError for a store that has no study.
    """
    found = [Means(store, study, allow_partial=allow_partial) for study in store.studies()]
    if not found:
        raise GuardlaneError(f"{store.path}: has no study to report on")
    failed = [one for means in found for one in _failures(store, means.study.name)]
    total, finished = (sum(getattr(one, name) for one in found) for name in ("total", "finished"))
    tally = Tally(
        completed=finished,
        total=total,
        failures=tuple(f"{name}: {label}: {why.message}" for name, label, why in failed),
        noun="points",
        waiting=total - finished - len(failed),
        verb="finished",
    )
    sections = [_failed(failed)] if failed else []
    sections += [_section(one, allow_partial) for one in found]
    title = found[0].study.title if len(found) == 1 else f"{len(found)} studies"
    lead = "Means over seeds with Student's 95 % intervals"
    if any(one.middle(m["name"]) == "median" for one in found for m in one.study.metrics):
        lead += "; medians with those of the sign test, where some runs have no error at all"
    if allow_partial:
        lead += ". Some are over a part of their seeds only, as --allow-partial asks"
    return Page(title=title, lead=f"{lead}.", tally=tally, sections=tuple(sections))


def _failures(store: Store, study: str) -> list[Failed]:
    found = []
    for one in store.failures(study):
        axes = store.wanted(study, one.key)
        label = ", ".join(f"{name}={value}" for name, value in axes.items())
        found.append((study, label or one.key, one))
    return found


def _failed(failed: Sequence[Failed]) -> Section:
    columns = tuple(Column(name) for name in ("Point", "Study", "Kind", "Tries", "Last output"))
    rows = tuple(
        (label, study, why.kind, why.tries, "\n".join(why.output.strip().splitlines()[-3:]))
        for study, label, why in failed[:MOST_ROWS]
    )
    commands = tuple(why.command for *_, why in failed[:MOST_COMMANDS])
    blocks: list[Block] = [
        Table("What became of them", columns, rows, is_sortable=True),
        Commands("To run one of them again, alone:", commands),
    ]
    if len(failed) > MOST_ROWS:
        blocks.append(Note(f"The table has the first {MOST_ROWS:,} of {len(failed):,}."))
    return Section("Failed points", tuple(blocks))


def _section(means: Means, allow_partial: bool) -> Section:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in means.outcomes.items()) or "none"
    blocks: list[Block] = [Note(f"Runs of {means.study.workload}, by how they ended: {outcomes}.")]
    unknown = sum(1 for cell in range(len(means.keys)) if means.ended(cell) < means.wanted[cell])
    if unknown and not allow_partial:
        blocks.append(
            Note(
                f"{unknown:,} of {len(means.keys):,} combinations lack runs and have no mean here; "
                "guardlane report --allow-partial shows means over the runs that there are."
            )
        )
    blocks += [*curves_of(means), *maps_of(means), *fronts_of(means), _table(means)]
    if len(means.keys) > MOST_ROWS:
        blocks.append(Note(f"The table has the first {MOST_ROWS:,} of {len(means.keys):,} rows."))
    lead = f"{means.finished:,} of {means.total:,} points finished."
    return Section(means.study.title, tuple(blocks), lead)


def _table(means: Means) -> Table:
    metrics = means.study.metrics
    columns = [Column(name) for name in means.study.axes or ("point",)]
    columns.append(Column("runs"))
    for metric in metrics:
        middle = means.middle(metric["name"])
        name = metric["name"] if middle == "mean" else f"{metric['name']}, {middle}"
        columns.append(Column(name, metric["unit"], is_numeric=True))
        columns += [Column(head, metric["unit"], is_numeric=True) for head in ("from", "to")]
    rows: list[tuple[Cell, ...]] = []
    for cell, key in enumerate(islice(means.keys, MOST_ROWS)):
        row: list[Cell] = [*(key or ("the only one",))]
        row.append(f"{means.ended(cell)} of {means.wanted[cell]}")
        for metric in metrics:
            found = means.of(metric["name"], cell)
            row += [found.mean, found.low, found.high] if found else [None, None, None]
        rows.append(tuple(row))
    caption = "Means over seeds with the ends of their 95 % intervals"
    caption += "; – where runs are missing or some have no such value"
    return Table(caption, tuple(columns), tuple(rows), is_sortable=True)
