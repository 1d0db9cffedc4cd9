# SPDX-License-Identifier: Apache-2.0
"""The JPEG decoder as a workload: what its records hold, and what its report shows."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guardlane.config import resolved
from guardlane.errors import GuardlaneError
from guardlane.units import Mtbe
from guardlane.workload import Comparable
from guardlane_workloads.streams.jpeg.workload import JPEG, JPEGConfig
from tests.here import compared
from tests.workloads.jpeg.sample_photos import file_of, photo, pillow_decodes, ready_jpeg

PICTURE = photo("coffee.png", (200, 100, 264, 180))  # ten rows of eight MCUs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "photo.png"
    found.write_bytes(file_of(PICTURE))
    return found


def config(path: Path, **settings: Any) -> JPEGConfig:
    return JPEGConfig(image=path, **settings)


def faults_at(mtbe: str) -> dict[str, Any]:
    return {"mtbe": Mtbe.parse(mtbe)}


def test_an_error_free_run_gives_the_picture_that_pillow_decodes(path: Path) -> None:
    record = JPEG().run(config(path, **faults_at("inf"), quality=75))
    decoded = pillow_decodes(ready_jpeg(PICTURE, 75))
    picture = np.array(Image.open(io.BytesIO(record.files["picture.png"])))
    np.testing.assert_array_equal(picture, decoded)
    error = np.array(PICTURE, np.float64) - decoded
    assert record.metrics["psnr_db"] == pytest.approx(10 * math.log10(255**2 / (error**2).mean()))
    assert record.metrics["psnr_vs_error_free_db"] is None
    assert record.series["psnr_db"] == record.series["error_free_psnr_db"]
    assert len(record.series["psnr_db"]) == record.metrics["frame_count"] == 10
    assert record.completed


def test_faults_cost_quality_in_the_frames_that_say_so(path: Path) -> None:
    record = JPEG().run(config(path, **faults_at("8k"), seed=2))
    assert record.metrics["faults_injected"] > 10
    assert record.metrics["psnr_db"] < 30
    assert record.metrics["ssim"] < 0.95
    lost = [
        (full or math.inf) - (left or math.inf)
        for left, full in zip(
            record.series["psnr_db"], record.series["error_free_psnr_db"], strict=True
        )
    ]
    assert max(lost) > 5


def test_a_frame_of_several_rows_has_one_value_each(path: Path) -> None:
    record = JPEG().run(config(path, frame_size=4, **faults_at("inf")))
    assert [len(values) for values in record.series.values()] == [3] * len(record.series)


def test_the_record_knows_the_content_and_not_the_place_of_a_picture(
    path: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "again" / "same.png"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(path.read_bytes())
    first, second = (JPEG().run(config(one, **faults_at("64k"))) for one in (path, elsewhere))
    assert first.to_json() == second.to_json()
    assert first.notes == (f"{path}: PNG, encoded as JPEG 4:4:4, 64 x 80, quality 85",)
    assert first.config["image_note"] == "PNG, encoded as JPEG 4:4:4, 64 x 80, quality 85"
    assert str(tmp_path) not in first.to_json()
    assert "image" not in resolved(config(path))
    changed = np.array(PICTURE)
    changed[0, 0, 0] ^= 128
    path.write_bytes(file_of(Image.fromarray(changed)))
    third = JPEG().run(config(path, **faults_at("64k")))
    assert third.config["image_sha256"] != first.config["image_sha256"]
    assert third.config_hash != first.config_hash


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a picture")
    with pytest.raises(GuardlaneError, match=r"notes\.txt: no picture of a known kind"):
        JPEG().run(config(path))


@pytest.mark.parametrize("quality", [0, 101])
def test_quality_is_one_to_a_hundred(quality: int) -> None:
    with pytest.raises(ValueError, match="quality"):
        JPEGConfig(quality=quality)


def test_a_comparison_has_a_report_with_its_pictures(path: Path) -> None:
    workload = JPEG()
    assert isinstance(workload, Comparable)
    comparison = compared(workload, config(path, **faults_at("32k")), [1, 2, 3])
    command = "guardlane run jpeg '<b>.png' --compare --seeds 1..3"
    files = workload.report(comparison, command)
    page = files["report.html"].decode()
    assert files["report.html"] == workload.report(comparison, command)["report.html"]
    assert sorted(files) == [
        "commguard.png", "error-free.png", "reliable-queue.png", "report.html",
        "software-queue.png",
    ]  # fmt: skip
    completed = sum(run.completed for _, runs in comparison for run in runs)
    assert f"{completed} of 10 runs completed" in page
    notes = {run.notes for _, runs in comparison for run in runs if run.files}
    assert notes == {(f"{path}: PNG, encoded as JPEG 4:4:4, 64 x 80, quality 85",)}
    assert "each make an error every 32k instructions on average" in page
    assert "&lt;b&gt;.png" in page
    assert "<b>.png" not in page
    for name, value in {"machine.core.memory": "65,536", "quality": "85"}.items():
        assert name in page
        assert value in page
    error_free = dict(comparison)["Error-free"][0]
    assert files["error-free.png"] == error_free.files["picture.png"]
    assert f"{error_free.metrics['psnr_db']:.1f} dB" in page


def test_a_comparison_without_errors_has_a_report_too(path: Path) -> None:
    workload = JPEG()
    comparison = compared(workload, config(path, **faults_at("inf")), [1])
    page = workload.report(comparison, "guardlane run jpeg --compare")["report.html"].decode()
    assert "4 of 4 runs completed" in page
    assert "ten cores that make no errors" in page
