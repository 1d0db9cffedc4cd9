# SPDX-License-Identifier: Apache-2.0
"""Speech from a WAV file, brought to the rate of the microphones, and WAV files of beams."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded
from guardlane_workloads.streams.audiobeamformer.geometry import RATE
from guardlane_workloads.streams.audiobeamformer.voice import PEAK, Sound
from guardlane_workloads.streams.snr import Signal

MOST_BYTES = 64 << 20
LEAST_RATE, MOST_RATE = 8_000, 192_000
WANTED = f"16-bit PCM, mono, {LEAST_RATE:,} to {MOST_RATE:,} Hz"
REACH = 16  # samples, of the lower of two rates, on either side that one is made of
CHUNK = 4096  # samples made at a time


def read_sound(path: Path, samples: int) -> tuple[Sound, str]:
    """Read up to `samples` at the rate of the microphones, PEAK loud, and say what was read.

    Raises GuardlaneError that names the file when it is no sound of the kind WANTED.
    """
    content, rate = _pcm(read_bounded(path, MOST_BYTES), str(path))
    length = min(samples, len(content) * RATE // rate)
    sound = resampled(content, rate, length)
    loudest = np.abs(sound).max(initial=0)
    if loudest == 0:
        raise GuardlaneError(f"{path}: is silent for its first {length / RATE:.2f} s")
    note = f"WAV, {rate:,} Hz, the first {length / RATE:.2f} s of {len(content) / rate:.2f} s"
    return PEAK * sound / loudest, note


def _pcm(content: bytes, name: str) -> tuple[Sound, int]:
    """Value of the samples of a WAV file, -1 to 1, and of their rate, Hz."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            found = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as reason:
        said = str(reason) or "it ends too early"
        raise GuardlaneError(f"{name}: must be a WAV file, {WANTED}: {said}") from None
    channels, width, rate = found
    if (channels, width) != (1, 2) or not LEAST_RATE <= rate <= MOST_RATE:
        raise GuardlaneError(
            f"{name}: must be {WANTED}, not {8 * width}-bit with {channels} channels at {rate:,} Hz"
        )
    whole = len(frames) // 2 * 2
    return np.frombuffer(frames[:whole], "<i2").astype(np.float64) / (1 << 15), rate


def resampled(sound: Sound, rate: int, length: int) -> Sound:
    """Value of the first `length` samples of `sound` at RATE, float64; made by a windowed sinc."""
    if rate == RATE:
        return sound[:length]
    share = min(1.0, RATE / rate)  # of the band that the lower rate can hold
    reach = int(np.ceil(REACH / share))
    heard = sound[: length * rate // RATE + reach]
    padded = np.concatenate([np.zeros(reach), heard, np.zeros(2 * reach)])
    made = []
    for start in range(0, length, CHUNK):
        # Places as whole numbers and parts of RATE, so that they are exact however long the sound.
        whole, part = np.divmod(np.arange(start, min(start + CHUNK, length)) * rate, RATE)
        near = np.arange(1 - reach, reach + 1)
        away = near - part[:, np.newaxis] / RATE
        taps = np.sinc(away * share) * np.cos(np.pi * away / (2 * reach)) ** 2
        taps /= taps.sum(axis=1, keepdims=True)
        made.append((padded[whole[:, np.newaxis] + near + reach] * taps).sum(axis=1))
    return np.concatenate([np.zeros(0), *made])


def wav(signal: Signal) -> bytes:
    """Value of a WAV file of `signal` float32[samples, 1], -1 to 1, at RATE and 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(signal * ((1 << 15) - 1)).astype("<i2").tobytes())
    return out.getvalue()
