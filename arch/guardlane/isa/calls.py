# SPDX-License-Identifier: Apache-2.0
"""Calls in guest code: of its own words, of casts and built-ins, of other guest functions."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

from guardlane.isa.emitter import LLVM_TYPES, NOTHING, Value, integer
from guardlane.isa.guest import TYPE_NAMES, Array
from guardlane.isa.intrinsics import INTRINSICS, port_count
from guardlane.isa.signature import CASTS

if TYPE_CHECKING:
    from guardlane.isa.expressions import Expressions


class Program(Protocol):
    """What a function needs to know of the others."""

    software: bool

    def signature(self, function: FunctionType) -> tuple[str, Sequence[str], str]: ...
    def array(self, name: str, array: Array[Any]) -> str: ...


class Calls:
    """Lowers the calls of one function, whose `expressions` lower the arguments."""

    def __init__(self, expressions: Expressions, program: Program) -> None:
        self.expressions = expressions
        self.operators = expressions.operators
        self.emit = expressions.emit
        self.error = expressions.error
        self.program = program

    def lower(self, node: ast.Call) -> Value:
        """Value of a call; raises GuestError when guest code cannot make it."""
        expressions = self.expressions
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.error(node, "calls take positional arguments only")
        if not isinstance(node.func, ast.Name) or expressions.locals.read(node.func) is not None:
            raise self.error(node.func, "only functions called by their own name can be called")
        target, name = expressions.lookup(node.func), node.func.id
        if target is len:
            self._count(node, name, 1)
            array = expressions.array(node.args[0])
            if array.is_open:
                raise self.error(node, "an open table has no len; give its length in a table")
            return integer(array.length)
        arguments = [expressions.value(argument) for argument in node.args]
        if target in (abs, min, max):
            return self._built_in(node, target, arguments)
        if isinstance(target, type) and target in TYPE_NAMES:
            return self._cast(node, target, name, arguments)
        if isinstance(target, FunctionType) and target in INTRINSICS:
            return self._intrinsic(node, target, name, arguments)
        if isinstance(target, FunctionType):
            return self._guest_call(node, target, name, arguments)
        raise self.error(node.func, f"{name} is not a guest function")

    def _count(self, node: ast.Call, name: str, expected: int) -> None:
        if len(node.args) != expected:
            plural = "argument" if expected == 1 else "arguments"
            raise self.error(node, f"{name} takes {expected} {plural}, not {len(node.args)}")

    def _cast(self, node: ast.Call, target: type, name: str, arguments: Sequence[Value]) -> Value:
        self._count(node, name, 1)
        kind, value = CASTS.get(target), arguments[0]
        if kind is None:
            raise self.error(node, f"{name} is a type of elements; mask with & instead")
        if value.type == kind:
            return value
        if value.type == "f32":
            return self.emit.get("i32", f"fptosi {value} to i32")
        value = self.operators.convert(node, value, "i32", f"the argument of {name}")
        return self.emit.get("f32", f"sitofp {value} to float") if kind == "f32" else value

    def _built_in(self, node: ast.Call, target: Any, arguments: Sequence[Value]) -> Value:
        emit, name = self.emit, target.__name__
        if target is abs:
            self._count(node, name, 1)
            if arguments[0].type == "f32":
                return emit.get("f32", f"call float @llvm.fabs.f32({arguments[0]})")
            value = self.operators.convert(node, arguments[0], "i32", "the argument of abs")
            return emit.get("i32", f"call i32 @llvm.abs.i32({value}, i1 false)")
        if len(arguments) < 2:
            raise self.error(node, f"{name} takes 2 arguments or more, not {len(arguments)}")
        kind = "f32" if arguments[0].type == "f32" else "i32"
        values = [
            self.operators.convert(node, v, kind, f"an argument of {name}") for v in arguments
        ]
        best = values[0]
        for value in values[1:]:  # as Python: the first of equals, and a NaN only where it does
            test = ast.Lt() if target is min else ast.Gt()
            better = self.operators.compare(node, test, value, best)
            best = emit.get(kind, f"select {better}, {value}, {best}")
        return best

    def _intrinsic(
        self, node: ast.Call, target: FunctionType, name: str, arguments: Sequence[Value]
    ) -> Value:
        kinds, emit_call = INTRINSICS[target]
        self._count(node, name, len(kinds))
        values = []
        for argument, value, kind in zip(node.args, arguments, kinds, strict=True):
            if kind == "port":
                self._check_port(argument, value)
            elif kind != "item" or value.type != "f32":
                wanted = "i32" if kind == "item" else kind
                what = f"an argument of {name}"
                values.append(self.operators.convert(argument, value, wanted, what))
                continue
            values.append(value)
        return emit_call(self.emit, self._emit_call, self.program.software, *values)

    def _check_port(self, node: ast.expr, value: Value) -> None:
        ports = port_count(self.program.software)
        if value.type != "i32" or value.number is None:
            raise self.error(node, "a port is a number known when the filter is compiled")
        if not 0 <= value.number < ports:
            raise self.error(node, f"ports are 0 to {ports - 1}, not {value.number}")

    def _guest_call(
        self, node: ast.Call, target: FunctionType, name: str, arguments: Sequence[Value]
    ) -> Value:
        _, kinds, _ = self.program.signature(target)
        self._count(node, name, len(kinds))
        values = [
            self.operators.convert(argument, value, kind, f"an argument of {name}")
            for argument, value, kind in zip(node.args, arguments, kinds, strict=True)
        ]
        return self._emit_call(target, values)

    def _emit_call(self, target: Any, values: Sequence[Value]) -> Value:
        symbol, _, kind = self.program.signature(target)
        line = f"call {LLVM_TYPES[kind]} {symbol}({', '.join(map(str, values))})"
        if kind == "None":
            self.emit.do(line)
            return NOTHING
        return self.emit.get(kind, line)
