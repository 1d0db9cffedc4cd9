# SPDX-License-Identifier: Apache-2.0
"""Many sorted lines of messages as one: a tournament, in which a message costs log2(lines) matches.

The next message of each line plays, the earlier one wins, by (time, code); a code is a request and
its line, so that no two are equal. Node n of the tree, 1 being the root, keeps who lost there, so a
winner's successor only meets those on its way up; node 0 keeps who won.
"""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part

LINE_BITS = 17
LINE = (1 << LINE_BITS) - 1
GHOST = -1


@part
def seat(times: Any, codes: Any, leaves: Any) -> None:
    """Begin a tournament of `leaves` lines, a power of two; each of them has to play once.

    `times` and `codes` are int64[leaves]. They begin with ghosts that beat every line, so that the
    first of two neighbours that plays waits for the other one; the last to play meets no ghost.
    """
    for node in range(leaves):
        times[node] = codes[node] = GHOST


@part
def play(times: Any, codes: Any, leaves: Any, line: Any, time: Any, code: Any) -> None:
    """Let a line, of which nothing is in the tree, play with its next message.

    The winner is then in node 0. A line that has no more messages plays with a time that is NEVER.
    """
    node = (leaves + line) >> 1
    while node >= 1:
        other_time, other_code = times[node], codes[node]
        loses = (other_time < time) | ((other_time == time) & (other_code < code))
        times[node] = time if loses else other_time
        codes[node] = code if loses else other_code
        time = other_time if loses else time
        code = other_code if loses else code
        node >>= 1
    times[0], codes[0] = time, code
