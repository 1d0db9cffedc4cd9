# SPDX-License-Identifier: Apache-2.0
"""A server core as a workload: a look-up taken apart, published ones beside it, a table of all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator

from guardlane.cite import chosen
from guardlane.config import Settings, config_hash, resolved
from guardlane.record import Outcome, Record, versions
from guardlane.server.core import ServerCore
from guardlane.server.look_up import LookUpTime, RowFormat, random_table
from guardlane.server.published import PUBLISHED, WAKING_CITATION, Published, predicted
from guardlane.server.table import freeze
from guardlane.stats import Metric, Statistic
from guardlane.units import Bytes
from guardlane.workload import Progress

LARGEST_TABLE = 1 << 46  # bytes


class ServerCoreConfig(Settings):
    """A look-up, and the core that it is done on."""

    vector_bytes: Annotated[
        int,
        Field(ge=1, le=1 << 16),
        chosen("size of a row", unit="bytes", why="32 floats, as in DeepRecSys' RM1"),
    ] = 128
    row_format: Annotated[
        RowFormat,
        chosen(
            "numbers of a row: int8 ends in a scale and a bias", unit="name", why="the plainest"
        ),
    ] = "fp32"
    table: Annotated[
        Bytes,
        chosen("size of the table; rows are alike likely", unit="bytes", why="far above caches"),
    ] = Bytes(1 << 30)
    freeze: Annotated[
        bool,
        chosen(
            "also make service.json, the service table for clusters, some 10 s",
            unit="flag",
            why="a look-up alone takes a second",
        ),
    ] = False
    seed: Annotated[
        int, Field(ge=0), chosen("seed of the rows", unit="1", why="any; it is recorded")
    ] = 1
    core: Annotated[ServerCore, chosen("the core", unit="table", why="see its fields")] = (
        ServerCore()
    )

    @field_validator("table")
    @classmethod
    def table_has_addresses(cls, size: Bytes) -> Bytes:
        """Refuse what a virtual address does not reach."""
        if not 1 <= size <= LARGEST_TABLE:
            raise ValueError(f"must be 1 to {LARGEST_TABLE} bytes, not {int(size)}")
        return size


class ServerCoreLookUps:
    """What the model of a server core says to an embedding look-up."""

    name = "server-core"
    sentence = "Predict an embedding look-up on a server core; freeze a table of them for clusters."
    Config = ServerCoreConfig
    metrics: Sequence[Metric] = (
        Metric("look_up_ns", "ns", "time of a look-up, of a bag of many", "lower"),
        Metric("issue_ns", "ns", "of it: issuing its micro-operations"),
        Metric("data_ns", "ns", "of it: waiting for its lines"),
        Metric("translation_ns", "ns", "of it: translating their addresses"),
        Metric("lines_a_look_up", "lines", "lines of 64 bytes of a look-up"),
        Metric("parallel_lines", "lines", "lines under way at once"),
        Metric("from_memory", "1", "share of the lines that come from memory"),
        Metric("walks_a_look_up", "walks", "page walks of a look-up"),
        Metric("service_digest", "text", "identity of the service table, if it was frozen"),
    )
    statistics: Sequence[Statistic] = ()

    def run(self, config: ServerCoreConfig, progress: Progress | None = None) -> Record:
        """Predict; raises GuardlaneError for a table without a row."""
        time = random_table(
            config.core, config.vector_bytes, int(config.table), config.row_format, config.seed
        )
        beside = [(one, predicted(config.core, one)) for one in PUBLISHED]
        files = {"published.csv": published_csv(beside)}
        digest = None
        if config.freeze:

            def told(done: int, total: int) -> None:
                if progress is not None:
                    progress(done, total, "look-ups of the service table")

            table = freeze(config.core, config.row_format, told=told)
            digest = table.digest
            files["service.json"] = table.to_json().encode()
        return Record(
            workload=self.name,
            config=resolved(config),
            config_hash=config_hash(config),
            outcome=Outcome.COMPLETED,
            metrics={
                "look_up_ns": time.total / 1000,
                "issue_ns": time.issue / 1000,
                "data_ns": time.data / 1000,
                "translation_ns": time.translation / 1000,
                "lines_a_look_up": time.lines,
                "parallel_lines": time.parallel,
                "from_memory": time.shares[3],
                "walks_a_look_up": time.walks,
                "service_digest": digest,
            },
            versions=versions(),
            files=files,
            notes=[
                f"published {one.nanoseconds:5.1f} ns, "
                + (f"{one.waking:.1f} of them waking, " if one.waking else "")
                + f"model {found.total / 1000:5.1f} ns: {one.what}"
                for one, found in beside
            ],
        )


def published_csv(beside: Sequence[tuple[Published, LookUpTime]]) -> bytes:
    """Write what was published beside the model, with the source of each, as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["look_up", "published_ns", "waking_ns", "model_ns", "issue_ns", "data_ns",
                   "translation_ns", "source", "source_of_waking"])  # fmt: skip
    for one, found in beside:
        times = (found.total, found.issue, found.data, found.translation)
        rows.writerow([
            one.what, f"{one.nanoseconds:.2f}", f"{one.waking:.2f}",
            *(f"{part / 1000:.2f}" for part in times), one.citation.source,
            WAKING_CITATION.source if one.waking else "",
        ])  # fmt: skip
    return out.getvalue().encode()
