# SPDX-License-Identifier: Apache-2.0
"""A WAV file is read at the rate of the microphones, and what is none is refused in one line."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.errors import GuardlaneError
from guardlane_workloads.streams.audiobeamformer.sound import read_sound, resampled, wav
from guardlane_workloads.streams.audiobeamformer.voice import PEAK


def file_of(
    samples: npt.NDArray[np.float64], rate: int = 16_000, channels: int = 1, width: int = 2
) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


def tone(frequency: float, rate: int, seconds: float = 0.25) -> npt.NDArray[np.float64]:
    return 0.8 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "said.wav"


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_a_tone_of_any_rate_is_that_tone(path: Path, rate: int) -> None:
    path.write_bytes(file_of(tone(1000, rate), rate))
    sound, note = read_sound(path, 3000)
    assert len(sound) == 3000
    expected = tone(1000, 16_000)[:3000] * PEAK / 0.8
    np.testing.assert_allclose(sound[100:], expected[100:], atol=0.01)
    assert note == f"WAV, {rate:,} Hz, the first 0.19 s of 0.25 s"


def test_what_the_microphones_cannot_hear_is_left_out() -> None:
    low, high = (resampled(tone(hertz, 48_000), 48_000, 4000)[100:-100] for hertz in (1000, 12_000))
    assert np.abs(high).max() < 0.01 * np.abs(low).max()


def test_a_short_file_gives_what_it_has(path: Path) -> None:
    path.write_bytes(file_of(tone(500, 8_000), 8_000))
    sound, _ = read_sound(path, 100_000)
    assert len(sound) == 4000


def test_a_beam_is_a_wav_file() -> None:
    signal = np.array([[0], [0.5], [-1], [1]], np.float32)
    with wave.open(io.BytesIO(wav(signal))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert np.frombuffer(file.readframes(9), "<i2").tolist() == [0, 16384, -32767, 32767]


SECOND = tone(500, 16_000, 1.0)
FLOATS = file_of(SECOND).replace(b"fmt \x10\0\0\0\x01\0", b"fmt \x10\0\0\0\x03\0")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must be a WAV file, 16-bit PCM, mono, 8,000 to 192,000 Hz: it ends too early"),
        (b"not a sound at all", "must be a WAV file, .*: file does not start with RIFF id"),
        (FLOATS, "must be a WAV file, .*: unknown format: 3"),
        (file_of(SECOND, channels=2), "must be 16-bit PCM, mono, .*, not 16-bit with 2 channels"),
        (file_of(SECOND, width=1), "must be 16-bit PCM, mono, .*, not 8-bit with 1 channels"),
        (file_of(SECOND, rate=4000), "must be .*, not 16-bit with 1 channels at 4,000 Hz"),
        (file_of(0 * SECOND), "is silent for its first 1.00 s"),
        (file_of(SECOND[:0]), "is silent for its first 0.00 s"),
    ],
)
def test_what_is_no_speech_is_refused(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(GuardlaneError, match=said) as error:
        read_sound(path, 16_000)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_file_that_breaks_off_gives_what_is_there(path: Path) -> None:
    path.write_bytes(file_of(SECOND)[:-9_001])
    sound, note = read_sound(path, 16_000)
    assert len(sound) == 16_000 - 4_501
    assert note.endswith("of 0.72 s")


def test_a_missing_file_is_an_error(path: Path) -> None:
    with pytest.raises(GuardlaneError, match=r"said\.wav: No such file"):
        read_sound(path, 16_000)
