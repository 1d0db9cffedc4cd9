# SPDX-License-Identifier: Apache-2.0
"""Statements of guest code, lowered to LLVM IR; the ways through them keep track of what is set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from guardlane.isa.calls import Program
from guardlane.isa.emitter import LLVM_TYPES, NOTHING, Emitter, Value, integer
from guardlane.isa.expressions import Expressions
from guardlane.isa.locals import Names, meet
from guardlane.isa.signature import annotation
from guardlane.isa.source import GuestError, Source, describe


@dataclass
class Loop:
    """Where break and continue go, and what was set when they went."""

    next: str
    end: str
    continues: list[Names | None] = field(default_factory=list)
    breaks: list[Names | None] = field(default_factory=list)


class Statements:
    """Lowers the body of one function; `kinds` are the types of its parameters."""

    def __init__(self, source: Source, program: Program, kinds: Sequence[str], result: str) -> None:
        self.source = source
        self.result = result
        self.emit = Emitter()
        self.expressions = Expressions(source, self.emit, program)
        self.operators = self.expressions.operators
        self.locals = self.expressions.locals
        self.loops: list[Loop] = []
        for place, (name, kind) in enumerate(zip(self.locals.parameters, kinds, strict=True)):
            self.locals.write(source.tree, name, Value(kind, f"%a{place}"))

    def error(self, node: ast.AST, message: str) -> GuestError:
        return self.source.error(node, message)

    def lower(self) -> str:
        """Value of the body in LLVM IR; raises GuestError at the first mistake."""
        self._block(self.source.tree.body)
        if self.locals.set is not None and self.result != "None":
            raise self.error(
                self.source.tree, f"{self.source.tree.name} can end without returning {self.result}"
            )
        if not self.emit.closed:
            self.emit.do("ret void" if self.result == "None" else "unreachable")
        return self.emit.body()

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            lower: Callable[[ast.stmt], None] | None
            lower = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if lower is None:
                raise self.error(statement, f"{describe(statement)} is not part of guest code")
            lower(statement)

    def _pass(self, node: ast.Pass) -> None:
        pass

    def _expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return  # a docstring
        if not isinstance(node.value, ast.Call):
            raise self.error(node, "an expression that is no call does nothing here")
        self.expressions.value(node.value)

    def _assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            targets = node.targets[0].elts
            if not isinstance(node.value, ast.Tuple) or len(node.value.elts) != len(targets):
                raise self.error(node, f"{len(targets)} names need a row of {len(targets)} values")
            values = [self.expressions.value(value) for value in node.value.elts]
            for target, value in zip(targets, values, strict=True):
                self._set(target, value)
            return
        value = self.expressions.value(node.value)
        for target in node.targets:
            self._set(target, value)

    def _set(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.locals.write(target, target.id, value)
        elif isinstance(target, ast.Subscript):
            self._store(target, self._writable(target), value)
        else:
            raise self.error(target, f"{describe(target)} cannot be set in guest code")

    def _writable(self, target: ast.Subscript) -> tuple[str, str]:
        """Value of the type and address of an element that may be written."""
        array, address = self.expressions.element(target)
        if array.role != "state":
            assert isinstance(target.value, ast.Name)
            raise self.error(target, f"{target.value.id} is a {array.role}, which is read-only")
        return array.dtype, address

    def _store(self, target: ast.AST, place: tuple[str, str], value: Value) -> None:
        dtype, address = place
        kind = "f32" if dtype == "f32" else "i32"
        value = self.operators.convert(target, value, kind, "the element")
        if dtype in ("i16", "u8"):
            value = self.emit.get(dtype, f"trunc {value} to {LLVM_TYPES[dtype]}")
        self.emit.do(f"store {value}, ptr {address}")

    def _augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        if isinstance(target, ast.Subscript):
            dtype, address = self._writable(target)  # the index is worked out once
            kind = LLVM_TYPES[dtype]
            old = self.emit.get(dtype, f"load {kind}, ptr {address}")
            if dtype in ("i16", "u8"):
                old = self.emit.get("i32", f"{'sext' if dtype == 'i16' else 'zext'} {old} to i32")
            right = self.expressions.value(node.value)
            self._store(target, (dtype, address), self._operate(node, old, right))
        elif isinstance(target, ast.Name):
            load = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            old = self.expressions.value(load)
            self.locals.write(
                target, target.id, self._operate(node, old, self.expressions.value(node.value))
            )
        else:
            raise self.error(target, f"{describe(target)} cannot be set in guest code")

    def _operate(self, node: ast.AugAssign, old: Value, right: Value) -> Value:
        return self.operators.binary(node, node.op, old, right)

    def _annassign(self, node: ast.AnnAssign) -> None:
        kind = annotation(self.source, node.annotation)
        if kind == "None" or not isinstance(node.target, ast.Name):
            raise self.error(node, "a local is annotated as i32 or f32")
        name = node.target.id
        self.locals.declare(node, name, kind)
        if node.value is not None:
            self.locals.write(node, name, self.expressions.value(node.value))

    def _return(self, node: ast.Return) -> None:
        if node.value is None:
            if self.result != "None":
                raise self.error(
                    node, f"{self.source.tree.name} returns {self.result}, not nothing"
                )
            self.emit.leave(NOTHING)
        else:
            if self.result == "None":
                raise self.error(node, f"{self.source.tree.name} is declared to return nothing")
            value = self.expressions.value(node.value)
            what = f"the result of {self.source.tree.name}"
            self.emit.leave(self.operators.convert(node, value, self.result, what))
        self.locals.set = None

    def _if(self, node: ast.If) -> None:
        then, other, end = (self.emit.label(hint) for hint in ("then", "else", "end"))
        self.emit.fork(self.expressions.truth(node.test), then, other)
        before = self.locals.set
        ways = []
        for label, branch in ((then, node.body), (other, node.orelse)):
            self.emit.place(label)
            self.locals.set = before
            self._block(branch)
            if not self.emit.closed:
                self.emit.jump(end)
            ways.append(self.locals.set)
        self._resume(end, meet(ways))

    def _resume(self, label: str, names: Names | None) -> None:
        self.emit.place(label)
        self.locals.set = names

    def _while(self, node: ast.While) -> None:
        self._no_else(node)
        loop = Loop(self.emit.label("test"), self.emit.label("end"))
        body = self.emit.label("body")
        self.emit.place(loop.next)
        condition = self.expressions.truth(node.test)
        self.emit.fork(condition, body, loop.end)
        before = self.locals.set
        self._loop_body(node.body, loop, body)
        self.emit.jump(loop.next)
        ways = loop.breaks if condition.number else [*loop.breaks, before]
        self._resume(loop.end, meet(ways))

    def _for(self, node: ast.For) -> None:
        """Lower a loop over a range; its counter is hidden, so the body may set the variable."""
        self._no_else(node)
        if not isinstance(node.target, ast.Name):
            raise self.error(node.target, "a loop sets one name")
        name = node.target.id
        start, stop, step = self._range(node)
        emit = self.emit
        counter = emit.slot("i32", "counter")
        emit.do(f"store {start}, ptr {counter}")
        loop = Loop(emit.label("next"), emit.label("end"))
        test, body = emit.label("test"), emit.label("body")
        emit.place(test)
        now = emit.get("i32", f"load i32, ptr {counter}")
        emit.fork(self._remains(now, stop, step), body, loop.end)
        before = self.locals.set
        self._loop_body(node.body, loop, body, lambda: self.locals.write(node, name, now))
        after = meet([self.locals.set, *loop.continues])
        emit.place(loop.next)
        moved = emit.get("i32", f"add {now}, {step.text}")
        emit.do(f"store {moved}, ptr {counter}")
        emit.jump(test)
        numbers = [value.number for value in (start, stop, step)]
        runs = None not in numbers and len(range(*numbers)) > 0  # type: ignore[arg-type]
        self._resume(loop.end, meet([*loop.breaks, after if runs else before]))

    def _loop_body(
        self,
        body: Sequence[ast.stmt],
        loop: Loop,
        label: str,
        first: Callable[[], None] | None = None,
    ) -> None:
        self.emit.place(label)
        if first is not None:
            first()
        self.loops.append(loop)
        self._block(body)
        self.loops.pop()

    def _range(self, node: ast.For) -> tuple[Value, Value, Value]:
        call = node.iter
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id not in self.locals.names
            and self.expressions.lookup(call.func) is range
        ):
            raise self.error(call, "a for loop goes over range(...)")
        if call.keywords or not 1 <= len(call.args) <= 3:
            raise self.error(call, f"range takes 1 to 3 arguments, not {len(call.args)}")
        values = [self.expressions.integer(argument, "a bound of range") for argument in call.args]
        if len(values) == 1:
            values.insert(0, integer(0))
        start, stop, step = values if len(values) == 3 else (*values, integer(1))
        if step.number == 0:
            raise self.error(call, "the step of a range must not be zero")
        return start, stop, step

    def _remains(self, now: Value, stop: Value, step: Value) -> Value:
        emit = self.emit
        if step.number is not None:
            return emit.get(
                "bool", f"icmp {'slt' if step.number > 0 else 'sgt'} {now}, {stop.text}"
            )
        rises = emit.get("bool", f"icmp sgt {step}, 0")
        below = emit.get("bool", f"icmp slt {now}, {stop.text}")
        falls = emit.get("bool", f"icmp slt {step}, 0")
        above = emit.get("bool", f"icmp sgt {now}, {stop.text}")
        up = emit.get("bool", f"and {rises}, {below.text}")
        down = emit.get("bool", f"and {falls}, {above.text}")
        return emit.get("bool", f"or {up}, {down.text}")

    def _no_else(self, node: ast.For | ast.While) -> None:
        if node.orelse:
            raise self.error(node.orelse[0], "else after a loop is not part of guest code")

    def _break(self, node: ast.Break) -> None:
        self.loops[-1].breaks.append(self.locals.set)
        self.emit.jump(self.loops[-1].end)
        self.locals.set = None

    def _continue(self, node: ast.Continue) -> None:
        self.loops[-1].continues.append(self.locals.set)
        self.emit.jump(self.loops[-1].next)
        self.locals.set = None
