# SPDX-License-Identifier: Apache-2.0
"""The beamformer as a workload: fifteen microphones in, one voice with less noise out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from guardlane.chip.result import ChipResult
from guardlane.cite import assumed, chosen
from guardlane.config import NotIdentity, Positional
from guardlane.errors import GuardlaneError
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams.audiobeamformer.geometry import RATE
from guardlane_workloads.streams.audiobeamformer.graph import SINK, beam_graph
from guardlane_workloads.streams.audiobeamformer.report import beam_report
from guardlane_workloads.streams.audiobeamformer.signal import Scene, scene
from guardlane_workloads.streams.audiobeamformer.sound import read_sound, wav
from guardlane_workloads.streams.audiobeamformer.voice import voice
from guardlane_workloads.streams.common import Judgement, Prepared, StreamConfig, StreamWorkload
from guardlane_workloads.streams.snr import SNR, Signal, judged, played, snr_db
from guardlane_workloads.streams.snr_waterfall import waterfall

FULL_SCALE = 1.0  # of the device at the end, as of the microphones
SOUND, PICTURE = "beam.wav", "beam.png"
SHOWN_DB = -80.0, -20.0  # from below the noise to the loudest harmonic
WINDOW, HOP = 256, 64  # samples of a spectrum, and from one to the next
VERSUS_VOICE = Metric(
    "snr_vs_voice_db", "dB", "signal-to-noise ratio against the voice alone", "higher"
)


class AudioBeamformerConfig(StreamConfig):
    """What is said, how it is cut, and how the beamformer is run."""

    file: Annotated[
        Path | None,
        Positional,
        NotIdentity,  # its content is identity, wherever it lies
        chosen(
            "WAV file of what the speaker says, 16-bit PCM, mono",
            unit="file",
            why="without one, a voice by formula",
        ),
    ] = None
    steady_states: Annotated[
        int,
        Field(ge=1, le=1 << 14),
        assumed(
            "length of the sound; what is longer in a file is left out",
            unit="steady states",
            why="0.6 s, three syllables: 8.3 M instructions, sixteen flips at the default rate",
        ),
    ] = 150
    samples_per_steady_state: Annotated[
        int,
        Field(ge=1, le=1 << 10),
        assumed(
            "instants of fifteen samples that make a steady state",
            unit="samples",
            why="StreamIt's steady state is 1 instant, a header for every single item of a "
            "microphone; 64 instants, 4 ms, make headers 1 item in 65",
        ),
    ] = 64


@dataclass(frozen=True, eq=False)
class Input:
    """What there is to be heard, and how many samples make a frame."""

    scene: Scene
    step: int


class AudioBeamformer(StreamWorkload[AudioBeamformerConfig]):
    """A delay-and-sum beam of fifteen microphones on 24 cores."""

    name = "audiobeamformer"
    sentence = "Listen to one speaker with fifteen microphones, on 24 cores that make mistakes."
    Config = AudioBeamformerConfig
    quality = (SNR, VERSUS_VOICE)

    def prepare(self, config: AudioBeamformerConfig) -> Prepared:
        """Let the array hear the voice; raises GuardlaneError when a file holds none."""
        group = config.samples_per_steady_state
        samples = config.steady_states * group
        if config.file is None:
            said, note = voice(samples), "a voice by formula"
        else:
            said, note = read_sound(config.file, samples)
        if len(said) < group:
            raise GuardlaneError(
                f"{config.file}: must last {group} samples at {RATE:,} Hz, one steady state, "
                f"not {len(said)}"
            )
        heard = scene(said[: len(said) // group * group])
        content = hashlib.sha256(heard.microphones.tobytes() + heard.voice.tobytes())
        facts = {
            "sound_sha256": content.hexdigest(),
            "sound_note": note,
            "samples": len(heard.voice),
            "microphone_snr_db": snr_db(heard.voice_at_first, heard.microphones[:, :1]),
        }
        content.update(f"in groups of {group}".encode())  # another cut is another graph
        # The record names no file; whoever runs it is told which one it was.
        notes = () if config.file is None else (f"{config.file}: {note}",)
        graph = beam_graph(heard.microphones, group)
        whole = Input(heard, group * config.frame_size)
        return Prepared(graph, content.hexdigest(), whole, facts, notes)

    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Measure the beam against the error-free one and against the voice; keep it as sound."""
        beam = kept_beam(result)
        judgement = judged(kept_beam(golden), beam, prepared.input.step)
        versus = snr_db(prepared.input.scene.voice, beam)
        shown = {SOUND: wav(beam), PICTURE: waterfall(power(beam), *SHOWN_DB)}
        return replace(
            judgement,
            metrics={**judgement.metrics, VERSUS_VOICE.name: versus},
            files={**judgement.files, **shown},
        )

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the page of a comparison, with the pictures it shows and the sound of each."""
        return beam_report(comparison, command, self, PICTURE, SOUND, HOP)


def kept_beam(result: ChipResult) -> Signal:
    """Value of the sink's beam, float32[samples, 1], clipped by the device."""
    return played(result.kept[SINK], 1, FULL_SCALE)


def power(beam: Signal) -> npt.NDArray[np.float64]:
    """Value of the power spectrum around every HOP-th sample, float64[spectra, WINDOW / 2]."""
    sound = beam[:, 0].astype(np.float64)
    rows = -(-len(sound) // HOP)
    padded = np.zeros(rows * HOP + WINDOW)
    before = (WINDOW - HOP) // 2  # so that a row's window is centred on its samples
    padded[before : before + len(sound)] = sound
    places = HOP * np.arange(rows)[:, np.newaxis] + np.arange(WINDOW)
    window = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 2
    spectra = np.fft.rfft(padded[places] * window, axis=1)[:, : WINDOW // 2]
    squares: npt.NDArray[np.float64] = np.abs(4 * spectra / WINDOW) ** 2  # the window's mean is 1/2
    return squares
