# SPDX-License-Identifier: Apache-2.0
"""The readable pipeline: one instruction at a time in plain Python, the oracle of the kernel."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

from guardlane.core.pipeline import Cache, Pipeline
from guardlane.isa import state
from guardlane.isa.encoding import Decoded
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.memory.reference_cache import ReferenceCache

Register = tuple[str, int]  # ("x", 5) or ("f", 5)

_WORD = 0xFFFFFFFF


class PipelineTwin:
    """An in-order core that has issued some instructions, and knows when the next one may.

    An instruction waits for the one before to leave the stage, then for its operands and its own
    word at once, then for its unit, and the data port or cache. The target of a jump is waited for
    before the next may issue. `counts` are cycles waited (`stall_...`) and lines looked up and
    missed. Accesses to ports of a core are none to memory and not for this.
    """

    def __init__(self, pipeline: Pipeline, base: int = state.MEMORY_BASE) -> None:
        """Stand at reset; `base` is the byte address at which private memory, and the text, start.

        Raises GuardlaneError for a cache of an impossible shape.
        """
        self.pipeline = pipeline
        self.base = base
        self.clock = pipeline.start  # cycle from which the next instruction may issue
        self.ready: defaultdict[Register, int] = defaultdict(int)  # cycle a register can be read
        self.counts: Counter[str] = Counter()
        self.occupancy = pipeline.busy()
        self.latency = pipeline.latency.model_dump()
        # Fetch, by words: the buffer holds those whose access has begun and that have not issued.
        self.asked_at = pipeline.start  # start of the access of the latest word
        self.follows_redirect = True  # that access is of the word that issues next
        self.issued_at = deque([0] * 8, maxlen=8)  # cycles at which the latest words left
        # Fetch by the line.
        self.line: int | None = None
        self.fetch_cache = _cache(pipeline.fetch_cache)
        self.data_cache = _cache(pipeline.data_cache)
        self.second_cache = _cache(pipeline.second_cache) if pipeline.second_cache.miss else None
        self.port_free_at = 0
        self.stored: tuple[int, int] | None = None  # word and cycle of the latest store
        self.float_free_at = 0
        self.float_result_at = -1  # cycle in which a float's result takes the others' port

    def issue(self, found: Decoded, pc: int, a: int, b: int, *, is_taken: bool = False) -> int:
        """Issue one instruction and give the cycle from which the next may issue.

        `pc` is its byte address; `a` and `b` are the bits (uint32) of the integer registers that
        its fields rs1 and rs2 name; `is_taken` says whether the condition of a branch holds.
        """
        kind = INSTRUCTIONS[found.name].cost_class
        cycle = self._with_its_word(pc - self.base, self._with_operands(found, kind))
        is_float = kind.startswith("fp_")
        if cycle == self.float_result_at and not is_float and _destination(found) is not None:
            self.counts["stall_operand"] += 1
            cycle += 1
        busy, latency = self._takes(found, kind, a, b)
        if kind in ("load", "store"):
            cycle = self._with_memory(kind, (a + found.imm & _WORD) - self.base, cycle)
            if self.data_cache is None:  # else a load has waited, and a store is buffered
                wait = self.pipeline.memory_wait
                latency += wait
                blocks = {"load": self.pipeline.load_blocks, "store": self.pipeline.store_blocks}
                busy += wait if blocks[kind] else 0
        elif is_float:
            free = max(cycle, self.float_free_at, *(self.ready[one] for one in _third(found)))
            self.counts["stall_operand"] += free - cycle
            cycle = free
            self.float_free_at = cycle + self.pipeline.float_repeat
            if self.pipeline.float_port:
                self.float_result_at = cycle + self.pipeline.float_port
        self.issued_at[-1] = cycle
        target = _destination(found)
        if target is not None:
            self.ready[target] = cycle + latency
        self.clock = cycle + busy
        delay = self._delay(found, kind, is_taken)
        if delay is not None:
            is_jump = is_taken or kind in ("jump", "jump_register")
            start = a if kind == "jump_register" else pc
            goal = (start + found.imm & _WORD - 1) if is_jump else pc + 4
            is_right = is_jump and self._is_foreseen(found, kind)
            self._go_on(goal - self.base, cycle, delay, is_right=is_right)
        return self.clock

    # What an instruction waits for, in this order.

    def _with_operands(self, found: Decoded, kind: str) -> int:
        """Cycle in which the first two operands are there."""
        early = self.pipeline.jump_register_early if kind == "jump_register" else 0
        return max([self.clock, *(self.ready[one] + early for one in _sources(found))])

    def _with_its_word(self, place: int, cycle: int) -> int:
        """Cycle, from `cycle` on, in which the word `place` bytes into the text has come.

        Both have been waited for at once; what both took is counted as waiting for the word.
        """
        if self.pipeline.fetches_in_the_stage():
            come = self.clock
        elif self.fetch_cache is not None:
            come = self.clock + self._line_of_text(place, self.fetch_cache)
        else:
            if not self.follows_redirect:
                self.asked_at = max(self._next_access(), self._room(0))
            self.follows_redirect = False
            come = self._come()
        by_word = max(0, come - self.clock)
        self.counts["stall_fetch"] += by_word
        self.counts["stall_operand"] += max(cycle, come) - self.clock - by_word
        self.issued_at.append(max(cycle, come))
        return max(cycle, come)

    def _with_memory(self, kind: str, address: int, cycle: int) -> int:
        """Cycle, from `cycle` on, in which a load or store gets through to its memory."""
        begin = cycle
        word = address // 4
        if kind == "load" and self.data_cache is not None:
            if self.stored is not None and self.stored[0] == word:
                is_recent = begin - self.stored[1] <= self.pipeline.reload_window
                cycle += self.pipeline.reload if is_recent else 0
            if not self.data_cache.access(address):
                self.counts["data_misses"] += 1
                cycle += self._refill(address, self.pipeline.data_cache)
        else:
            cycle = max(cycle, self.port_free_at)
            self.port_free_at = cycle + 1 + self.pipeline.memory_wait + self.pipeline.port_extra
            self.stored = (word, cycle)
        self.counts["stall_data"] += cycle - begin
        return cycle

    # How long it takes.

    def _takes(self, found: Decoded, kind: str, a: int, b: int) -> tuple[int, int]:
        """Cycles it keeps the stage, and cycles until its result can be used."""
        busy = self.occupancy.get(kind, self.occupancy["alu"])
        latency = self.latency.get(kind, self.latency["alu"])
        if kind == "shift" and self.pipeline.shift_step:
            is_immediate = found.name.endswith("i")
            steps = sum(divmod((found.imm if is_immediate else b) % 32, self.pipeline.shift_step))
            busy = max(busy, self.pipeline.occupancy.shift + max(0, steps - 1))
            return busy, busy
        if kind == "div":
            if b == 0 and self.pipeline.divide_by_zero:
                return self.pipeline.divide_by_zero, self.pipeline.divide_by_zero
            if self.pipeline.divide_by_bits:
                is_negative = found.name in ("div", "rem") and b >> 31
                leading_zeros = 32 - (b ^ _WORD if is_negative else b).bit_length()
                return busy + leading_zeros, latency + leading_zeros
        return busy, latency

    # Where it leads.

    def _is_foreseen(self, found: Decoded, kind: str) -> bool:
        """Whether fetch has followed a jump or branch before it issued."""
        leads_back = kind == "branch_not_taken" and found.imm < 0
        return self.pipeline.predicts == "backward" and (leads_back or kind == "jump")

    def _delay(self, found: Decoded, kind: str, is_taken: bool) -> int | None:
        """Cycles from the issue to the fetch of what comes next; None where it just follows.

        A branch that leads back is followed in fetch by a core that predicts; it costs as any
        redirect where the guess was wrong, either way.
        """
        if kind == "branch_not_taken":
            is_followed = self._is_foreseen(found, kind)
            if is_followed and is_taken:
                delay = self.pipeline.redirect_predicted
            elif is_followed or is_taken:
                delay = self.pipeline.redirect_branch
            else:
                return None
            unused = self.pipeline.memory_wait if self.pipeline.fetches_in_the_stage() else 0
            return delay + unused  # for the word behind it
        delays = {
            "jump": self.pipeline.redirect_jump,
            "jump_register": self.pipeline.redirect_jump_register,
        }
        return delays.get(kind)

    def _go_on(self, place: int, cycle: int, delay: int, *, is_right: bool) -> None:
        """Fetch from `place` bytes into the text, after what issued at `cycle`."""
        left = self.clock
        if self.pipeline.fetches_in_the_stage():
            self.clock += delay
        elif self.fetch_cache is None:
            self._redirect(self._seen_in_fetch(cycle) if is_right else cycle + delay)
            self.clock = max(left, self._come())
        else:
            self.clock = max(left, cycle + 1 + delay)
            self.clock += self._line_of_text(place, self.fetch_cache)
        self.counts["stall_redirect"] += self.clock - left

    def _come(self) -> int:
        """Cycle in which the word that is being fetched can issue."""
        return self.asked_at + 2 + self.pipeline.memory_wait

    def _seen_in_fetch(self, cycle: int) -> int:
        """Cycle in which the jump that issued at `cycle` was first at the head of the buffer."""
        arrived = self.asked_at + 1 + self.pipeline.memory_wait
        return min(cycle, max(arrived, self.issued_at[-2]))

    def _redirect(self, when: int) -> None:
        """Fetch from elsewhere from `when` on, behind accesses that have begun before that.

        The buffer has gone on asking for the words that follow as it had room, one at a time.
        """
        for ahead in range(self.pipeline.fetch_depth):
            if max(self.asked_at + 1, self._room(ahead)) >= when:
                break
            self.asked_at = max(self._next_access(), self._room(ahead))
        self.asked_at = max(when, self._next_access())
        self.follows_redirect = True

    def _next_access(self) -> int:
        """Cycle in which the access after the latest can start."""
        return self.asked_at + 1 + self.pipeline.memory_wait

    def _room(self, ahead: int) -> int:
        """Cycle in which the buffer has room for the `ahead`-th word behind those that issued."""
        return self.issued_at[ahead - self.pipeline.fetch_depth]

    # Caches.

    def _line_of_text(self, place: int, cache: ReferenceCache) -> int:
        """Cycles by which an instruction waits for its line; the latest line is at hand."""
        line = place // cache.shape.line
        if line == self.line:
            return 0
        self.line = line
        self.counts["fetch_lookups"] += 1
        if cache.access(place):
            return 0
        self.counts["fetch_misses"] += 1
        return self._refill(line * cache.shape.line, self.pipeline.fetch_cache)

    def _refill(self, address: int, cache: Cache) -> int:
        """Cycles of a miss of `cache`: its own, and those of its line from what is below."""
        from_memory = cache.line // 4 * (1 + self.pipeline.memory_wait)
        if self.second_cache is None:
            return cache.miss + from_memory
        self.counts["second_lookups"] += 1
        hit = cache.miss + self.pipeline.second_cache.miss
        if self.second_cache.access(address):
            return hit
        self.counts["second_misses"] += 1
        return hit + from_memory


def _cache(described: Cache) -> ReferenceCache | None:
    """Value of an empty cache, None where none is described."""
    shape = described.shape()
    return ReferenceCache(shape) if shape else None


def _sources(found: Decoded) -> list[Register]:
    """Value of the registers it reads first; x0 is always there."""
    fields = {
        "s": ("x", found.rs1), "l": ("x", found.rs1), "p": ("x", found.rs1), "t": ("x", found.rs2),
        "S": ("f", found.rs1), "T": ("f", found.rs2),
    }  # fmt: skip
    return [fields.get(letter, ("x", 0)) for letter in _operands(found)]


def _third(found: Decoded) -> list[Register]:
    """Value of the register that is added to a product."""
    return [("f", found.rs3)] if "R" in _operands(found) else []


def _operands(found: Decoded) -> str:
    return INSTRUCTIONS[found.name].layout.operands


def _destination(found: Decoded) -> Register | None:
    """Value of the register it writes; None for x0 and for none."""
    letters = _operands(found)
    if "D" in letters:
        return "f", found.rd
    return ("x", found.rd) if "d" in letters and found.rd else None
