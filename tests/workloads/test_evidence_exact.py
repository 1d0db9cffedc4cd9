# SPDX-License-Identifier: Apache-2.0
"""Without faults, guest code on the chip gives Pillow's picture, and nobody waits in vain."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Machine, Queue
from guardlane_workloads.streams.complex_fir.graph import SINK as OUTPUT
from guardlane_workloads.streams.complex_fir.graph import fir_graph
from guardlane_workloads.streams.complex_fir.signal import filtered, received
from guardlane_workloads.streams.jpeg.graph import SINK, jpeg_graph, picture_of
from guardlane_workloads.streams.jpeg.picture import Photo, prepare
from tests.workloads.jpeg.sample_photos import file_of, noise, photo, pillow_decodes

GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
WAITED = ("timeouts", "pads", "discarded_items", "traps", "watchdogs")


def encoded(name: str, width: int, height: int, quality: int) -> Photo:
    picture = photo(name).resize((width, height))
    return prepare(file_of(picture), quality, name)


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("astronaut.png", 128, 128),
        ("coffee.png", 201, 133),
        ("chelsea.png", 257, 250),
        ("coffee.png", 333, 480),
        ("astronaut.png", 640, 427),
    ],
)
@pytest.mark.parametrize("quality", [75, 85, 90])
def test_the_chip_decodes_as_pillow_does(name: str, width: int, height: int, quality: int) -> None:
    ready = encoded(name, width, height, quality)
    result = StreamChip(jpeg_graph(ready.encoded), Machine()).run("commguard")
    picture = picture_of(result.kept[SINK], ready.encoded)
    np.testing.assert_array_equal(picture, pillow_decodes(ready.data))
    assert [result.total(count) for count in WAITED] == [0] * len(WAITED)


@pytest.mark.parametrize("quality", [75, 90, 100])
def test_noise_decodes_as_pillow_does(quality: int) -> None:
    ready = prepare(file_of(noise(75, 53)), quality, "noise")
    result = StreamChip(jpeg_graph(ready.encoded), Machine()).run("commguard")
    np.testing.assert_array_equal(
        picture_of(result.kept[SINK], ready.encoded), pillow_decodes(ready.data)
    )


@pytest.mark.parametrize("queue", [Queue(), Queue(depth=200, working_set=8)])
@pytest.mark.parametrize("frame_size", [1, 2, 4, 8])
@pytest.mark.parametrize("guard", GUARDS)
def test_no_guard_and_no_frame_size_waits_in_vain(
    guard: str, frame_size: int, queue: Queue
) -> None:
    ready = encoded("coffee.png", 100, 77, 85)  # ten rows: frames of four leave a short one
    chip = StreamChip(jpeg_graph(ready.encoded), Machine(queue=queue), frame_size)
    result = chip.run(guard)
    assert result.outcome == "completed"
    assert [result.total(count) for count in WAITED] == [0] * len(WAITED)
    picture = picture_of(result.kept[SINK], ready.encoded)
    np.testing.assert_array_equal(picture, pillow_decodes(ready.data))


@pytest.mark.parametrize("frame_size", [1, 2, 4, 8])
@pytest.mark.parametrize("guard", GUARDS)
def test_the_filter_gives_its_signal_with_every_guard(guard: str, frame_size: int) -> None:
    for group in (1, 64):
        chip = StreamChip(fir_graph(received(10 * group), group), Machine(), frame_size)
        result = chip.run(guard)
        output = result.kept[OUTPUT].view(np.float32).reshape(-1, 2)
        np.testing.assert_array_equal(output, filtered(received(10 * group)))
        assert [result.total(count) for count in WAITED] == [0] * len(WAITED)
