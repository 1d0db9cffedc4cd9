# SPDX-License-Identifier: Apache-2.0
"""Random guest programs that end and stay within 32 bits, so Python must agree with a core."""

from __future__ import annotations

import random

LIMIT = 2**31 - 1
INTEGERS = ("a", "b", "c", "d")
FLOATS = ("p", "q")
HEADER = """S = state(i32, 8)
G = state(f32, 4)
K = constant(i16, (3, -7, 250, -1000))
def mix(x: i32, y: i32) -> i32:
    if x > y:
        return x - y // 3
    return (x ^ y) & 1023
def blend(x: f32, y: f32) -> f32:
    return x * 0.75 + y / 3.0
"""


class Writer:
    """Writes one program; integers carry the largest magnitude they can have."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loops = 0

    def program(self) -> str:
        lines = ["def work() -> None:"]
        lines += [f"    {name} = pop_i32(0) & 4095" for name in INTEGERS]
        lines += [f"    {name} = pop_f32(1)" for name in FLOATS]
        lines += self.block(1, 0, False)
        lines += [f"    push(0, {name})" for name in (*INTEGERS, *FLOATS)]
        lines += ["    for i in range(8):", "        push(1, S[i])"]
        lines += ["    for i in range(4):", "        push(1, G[i])"]
        return HEADER + "\n".join(lines) + "\n"

    def block(self, level: int, depth: int, in_loop: bool) -> list[str]:
        indent = "    " * level
        lines: list[str] = []
        for _ in range(self.random.randint(2, 5)):
            lines += [indent + line for line in self.statement(depth, in_loop)]
        return lines

    def statement(self, depth: int, in_loop: bool) -> list[str]:
        pick = self.random.random()
        if depth < 3 and pick < 0.15:
            lines = [f"if {self.condition()}:", *self.block(1, depth + 1, in_loop)]
            if self.random.random() < 0.4:
                lines += [f"elif {self.condition()}:", *self.block(1, depth + 1, in_loop)]
            if self.random.random() < 0.5:
                lines += ["else:", *self.block(1, depth + 1, in_loop)]
            return lines
        if depth < 2 and pick < 0.27:
            return self.loop(depth)
        if in_loop and pick < 0.32:
            return [f"if {self.condition()}:", f"    {self.random.choice(['break', 'continue'])}"]
        if pick < 0.5:
            return [f"S[{self.masked(7)}] = {self.bounded(2)}"]
        if pick < 0.58:
            return [f"G[{self.masked(3)}] = {self.real(2)}"]
        if pick < 0.72:
            return [f"{self.random.choice(FLOATS)} = {self.real(3)}"]
        if pick < 0.78:
            return [f"{self.random.choice(INTEGERS)} %= {self.random.choice([7, 16, -9, 100])}"]
        return [f"{self.random.choice(INTEGERS)} = {self.bounded(3)}"]

    def loop(self, depth: int) -> list[str]:
        self.loops += 1
        name = f"i{self.loops}"
        if self.random.random() < 0.3:
            head = [f"{name} = {self.masked(7)}", f"while {name} > 0:", f"    {name} -= 1"]
            return [*head, *self.block(1, depth + 1, True)]
        start, stop = self.masked(7), self.masked(7)
        span = self.random.choice(
            [stop, f"{start}, {stop}", f"{start}, {stop}, -2", f"0, {stop}, 3"]
        )
        return [f"for {name} in range({span}):", *self.block(1, depth + 1, True)]

    def bounded(self, depth: int) -> str:
        """An integer of at most 4095 in magnitude, as every variable and element is."""
        text, size = self.integer(depth)
        return text if size <= 4095 else f"({text}) % 4096"

    def masked(self, mask: int) -> str:
        return f"({self.integer(1)[0]}) & {mask}"

    def integer(self, depth: int) -> tuple[str, int]:
        """An expression and the largest magnitude of its value."""
        if depth == 0 or self.random.random() < 0.15:
            leaf = self.random.randrange(4)
            if leaf == 0:
                number = self.random.choice([0, 1, -1, 5, 64, -300, 4095])
                return f"({number})", abs(number)
            if leaf == 1:
                return f"S[{self.random.choice(INTEGERS)} & 7]", 4095
            if leaf == 2:
                return f"K[{self.random.choice(INTEGERS)} & 3]", 1000
            return self.random.choice(INTEGERS), 4095
        (x, m), (y, n) = self.integer(depth - 1), self.integer(depth - 1)
        options = [
            (f"({x} + {y})", m + n), (f"({x} - {y})", m + n), (f"({x} * {y})", m * n),
            (f"({x} // (({y} & 15) + 1))", m), (f"({x} % (({y} & 15) + 1))", 15),
            (f"({x} // -(({y} & 7) + 1))", m + 1), (f"({x} % -(({y} & 7) + 1))", 8),
            (f"({x} // {self.random.choice([8, 7, -3])})", m + 1),
            (f"({x} & {y})", 2 * max(m, n) + 1), (f"({x} | {y})", 2 * max(m, n) + 1),
            (f"({x} ^ {y})", 2 * max(m, n) + 1), (f"(~{x})", m + 1), (f"(-{x})", m),
            (f"({x} >> ({y} & 15))", m + 1), (f"(({x} & 255) << ({y} & 7))", 255 << 7),
            (f"min({x}, {y})", max(m, n)), (f"max({x}, {y}, 3)", max(m, n, 3)), (f"abs({x})", m),
            (f"({x} if {self.condition(depth - 1)} else {y})", max(m, n)),
            (f"({x} and {y})", max(m, n)), (f"({x} or {y})", max(m, n)),
            (f"({self.condition(depth - 1)})", 1), (f"mix({x}, {y})", 2 * m + 2 * n + 1024),
            (f"i32(f32({x} % 4096) * 0.37)", 4096),
        ]  # fmt: skip
        text, size = self.random.choice(options)
        # An intermediate sum inside mix or a conditional may be twice its operands.
        return (text, size) if 4 * size < LIMIT else (x, m)

    def real(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.15:
            leaf = self.random.randrange(4)
            if leaf == 0:
                return self.random.choice(["0.1", "-2.5", "1e-30", "3e20", "0.0"])
            if leaf == 1:
                return f"G[{self.random.choice(INTEGERS)} & 3]"
            if leaf == 2:
                return f"f32({self.integer(1)[0]})"
            return self.random.choice(FLOATS)
        x, y = self.real(depth - 1), self.real(depth - 1)
        return self.random.choice(
            [
                f"({x} + {y})", f"({x} - {y})", f"({x} * {y})", f"({x} / {y})", f"(-{x})",
                f"abs({x})", f"min({x}, {y})", f"max({x}, {y})", f"sqrt(abs({x}))",
                f"blend({x}, {y})", f"({x} if {self.condition(depth - 1)} else {y})",
            ]
        )  # fmt: skip

    def condition(self, depth: int = 1) -> str:
        test = self.random.choice(["<", "<=", ">", ">=", "==", "!="])
        if self.random.random() < 0.25:
            text = f"{self.random.choice(FLOATS)} {test} {self.random.choice(['q', '0.5', 'G[1]'])}"
        elif self.random.random() < 0.2:
            text = f"{self.integer(0)[0]} {test} {self.integer(0)[0]} < {self.integer(0)[0]}"
        else:
            text = f"{self.integer(0)[0]} {test} {self.integer(depth)[0]}"
        wrap = self.random.randrange(6)
        if wrap == 0:
            return f"not ({text})"
        if wrap == 1:
            return f"({text} and {self.random.choice(INTEGERS)})"
        if wrap == 2:
            return f"({text} or {self.integer(0)[0]} > {self.integer(0)[0]})"
        return text
