# SPDX-License-Identifier: Apache-2.0
"""A guest function as its author wrote it: its syntax tree, the names in reach, its errors."""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any

from guardlane.errors import GuardlaneError


class GuestError(GuardlaneError):
    """Guest source that cannot be compiled; the message begins with file:line:column."""


@dataclass(frozen=True)
class Source:
    """The definition of one guest function and the values of the names it can see."""

    function: Callable[..., Any]
    tree: ast.FunctionDef
    names: Mapping[str, Any]

    @property
    def path(self) -> str:
        return self.function.__code__.co_filename

    def error(self, node: ast.AST, message: str) -> GuestError:
        """Make the error that points to `node`."""
        line = getattr(node, "lineno", self.tree.lineno)
        column = getattr(node, "col_offset", self.tree.col_offset) + 1
        return GuestError(f"{self.path}:{line}:{column}: {message}")


def read_source(function: Callable[..., Any]) -> Source:
    """Find the definition of `function`; raises GuestError when it is no `def` in a file."""
    if not isinstance(function, FunctionType):
        raise GuestError(f"guest code is made of functions, not of {type(function).__name__}")
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    tree = _definitions(text).get((code.co_name, code.co_firstlineno))
    if tree is None:
        raise GuestError(
            f"{code.co_filename}:{code.co_firstlineno}:1: the source of {code.co_name} is not a "
            "def that can be read here"
        )
    return Source(function, tree, names_of(function))


def names_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Value of each name that `function` can see: built-in, of its module, of what encloses it."""
    cells = function.__closure__ or ()
    contents = (cell.cell_contents for cell in cells)
    enclosed = dict(zip(function.__code__.co_freevars, contents, strict=True))
    return {**vars(builtins), **function.__globals__, **enclosed}


@lru_cache(maxsize=8)
def _definitions(text: str) -> dict[tuple[str, int], ast.FunctionDef]:
    """Value of the functions defined in a file, by name and by the line Python gives their code."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # the file changed since it was imported
        return {}
    return {
        (node.name, min([node.lineno, *(d.lineno for d in node.decorator_list)])): node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


def describe(node: ast.AST) -> str:
    """Value of the everyday name of a construct that guest code lacks."""
    name = type(node).__name__
    return {
        "ListComp": "a comprehension", "SetComp": "a comprehension", "DictComp": "a comprehension",
        "GeneratorExp": "a comprehension", "Lambda": "lambda", "JoinedStr": "an f-string",
        "List": "a list", "Dict": "a dictionary", "Set": "a set", "Tuple": "a tuple",
        "Attribute": "an attribute (a name with a dot)", "NamedExpr": "the operator :=",
        "FunctionDef": "a function inside a function", "ClassDef": "a class", "With": "with",
        "Try": "try", "Raise": "raise", "Assert": "assert", "Delete": "del", "Match": "match",
        "Import": "import", "ImportFrom": "import", "Global": "global", "Nonlocal": "nonlocal",
        "Yield": "yield", "YieldFrom": "yield", "Await": "await", "Starred": "*",
    }.get(name, name)  # fmt: skip
