# SPDX-License-Identifier: Apache-2.0
"""What the words of guest code become on a core: accesses to ports and to shared memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from guardlane.isa import guest, softqueue
from guardlane.isa.emitter import NOTHING, Emitter, Value, integer
from guardlane.isa.state import END_OFFSET, NEW_FRAME_OFFSET, PORTS, WAIT_OFFSET

Call = Callable[[Any, Sequence[Value]], Value]  # calls a guest function


def _fixed(offset: int) -> str:
    return f"ptr inttoptr (i32 {offset} to ptr)"


def _port(number: int) -> str:
    """Value of the address, below zero, that port `number` answers to."""
    return _fixed(-4 * (number + 1))


def _load(emit: Emitter, kind: str, address: str) -> Value:
    return emit.get(kind, f"load volatile {'float' if kind == 'f32' else kind}, {address}")


def _store(emit: Emitter, value: Value, address: str) -> Value:
    emit.do(f"store volatile {value}, {address}")
    return NOTHING


def _pop(kind: str) -> Callable[..., Value]:
    def emit_pop(emit: Emitter, call: Call, software: bool, port: Value) -> Value:
        assert port.number is not None
        if not software:
            return _load(emit, kind, _port(port.number))
        item = call(softqueue.pop_word, [port])
        return item if kind == "i32" else _float_of(emit, call, software, item)

    return emit_pop


def _push(emit: Emitter, call: Call, software: bool, port: Value, value: Value) -> Value:
    assert port.number is not None
    if not software:
        return _store(emit, value, _port(port.number))
    item = value if value.type == "i32" else _bits_of(emit, call, software, value)
    return call(softqueue.push_word, [port, item])


def _bits_of(emit: Emitter, call: Call, software: bool, value: Value) -> Value:
    return emit.get("i32", f"bitcast {value} to i32")


def _float_of(emit: Emitter, call: Call, software: bool, bits: Value) -> Value:
    return emit.get("f32", f"bitcast {bits} to float")


def _sqrt(emit: Emitter, call: Call, software: bool, value: Value) -> Value:
    return emit.get("f32", f"call float @llvm.sqrt.f32({value})")


def _load_word(emit: Emitter, call: Call, software: bool, address: Value) -> Value:
    pointer = emit.get("i32", f"inttoptr {address} to ptr")
    return _load(emit, "i32", f"ptr {pointer.text}")


def _store_word(emit: Emitter, call: Call, software: bool, address: Value, value: Value) -> Value:
    pointer = emit.get("i32", f"inttoptr {address} to ptr")
    return _store(emit, value, f"ptr {pointer.text}")


def _wait_event(emit: Emitter, call: Call, software: bool) -> Value:
    return _load(emit, "i32", _fixed(WAIT_OFFSET))


def _new_frame(emit: Emitter, call: Call, software: bool) -> Value:
    return _store(emit, integer(0), _fixed(NEW_FRAME_OFFSET))


def _end_of_stream(emit: Emitter, call: Call, software: bool) -> Value:
    return _store(emit, integer(0), _fixed(END_OFFSET))


def _halt(emit: Emitter, call: Call, software: bool) -> Value:
    emit.do("call void @llvm.debugtrap()")  # ebreak
    return NOTHING


# Types of the arguments ("port": a known port number; "item": i32 or f32) and what emits the call.
INTRINSICS: dict[Any, tuple[tuple[str, ...], Callable[..., Value]]] = {
    guest.pop_i32: (("port",), _pop("i32")),
    guest.pop_f32: (("port",), _pop("f32")),
    guest.push: (("port", "item"), _push),
    guest.bits_of: (("f32",), _bits_of),
    guest.float_of: (("i32",), _float_of),
    guest.sqrt: (("f32",), _sqrt),
    guest.load_word: (("i32",), _load_word),
    guest.store_word: (("i32", "i32"), _store_word),
    guest.wait_event: ((), _wait_event),
    guest.new_frame: ((), _new_frame),
    guest.end_of_stream: ((), _end_of_stream),
    guest.halt: ((), _halt),
}
DECLARATIONS = (
    "declare float @llvm.sqrt.f32(float)",
    "declare float @llvm.fabs.f32(float)",
    "declare i32 @llvm.abs.i32(i32, i1)",
    "declare void @llvm.debugtrap()",
)


def port_count(software: bool) -> int:
    """Value of the ports a filter has on either side."""
    return softqueue.PORTS if software else PORTS
