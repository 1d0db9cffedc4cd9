# SPDX-License-Identifier: Apache-2.0
"""What queueing theory knows exactly: mean times in stations that a cluster can be reduced to.

Times are in any one unit, rates in its inverse. A load of 1 or more has no mean: GuardlaneError.
"""

from __future__ import annotations

import math

from guardlane.errors import GuardlaneError


def load(rate: float, service: float, servers: int = 1) -> float:
    """Value of the load of a station; raises GuardlaneError when it is none, or overloaded."""
    if not rate > 0 or not service > 0 or servers < 1:
        raise GuardlaneError(
            f"a station must have a rate and a service of more than 0 and 1 server or more, not "
            f"{rate:g}, {service:g} and {servers}"
        )
    value = rate * service / servers
    if value >= 1:
        raise GuardlaneError(f"a station with a load of {value:.3g} has no mean: it is unstable")
    return value


def erlang_c(rate: float, service: float, servers: int) -> float:
    """Value of the probability that a customer of M/M/c waits."""
    rho = load(rate, service, servers)
    offered, blocked = rho * servers, 1.0  # Erlang's B by its recursion, which cannot overflow
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - rho * (1 - blocked))


def m_m_c(rate: float, service: float, servers: int) -> float:
    """Value of the mean time in M/M/c, waiting and service."""
    rho = load(rate, service, servers)
    return service + erlang_c(rate, service, servers) * service / (servers * (1 - rho))


def m_g_1(rate: float, service: float, variation: float) -> float:
    """Value of the mean time in M/G/1 (Pollaczek and Khinchine).

    `variation` is the squared coefficient of variation of the service: 0 for M/D/1, 1 for M/M/1.
    """
    rho = load(rate, service)
    return service + rho * service * (1 + variation) / (2 * (1 - rho))


def fork_join_2(rate: float, service: float) -> float:
    """Value of the mean time of a fork to two M/M/1 and the join of both (Flatto and Hahn 1984)."""
    rho = load(rate, service)
    return (12 - rho) / 8 * service / (1 - rho)


def fork_join(rate: float, service: float, ways: int) -> float:
    """Value of the mean time of a fork to `ways` M/M/1, an approximation (Nelson and Tantawi 1988).

    Exact for 1 and 2; within 5 % of simulations for up to 32.
    """
    if ways < 1:
        raise GuardlaneError(f"a fork must have 1 way or more, not {ways}")
    rho = load(rate, service)
    if ways == 1:
        return service / (1 - rho)
    harmonic = math.fsum(1 / number for number in range(1, ways + 1))
    return (harmonic / 1.5 + 4 / 11 * (1 - harmonic / 1.5) * rho) * fork_join_2(rate, service)
