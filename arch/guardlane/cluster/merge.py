# SPDX-License-Identifier: Apache-2.0
"""Many sorted lines of messages as one: a tournament, whose winner costs log2(lines) comparisons.

Node 1 is the root; the leaf of line s is node `leaves` + s. A node holds the line whose next message
is earliest of those below it, by (time, request), and by line where both are equal.
"""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part


@part
def earlier(time: Any, request: Any, one: Any, two: Any) -> Any:
    """Value of the line, of `one` and `two` (`one` is the lower), whose next message is earlier."""
    if time[two] < time[one] or (time[two] == time[one] and request[two] < request[one]):
        return two
    return one


@part
def seat(tree: Any, leaves: Any, time: Any, request: Any) -> Any:
    """Hold the tournament of all `leaves` lines, a power of two; time and request are int64[leaves]."""
    for line in range(leaves):
        tree[leaves + line] = line
    for node in range(leaves - 1, 0, -1):
        tree[node] = earlier(time, request, tree[2 * node], tree[2 * node + 1])


@part
def replay(tree: Any, leaves: Any, time: Any, request: Any, line: Any) -> Any:
    """Hold the matches of `line` again, after its next message has changed."""
    node = (leaves + line) >> 1
    while node >= 1:
        tree[node] = earlier(time, request, tree[2 * node], tree[2 * node + 1])
        node >>= 1
