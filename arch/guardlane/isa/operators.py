# SPDX-License-Identifier: Apache-2.0
"""The operators of guest code: what they do to two values, and which values they take."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from guardlane.isa.emitter import Emitter, Value, integer, truth
from guardlane.isa.guest import RANGES
from guardlane.isa.source import GuestError, Source

LOW, HIGH = RANGES["i32"]
SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.Div: "/",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Pow: "**", ast.MatMult: "@",
}  # fmt: skip
COMPARISONS: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
FOLD: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv,
    "%": operator.mod, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor,
}  # fmt: skip
INTEGER_OPS = {
    "+": "add", "-": "sub", "*": "mul", "<<": "shl", ">>": "ashr", "&": "and", "|": "or", "^": "xor"
}  # fmt: skip
FLOAT_OPS = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
INTEGER_TESTS = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
FLOAT_TESTS = {"==": "oeq", "!=": "une", "<": "olt", "<=": "ole", ">": "ogt", ">=": "oge"}


class Operators:
    """Lowers operators for one function; `node` is what an error points to."""

    def __init__(self, source: Source, emit: Emitter) -> None:
        self.source = source
        self.emit = emit

    def error(self, node: ast.AST, message: str) -> GuestError:
        return self.source.error(node, message)

    def convert(self, node: ast.AST, value: Value, kind: str, what: str) -> Value:
        """Value of `value` as a `kind`: only a bool becomes something else by itself."""
        if value.type == kind:
            return value
        if (value.type, kind) == ("bool", "i32"):
            if value.number is not None:
                return integer(value.number)
            return self.emit.get("i32", f"zext {value} to i32")
        if value.type == "None":
            raise self.error(node, f"{what} is {kind}, but this call yields nothing")
        hint = f"; write {kind}(...)" if kind in ("i32", "f32") else ""
        raise self.error(node, f"{what} is {kind}, not {value.type}{hint}")

    def truth(self, node: ast.AST, value: Value) -> Value:
        """Value of `value` as a condition: numbers are true unless they are zero."""
        if value.type == "bool":
            return value
        if value.type == "None":
            raise self.error(node, "a condition needs a value, but this call yields nothing")
        if value.number is not None:
            return truth(value.number != 0)
        if value.type == "i32":
            return self.emit.get("bool", f"icmp ne {value}, 0")
        return self.emit.get("bool", f"fcmp une {value}, 0.0")

    def known(self, node: ast.AST, number: int) -> Value:
        """Value of a number in the source; raises GuestError when it does not fit."""
        if LOW <= number <= HIGH:
            return integer(number)
        hint = f"; its 32 bits are {number - 2**32}" if HIGH < number < 2**32 else ""
        raise self.error(node, f"{number} does not fit i32{hint}")

    def binary(self, node: ast.AST, op: ast.operator, a: Value, b: Value) -> Value:
        """Value of `a op b`, where `node` is to blame for mistakes."""
        symbol = SYMBOLS[type(op)]
        if "None" in (a.type, b.type):
            raise self.error(node, f"an operand of {symbol} is a call that yields nothing")
        if "f32" not in (a.type, b.type):
            a, b = (self.convert(node, v, "i32", "an operand") for v in (a, b))
            if symbol == "/":
                raise self.error(node, "/ divides f32; write // for i32")
            if symbol not in FOLD:
                raise self.error(node, f"the operator {symbol} is not part of guest code")
            return self.arithmetic(node, symbol, a, b)
        if a.type != b.type:
            raise self.error(node, f"{a.type} {symbol} {b.type}: convert one with f32() or i32()")
        if symbol not in FLOAT_OPS:
            raise self.error(node, f"the operator {symbol} is not for f32")
        return self.emit.get("f32", f"{FLOAT_OPS[symbol]} {a}, {b.text}")

    def arithmetic(self, node: ast.AST, symbol: str, a: Value, b: Value) -> Value:
        """Value of `a symbol b` for two i32."""
        if symbol in ("//", "%") and b.number == 0:
            raise self.error(node, "division by zero")
        if symbol in ("<<", ">>") and b.number is not None and not 0 <= b.number <= 31:
            raise self.error(node, f"an i32 is shifted by 0 to 31, not {b.number}")
        if a.number is not None and b.number is not None:
            number = FOLD[symbol](a.number, b.number)
            if not LOW <= number <= HIGH:
                raise self.error(node, f"{a.number} {symbol} {b.number} does not fit i32")
            return integer(number)
        if symbol in ("//", "%"):
            return self._floor(symbol, a, b)
        if symbol in ("<<", ">>") and b.number is None:
            # The core looks at five bits of a shift; saying so costs nothing and leaves no poison.
            b = self.emit.get("i32", f"and {b}, 31")
        return self.emit.get("i32", f"{INTEGER_OPS[symbol]} {a}, {b.text}")

    def _floor(self, symbol: str, a: Value, b: Value) -> Value:
        """Value of a // b or a % b, rounded down as in Python (the core's own rounds to zero)."""
        emit = self.emit
        if b.number is not None and b.number > 0 and b.number & (b.number - 1) == 0:
            if symbol == "%":
                return emit.get("i32", f"and {a}, {b.number - 1}")
            return emit.get("i32", f"ashr {a}, {b.number.bit_length() - 1}")
        rest = emit.get("i32", f"srem {a}, {b.text}")
        signs = emit.get("i32", f"xor {rest}, {b.text}")
        opposed = emit.get("bool", f"icmp slt {signs}, 0")
        uneven = emit.get("bool", f"icmp ne {rest}, 0")
        adjust = emit.get("bool", f"and {opposed}, {uneven.text}")
        if symbol == "%":
            moved = emit.get("i32", f"add {rest}, {b.text}")
            return emit.get("i32", f"select {adjust}, {moved}, {rest}")
        quotient = emit.get("i32", f"sdiv {a}, {b.text}")
        one = emit.get("i32", f"zext {adjust} to i32")
        return emit.get("i32", f"sub {quotient}, {one.text}")

    def compare(self, node: ast.AST, op: ast.cmpop, a: Value, b: Value) -> Value:
        """Value of the bool `a op b`; a NaN equals nothing and is in no order."""
        symbol = COMPARISONS[type(op)]
        if "None" in (a.type, b.type):
            raise self.error(node, f"an operand of {symbol} is a call that yields nothing")
        if "f32" in (a.type, b.type):
            if a.type != b.type:
                raise self.error(
                    node, f"{a.type} {symbol} {b.type}: convert one with f32() or i32()"
                )
            return self.emit.get("bool", f"fcmp {FLOAT_TESTS[symbol]} {a}, {b.text}")
        a, b = (self.convert(node, v, "i32", "an operand") for v in (a, b))
        return self.emit.get("bool", f"icmp {INTEGER_TESTS[symbol]} {a}, {b.text}")
