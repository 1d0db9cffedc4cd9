# SPDX-License-Identifier: Apache-2.0
"""Expressions of guest code, lowered to LLVM IR one node at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from guardlane.isa.calls import Calls, Program
from guardlane.isa.emitter import LLVM_TYPES, Emitter, Value, integer, single, truth
from guardlane.isa.guest import Array
from guardlane.isa.locals import Locals
from guardlane.isa.operators import COMPARISONS, Operators
from guardlane.isa.source import GuestError, Source, describe

SIGNS: dict[type[ast.AST], str] = {ast.UAdd: "+", ast.USub: "-", ast.Invert: "~"}


class Expressions:
    """Lowers the expressions of one function."""

    def __init__(self, source: Source, emit: Emitter, program: Program) -> None:
        self.source = source
        self.emit = emit
        self.program = program
        self.operators = Operators(source, emit)
        self.locals = Locals(source, emit, self.operators)
        self.calls = Calls(self, program)

    def error(self, node: ast.AST, message: str) -> GuestError:
        return self.source.error(node, message)

    def value(self, node: ast.expr) -> Value:
        """Lower `node`; raises GuestError when it has no place in guest code."""
        lower = getattr(self, f"_{type(node).__name__.lower()}", None)
        if lower is None:
            raise self.error(node, f"{describe(node)} is not part of guest code")
        value: Value = lower(node)
        return value

    def integer(self, node: ast.expr, what: str) -> Value:
        """Lower `node`, which must be an i32 (or a bool, which counts 0 or 1)."""
        return self.operators.convert(node, self.value(node), "i32", what)

    def truth(self, node: ast.expr) -> Value:
        """Lower `node` as a condition: numbers are true unless they are zero."""
        return self.operators.truth(node, self.value(node))

    def _constant(self, node: ast.Constant) -> Value:
        return self._known(node, node.value, repr(node.value))

    def _known(self, node: ast.expr, number: object, name: str) -> Value:
        if isinstance(number, bool):
            return truth(number)
        if type(number) is int:
            return self.operators.known(node, number)
        if type(number) is float:
            try:
                return single(number)
            except OverflowError:
                raise self.error(node, f"{number!r} does not fit f32") from None
        raise self.error(node, f"{name} is {type(number).__name__}, not i32 or f32")

    def _name(self, node: ast.Name) -> Value:
        value = self.locals.read(node)
        if value is not None:
            return value
        found = self.lookup(node)
        if isinstance(found, Array):
            raise self.error(node, f"{node.id} is an array; read one element, {node.id}[...]")
        return self._known(node, found, node.id)

    def lookup(self, node: ast.Name) -> Any:
        """Value of a name outside the function."""
        if node.id not in self.source.names:
            raise self.error(node, f"nothing is named {node.id!r}")
        return self.source.names[node.id]

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            value = self.truth(node.operand)
            if value.number is not None:
                return truth(not value.number)
            return self.emit.get("bool", f"xor {value}, true")
        if (
            isinstance(node.op, ast.USub)
            and isinstance(node.operand, ast.Constant)
            and type(node.operand.value) is int
        ):
            return self.operators.known(node, -node.operand.value)  # -2147483648 is one number
        value = self.value(node.operand)
        if value.type == "f32":
            if isinstance(node.op, ast.UAdd):
                return value
            if isinstance(node.op, ast.USub):
                return self.emit.get("f32", f"fneg {value}")
        value = self.operators.convert(node, value, "i32", f"the operand of {SIGNS[type(node.op)]}")
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub):
            return self.operators.arithmetic(node, "-", integer(0), value)
        return self.operators.arithmetic(node, "^", value, integer(-1))

    def _binop(self, node: ast.BinOp) -> Value:
        return self.operators.binary(node, node.op, self.value(node.left), self.value(node.right))

    def _compare(self, node: ast.Compare) -> Value:
        rest = list(zip(node.ops, node.comparators, strict=True))
        if not all(type(op) in COMPARISONS for op, _ in rest):
            raise self.error(node, "is, is not, in and not in are not part of guest code")

        def chain(left: Value, place: int) -> Value:
            op, right_node = rest[place]
            right = self.value(right_node)
            holds = self.operators.compare(node, op, left, right)
            if place + 1 == len(rest):
                return holds
            return self._either(node, holds, lambda: chain(right, place + 1), stop_when=False)

        return chain(self.value(node.left), 0)

    def _boolop(self, node: ast.BoolOp) -> Value:
        def chain(place: int) -> Value:
            value = self.value(node.values[place])
            if place + 1 == len(node.values):
                return value
            stop_when = isinstance(node.op, ast.Or)
            return self._either(node, value, lambda: chain(place + 1), stop_when)

        return chain(0)

    def _either(
        self, node: ast.expr, value: Value, more: Callable[[], Value], stop_when: bool
    ) -> Value:
        """Value of `value` when its truth is `stop_when`, and of what `more` lowers if not."""
        emit = self.emit
        condition = self.operators.truth(node, value)
        on, end = emit.label("on"), emit.label("end")
        # A bool and an i32 meet as i32s, and only before the fork is there room to widen.
        wide = self.operators.convert(node, value, "i32", "it") if value.type == "bool" else value
        before = emit.block
        emit.fork(condition, *((end, on) if stop_when else (on, end)))
        emit.place(on)
        other = more()
        if value.type == "bool" and other.type == "i32":
            value = wide
        other = self.operators.convert(node, other, value.type, "the other operand of and/or")
        return self._join(end, [(value, before), (other, emit.block)])

    def _join(self, end: str, ways: Sequence[tuple[Value, str]]) -> Value:
        """Begin block `end` with the value of the way it was reached by."""
        self.emit.place(end)
        kind = ways[0][0].type
        sources = ", ".join(f"[ {value.text}, %{block} ]" for value, block in ways)
        return self.emit.get(kind, f"phi {LLVM_TYPES[kind]} {sources}")

    def _ifexp(self, node: ast.IfExp) -> Value:
        emit = self.emit
        then, other, end = emit.label("then"), emit.label("else"), emit.label("end")
        emit.fork(self.truth(node.test), then, other)
        emit.place(then)
        a = self.value(node.body)
        if a.type == "None":
            raise self.error(node.body, "a conditional expression needs a value")
        a = self.operators.convert(node, a, "i32", "it") if a.type == "bool" else a
        after_then = emit.block
        emit.jump(end)
        emit.place(other)
        b = self.operators.convert(node.orelse, self.value(node.orelse), a.type, "the other choice")
        after_other = emit.block
        emit.jump(end)
        return self._join(end, [(a, after_then), (b, after_other)])

    def _call(self, node: ast.Call) -> Value:
        return self.calls.lower(node)

    def _subscript(self, node: ast.Subscript) -> Value:
        array, address = self.element(node)
        if array.dtype in ("i32", "f32"):
            return self.emit.get(array.dtype, f"load {LLVM_TYPES[array.dtype]}, ptr {address}")
        narrow = self.emit.get(array.dtype, f"load {LLVM_TYPES[array.dtype]}, ptr {address}")
        extend = "sext" if array.dtype == "i16" else "zext"
        return self.emit.get("i32", f"{extend} {narrow} to i32")

    def element(self, node: ast.Subscript) -> tuple[Array[Any], str]:
        """Value of the array and of the address that a subscript names."""
        array = self.array(node.value)
        assert isinstance(node.value, ast.Name)
        if isinstance(node.slice, ast.Slice):
            raise self.error(node.slice, "slices are not part of guest code")
        index = self.integer(node.slice, "an index")
        last = (1 << 31) - 1 if array.is_open else array.length - 1
        if index.number is not None and not 0 <= index.number <= last:
            raise self.error(
                node.slice, f"{node.value.id} has elements 0 to {last}, not {index.number}"
            )
        symbol = self.program.array(node.value.id, array)
        kind = f"[{array.length} x {LLVM_TYPES[array.dtype]}]"
        pointer = self.emit.get(
            "i32", f"getelementptr inbounds {kind}, ptr {symbol}, i32 0, {index}"
        )
        return array, pointer.text

    def array(self, node: ast.expr) -> Array[Any]:
        """Value of the array that `node` names."""
        if not isinstance(node, ast.Name) or self.locals.read(node) is not None:
            raise self.error(node, "only arrays made by constant, table or state have elements")
        found = self.lookup(node)
        if not isinstance(found, Array):
            raise self.error(node, f"{node.id} is no array made by constant, table or state")
        return found
