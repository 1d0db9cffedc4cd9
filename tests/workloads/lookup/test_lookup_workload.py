# SPDX-License-Identifier: Apache-2.0
"""The look-ups as a workload: what its records hold, what its report shows, what it refuses."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.workload import Comparable, load_workload
from guardlane_workloads.recommender.indices import bags
from guardlane_workloads.recommender.pooling import pooled
from guardlane_workloads.recommender.quality import WORST, relative_errors, wrong
from guardlane_workloads.recommender.workload import MEMORY_STEP, Lookup
from tests.here import compared
from tests.workloads.lookup.lookups import small


def output(files: Any) -> Any:
    return np.load(io.BytesIO(files["vectors.npy"]))


def test_it_is_found_by_name() -> None:
    assert isinstance(load_workload("lookup"), Lookup)


@pytest.mark.parametrize("cores", [1, 3])
def test_an_error_free_run_gives_the_pooled_vectors_of_numpy(cores: int) -> None:
    config = small(cores=cores, pooling="mean", format="int8")
    record = Lookup().run(config)
    own = sorted(
        (table for shard in Lookup().shards(config) for table in shard.tables),
        key=lambda table: table.number,
    )
    drawn = [
        bags(config.mixture().table(number, 1), 20, 1, number) for number in range(config.tables)
    ]
    np.testing.assert_array_equal(output(record.files), pooled(own, drawn, "mean"))
    assert record.metrics["relative_error"] == record.metrics["wrong_requests"] == 0
    assert record.metrics["look_ups"] == sum(len(one.indices) for one in drawn)
    assert record.metrics["bytes_gathered"] == record.metrics["look_ups"] * (16 + 8)
    assert record.metrics["cycles_per_look_up"] == pytest.approx(
        record.metrics["cycles"] / record.metrics["look_ups"]
    )


def test_faults_cost_quality_and_the_series_say_where() -> None:
    record = Lookup().run(small(requests=60, mtbe="8k", faults="regfile-int+fp"))
    assert record.metrics["faults_injected"] > 10
    errors = record.series["relative_error"]
    assert 0 < record.metrics["relative_error"] < 1
    assert record.metrics["relative_error"] == pytest.approx(sum(errors) / 60)
    assert [k for k, e in enumerate(errors) if e] == [
        k for k, count in enumerate(record.series["wrong_requests"]) if count
    ]


def test_a_frame_of_several_requests_has_one_value() -> None:
    record = Lookup().run(small(requests=10, frame_size=4))
    assert [len(values) for values in record.series.values()] == [3] * len(record.series)


def test_quality_counts_every_wrong_answer_and_caps_what_is_worse_than_none() -> None:
    clean = np.array([[3, 4], [3, 4], [3, 4], [3, 4], [3, 4], [0, 0], [0, 0]], np.float32)
    found = clean.copy()
    found[1] = 0
    found[2, 0] = np.nan
    found[3] = 1e30
    found[4, 1] = 4.5
    found[6, 0] = 1e-9
    assert relative_errors(clean, found) == [0.0, WORST, WORST, WORST, 0.1, 0.0, WORST]
    assert wrong(clean, found) == [False, True, True, True, True, False, True]


def test_memory_is_as_large_as_the_tables_need_and_never_smaller_than_asked_for() -> None:
    workload, few = Lookup(), small(rows=2000, rows_spread=0.0)
    (shard,) = workload.shards(few)
    memory = int(workload.fitted(few).machine.core.memory)
    assert memory % MEMORY_STEP == 0
    assert shard.size < memory < shard.size + 2 * MEMORY_STEP
    asked = small(rows=2000, rows_spread=0.0, machine={"core": {"memory": "2 MiB"}})
    assert workload.fitted(asked) is asked
    assert workload.run(few).config["machine"]["core"]["memory"] == memory
    assert int(workload.fitted(small(rows=1, rows_spread=0.0)).machine.core.memory) == MEMORY_STEP


def test_tables_past_a_gibibyte_a_core_are_refused_with_the_numbers() -> None:
    large = {"tables": 8, "rows_spread": 0.0, "dim": 32}
    fits = Lookup().fitted(small(rows=1 << 20, **large))
    assert int(fits.machine.core.memory) == (1 << 30) + MEMORY_STEP
    with pytest.raises(
        GuardlaneError,
        match="lookup: 8 tables of 1,073,742,848 bytes fall to one core, which holds 1,073,741,824",
    ):
        Lookup().run(small(rows=(1 << 20) + 1, **large))
    assert Lookup().fitted(small(rows=(1 << 20) + 1, cores=2, **large))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cores": 5, "tables": 4}, "5 cores need a table each, and there are 4 tables"),
        ({"format": "int8", "dim": 30}, "an int8 row holds whole words of 4 elements"),
        ({"requests": 0}, "requests"),
        ({"cores": 9, "tables": 9}, "cores"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        small(**settings)


@pytest.mark.parametrize(
    "other",
    [{"pooling": "mean"}, {"format": "int8"}, {"index_seed": 2}, {"cores": 2}, {"alpha": 0.5}],
)
def test_what_changes_the_work_changes_the_identity(other: dict[str, Any]) -> None:
    first, second = Lookup().run(small()), Lookup().run(small(**other))
    assert first.config_hash != second.config_hash
    assert output(first.files).tobytes() != output(second.files).tobytes() or "cores" in other
    assert Lookup().run(small(**other)).files == second.files


@pytest.mark.parametrize("cores", [1, 2])
def test_a_comparison_has_a_report(cores: int) -> None:
    workload = Lookup()
    assert isinstance(workload, Comparable)
    comparison = compared(workload, small(mtbe="16k", cores=cores), [1, 2])
    files = workload.report(comparison, "guardlane run lookup --compare")
    assert list(files) == ["report.html"]
    page = files["report.html"].decode()
    assert " of 7 runs completed" in page
    assert "Accuracy, CommGuard" in page
    assert "pooling_factor" in page
    assert ("on a core that makes an error" in page) == (cores == 1)
