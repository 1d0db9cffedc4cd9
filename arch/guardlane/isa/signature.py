# SPDX-License-Identifier: Apache-2.0
"""The types a guest function declares: of its parameters and of its result."""

from __future__ import annotations

import ast

from guardlane.isa.source import Source

CASTS = {int: "i32", float: "f32"}


def annotation(source: Source, node: ast.expr | None) -> str:
    """Value of the type an annotation names: i32, f32 or None."""
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    if isinstance(node, ast.Name):
        kind = source.names.get(node.id)
        if isinstance(kind, type) and kind in CASTS:
            return CASTS[kind]
    raise source.error(
        node or source.tree, "a type in guest code is i32 or f32 (or None, of a result)"
    )


def signature(source: Source) -> tuple[list[str], str]:
    """Value of the types of a function's parameters and of its result; raises GuestError."""
    arguments, name = source.tree.args, source.tree.name
    extra = (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs)
    if any(extra) or arguments.defaults:
        raise source.error(source.tree, f"{name} takes plain parameters only, without defaults")
    for argument in arguments.args:
        if argument.annotation is None:
            raise source.error(argument, f"parameter {argument.arg} needs a type, i32 or f32")
    if source.tree.decorator_list:
        raise source.error(source.tree.decorator_list[0], "guest functions have no decorators")
    if source.tree.returns is None:
        raise source.error(source.tree, f"{name} needs the type of its result: -> None, i32 or f32")
    kinds = [annotation(source, argument.annotation) for argument in arguments.args]
    if "None" in kinds:
        raise source.error(source.tree, "a parameter is i32 or f32")
    return kinds, annotation(source, source.tree.returns)
