# SPDX-License-Identifier: Apache-2.0
"""A process that runs one point after another: a line of JSON in, a line of JSON out.

It keeps its compiled kernels and its graphs from point to point. What a workload prints goes to
stderr, of which the engine keeps the end. It dies with whoever started it.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import resource
import signal
import sys
import time
import traceback
from typing import Any

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.sources import Source, build
from guardlane.store.points import flat
from guardlane.workload import Workload, load_workload

PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run points until stdin ends."""
    parent, memory = int(sys.argv[1]), int(sys.argv[2])
    _die_with(parent)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _say(channel, {"ready": True})
    for line in sys.stdin:
        task = json.loads(line)
        _say(
            channel, {"key": task["key"], **_run(task["workload"], task["settings"], task["seed"])}
        )
    return 0


def _run(workload: str, settings: str, seed: int | None) -> dict[str, Any]:
    """Value of what came of a point: `point`, or `failed` and `message`."""
    start = time.process_time()
    try:
        loaded, config = _cell(workload, settings)
        if seed is not None:
            config = config.model_copy(update={"seed": seed})
        record = loaded.run(config)
    except GuardlaneError as reason:
        return {"failed": "refused", "message": str(reason)}
    except MemoryError:
        return {"failed": "memory", "message": "needs more memory than the limit"}
    except Exception as reason:
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


@functools.lru_cache(64)
def _cell(workload: str, settings: str) -> tuple[Workload, Settings]:
    loaded = load_workload(workload)
    return loaded, build(loaded.Config, [Source(json.loads(settings))])


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
