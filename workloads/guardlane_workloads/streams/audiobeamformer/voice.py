# SPDX-License-Identifier: Apache-2.0
"""A voice by formula: syllables of a few vowels, each a falling tone through three formants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane_workloads.streams.audiobeamformer.geometry import RATE

Sound = npt.NDArray[np.float64]  # [samples], -1 to 1

# Formants of English vowels spoken by men, Hz: Peterson and Barney (1952), table II.
VOWELS = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
SAID = "aieoauei"
WIDTHS = (60.0, 90.0, 140.0)  # of the formants, Hz
PITCH_FROM, PITCH_TO = 140.0, 100.0  # Hz; both are well below the first formants
HIGHEST = 4000.0  # Hz
SYLLABLE, PAUSE = RATE * 3 // 20, RATE // 20  # samples: 150 ms of sound, 50 ms of silence
PEAK = 0.5


def voice(samples: int) -> Sound:
    """Value of the voice, float64[samples], at most PEAK loud."""
    said = np.concatenate([np.append(_syllable(vowel), np.zeros(PAUSE)) for vowel in SAID])
    repeated: Sound = np.resize(said, samples)
    return repeated


def _syllable(vowel: str) -> Sound:
    """Value of one vowel, float64[SYLLABLE], that swells and fades."""
    seconds = np.arange(SYLLABLE) / RATE
    length = SYLLABLE / RATE
    slope = (PITCH_TO - PITCH_FROM) / length
    turns = seconds * (PITCH_FROM + slope * seconds / 2)
    pitch = PITCH_FROM + slope * seconds
    sound = np.zeros(SYLLABLE)
    for k in range(1, int(HIGHEST / PITCH_FROM) + 1):
        sound += _loudness(k * pitch, VOWELS[vowel]) / k * np.sin(2 * np.pi * (k * turns % 1.0))
    sound *= np.sin(np.pi * seconds / length) ** 2
    scaled: Sound = PEAK * sound / np.abs(sound).max()
    return scaled


def _loudness(frequency: Sound, formants: tuple[int, ...]) -> Sound:
    """Value of how loud each frequency comes through the formants."""
    found = np.zeros_like(frequency)
    for centre, width in zip(formants, WIDTHS, strict=True):
        found += 1 / (1 + ((frequency - centre) / width) ** 2)
    return found + 0.02
