# SPDX-License-Identifier: Apache-2.0
"""Of two hundred thousand wrong files, what escapes from a reader is the project's own error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fuzzing import Tally, fuzz_configs, fuzz_studies
from tests.mutations import mutations


@pytest.mark.parametrize(("fuzz", "count"), [(fuzz_studies, 70_000), (fuzz_configs, 130_000)])
def test_only_this_tools_own_errors_escape_from_a_reader(
    fuzz: Callable[[int], Tally], count: int
) -> None:
    tally = fuzz(count)
    assert tally.inputs == count
    assert count // 50 < tally.taken < count // 4  # most are wrong, and some are not
    assert tally.worst < 10  # seconds, on a machine that does other things as well


def test_mutations_are_the_same_for_the_same_seed_and_hardly_ever_twice() -> None:
    texts = [b"a = 1\nb = [2, 3]\n", b'c = "x"\n']
    first = list(mutations(texts, 500))
    assert first == list(mutations(texts, 500))
    assert first != list(mutations(texts, 500, seed=2))
    assert len(set(first)) > 400
    assert sum(text in texts for text in first) < 50
