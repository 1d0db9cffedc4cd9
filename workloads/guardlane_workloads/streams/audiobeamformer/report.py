# SPDX-License-Identifier: Apache-2.0
"""The report of a comparison of beams: what they sound like as pictures, then all seeds."""

from __future__ import annotations

from typing import Any

from guardlane.report import Note, Section
from guardlane.workload import Comparison
from guardlane_workloads.streams import pages
from guardlane_workloads.streams.common import StreamWorkload
from guardlane_workloads.streams.snr_report import SPAN, gallery, named, shown_seed, snr_page


def beam_report(
    comparison: Comparison,
    command: str,
    workload: StreamWorkload[Any],
    picture: str,
    sound: str,
    hop: int,
) -> dict[str, bytes]:
    """Draw up the page and give it with the files `picture` and `sound` of the runs it shows.

    The pictures have a row for every `hop` samples.
    """
    run = comparison[0][1][0]
    per_state = int(pages.setting(run, "samples_per_steady_state"))
    spectrograms, pictures = gallery(comparison, picture, "spectrogram", per_state, hop)
    sounds = named(comparison, sound)
    alone = pages.setting(run, "microphone_snr_db")
    beam = run.metrics["snr_vs_voice_db"]
    opening = Section(
        "The sound",
        (spectrograms, Note(f"To listen to, beside this page: {', '.join(sounds)}.")),
        f"Seed {shown_seed(comparison)}: the median by the SNR with CommGuard. Time runs "
        "downwards, frequency to the right from 0 to 8 kHz: a voice, and below it what is left "
        f"of the noise. The bars are the SNR, {SPAN}.",
    )
    page = snr_page(
        comparison,
        command,
        workload,
        title="A voice from fifteen microphones on cores that make mistakes",
        lead=(
            "Fifteen delay lines and their mean, in floating point, on 24 cores that "
            f"{pages.errors(comparison)}. What differs is how items travel between them. The first "
            f"microphone alone hears the voice {alone:.1f} dB above the noise, the beam without "
            f"errors {beam:.1f} dB."
        ),
        opening=opening,
        content={
            "sound": pages.setting(run, "sound_note"),
            "sound, SHA-256": pages.setting(run, "sound_sha256"),
        },
    )
    return page | pictures | sounds
