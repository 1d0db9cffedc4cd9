# SPDX-License-Identifier: Apache-2.0
"""When the word of an instruction has come: prefetch buffers, lines of a cache, jumps.

A prefetch buffer of two words or more, before a memory that does not wait, never runs dry in
straight code; only the target of a jump is waited for. Where it can run dry (PACED), and where a
floating-point result can take the port of the others, no word is ever at hand, and each is timed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.isa import pipe_columns as pc
from guardlane.kernel import part
from guardlane.memory.cache import HIT, latest, read
from guardlane.views import span

_LINE, _KIND = np.uint64(pc.LINE_NUMBER), np.uint64(pc.KIND)
_DESTINATIONS = np.uint64(pc.DESTINATIONS)
_RING, _PLACES = np.uint64(pc.RING), np.uint64(7)


@part
def fetch(issue: Any, pipe: Any, at: Any, clock: Any, t: Any) -> Any:
    """Value of the cycle, `t` or later, in which the word of the row at `at` can issue.

    For a word that is not at hand. The instruction has its operands in cycle `t`, and could have
    issued in `clock` but for them; it waits for both at once.
    """
    line = np.int64(issue[at + _LINE])
    if line >= 0:
        come = clock + look_up(pipe, line)
    elif pipe[pc.PACED]:
        come = fetch_word(pipe)
    else:
        come = pipe[pc.FETCHED_AT] + 2
    if come > clock:
        pipe[pc.STALL_FETCH] += come - clock
        t = max(t, come)
    if not pipe[pc.EVERY_WORD]:
        pipe[pc.AT_HAND] = line
        return t
    if t == pipe[pc.FLOAT_TAKES]:
        t = give_way(issue, at, t)
    leave_buffer(pipe, t)
    return t


@part
def fetch_word(pipe: Any) -> Any:
    """Value of the cycle in which the next word of the prefetch buffer can issue."""
    words = np.uint64(pipe[pc.WORDS] + 1)
    pipe[pc.WORDS] = words
    started = pipe[pc.FETCHED_AT]
    wait = pipe[pc.WAIT]
    if pipe[pc.STREAMING]:
        room = pipe[_RING + (words - np.uint64(pipe[pc.FETCH_DEPTH]) & _PLACES)]
        started = max(started + 1 + wait, room)
    pipe[pc.FETCHED_AT] = started
    pipe[pc.STREAMING] = 1
    return started + 2 + wait


@part
def leave_buffer(pipe: Any, t: Any) -> None:
    """Let the latest word issue at `t`: its place in the buffer can be asked for."""
    pipe[_RING + (np.uint64(pipe[pc.WORDS]) & _PLACES)] = t


@part
def give_way(issue: Any, at: Any, t: Any) -> Any:
    """Value of the cycle of an instruction that meets a floating-point result at the port."""
    is_float = issue[at + _KIND] & pc.KINDS == pc.FLOAT
    if is_float or issue[at + _DESTINATIONS] & pc.REGISTER == pc.NOWHERE:
        return t
    return t + 1


@part
def redirect(
    issue: Any, pipe: Any, kind: Any, taken: Any, predicted: Any, t: Any, following: Any,
    target: Any,
) -> Any:  # fmt: skip
    """Fetch from `target` after the jump or branch that issued at `t`; value of the next cycle.

    `following` is the first cycle in which another could issue but for the fetch. With a prefetch
    buffer the words behind the jump that have been asked for still come, one after the other, and
    the target comes behind them.
    """
    delay = pipe[pc.REDIRECT_BRANCH]
    if kind == pc.JUMP:
        delay = pipe[pc.REDIRECT_JUMP]
    elif kind == pc.JUMP_REGISTER:
        delay = pipe[pc.REDIRECT_JUMP_REGISTER]
    elif predicted and taken:
        delay = pipe[pc.REDIRECT_PREDICTED]
    when = t + delay
    if pipe[pc.FETCH_WORDS] == 0 and pipe[pc.FETCH_DEPTH] == 0:  # after the word behind the branch
        come = following + delay + (pipe[pc.WAIT] if kind == pc.BRANCH else 0)
    elif pipe[pc.FETCH_DEPTH] == 0:
        come = max(following, when + 1) + fetch_target(issue, pipe, target)
    else:
        if pipe[pc.PACED]:
            follow_words(pipe, t, when, predicted and taken)
        else:
            pipe[pc.FETCHED_AT] = when
        come = max(following, pipe[pc.FETCHED_AT] + 2 + pipe[pc.WAIT])
    pipe[pc.STALL_REDIRECT] += come - following
    return come


@part
def follow_words(pipe: Any, t: Any, when: Any, is_seen_in_fetch: Any) -> None:
    """Ask for the target of a jump that issued at `t`, from `when` on, behind what is under way."""
    words = np.uint64(pipe[pc.WORDS] + 1)  # number of the next one
    started, wait = pipe[pc.FETCHED_AT], pipe[pc.WAIT]
    if is_seen_in_fetch:  # as soon as the word is at the head of the buffer
        when = min(t, max(started + 1 + wait, pipe[_RING + (words - np.uint64(2) & _PLACES)]))
    depth = pipe[pc.FETCH_DEPTH]
    for ahead in range(depth):
        room = pipe[_RING + (words + np.uint64(ahead) - np.uint64(depth) & _PLACES)]
        asked = max(started + 1, room)
        if asked >= when:
            break
        started = max(started + 1 + wait, asked)
    pipe[pc.FETCHED_AT] = max(when, started + 1 + wait)
    pipe[pc.STREAMING] = 0


@part
def fetch_target(issue: Any, pipe: Any, target: Any) -> Any:
    """Value of the cycles by which the row at `target` waits for its line; 0 outside the text."""
    if target >= np.uint64(issue.size):
        return np.int64(0)
    line = np.int64(issue[target + _LINE])
    waits = look_up(pipe, line)
    if not pipe[pc.EVERY_WORD]:
        pipe[pc.AT_HAND] = line
    return waits


@part
def look_up(pipe: Any, line: Any) -> Any:
    """Value of the cycles by which an instruction waits for its line; none for the latest again."""
    if line == pipe[pc.LINE]:
        return np.int64(0)
    pipe[pc.LINE] = line
    pipe[pc.FETCH_LOOKUPS] += 1
    tags = span(pipe, pipe[pc.FETCH_TAGS], pipe[pc.DATA_TAGS])
    if latest(tags, pipe[pc.FETCH_MASK], pipe[pc.FETCH_WAYS], line):
        return np.int64(0)
    if read(tags, pipe[pc.FETCH_MASK], pipe[pc.FETCH_WAYS], line) == HIT:
        return np.int64(0)
    pipe[pc.FETCH_MISSES] += 1
    return pipe[pc.FETCH_MISS] + refill(pipe, line << pipe[pc.FETCH_SHIFT], pipe[pc.FETCH_WORDS])


@part
def refill(pipe: Any, address: Any, words: Any) -> Any:
    """Value of the cycles in which a line comes from the second-level cache or from memory."""
    from_memory = words * (1 + pipe[pc.WAIT])
    if pipe[pc.SECOND_HIT] == 0:
        return from_memory
    pipe[pc.SECOND_LOOKUPS] += 1
    tags = span(pipe, pipe[pc.SECOND_TAGS], pipe[pc.TAGS_END])
    line = address >> pipe[pc.SECOND_SHIFT]
    if read(tags, pipe[pc.SECOND_MASK], pipe[pc.SECOND_WAYS], line) == HIT:
        return pipe[pc.SECOND_HIT]
    pipe[pc.SECOND_MISSES] += 1
    return pipe[pc.SECOND_HIT] + from_memory
