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
from contextlib import suppress
from typing import Any

from guardlane.sweep.tasks import Task

OUTPUT = 4096  # bytes of stderr that are kept


class Hand:
    """A worker that was started, and is ready once it has said so."""

    def __init__(self, selector: selectors.BaseSelector, memory: int) -> None:
        # -P: a folder that happens to be the current one is not searched for modules.
        call = [sys.executable, "-P", "-m", "guardlane.sweep.worker", str(os.getpid()), str(memory)]
        path = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(
            call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # so that Ctrl-C at the terminal reaches the engine alone
        )  # fmt: skip
        self._selector = selector
        self._said = bytearray()
        self._output = bytearray()
        self.task: Task | None = None
        self.answer: dict[str, Any] | None = None
        self.deadline = 0.0
        self.is_ready = self.is_warm = self.is_late = self.is_killed = self.is_dead = False
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        selector.register(self._process.stdout, selectors.EVENT_READ, self._hear)
        selector.register(self._process.stderr, selectors.EVENT_READ, self._hear_output)

    @property
    def pid(self) -> int:
        """Value of its process id."""
        return self._process.pid

    @property
    def is_free(self) -> bool:
        """Whether it can be given a point."""
        return self.is_ready and self.task is None and not (self.is_killed or self.is_dead)

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

    def give(self, task: Task, seconds: float) -> None:
        """Have it run `task`, for as long as `seconds`."""
        self.task, self.answer = task, None
        self._output.clear()
        self.deadline = time.monotonic() + seconds
        asked = {"key": task.key, **task.asked}
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead, which its end of the other pipe will say
            self._process.stdin.write(f"{json.dumps(asked)}\n".encode())

    def take(self) -> tuple[dict[str, Any], Task]:
        """Take the answer, and the point that it is about, out of its hand."""
        assert self.answer is not None
        assert self.task is not None
        self._hear_output()  # what it wrote before it answered is in the pipe
        taken = self.answer, self.task
        self.task, self.answer, self.deadline, self.is_warm = None, None, 0.0, True
        return taken

    def kill(self) -> None:
        """Kill it, and whatever it may have started."""
        self.is_killed = True
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()

    def kill_if_late(self) -> None:
        """Kill it when its point has taken too long."""
        if self.task is not None and time.monotonic() > self.deadline and not self.is_late:
            self.is_late = True
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
            elif self.task is not None and message["key"] == self.task.key:
                self.answer = message

    def _hear_output(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        while said := pipe.read(1 << 16):
            self._output += said
            del self._output[:-OUTPUT]
        if said == b"" and pipe.fileno() in self._selector.get_map():  # its end, not a pause
            self._selector.unregister(pipe)
