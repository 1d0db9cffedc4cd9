# SPDX-License-Identifier: Apache-2.0
"""Whatever a study's file says, it is spelled out or it is refused in this tool's own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.sweep.plan import expand
from guardlane.sweep.study import read_study

VALUE = st.sampled_from(
    ["1", "0", "-3", "1.5", "inf", "nan", "1e300", '"64k"', '"inf"', '"1us"', '"64 KiB"', '"x"',
     "true", "[1, 2]", "[]", '["a", 1.0]', "[[1]]", "{}", "{ first = 1, last = 9, step = 2 }",
     '{ first = "1k", last = "64k", count = 7 }', "{ first = 1, last = 1e308, count = 3 }",
     "{ first = inf, last = 2, step = 1 }", "{ act = 'grind' }", '{ load = [1.0], seed = [1, 2] }',
     '{ load = [1.0, 2.0], "stone.turns" = [1, 2] }', "1979-05-27", '"1..3"', '"\\u202e"']
)  # fmt: skip
NAME = st.sampled_from(
    ["title", "metrics", "seeds", "settings", "setting", "values", "range", "log", "zip", "when",
     "limits", "limits.time", "scale.ci.seeds", "scale.ci.values", "settings.load",
     "settings.stone",
     "time", "ci", "settings.mtbe", "nonsense", '"a.b"', "settings.stone.turns"]
)  # fmt: skip
SETTING = st.sampled_from(
    ['"load"', '"mtbe"', '"stone.turns"', '"seed"', '"stone"', '"a..b"', '""']
)
LINE = st.one_of(
    st.tuples(NAME, VALUE).map(" = ".join),
    st.tuples(st.just("[[axis]]\nsetting"), SETTING).map(" = ".join),
    st.sampled_from(["[[axis]]", "[settings]", "[limits]", "[scale.ci]", "[axis]", "]", "é"]),
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(LINE, max_size=9), st.sampled_from(["full", "ci"]))
def test_only_this_tools_own_errors_escape(lines: list[str], scale: str) -> None:
    path = Path("fuzzed.toml")
    path.write_text('workload = "mill"\n' + "\n".join(lines))
    try:
        plan = expand(read_study(path, scale))
    except GuardlaneError as reason:
        assert str(reason)
        assert "Traceback" not in str(reason)
    else:
        assert len({task.key for task in plan.tasks}) == len(plan.tasks) > 0


def test_a_study_with_every_kind_of_axis_is_one_of_the_inputs() -> None:
    with pytest.raises(GuardlaneError, match="an axis has one of"):
        Path("fuzzed.toml").write_text('workload = "mill"\n[[axis]]\nsetting = "load"\n')
        read_study(Path("fuzzed.toml"))
