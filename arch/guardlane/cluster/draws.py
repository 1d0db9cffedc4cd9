# SPDX-License-Identifier: Apache-2.0
"""Random times for (seed, stream, request, shard): the same whoever draws them, and in what pieces.

A draw is the SplitMix64 output at a place that request and shard give (Steele, Lea and Flood 2014),
counted from the key of `seeds.stream`. Logarithm and exponential are worked out here in additions
and multiplications alone, so that every machine gets the same picoseconds; a library's may differ
in the last bit from processor to processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel, part
from guardlane.seeds import stream

Int64s = npt.NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S31, _S30, _S27, _S12, _S52 = (np.uint64(shift) for shift in (31, 30, 27, 12, 52))
_SHARD_BITS = np.uint64(17)
_ONE = np.uint64(1)
_MANTISSA, _OF_ONE = np.uint64((1 << 52) - 1), np.uint64(0x3FF0000000000000)
_LN2 = 0.6931471805599453
_LEAST, _MOST = 1.0, float(1 << 53)


def key(seed: int, *names: str | int) -> np.uint64:
    """Value of the key of the random stream of `seed` that is called `names`."""
    return np.uint64(stream(seed, *names).bit_generator.state["state"]["key"][0])


@part
def even(stream_key: Any, request: Any, shard: Any) -> Any:
    """Value of a number above 0 and below 1, each multiple of 2^-52 plus half as likely as any."""
    place = (np.uint64(request) << _SHARD_BITS) + np.uint64(shard) + _ONE
    z = stream_key + place * _STEP
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return (np.float64(np.int64((z ^ (z >> _S31)) >> _S12)) + 0.5) * 2.0**-52


@part
def logarithm(x: Any) -> Any:
    """Value of the natural logarithm of a positive number, to 2 units in the last place."""
    bits = np.float64(x).view(np.uint64)
    power = np.float64(np.int64(bits >> _S52) - 1023)
    m = np.uint64((bits & _MANTISSA) | _OF_ONE).view(np.float64)
    large = m > 1.4142135623730951
    m = m * 0.5 if large else m
    power = power + 1.0 if large else power
    s = (m - 1.0) / (m + 1.0)  # log m = 2 atanh s, |s| < 0.172
    t = s * s
    p = 1 / 21.0
    p = p * t + 1 / 19.0
    p = p * t + 1 / 17.0
    p = p * t + 1 / 15.0
    p = p * t + 1 / 13.0
    p = p * t + 1 / 11.0
    p = p * t + 1 / 9.0
    p = p * t + 1 / 7.0
    p = p * t + 1 / 5.0
    p = p * t + 1 / 3.0
    return power * _LN2 + 2.0 * (s + s * t * p)


@part
def exponential_of(x: Any) -> Any:
    """Value of e to the power of x, for |x| < 700, to 4 units in the last place."""
    whole = np.floor(x / _LN2 + 0.5)
    r = x - whole * _LN2
    p = 1.0
    for n in range(14, 0, -1):
        p = p * r / n + 1.0
    return p * np.uint64(np.uint64(np.int64(whole) + 1023) << _S52).view(np.float64)


@part
def normal_of(u: Any) -> Any:
    """Value of the standard normal quantile of u, to 1e-8 (Acklam's fractions)."""
    tail = min(u, 1.0 - u)
    if tail > 0.02425:
        q = u - 0.5
        r = q * q
        top = -3.969683028665376e01
        for one in (2.209460984245205e02, -2.759285104469687e02, 1.383577518672690e02,
                    -3.066479806614716e01, 2.506628277459239e00):  # fmt: skip
            top = top * r + one
        low = -5.447609879822406e01
        for one in (1.615858368580409e02, -1.556989798598866e02, 6.680131188771972e01,
                    -1.328068155288572e01, 1.0):  # fmt: skip
            low = low * r + one
        return top * q / low
    q = np.sqrt(-2.0 * logarithm(tail))
    top = -7.784894002430293e-03
    for one in (-3.223964580411365e-01, -2.400758277161838e00, -2.549732539343734e00,
                4.374664141464968e00, 2.938163982698783e00):  # fmt: skip
        top = top * q + one
    low = 7.784695709041462e-03
    for one in (3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0):
        low = low * q + one
    return top / low if u < 0.5 else -top / low


@kernel
def fill_exponential(stream_key: Any, first: Any, mean: Any, out: Any) -> None:
    """Fill `out` [S, n] with exponential times, in ps, of the requests from `first` on."""
    for shard in range(out.shape[0]):
        for number in range(out.shape[1]):
            x = -mean * logarithm(even(stream_key, first + number, shard))
            out[shard, number] = np.int64(min(max(x, _LEAST), _MOST))


@kernel
def fill_lognormal(stream_key: Any, first: Any, median: Any, sigma: Any, out: Any) -> None:
    """Fill `out` [S, n] with log-normal times, in ps, of the requests from `first` on."""
    for shard in range(out.shape[0]):
        for number in range(out.shape[1]):
            x = sigma * normal_of(even(stream_key, first + number, shard))
            out[shard, number] = np.int64(min(max(median * exponential_of(x), _LEAST), _MOST))


def exponential(
    seed: int, name: str, mean: float, first: int, count: int, shards: int = 1
) -> Int64s:
    """Draw exponential times of `mean` ps, 1 ps or more: int64[shards, count], ps.

    Row s, column i is the draw of shard s for request `first` + i, whatever else is drawn. Raises
    GuardlaneError for a mean that is not positive.
    """
    if not mean > 0:
        raise GuardlaneError(f"mean of exponential times must be more than 0 ps, not {mean:g}")
    out = np.empty((shards, count), np.int64)
    fill_exponential(key(seed, name), first, float(mean), out)
    return out


def lognormal(
    seed: int, name: str, median: float, sigma: float, first: int, count: int, shards: int = 1
) -> Int64s:
    """Draw log-normal times around `median` ps, 1 ps or more: int64[shards, count], ps.

    `sigma` is the deviation of the natural logarithm, 0 to 8. Raises GuardlaneError for a median
    that is not positive and for a sigma outside.
    """
    if not median > 0:
        raise GuardlaneError(f"median of log-normal times must be more than 0 ps, not {median:g}")
    if not 0 <= sigma <= 8:
        raise GuardlaneError(f"sigma of log-normal times must be 0 to 8, not {sigma:g}")
    out = np.empty((shards, count), np.int64)
    fill_lognormal(key(seed, name), first, float(median), float(sigma), out)
    return out
