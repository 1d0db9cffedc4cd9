# SPDX-License-Identifier: Apache-2.0
"""The complex FIR filter as a workload: what its records hold, and what its report shows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from guardlane.units import Mtbe
from guardlane.workload import Comparable
from guardlane_workloads.streams.complex_fir.signal import filtered, received
from guardlane_workloads.streams.complex_fir.workload import ComplexFIR, ComplexFIRConfig
from tests.here import compared


def config(mtbe: str, **settings: Any) -> ComplexFIRConfig:
    return ComplexFIRConfig(mtbe=Mtbe.parse(mtbe), **settings)


def output(files: Any) -> Any:
    return np.load(io.BytesIO(files["output.npy"]))


def test_an_error_free_run_gives_the_filtered_signal() -> None:
    record = ComplexFIR().run(config("inf", steady_states=5, samples_per_steady_state=32))
    np.testing.assert_array_equal(output(record.files), filtered(received(160)))
    assert record.metrics["snr_db"] is None
    assert record.series["snr_db"] == [None] * 5
    assert record.config["samples"] == 160


def test_faults_cost_quality() -> None:
    record = ComplexFIR().run(config("16k", faults="regfile-int+fp"))
    assert record.metrics["faults_injected"] > 20
    assert record.metrics["snr_db"] < 40
    finite = [value for value in record.series["snr_db"] if value is not None]
    assert min(finite) < record.metrics["snr_db"]


def test_a_frame_of_several_groups_has_one_value() -> None:
    record = ComplexFIR().run(config("inf", steady_states=5, frame_size=2))
    assert [len(values) for values in record.series.values()] == [3] * len(record.series)


def test_another_cut_of_the_same_signal_is_another_run() -> None:
    cuts = [(4, 64), (8, 32)]
    first, second = (
        ComplexFIR().run(config("inf", steady_states=states, samples_per_steady_state=samples))
        for states, samples in cuts
    )
    np.testing.assert_array_equal(output(first.files), output(second.files))
    assert (first.metrics["frame_count"], second.metrics["frame_count"]) == (4, 8)
    assert first.config_hash != second.config_hash


def test_a_comparison_has_a_report() -> None:
    workload = ComplexFIR()
    assert isinstance(workload, Comparable)
    comparison = compared(workload, config("32k", steady_states=16), [1, 2])
    files = workload.report(comparison, "guardlane run complex-fir --compare")
    assert list(files) == ["report.html"]
    page = files["report.html"].decode()
    assert " of 7 runs completed" in page
    assert "SNR, CommGuard" in page
    assert "samples_per_steady_state" in page


@pytest.mark.parametrize("name", ["steady_states", "samples_per_steady_state"])
def test_a_signal_is_never_empty(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        ComplexFIRConfig(**{name: 0})  # type: ignore[arg-type]
