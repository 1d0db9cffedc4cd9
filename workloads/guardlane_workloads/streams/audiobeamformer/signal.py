# SPDX-License-Identifier: Apache-2.0
"""What fifteen microphones hear of a voice and of a noise from elsewhere, and the beam in numpy.

Everything is rounded to steps of a converter, so that the last bit of a machine's sine cannot show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guardlane.seeds import stream
from guardlane_workloads.streams.audiobeamformer.geometry import (
    LATEST,
    NOISE,
    SPEAKER,
    Place,
    delays,
    lags,
)
from guardlane_workloads.streams.audiobeamformer.graph import delay_tables
from guardlane_workloads.streams.audiobeamformer.kernels import MICROPHONES
from guardlane_workloads.streams.audiobeamformer.voice import Sound
from guardlane_workloads.streams.snr import Signal

STEP = 1 << 15  # a converter of 16 bits
NOISE_PEAK = STEP * 3 // 20
OWN_NOISE_PEAK = STEP // 500  # of each microphone
TAPS = 32  # of the windowed sinc that delays by part of a sample


@dataclass(frozen=True, eq=False)
class Scene:
    """What is to be heard: all microphones, the voice alone at the first one and in an ideal beam.

    `microphones` float32[samples, 15]; `voice_at_first` and `voice` float32[samples, 1], the latter
    as late as the output of the beam.
    """

    microphones: Signal
    voice_at_first: Signal
    voice: Signal


def scene(voice: Sound) -> Scene:
    """Let the array hear `voice` float64[samples], from the speaker's place, and the noise.

    Sound loses nothing on its way, and the time of flight that all microphones share is left out.
    """
    loudest = NOISE_PEAK
    noise = stream(0, "audiobeamformer", "noise").integers(-loudest, loudest + 1, len(voice))
    own = stream(0, "audiobeamformer", "microphones")
    voices = np.stack([delayed(voice, delay) for delay in delays(SPEAKER)], axis=1)
    noises = np.stack([delayed(noise / STEP, delay) for delay in delays(NOISE)], axis=1)
    steps = np.rint((voices + noises) * STEP)
    steps += own.integers(-OWN_NOISE_PEAK, OWN_NOISE_PEAK + 1, steps.shape)
    return Scene(
        np.clip(steps / STEP, -1, 1).astype(np.float32),
        _digital(voices[:, :1]),
        _digital(delayed(voice, LATEST)[:, np.newaxis]),
    )


def _digital(sound: Sound) -> Signal:
    digital: Signal = (np.rint(sound * STEP) / STEP).astype(np.float32)
    return digital


def delayed(sound: Sound, delay: float) -> Sound:
    """Value of `sound` float64[samples], `delay` samples later, of the same length; begins with 0.

    Parts of a sample are a sinc of TAPS taps under a Hann window.
    """
    whole = int(delay)
    places = np.arange(TAPS) - TAPS // 2 + 1 - (delay - whole)
    taps = np.sinc(places) * np.cos(np.pi * places / TAPS) ** 2
    start = TAPS // 2 - 1
    padded = np.concatenate([np.zeros(whole), sound, np.zeros(start)])
    return np.convolve(padded, taps / taps.sum())[start : start + len(sound)]


def beamed(microphones: Signal, aim: Place = SPEAKER) -> Signal:
    """Value of the beam at `aim`, float32[samples, 1], rounded at each step as on a core."""
    samples = len(microphones)
    total = np.zeros(samples, np.float32)
    for number, lag in enumerate(lags(aim)):
        whole, fraction, weight = (values[0] for values in delay_tables(lag).values())
        silence = np.zeros(int(whole) + 1, np.float32)
        late = np.concatenate([silence, microphones[:, number]])
        near, far = late[1 : samples + 1], late[:samples]
        held = near + (far - near) * np.float32(fraction)
        total += held * np.float32(weight)
    return (total / np.float32(MICROPHONES))[:, np.newaxis]
