# SPDX-License-Identifier: Apache-2.0
"""Where each key of a TOML text stands: the map that gives a mistake its line and column.

`tomllib` has accepted the text already, so this scanner only finds things; it checks nothing.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]
Position = tuple[int, int]  # line and column, both from 1

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")
_TOKEN = re.compile(  # of any text: a string that is never closed runs to the end of it or its line
    r'(?P<key>"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?|[A-Za-z0-9_-]++)|(?P<dot>\.)|(?P<blank>[ \t]++)|#[^\n]*+|.",
    re.DOTALL,
)


def key_positions(text: str) -> Mapping[Path, Position]:
    """Find the first place of every key, table and array element of a valid TOML text."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


def longest_key(text: str) -> int:
    """Value of the most names that dots join into one key in `text`, be it TOML or not.

    tomllib takes memory with the square of it: 50,000 names, 100 KB of text, are more than 10 GB.
    """
    longest = names = 0
    is_joined = False
    for token in _TOKEN.finditer(text) if "." in text else ():
        kind = token.lastgroup
        if kind == "key":
            names = names + 1 if is_joined else 1
            longest = max(longest, names)
        if kind != "blank":
            is_joined = kind == "dot"
    return longest


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_ends = [end.start() for end in re.finditer("\n", text)]
        self.found: dict[Path, Position] = {}
        self.last: dict[Path, int] = {}  # index of the latest element of each array of tables

    def document(self) -> None:
        table: Path = ()
        self._take(_GAP)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._take(_GAP)

    def _header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        self._take(_GAP)
        path: Path = ()
        names = self._names()
        for depth, name in enumerate(names, start=1):
            path += (name,)
            if is_array and depth == len(names):
                self.last[path] = self.last.get(path, -1) + 1
            self._note(path, start)
            if path in self.last:
                path += (self.last[path],)
                self._note(path, start)
        self._take(_GAP)
        self.at += 2 if is_array else 1
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table
        for name in self._names():
            path += (name,)
            self._note(path, start)
        self._take(_EQUALS)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening not in "[{":
            if opening in "\"'":
                self._take(_STRING)
            else:
                self._take(_BARE)
            return
        self.at += 1
        index = 0
        self._take(_GAP)
        while self.text[self.at] not in "]}":
            if self.text[self.at] == ",":
                self.at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self._note((*path, index), self.at)
                self._value((*path, index))
                index += 1
            self._take(_GAP)
        self.at += 1

    def _names(self) -> list[str]:
        names = []
        while True:
            name = self._take(_KEY)
            names.append(str(tomllib.loads(f"k = {name}")["k"]) if name[0] in "\"'" else name)
            if not self._take(_DOT):
                return names

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _note(self, path: Path, start: int) -> None:
        line = bisect_left(self.line_ends, start)
        before = self.line_ends[line - 1] if line else -1
        self.found.setdefault(path, (line + 1, start - before))
