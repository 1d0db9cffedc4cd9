# SPDX-License-Identifier: Apache-2.0
"""One worker process as the engine holds it: its point, its deadline, the last that it wrote."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.sweep.outcome import KILLED, Outcome

OUTPUT = 4096  # bytes of stderr that are kept
PATIENCE = 500  # failed starts in a row ...
UNASKED = 100  # ... of which one that was no SIGKILL counts for so many
GRACE = 600.0  # seconds more for the first point of a worker, which may compile everything


class Hand:
    """A worker that was started for points like `asked`, and is ready once it has said so."""

    def __init__(
        self, selector: selectors.BaseSelector, memory: int | None, asked: Mapping[str, Any]
    ) -> None:
        # -P: a folder that happens to be the current one is not searched for modules.
        call = [sys.executable, "-P", "-m", "guardlane.sweep.worker", str(os.getpid())]
        call.append(str(int(memory or 0)))
        path = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(
            call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # so that Ctrl-C at the terminal reaches the engine alone
        )  # fmt: skip
        self._selector = selector
        self._said = bytearray()
        self._output = bytearray()
        self._key: str | None = None  # of the point in hand
        self._answer: dict[str, Any] | None = None
        self._is_warm = self._is_late = self._is_killed = False
        self.deadline = 0.0
        self.is_ready = self.is_dead = False
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        self._tell(asked)
        selector.register(self._process.stdout, selectors.EVENT_READ, self._hear)
        selector.register(self._process.stderr, selectors.EVENT_READ, self._hear_output)

    @property
    def pid(self) -> int:
        """Value of its process id."""
        return self._process.pid

    @property
    def is_free(self) -> bool:
        """Whether it can be given a point."""
        return self.is_ready and self._key is None and not (self._is_killed or self.is_dead)

    @property
    def code(self) -> int:
        """Value of the exit code of a dead worker; a signal is negative."""
        return self._process.wait()

    @property
    def death(self) -> str:
        """Value of how a dead worker died."""
        if self.code < 0:
            return f"its worker was killed by {signal.Signals(-self.code).name}"
        return f"its worker ended with exit code {self.code}"

    @property
    def output(self) -> str:
        """Value of the last that the worker wrote to stderr since it got its point."""
        return self._output.decode("utf-8", "replace")

    @property
    def last_line(self) -> str:
        """Value of the last line of the output."""
        return (self.output.strip().splitlines() or ["it wrote nothing"])[-1]

    def give(self, asked: Mapping[str, Any], seconds: float) -> None:
        """Have it run the point that `asked` describes, for as long as `seconds`."""
        self._key, self._answer = asked["key"], None
        self._output.clear()
        self.deadline = time.monotonic() + seconds + (0 if self._is_warm else GRACE)
        self._tell(asked)

    def take(self) -> Outcome | None:
        """Take what came of its point out of its hand; None while it has one, or has none."""
        if self._key is None or (self._answer is None and not self.is_dead):
            return None
        if self.is_dead:
            self._process.wait()
        self._hear_output()  # what it wrote before it answered, or died, is in the pipe
        answer, self._key, self.deadline, self._is_warm = self._answer, None, 0.0, True
        if answer is None and self._is_late:
            return Outcome("time", "took longer than the limit", self.output)
        if answer is None:
            is_killed = self.code == -signal.SIGKILL and not self._is_killed
            return Outcome(KILLED if is_killed else "died", self.death, self.output)
        if "point" in answer:
            return Outcome("", point=answer["point"])
        if answer["failed"] == "memory":  # what is left of that process is not to be trusted
            self.kill()
        return Outcome(answer["failed"], answer["message"], self.output)

    def kill(self) -> None:
        """Kill it, and whatever it may have started."""
        self._is_killed = True
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()

    def kill_if_late(self) -> None:
        """Kill it when its point has taken too long."""
        if self._key is not None and time.monotonic() > self.deadline and not self._is_late:
            self._is_late = True
            self.kill()

    def close(self) -> None:
        """Wait for its death and give its pipes back."""
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            if pipe.fileno() in self._selector.get_map():
                self._selector.unregister(pipe)
            if pipe is self._process.stderr:
                self._hear_output()
            pipe.close()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _tell(self, asked: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead, which its end of the other pipe will say
            self._process.stdin.write(f"{json.dumps(asked)}\n".encode())

    def _hear(self) -> None:
        assert self._process.stdout is not None
        said = os.read(self._process.stdout.fileno(), 1 << 16)
        if not said:
            self._selector.unregister(self._process.stdout)
            self.is_dead = True
            return
        self._said += said
        while b"\n" in self._said:
            line, _, rest = self._said.partition(b"\n")
            self._said = bytearray(rest)
            message = json.loads(line)
            if message.get("ready"):
                self.is_ready = True
            elif message["key"] == self._key:
                self._answer = message

    def _hear_output(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        if pipe.closed:
            return
        while said := pipe.read(1 << 16):
            self._output += said
            del self._output[:-OUTPUT]
        if said == b"" and pipe.fileno() in self._selector.get_map():  # its end, not a pause
            self._selector.unregister(pipe)


class Starts:
    """How many workers in a row died before they were ready: a sign that none ever will be."""

    def __init__(self) -> None:
        self._bad = 0

    def judge(self, hand: Hand) -> None:
        """Count a worker; raises GuardlaneError when there is no hope."""
        if hand.is_ready:
            self._bad = 0
        elif hand.is_dead:
            self._bad += 1 if hand.code == -signal.SIGKILL else UNASKED
            if self._bad >= PATIENCE:
                raise GuardlaneError(f"no worker can start: {hand.death}; {hand.last_line}")
