# SPDX-License-Identifier: Apache-2.0
"""The compiler: typed Python becomes LLVM IR, LLVM makes it RV32IMF, the linker an image."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

from guardlane.errors import GuardlaneError
from guardlane.isa.emitter import LLVM_TYPES
from guardlane.isa.entry import entry_of
from guardlane.isa.guest import Array
from guardlane.isa.image import Image, Table
from guardlane.isa.intrinsics import DECLARATIONS
from guardlane.isa.linker import Reservation, link
from guardlane.isa.signature import signature
from guardlane.isa.softqueue import pop_word, push_word
from guardlane.isa.source import Source, read_source
from guardlane.isa.statements import Statements

if TYPE_CHECKING:
    import llvmlite.binding as llvm

Queues = Literal["hardware", "software"]

TRIPLE, FEATURES, ABI = "riscv32-unknown-elf", "+m,+f", "ilp32f"
ATTRIBUTES = 'nounwind "no-builtins" "no-jump-tables"="true"'
ELEMENT_BYTES = {"i32": 4, "f32": 4, "i16": 2, "u8": 1}
PACK = {"i32": "i", "f32": "f", "i16": "h", "u8": "B"}


def compile_filter(
    work: Callable[[], None],
    begin: Callable[[], None] | None = None,
    queues: Queues = "hardware",
    lengths: Mapping[str, int] | None = None,
) -> Image:
    """Compile a filter and everything it calls.

    `work` is one firing, `begin` the start of each steady state. With software queues, pops and
    pushes call guest functions that work on shared memory. `lengths` has the number of elements of
    each open table. Raises GuestError (file:line:column) for source outside the language of guest
    code.
    """
    return Compiled(work, begin, queues).image(lengths)


class Compiled:
    """A filter as an object file, which becomes an image once its open tables have lengths."""

    def __init__(
        self,
        work: Callable[[], None],
        begin: Callable[[], None] | None = None,
        queues: Queues = "hardware",
    ) -> None:
        if queues not in ("hardware", "software"):
            raise GuardlaneError(f"queues are hardware or software, not {queues!r}")
        self.name = work.__name__
        self.module = Module(work, begin, software=queues == "software")
        self.object_file = to_object(self.module.text())

    @property
    def open_tables(self) -> list[str]:
        """Value of the names of the tables whose length is still to be given."""
        return [name for name, (_, array) in self.module.named.items() if array.is_open]

    def image(self, lengths: Mapping[str, int] | None = None) -> Image:
        """Link, with the number of elements of each open table; raises GuardlaneError if one lacks.

        Every table may have an entry in `lengths`; those of fixed length go by their own.
        """
        given = {} if lengths is None else lengths
        for name in self.open_tables:
            if given.get(name, 0) < 1:
                raise GuardlaneError(f"table {name} of {self.name} has been given no elements")
        module = self.module
        linked = link(
            self.object_file, module.read_only(), module.writable(), module.open_tables(given)
        )
        places = {
            role: {
                name: Table(linked.reserved[symbol], array.dtype, array.length or given[name])
                for name, (symbol, array) in module.named.items()
                if array.role == role
            }
            for role in ("table", "state")
        }
        return Image(
            name=self.name,
            text=linked.text,
            constants=linked.constants,
            constants_address=linked.constants_address,
            data_address=linked.data_address,
            data_size=linked.data_size,
            entry=linked.functions["frame"],
            symbols=dict(sorted(linked.functions.items(), key=lambda item: item[1])),
            tables=places["table"],
            arrays=places["state"],
        )


class Module:
    """The functions and arrays of one filter, in the order in which its source reaches them."""

    def __init__(
        self, work: Callable[[], None], begin: Callable[[], None] | None, *, software: bool
    ) -> None:
        self.software = software
        self.sources: dict[FunctionType, Source] = {}
        self.signatures: dict[FunctionType, tuple[str, Sequence[str], str]] = {}
        self.named: dict[str, tuple[str, Array[Any]]] = {}
        self.symbols: set[str] = set()
        entry = entry_of(work, begin)
        self.kept: dict[Any, str] = {
            work: "work", entry.begin: "begin", entry.frame: "frame", entry.main: "main"
        }  # fmt: skip
        # The queue functions stay functions, so that a filter's size does not hang on its ports.
        self.shared: tuple[Any, ...] = (pop_word, push_word)
        self.symbols.update(self.kept.values())
        for function in (*self.kept, *(self.shared if software else ())):
            self.signature(function)
        for function in (work, entry.begin):
            _, kinds, result = self.signatures[function]  # type: ignore[index]
            if kinds or result != "None":
                source = self.sources[function]  # type: ignore[index]
                message = f"{function.__name__} takes nothing and returns None"
                raise source.error(source.tree, message)

    def signature(self, function: FunctionType) -> tuple[str, Sequence[str], str]:
        """Value of a function's symbol, the types of its parameters and of its result."""
        if function not in self.signatures:
            source = read_source(function)
            kinds, result = signature(source)
            symbol = self.kept.get(function) or self._free(function.__name__)
            self.sources[function] = source
            self.signatures[function] = f'@"{symbol}"', kinds, result
        return self.signatures[function]

    def _free(self, name: str) -> str:
        """Value of `name`, with a number if another function has it."""
        number, symbol = 1, name
        while symbol in self.symbols:
            number += 1
            symbol = f"{name}.{number}"
        self.symbols.add(symbol)
        return symbol

    def array(self, name: str, array: Array[Any]) -> str:
        """Value of the symbol of an array that the source calls `name`."""
        known = next((n for n, (_, a) in self.named.items() if a is array), None)
        if known is None:
            if name in self.named:
                raise GuardlaneError(f"two arrays of this filter are named {name}; rename one")
            self.named[known := name] = f"array.{name}", array
        return f'@"{self.named[known][0]}"'

    def text(self) -> str:
        """Value of the module in LLVM IR; raises GuestError at the first mistake in the source."""
        functions, done = [], 0
        while done < len(self.signatures):  # lowering one may reach more
            function = list(self.signatures)[done]
            functions.append(self._function(function))
            done += 1
        arrays = [
            f'@"{symbol}" = external {"global" if array.role == "state" else "constant"} '
            f"[{array.length} x {LLVM_TYPES[array.dtype]}], align 4"
            for symbol, array in self.named.values()
        ]
        attributes = [
            f"attributes #0 = {{ {ATTRIBUTES} }}",
            f"attributes #1 = {{ noinline {ATTRIBUTES} }}",
        ]
        flags = ["!llvm.module.flags = !{!0}", f'!0 = !{{i32 1, !"target-abi", !"{ABI}"}}']
        lines = [
            f'target triple = "{TRIPLE}"',
            *arrays,
            *DECLARATIONS,
            *functions,
            *attributes,
            *flags,
        ]
        return "\n".join(lines) + "\n"

    def _function(self, function: FunctionType) -> str:
        symbol, kinds, result = self.signatures[function]
        body = Statements(self.sources[function], self, kinds, result).lower()
        parameters = ", ".join(f"{LLVM_TYPES[kind]} %a{i}" for i, kind in enumerate(kinds))
        linkage = "" if function in self.kept else "internal "
        group = 1 if function in self.kept or function in self.shared else 0
        return (
            f"define {linkage}{LLVM_TYPES[result]} {symbol}({parameters}) #{group} {{\n{body}\n}}"
        )

    def read_only(self) -> list[Reservation]:
        """Value of the places for constants, with their elements, and for tables not open."""
        return [
            self._place(s, a) for s, a in self.named.values() if a.role != "state" and not a.is_open
        ]

    def open_tables(self, lengths: Mapping[str, int]) -> list[Reservation]:
        """Value of the places for open tables of these lengths."""
        return [
            Reservation(symbol, lengths[name] * ELEMENT_BYTES[array.dtype])
            for name, (symbol, array) in self.named.items()
            if array.is_open
        ]

    def writable(self) -> list[Reservation]:
        """Value of the places for state."""
        return [self._place(s, a) for s, a in self.named.values() if a.role == "state"]

    def _place(self, symbol: str, array: Array[Any]) -> Reservation:
        content = struct.pack(f"<{len(array.values)}{PACK[array.dtype]}", *array.values)
        return Reservation(symbol, array.length * ELEMENT_BYTES[array.dtype], content)


def to_object(module_text: str) -> bytes:
    """Value of LLVM IR as an RV32IMF object file, optimised at level 2 without unrolling."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        features=FEATURES, opt=2, reloc="static", codemodel="small", abiname=ABI
    )
    module = llvm.parse_assembly(f'target datalayout = "{machine.target_data}"\n{module_text}')
    _optimise(module, machine)
    return machine.emit_object(module)  # type: ignore[no-any-return]


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    import llvmlite.binding as llvm

    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_unrolling = tuning.loop_vectorization = False
    tuning.loop_interleaving = tuning.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
