# SPDX-License-Identifier: Apache-2.0
"""Values of a range: exact in the setting's own unit, and the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from types import NoneType
from typing import Any, get_args

from guardlane.config import Settings, settings_class
from guardlane.errors import GuardlaneError
from guardlane.sweep.study import Bound, Log, Steps
from guardlane.units import Count, Mtbe, Quantity

MOST = 100_000  # values of one axis


def values_of(steps: Steps | Log, model: type[Settings], name: str) -> list[Any]:
    """List the values that `steps` mean for the setting of `model` that is called `name`.

    Text such as `64 KiB` is read as that setting reads it. Raises GuardlaneError for ends that are
    of two kinds, for a step that does not lead from one to the other, and for equal values.
    """
    unit = _unit(_annotation(model, name), steps.first)
    if isinstance(steps, Log):
        numbers = _log(_number(steps.first, unit), _number(steps.last, unit), steps.count)
    else:
        numbers = _range(*(_number(one, unit) for one in (steps.first, steps.last, steps.step)))
    is_whole = unit is not None or all(
        isinstance(one, int) for one in (steps.first, steps.last, getattr(steps, "step", 0))
    )
    found = [_spoken(one, unit, is_whole) for one in numbers]
    if len(set(map(str, found))) < len(found):
        raise GuardlaneError(f"gives one value twice: {', '.join(map(str, found[:8]))}")
    return found


def _annotation(model: type[Settings], name: str) -> Any:
    annotation: Any = model
    for key in name.split("."):
        inner = settings_class(annotation)
        field = inner.model_fields.get(key) if inner else None
        annotation = field.annotation if field else None
    return annotation


def _unit(annotation: Any, first: Bound) -> type[Quantity] | None:
    """Value of the kind of quantity that ends are written as; None for plain numbers."""
    kinds = [annotation, *(kind for kind in get_args(annotation) if kind is not NoneType)]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Quantity):
            return kind
        if kind is Mtbe:
            read = Mtbe.accept(first)
            if read.is_never:
                raise GuardlaneError("a range has an end that is a number, not 'inf'")
            return type(read.time) if read.time is not None else Count
    return None


def _number(bound: Bound, unit: type[Quantity] | None) -> Fraction:
    if unit is not None:
        return Fraction(int(unit.accept(bound)))
    if isinstance(bound, str):
        raise GuardlaneError(f"want a number, not {bound!r}")
    return Fraction(str(bound))  # 0.1 is meant as a tenth


def _range(first: Fraction, last: Fraction, step: Fraction) -> Sequence[Fraction]:
    if not step or (last - first) / step < 0:
        raise GuardlaneError(f"a step of {step} does not lead from {first} to {last}")
    count = (last - first) / step
    if count.denominator != 1:
        near = first + count.__floor__() * step
        raise GuardlaneError(f"steps of {step} from {first} miss {last}: {near}, {near + step}")
    if count >= MOST:
        raise GuardlaneError(f"has {int(count) + 1:,} values; an axis may have {MOST:,}")
    return [first + place * step for place in range(int(count) + 1)]


def _log(first: Fraction, last: Fraction, count: int) -> Sequence[Fraction]:
    if first <= 0 or last <= 0:
        raise GuardlaneError("a log range has ends of more than 0")
    with localcontext() as context:  # decimals, as no two libraries agree on the last bit of exp
        context.prec = 40
        low, high = (Decimal(x.numerator) / Decimal(x.denominator) for x in (first, last))
        step = (high.ln() - low.ln()) / (count - 1)
        inner = [Fraction((low.ln() + place * step).exp()) for place in range(1, count - 1)]
    return [first, *inner, last]


def _spoken(number: Fraction, unit: type[Quantity] | None, is_whole: bool) -> Any:
    """Value of a number as one types it: a quantity as text, whole ones rounded to even."""
    if unit is not None:
        return str(unit(round(number)))
    return round(number) if is_whole else float(number)
