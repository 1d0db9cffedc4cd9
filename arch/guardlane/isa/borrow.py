# SPDX-License-Identifier: Apache-2.0
"""A flat view of an array that a @kernel may use and never counts: it makes short calls cheap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import extending, types
from numba.np import arrayobj

_arrays = cast(Any, arrayobj)
_intrinsic = cast(Callable[[Callable[..., Any]], Callable[..., Any]], extending.intrinsic)


@_intrinsic
def borrowed(typing_context: Any, array: Any) -> Any:
    """One-dimensional view of a contiguous array, valid while the caller's argument is.

    numba counts references to each array of a kernel with atomic instructions, on entry and on
    exit. For a loop that runs ten instructions a call they cost more than the loop: 60 ns.
    """
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypeError(f"only a contiguous array can be borrowed, not {array}")
    flat = types.Array(array.dtype, 1, "C")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = _arrays.make_array(array)(context, builder, arguments[0])
        view = _arrays.make_array(flat)(context, builder)
        _arrays.populate_array(
            view, given.data, [given.nitems], [given.itemsize], given.itemsize, meminfo=None
        )
        return view._getvalue()

    return flat(array), build
