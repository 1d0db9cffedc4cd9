# SPDX-License-Identifier: Apache-2.0
"""The guest code whose results are published: its digest by program and kind of queue.

Guest code, and with it every result under faults, hangs on the version of llvmlite; these are of
the one in constraints.txt. `guardlane run NAME --json` prints the digest as guest_sha256.
"""

from __future__ import annotations

PUBLISHED = {
    ("jpeg", "hardware"): "635fdb39aa136d60438b8c06e55d38e9b5eb2a5880d7f0a51906319dd7329e7a",
    ("jpeg", "software"): "7eec1e0ccf851d82cf47d56656bc9331ceb6f90e49ef1a3ce4b8a42ef999c062",
    ("complex-fir", "hardware"): "0b7ae6cc35ab4fc197076ee04181e23a91c046c24b19ecfee2cc53588bfc0924",
    ("complex-fir", "software"): "39f9f4b1c414c4f0e504944b296660160b237c8bc52eb65b05d62f47e9be53bf",
    ("fft", "hardware"): "cdbbebfe773b9ca1effef024a245d69d2a6858055691cf5fd2baeaefdcff7767",
    ("fft", "software"): "a3a4bef347db970f3ca8efb899bb53dba0cb829c6542bc90747aaacfebb479a3",
    ("audiobeamformer", "hardware"): (
        "4e189f954976441f1b864aff867c84444bea41b63e0bb6f723b7d2b5cac3997e"
    ),
    ("audiobeamformer", "software"): (
        "846dd4ce1715b0ac5612a671d8126a79f969a0dd7b579924b51ab0b69e33a9ed"
    ),
}
