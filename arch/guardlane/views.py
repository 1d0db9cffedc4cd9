# SPDX-License-Identifier: Apache-2.0
"""Views of arrays that a kernel may use and never counts: what makes many short steps cheap.

numba counts the references to each array, and each slice, of a kernel with atomic instructions. A
step of the run kernel takes some twenty of them, which would cost more than the step itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.np import arrayobj

_cgutils: Any = cgutils  # neither module is typed
_arrayobj: Any = arrayobj
_intrinsic = cast(Callable[[Callable[..., Any]], Callable[..., Any]], extending.intrinsic)


@_intrinsic
def row(typing_context: Any, array: Any, index: Any) -> Any:
    """One row of a contiguous array of two or more dimensions, valid while the array is."""
    if not (isinstance(array, types.Array) and array.layout == "C" and array.ndim > 1):
        raise TypeError(f"only a contiguous array of rows has a row, not {array}")
    result = types.Array(array.dtype, array.ndim - 1, "C")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = _arrayobj.make_array(array)(context, builder, arguments[0])
        shape = _cgutils.unpack_tuple(builder, given.shape)[1:]
        strides = _cgutils.unpack_tuple(builder, given.strides)
        number = context.cast(builder, arguments[1], signature.args[1], types.intp)
        return _view(
            context, builder, result, given, builder.mul(number, strides[0]), shape, strides[1:]
        )

    return result(array, index), build


@_intrinsic
def span(typing_context: Any, array: Any, first: Any, last: Any) -> Any:
    """Entries (of a matrix: rows) `first` up to `last` of a contiguous array, valid while it is."""
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypeError(f"only a contiguous array has a span, not {array}")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = _arrayobj.make_array(array)(context, builder, arguments[0])
        shape = _cgutils.unpack_tuple(builder, given.shape)
        strides = _cgutils.unpack_tuple(builder, given.strides)
        start, end = (
            context.cast(builder, arguments[i], signature.args[i], types.intp) for i in (1, 2)
        )
        shape = [builder.sub(end, start), *shape[1:]]
        if array.ndim == 1:
            strides = [_item_size(context, array)]
        return _view(context, builder, array, given, builder.mul(start, strides[0]), shape, strides)

    return array(array, first, last), build


@_intrinsic
def lent(typing_context: Any, array: Any) -> Any:
    """The same contiguous array, valid while the caller's is, to hand on from inside a loop."""
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypeError(f"only a contiguous array can be lent, not {array}")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = _arrayobj.make_array(array)(context, builder, arguments[0])
        shape = _cgutils.unpack_tuple(builder, given.shape)
        strides = _cgutils.unpack_tuple(builder, given.strides)
        start = context.get_constant(types.intp, 0)
        return _view(context, builder, array, given, start, shape, strides)

    return array(array), build


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
        given = _arrayobj.make_array(array)(context, builder, arguments[0])
        view = _arrayobj.make_array(flat)(context, builder)
        strides = [_item_size(context, array)]
        _arrayobj.populate_array(
            view, given.data, [given.nitems], strides, given.itemsize, meminfo=None
        )
        return view._getvalue()

    return flat(array), build


@_intrinsic
def seldom(typing_context: Any, condition: Any) -> Any:
    """`condition`, told to the compiler to be false nearly always: it keeps what follows away."""
    if not isinstance(condition, types.Boolean):
        raise TypeError(f"only a truth value can be seldom, not {condition}")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bit = ir.IntType(1)
        kind = ir.FunctionType(bit, [bit, bit])
        expect = _cgutils.get_or_insert_function(builder.module, kind, "llvm.expect.i1")
        return builder.call(expect, [arguments[0], ir.Constant(bit, 0)])

    return types.boolean(condition), build


def _item_size(context: Any, array: Any) -> Any:
    """Bytes of an item as a constant; the array's own word for it would be multiplied with."""
    data = context.get_data_type(array.dtype)
    return context.get_constant(types.intp, context.get_abi_sizeof(data))


def _view(
    context: Any, builder: Any, kind: Any, given: Any, offset: Any, shape: Any, strides: Any
) -> Any:
    place = _cgutils.pointer_add(builder, given.data, offset, given.data.type)
    view = _arrayobj.make_array(kind)(context, builder)
    _arrayobj.populate_array(view, place, shape, strides, given.itemsize, meminfo=None)
    return view._getvalue()
