# SPDX-License-Identifier: Apache-2.0
"""The very source of a filter run as plain Python: the golden result a guest's is compared with.

Integers are Python's, so a kernel that overflows 32 bits differs here; floats are rounded to single
precision at every step, as on a core.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.isa import guest
from guardlane.isa.guest import Array
from guardlane.isa.image import Table, table_elements
from guardlane.isa.source import read_source

Item = int | np.float32


def native(
    work: Callable[[], None],
    begin: Callable[[], None] | None = None,
    pops: Sequence[Iterable[Any]] = (),
    tables: Mapping[str, Any] | None = None,
) -> NativeFilter:
    """Make a filter that runs in this process, with the items of each in-port and fresh state.

    An item is an integer or a float; where the filter pops the other kind it sees the same 32 bits.
    """
    return NativeFilter(work, begin, pops, {} if tables is None else tables)


class NativeFilter:
    """A filter with its own state; `pushed[port]` lists the items given to an out-port so far."""

    def __init__(
        self, work: Callable[[], None], begin: Callable[[], None] | None,
        pops: Sequence[Iterable[Any]], tables: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.name = work.__name__
        self.pushed: dict[int, list[Item]] = {}
        self._items: list[Iterator[Any]] = [iter(items) for items in pops]
        self._tables = tables
        self._arrays: dict[Array[Any], Any] = {}
        self._functions: dict[Any, Callable[..., Any]] = {
            guest.pop_i32: self._pop_i32,
            guest.pop_f32: self._pop_f32,
            guest.push: self._push,
            guest.bits_of: bits_of,
            guest.float_of: float_of,
            guest.sqrt: np.sqrt,
        }
        with np.errstate(all="ignore"):
            self.work: Callable[[], None] = self._rebuild(work)
            self.begin: Callable[[], None] = self._rebuild(begin) if begin else lambda: None

    def run(self, steady_states: int = 1, firings: int = 1) -> NativeFilter:
        """Do what the guest's `frame` does, and return this filter."""
        with np.errstate(all="ignore"):  # division by zero and overflow are f32 values, not news
            for _ in range(steady_states):
                self.begin()
                for _ in range(firings):
                    self.work()
        return self

    def words(self, port: int) -> npt.NDArray[np.int32]:
        """Value of the items given to an out-port as int32[items] of their bits."""
        items = self.pushed.get(port, [])
        return np.array([_word(item) for item in items], np.int32)

    def _next(self, port: int) -> Any:
        if not 0 <= port < len(self._items):
            raise GuardlaneError(f"{self.name} pops in-port {port}, which has been given no items")
        try:
            return next(self._items[port])
        except StopIteration:
            raise GuardlaneError(f"in-port {port} of {self.name} has no item left") from None

    def _pop_i32(self, port: int) -> int:
        return _word(self._next(port))

    def _pop_f32(self, port: int) -> np.float32:
        item = self._next(port)
        return np.float32(item) if _is_float(item) else float_of(int(item))

    def _push(self, port: int, value: Any) -> None:
        item = np.float32(value) if _is_float(value) else int(value)
        self.pushed.setdefault(port, []).append(item)

    def _array(self, name: str, array: Array[Any]) -> Any:
        """Value of this filter's own copy of an array: a list, or an array of single floats."""
        if array not in self._arrays:
            values: Any = array.values or [0] * array.length
            if array.role == "table":
                if name not in self._tables:
                    raise GuardlaneError(f"table {name} of {self.name} has been given no elements")
                values = self._tables[name]
                place = Table(0, array.dtype, array.length or len(values))
                values = table_elements(f"table {name} of {self.name}", place, values).tolist()
            is_float = array.dtype == "f32"
            self._arrays[array] = (
                np.array(values, np.float32) if is_float else [int(value) for value in values]
            )
        return self._arrays[array]

    def _rebuild(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Value of `function` with this filter's ports and arrays behind its names."""
        if function in self._functions:
            return self._functions[function]
        source = read_source(function)
        tree = copy.deepcopy(source.tree)
        tree.decorator_list, tree.returns = [], None
        for argument in tree.args.args:
            argument.annotation = None
        literals = _Literals()
        module = ast.Module([literals.visit(tree)], [])
        names: dict[str, Any] = {}
        code = compile(ast.fix_missing_locations(module), source.path, "exec")
        exec(code, names)  # noqa: S102 - a definition that has been imported already
        rebuilt: Callable[..., Any] = names[tree.name]
        self._functions[function] = rebuilt
        used = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
        own = {node.id for node in used if isinstance(node.ctx, ast.Store)}
        own.update(argument.arg for argument in source.tree.args.args)
        for name in sorted(({node.id for node in used} - own) & source.names.keys()):
            names[name] = self._bind(name, source.names[name])
        names.update(literals.values)
        return rebuilt

    def _bind(self, name: str, value: Any) -> Any:
        if isinstance(value, Array):
            return self._array(name, value)
        if isinstance(value, FunctionType):
            return self._rebuild(value)
        if value is float:
            return np.float32
        return np.float32(value) if isinstance(value, float) else value


class _Literals(ast.NodeTransformer):
    """Gives literals single precision and makes comparisons 0 or 1: bools of numpy do not add."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"integer of": int}  # by names no author can write

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        name = f"single {node.value!r}"
        self.values[name] = np.float32(node.value)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        wrapped = ast.Call(ast.Name("integer of", ast.Load()), [node], [])
        return ast.copy_location(wrapped, node)


def bits_of(value: Any) -> int:
    """Value of the 32 bits of a single float as a signed integer."""
    return int(np.float32(value).view(np.int32))


def float_of(bits: int) -> np.float32:
    """Value of the single float with these 32 bits."""
    return np.uint32(bits & 0xFFFF_FFFF).view(np.float32)


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _word(item: Any) -> int:
    """Value of the 32 bits of an item as a signed integer."""
    if _is_float(item):
        return bits_of(item)
    value = int(item) & 0xFFFF_FFFF
    return value - (value >> 31 << 32)
