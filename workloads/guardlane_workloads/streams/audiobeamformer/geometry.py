# SPDX-License-Identifier: Apache-2.0
"""Where the microphones and those they hear are, and how long sound travels between them.

The numbers are those of StreamIt's audiobeam program; the place of the noise is this project's.
"""

from __future__ import annotations

import math

from guardlane.errors import GuardlaneError
from guardlane_workloads.streams.audiobeamformer.kernels import LONGEST, MICROPHONES

Place = tuple[float, float, float]  # metres

RATE = 16_000  # samples a second
SPEED_OF_SOUND = 342.0  # metres a second
ARRAY: tuple[Place, ...] = tuple((1.5, 2.79 + 0.03 * k, 0.0) for k in range(MICROPHONES))
SPEAKER: Place = (1.1677, 2.1677, 1.0)
NOISE: Place = (1.9, 4.2, 0.6)  # on the other side of the array

LATEST = LONGEST - 2  # samples from the least delay to the beam's output, a whole number
STEP = 1 << 20  # delays are whole parts of a sample, so that no machine's square root shows


def delays(place: Place) -> list[float]:
    """Value of the samples from `place` to each microphone, less what all have in common.

    The least is from 1 to 2, as in StreamIt's program.
    """
    exact = [math.dist(place, microphone) / SPEED_OF_SOUND * RATE for microphone in ARRAY]
    common = math.floor(min(exact)) - 1
    return [round((delay - common) * STEP) / STEP for delay in exact]


def lags(aim: Place) -> list[float]:
    """Value of the samples to hold each microphone back, so that all hear `aim` at once.

    Raises GuardlaneError when the delay lines are too short for that.
    """
    wanted = [LATEST - delay for delay in delays(aim)]
    if min(wanted) < 0:
        raise GuardlaneError(
            f"audiobeamformer: a beam at {aim} needs delay lines of "
            f"{math.ceil(LONGEST - min(wanted))} samples, not {LONGEST}"
        )
    return wanted
