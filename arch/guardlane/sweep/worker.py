# SPDX-License-Identifier: Apache-2.0
"""A process that runs one point after another: a line of JSON in, a line of JSON out.

The first line is a point to get ready for: what all points of its kind share is read and digested
before the worker says that it is ready, so that a point in its hand is being run. It keeps its
compiled kernels and its graphs from point to point. What a workload prints goes to stderr, of which
the engine keeps the end. It dies with whoever started it.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.record import versions
from guardlane.sources import Source, build
from guardlane.store.points import flat
from guardlane.sweep.keys import PointKeys
from guardlane.sweep.outcome import OTHER_MODEL
from guardlane.workload import Workload, load_workload

PR_SET_PDEATHSIG = 1
OTHER = (
    "a worker has another model than this sweep: its code, its versions or a file that a setting "
    "names have changed, or are not the same on its machine; start again, with the same everywhere"
)


def main() -> int:
    """Run points until stdin ends."""
    parent, memory = int(sys.argv[1]), int(sys.argv[2])
    _die_with(parent)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _get_ready(**json.loads(sys.stdin.readline() or "{}"))
    _say(channel, {"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        _say(channel, {"key": asked["key"], **_run(**asked)})
    return 0


def _run(key: str, workload: str, settings: str, seed: int | None) -> dict[str, Any]:
    """Value of what came of a point: `point`, or `failed` and `message`."""
    start = time.process_time()
    try:
        loaded, config, keys = _cell(workload, settings)
        if keys.of(seed) != key:
            return {"failed": OTHER_MODEL, "message": OTHER}
        if seed is not None:
            config = config.model_copy(update={"seed": seed})
        record = loaded.run(config)
    except GuardlaneError as reason:
        return {"failed": "refused", "message": str(reason)}
    except Exception as reason:
        if isinstance(reason, MemoryError) or getattr(reason, "errno", None) == errno.ENOMEM:
            return {"failed": "memory", "message": "needs more memory than the limit"}
        traceback.print_exc()
        said = " ".join(str(reason).split())
        return {"failed": "fault", "message": f"{type(reason).__name__}: {said}"}
    return {
        "point": {
            "versions": record.versions,
            "settings": flat(record.config),
            "config_hash": record.config_hash,
            "outcome": str(record.outcome),
            "metrics": record.metrics,
            "guest_sha256": record.guest_sha256,
            "seconds": time.process_time() - start,
        }
    }


def _get_ready(workload: str = "", settings: str = "", **_: Any) -> None:
    """Do once what every point like this needs; what is wrong with it the point itself will say."""
    with suppress(Exception):
        _cell(workload, settings)


@functools.lru_cache(64)
def _cell(workload: str, settings: str) -> tuple[Workload, Settings, PointKeys]:
    loaded = load_workload(workload)
    config = build(loaded.Config, [Source(json.loads(settings))])
    return loaded, config, PointKeys(loaded, config, versions())


def _say(channel: Any, message: dict[str, Any]) -> None:
    print(json.dumps(message), file=channel, flush=True)


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, be it by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
