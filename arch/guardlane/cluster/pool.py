# SPDX-License-Identifier: Apache-2.0
"""A pool of cores that serves in order of arrival, without an event list.

The cores are a binary heap by (the time at which a core is free, its job), as int64 pairs. A job
takes the core that is free first; the job that was there is, of all that are not yet told, the next
to finish, so that a pool tells its jobs in the order in which they finish and nothing is sorted
(the recursion of Kiefer and Wolfowitz; Ebert et al. use it for queues that are run as vectors).
"""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part

NOBODY = -1  # the job of a core whose last job has been told


@part
def put(free: Any, job: Any, size: Any, time: Any, number: Any) -> Any:
    """Replace the first of the first `size` cores: it runs job `number` until `time`."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            free[other] < free[child] or (free[other] == free[child] and job[other] < job[child])
        ):
            child = other
        if free[child] > time or (free[child] == time and job[child] > number):
            break
        free[place] = free[child]
        job[place] = job[child]
        place = child
    free[place] = time
    job[place] = number
