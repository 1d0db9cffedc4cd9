# SPDX-License-Identifier: Apache-2.0
"""The local variables of a guest function: their types, and whether every way here sets them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from guardlane.isa.emitter import LLVM_TYPES, Emitter, Value
from guardlane.isa.operators import Operators
from guardlane.isa.source import Source

Names = frozenset[str]


def meet(ways: Sequence[Names | None]) -> Names | None:
    """Value of the names set on every way that is taken; None when no way is."""
    taken = [way for way in ways if way is not None]
    return frozenset.intersection(*taken) if taken else None


class Locals:
    """The variables of one function; `set` holds those that every way to here has set."""

    def __init__(self, source: Source, emit: Emitter, operators: Operators) -> None:
        self.source = source
        self.emit = emit
        self.operators = operators
        names = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
        self.parameters = [argument.arg for argument in source.tree.args.args]
        self.names = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        self.names.update(self.parameters)
        self.slots: dict[str, tuple[str, str]] = {}  # type and address
        self.set: Names | None = frozenset(self.parameters)  # None: no way leads here

    def read(self, node: ast.Name) -> Value | None:
        """Value of a local variable, or None when `node` names none; raises GuestError if unset."""
        if node.id not in self.names:
            return None
        if node.id not in self.slots or (self.set is not None and node.id not in self.set):
            raise self.source.error(node, f"local {node.id} may be used before it is set")
        kind, address = self.slots[node.id]
        return self.emit.get(kind, f"load {LLVM_TYPES[kind]}, ptr {address}")

    def declare(self, node: ast.AST, name: str, kind: str) -> None:
        """Give a variable its type; raises GuestError when it has another."""
        if name not in self.slots:
            self.slots[name] = kind, self.emit.slot(kind, name)
        elif self.slots[name][0] != kind:
            raise self.source.error(node, f"local {name} is {self.slots[name][0]}, not {kind}")

    def write(self, node: ast.AST, name: str, value: Value) -> None:
        """Set a variable, whose type is that of its first value."""
        if name not in self.slots:
            if value.type == "None":
                raise self.source.error(node, f"{name} is set to a call that yields nothing")
            self.declare(node, name, "i32" if value.type == "bool" else value.type)
        kind, address = self.slots[name]
        value = self.operators.convert(node, value, kind, f"local {name}")
        self.emit.do(f"store {value}, ptr {address}")
        if self.set is not None:
            self.set |= {name}
