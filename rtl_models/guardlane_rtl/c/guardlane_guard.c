/* SPDX-License-Identifier: Apache-2.0 */
#include "guardlane_guard.h"

enum { MOST_ID_BITS = 32, MOST_DATA_BITS = 64, MOST_DEPTH = 1 << 24 };
enum { FEWEST_CHECK_BITS = 3, MOST_CHECK_BITS = 7, MOST_CODE_BITS = 64 };
enum { ALL_TAGS = 7 };

uint32_t guardlane_guard_abi_version(void) { return GUARDLANE_GUARD_ABI_VERSION; }

static uint64_t ones(uint32_t width) { return width < 64 ? ((uint64_t)1 << width) - 1 : UINT64_MAX; }

static int is_mask(uint64_t mask, uint32_t most_bits) {
    return mask != 0 && (mask & (mask + 1)) == 0 && mask <= ones(most_bits);
}

static int is_width(uint32_t width, uint32_t most_bits) { return width >= 1 && width <= most_bits; }

static void clear(void *state, size_t size) {
    uint8_t *bytes = (uint8_t *)state;
    while (size != 0) {
        bytes[--size] = 0;
    }
}

static uint32_t half_of(uint32_t id_mask) { return id_mask ^ (id_mask >> 1); }

uint32_t guardlane_is_safe_run(uint64_t frames, uint32_t id_width) {
    return is_width(id_width, MOST_ID_BITS) && frames < (uint64_t)1 << (id_width - 1);
}

/* ---- The alignment manager ---- */

guardlane_result guardlane_alignment_init(guardlane_alignment *am, uint32_t id_width,
                                          uint64_t pad_data) {
    if (!is_width(id_width, MOST_ID_BITS)) {
        return GUARDLANE_INVALID;
    }
    clear(am, sizeof *am);
    am->state = GUARDLANE_EXP_HDR;
    am->pad_data = pad_data;
    am->id_mask = (uint32_t)ones(id_width);
    return GUARDLANE_DONE;
}

/* What a frame begins with when a padding manager enters it. */
static uint32_t leave_padding(guardlane_alignment *am) {
    uint32_t distance = (am->latched - am->active_frame) & am->id_mask;
    switch (am->latch) {
    case GUARDLANE_LATCH_NOTHING:
        return GUARDLANE_EXP_HDR;
    case GUARDLANE_LATCH_EOC:
        return GUARDLANE_PDG;
    case GUARDLANE_LATCH_HEADER:
        if (distance == 0) {
            return GUARDLANE_RCV_CMP;
        }
        return distance < half_of(am->id_mask) ? GUARDLANE_PDG : GUARDLANE_DISC_FR;
    default:
        return GUARDLANE_DISC_FR;
    }
}

guardlane_result guardlane_alignment_new_frame(guardlane_alignment *am, uint32_t active_frame) {
    if (am->phase != GUARDLANE_UNSTARTED && am->phase != GUARDLANE_IDLE) {
        return GUARDLANE_INVALID;
    }
    am->phase = GUARDLANE_IDLE;
    am->active_frame = active_frame & am->id_mask;
    switch (am->state) {
    case GUARDLANE_RCV_CMP:
        am->state = GUARDLANE_EXP_HDR;
        break;
    case GUARDLANE_EXP_HDR:
    case GUARDLANE_DISC:
        break;
    case GUARDLANE_PDG:
        am->state = leave_padding(am);
        break;
    default:
        am->state = GUARDLANE_DISC_FR;
        break;
    }
    if (am->state != GUARDLANE_PDG) {
        am->latch = GUARDLANE_LATCH_NOTHING;
    }
    return GUARDLANE_DONE;
}

static guardlane_result give_pad(guardlane_alignment *am, guardlane_answer *answer) {
    answer->data = am->pad_data;
    answer->is_pad = 1;
    answer->reserved = 0;
    am->pads++;
    am->phase = GUARDLANE_IDLE;
    return GUARDLANE_DONE | GUARDLANE_PADDED;
}

/* Nothing more comes for this frame: pad until the next one, or the latched one. */
static guardlane_result give_up(guardlane_alignment *am, uint32_t latch, guardlane_answer *answer) {
    am->state = GUARDLANE_PDG;
    am->latch = latch;
    return give_pad(am, answer);
}

static guardlane_result drop_stale_header(guardlane_alignment *am) {
    am->state = GUARDLANE_DISC_FR;
    am->discarded_headers++;
    return GUARDLANE_WOULD_BLOCK | GUARDLANE_DISCARDED_HEADER;
}

static guardlane_result look_at_header(guardlane_alignment *am, uint32_t id,
                                       guardlane_answer *answer) {
    uint32_t half = half_of(am->id_mask);
    uint32_t distance = (id - am->active_frame) & am->id_mask;
    if (distance == 0 && am->state != GUARDLANE_RCV_CMP) {
        am->state = GUARDLANE_RCV_CMP;
        return GUARDLANE_WOULD_BLOCK;
    }
    if (distance != 0 && distance < half) {
        am->latched = id & am->id_mask;
        return give_up(am, GUARDLANE_LATCH_HEADER, answer);
    }
    if (distance == half) {
        am->skew_err = 1;
        return drop_stale_header(am) | GUARDLANE_SKEWED;
    }
    return drop_stale_header(am);
}

static guardlane_result look_at_item(guardlane_alignment *am, uint64_t data,
                                     guardlane_answer *answer) {
    if (am->state == GUARDLANE_RCV_CMP) {
        answer->data = data;
        answer->is_pad = 0;
        answer->reserved = 0;
        am->phase = GUARDLANE_IDLE;
        return GUARDLANE_DONE;
    }
    if (am->state == GUARDLANE_EXP_HDR) {
        am->state = GUARDLANE_DISC;
    } else if (am->state != GUARDLANE_DISC) {
        am->state = GUARDLANE_DISC_FR;
    }
    am->discarded_items++;
    return GUARDLANE_WOULD_BLOCK | GUARDLANE_DISCARDED_ITEM;
}

static guardlane_result look_at(guardlane_alignment *am, const guardlane_unit *unit,
                                guardlane_answer *answer) {
    switch (unit->kind) {
    case GUARDLANE_ITEM:
        return look_at_item(am, unit->data, answer);
    case GUARDLANE_HEADER:
        return look_at_header(am, unit->id, answer);
    case GUARDLANE_EOC:
        return give_up(am, GUARDLANE_LATCH_EOC, answer);
    default: /* a bad header may have been any: what follows belongs to nobody knows which frame */
        return drop_stale_header(am);
    }
}

guardlane_result guardlane_alignment_pop(guardlane_alignment *am, const guardlane_unit *unit,
                                         uint32_t flags, guardlane_answer *answer) {
    if (am->phase != GUARDLANE_IDLE && am->phase != GUARDLANE_IN_POP) {
        return GUARDLANE_INVALID;
    }
    am->phase = GUARDLANE_IN_POP;
    if (am->state == GUARDLANE_PDG) {
        return give_pad(am, answer);
    }
    if (unit != NULL) {
        return look_at(am, unit, answer) | GUARDLANE_TOOK;
    }
    if (flags & GUARDLANE_CLOSED) {
        return give_up(am, GUARDLANE_LATCH_EOC, answer);
    }
    if (flags & GUARDLANE_TIMEOUT) {
        return give_up(am, GUARDLANE_LATCH_NOTHING, answer) | GUARDLANE_TIMEOUT_TAKEN;
    }
    return GUARDLANE_WOULD_BLOCK;
}

guardlane_result guardlane_alignment_end(guardlane_alignment *am) {
    if (am->phase != GUARDLANE_UNSTARTED && am->phase != GUARDLANE_IDLE) {
        return GUARDLANE_INVALID;
    }
    am->phase = GUARDLANE_ENDED;
    return GUARDLANE_DONE;
}

/* ---- The header inserter ---- */

guardlane_result guardlane_inserter_init(guardlane_inserter *hi, uint32_t id_width,
                                         uint32_t delay_frames) {
    if (!is_width(id_width, MOST_ID_BITS) || !guardlane_is_safe_run(delay_frames, id_width)) {
        return GUARDLANE_INVALID;
    }
    clear(hi, sizeof *hi);
    hi->id_mask = (uint32_t)ones(id_width);
    hi->delay_frames = delay_frames;
    return GUARDLANE_DONE;
}

/* Whether a step of the command `phase` may be made now: it is open, or none is. */
static int may_step(const guardlane_inserter *hi, uint32_t phase) {
    if (hi->phase == GUARDLANE_UNSTARTED) {
        return phase != GUARDLANE_IN_PUSH;
    }
    return hi->phase == GUARDLANE_IDLE || hi->phase == phase;
}

static guardlane_result enter(guardlane_unit *unit, uint32_t kind, uint32_t id, uint64_t data) {
    unit->kind = kind;
    unit->id = id;
    unit->data = data;
    return GUARDLANE_DONE | GUARDLANE_ENTERED;
}

guardlane_result guardlane_inserter_new_frame(guardlane_inserter *hi, uint32_t active_frame,
                                              uint32_t flags, guardlane_unit *unit) {
    uint32_t id = (active_frame + hi->delay_frames) & hi->id_mask;
    if (!may_step(hi, GUARDLANE_IN_NEW_FRAME)) {
        return GUARDLANE_INVALID;
    }
    if (!(flags & (GUARDLANE_ROOM | GUARDLANE_TIMEOUT))) {
        hi->phase = GUARDLANE_IN_NEW_FRAME;
        return GUARDLANE_WOULD_BLOCK;
    }
    hi->phase = GUARDLANE_IDLE;
    if (flags & GUARDLANE_ROOM) {
        hi->is_dropping = 0;
        return enter(unit, GUARDLANE_HEADER, id, 0);
    }
    hi->is_dropping = 1;
    hi->skipped_frames++;
    return GUARDLANE_DONE | GUARDLANE_TIMEOUT_TAKEN | GUARDLANE_SKIPPED_FRAME;
}

guardlane_result guardlane_inserter_push(guardlane_inserter *hi, uint64_t data, uint32_t flags,
                                         guardlane_unit *unit) {
    if (!may_step(hi, GUARDLANE_IN_PUSH)) {
        return GUARDLANE_INVALID;
    }
    if (!hi->is_dropping && !(flags & (GUARDLANE_ROOM | GUARDLANE_TIMEOUT))) {
        hi->phase = GUARDLANE_IN_PUSH;
        return GUARDLANE_WOULD_BLOCK;
    }
    hi->phase = GUARDLANE_IDLE;
    if (!hi->is_dropping && (flags & GUARDLANE_ROOM)) {
        return enter(unit, GUARDLANE_ITEM, 0, data);
    }
    hi->dropped_items++;
    if (hi->is_dropping) {
        return GUARDLANE_DONE | GUARDLANE_DROPPED_ITEM;
    }
    hi->is_dropping = 1;
    hi->dropped_tails++;
    return GUARDLANE_DONE | GUARDLANE_TIMEOUT_TAKEN | GUARDLANE_DROPPED_TAIL |
           GUARDLANE_DROPPED_ITEM;
}

guardlane_result guardlane_inserter_end(guardlane_inserter *hi, uint32_t flags,
                                        guardlane_unit *unit) {
    if (!may_step(hi, GUARDLANE_IN_END)) {
        return GUARDLANE_INVALID;
    }
    if (!(flags & (GUARDLANE_ROOM | GUARDLANE_TIMEOUT))) {
        hi->phase = GUARDLANE_IN_END;
        return GUARDLANE_WOULD_BLOCK;
    }
    hi->phase = GUARDLANE_ENDED;
    if (flags & GUARDLANE_ROOM) {
        hi->is_dropping = 0;
        return enter(unit, GUARDLANE_EOC, 0, 0);
    }
    return GUARDLANE_DONE | GUARDLANE_TIMEOUT_TAKEN; /* the closed flag says the same */
}

/* ---- The code ---- */

static uint32_t count_ones(uint32_t bits) {
    uint32_t count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

static uint32_t parity(uint64_t bits) {
    bits ^= bits >> 32;
    bits ^= bits >> 16;
    bits ^= bits >> 8;
    bits ^= bits >> 4;
    return (uint32_t)(0x6996 >> (bits & 0xf)) & 1;
}

/* The check bits that data bit `bit` takes part in, check bit 0 in bit 0. */
static uint32_t column(const guardlane_code *code, uint32_t bit) {
    uint32_t found = 0;
    uint32_t row;
    for (row = 0; row < code->check_bits; row++) {
        found |= (uint32_t)(code->rows[row] >> bit & 1) << row;
    }
    return found;
}

static void set_column(guardlane_code *code, uint32_t bit, uint32_t checks) {
    uint32_t row;
    for (row = 0; row < code->check_bits; row++) {
        code->rows[row] &= ~((uint64_t)1 << bit);
        code->rows[row] |= (uint64_t)(checks >> row & 1) << bit;
    }
}

static uint32_t mirrored(uint32_t bits, uint32_t width) {
    uint32_t found = 0;
    uint32_t bit;
    for (bit = 0; bit < width; bit++) {
        found |= (bits >> bit & 1) << (width - 1 - bit);
    }
    return found;
}

/* Check bits of `data`, not inverted. */
static uint32_t checks_of(const guardlane_code *code, uint64_t data) {
    uint32_t checks = 0;
    uint32_t row;
    for (row = 0; row < code->check_bits; row++) {
        checks |= parity(data & code->rows[row]) << row;
    }
    return checks;
}

/*
 * Data bits take the columns of odd weight from 3 on, each weight in the order of combinations of
 * check-bit numbers, which is that of falling numbers with check bit 0 in the highest place. If all
 * of them cancel, all ones would be a codeword, and the last gives way to the next one.
 */
guardlane_result guardlane_code_init(guardlane_code *code, uint32_t data_width) {
    uint32_t check_bits = FEWEST_CHECK_BITS;
    uint32_t bit = 0;
    uint32_t weight;
    uint32_t places;
    if (!is_width(data_width, MOST_CODE_BITS - MOST_CHECK_BITS)) {
        return GUARDLANE_INVALID;
    }
    while (((uint32_t)1 << (check_bits - 1)) - check_bits < data_width) {
        check_bits++;
    }
    clear(code, sizeof *code);
    code->data_width = data_width;
    code->check_bits = check_bits;
    for (weight = 3; weight <= check_bits; weight += 2) {
        for (places = ((uint32_t)1 << check_bits) - 1; places != 0; places--) {
            if (count_ones(places) != weight || bit > data_width) {
                continue;
            }
            if (bit < data_width) {
                set_column(code, bit, mirrored(places, check_bits));
            } else if (checks_of(code, ones(data_width)) == 0) {
                set_column(code, data_width - 1, mirrored(places, check_bits));
            }
            bit++;
        }
    }
    return GUARDLANE_DONE;
}

uint64_t guardlane_code_encode(const guardlane_code *code, uint64_t data) {
    data &= ones(code->data_width);
    return data | (checks_of(code, data) ^ ones(code->check_bits)) << code->data_width;
}

guardlane_result guardlane_code_decode(const guardlane_code *code, uint64_t word, uint64_t *data) {
    uint64_t stored = word >> code->data_width ^ ones(code->check_bits);
    uint32_t syndrome;
    uint32_t bit;
    *data = word & ones(code->data_width);
    syndrome = (uint32_t)((stored ^ checks_of(code, *data)) & ones(code->check_bits));
    if (syndrome == 0) {
        return GUARDLANE_DONE;
    }
    if (count_ones(syndrome) == 1) { /* a check bit */
        return GUARDLANE_DONE | GUARDLANE_WORD_CORRECTED;
    }
    for (bit = 0; bit < code->data_width; bit++) {
        if (column(code, bit) == syndrome) {
            *data ^= (uint64_t)1 << bit;
            return GUARDLANE_DONE | GUARDLANE_WORD_CORRECTED;
        }
    }
    return GUARDLANE_DONE | GUARDLANE_WORD_DETECTED;
}

/* ---- The queue ---- */

static uint32_t span_of(const guardlane_queue *q) { return 2 * q->depth; }

static uint32_t after(const guardlane_queue *q, uint32_t pointer) {
    return pointer + 1 < span_of(q) ? pointer + 1 : 0;
}

static uint32_t slot_of(const guardlane_queue *q, uint32_t pointer) {
    return pointer < q->depth ? pointer : pointer - q->depth;
}

/* The parts of a queue that follow from its settings. */
static guardlane_result set_up(guardlane_queue *q, uint32_t depth, uint32_t working_set,
                               uint64_t data_mask, uint32_t id_mask) {
    uint32_t pointer_bits = 1;
    if (depth < 1 || depth > MOST_DEPTH || working_set < 1 || working_set > depth ||
        !is_mask(data_mask, MOST_DATA_BITS) || !is_mask(id_mask, MOST_ID_BITS)) {
        return GUARDLANE_INVALID;
    }
    while (2 * depth - 1 > ones(pointer_bits)) {
        pointer_bits++;
    }
    q->depth = depth;
    q->working_set = working_set;
    q->data_mask = data_mask;
    q->id_mask = id_mask;
    (void)guardlane_code_init(&q->header_code, count_ones(id_mask) + 1);
    (void)guardlane_code_init(&q->pointer_code, pointer_bits);
    return GUARDLANE_DONE;
}

guardlane_result guardlane_queue_init(guardlane_queue *q, guardlane_word *words, uint32_t depth,
                                      uint32_t working_set, uint32_t data_width,
                                      uint32_t id_width) {
    guardlane_queue fresh;
    clear(&fresh, sizeof fresh);
    if (!is_width(data_width, MOST_DATA_BITS) || !is_width(id_width, MOST_ID_BITS) ||
        set_up(&fresh, depth, working_set, ones(data_width), (uint32_t)ones(id_width)) !=
            GUARDLANE_DONE) {
        return GUARDLANE_INVALID;
    }
    fresh.write_clean = fresh.write_word = guardlane_code_encode(&fresh.pointer_code, 0);
    fresh.read_clean = fresh.read_word = fresh.write_word;
    *q = fresh;
    clear(words, depth * sizeof *words);
    return GUARDLANE_DONE;
}

/* Read a shared pointer into `seen`, which stays as it is if the pointer is beyond repair. */
static guardlane_result see(const guardlane_queue *q, uint64_t word, uint64_t clean,
                            uint32_t *seen) {
    uint64_t value = word & ones(q->pointer_code.data_width);
    guardlane_result read = GUARDLANE_DONE;
    if (word != clean) {
        read = guardlane_code_decode(&q->pointer_code, word, &value);
    }
    if ((read & GUARDLANE_WORD_DETECTED) || value >= span_of(q)) {
        return GUARDLANE_POINTER_DETECTED;
    }
    *seen = (uint32_t)value;
    return read & GUARDLANE_WORD_CORRECTED ? GUARDLANE_POINTER_CORRECTED : 0;
}

static guardlane_result see_read(guardlane_queue *q) {
    return see(q, q->read_word, q->read_clean, &q->seen_read);
}

static guardlane_result see_write(guardlane_queue *q) {
    return see(q, q->write_word, q->write_clean, &q->seen_write);
}

static uint32_t words_between(const guardlane_queue *q, uint32_t from, uint32_t to) {
    return to >= from ? to - from : to + span_of(q) - from;
}

uint32_t guardlane_queue_occupancy(guardlane_queue *q) {
    (void)see_read(q);
    return words_between(q, q->seen_read, q->written);
}

guardlane_result guardlane_queue_has_room(guardlane_queue *q) {
    guardlane_result seen = see_read(q);
    int has_room = words_between(q, q->seen_read, q->written) < q->depth;
    return seen | (has_room ? GUARDLANE_DONE : GUARDLANE_WOULD_BLOCK);
}

static guardlane_word stored(const guardlane_queue *q, const guardlane_unit *unit) {
    guardlane_word word = {0, 0, 0};
    uint64_t is_eoc = unit->kind == GUARDLANE_EOC;
    if (unit->kind == GUARDLANE_ITEM) {
        word.payload = unit->data & q->data_mask;
        return word;
    }
    word.payload = guardlane_code_encode(
        &q->header_code, (unit->id & q->id_mask) | is_eoc << (q->header_code.data_width - 1));
    word.tag = ALL_TAGS;
    return word;
}

static guardlane_result loaded(const guardlane_queue *q, const guardlane_word *word,
                               guardlane_unit *unit) {
    uint32_t tag = word->tag & ALL_TAGS;
    uint64_t data = 0;
    guardlane_result read =
        tag == 0 || tag == ALL_TAGS ? GUARDLANE_DONE : GUARDLANE_DONE | GUARDLANE_WORD_CORRECTED;
    unit->kind = GUARDLANE_ITEM;
    unit->id = 0;
    unit->data = 0;
    if (count_ones(tag) < 2) {
        unit->data = word->payload & q->data_mask;
        return read;
    }
    read |= guardlane_code_decode(&q->header_code, word->payload, &data);
    if (read & GUARDLANE_WORD_DETECTED) {
        unit->kind = GUARDLANE_BAD;
        return read;
    }
    unit->kind = data >> (q->header_code.data_width - 1) ? GUARDLANE_EOC : GUARDLANE_HEADER;
    unit->id = (uint32_t)data & q->id_mask;
    return read;
}

guardlane_result guardlane_queue_push(guardlane_queue *q, guardlane_word *words,
                                      const guardlane_unit *unit) {
    guardlane_result room;
    if (q->is_closing || unit->kind == GUARDLANE_BAD || unit->kind > GUARDLANE_EOC) {
        return GUARDLANE_INVALID;
    }
    room = guardlane_queue_has_room(q);
    if (room & GUARDLANE_WOULD_BLOCK) {
        return room;
    }
    words[slot_of(q, q->written)] = stored(q, unit);
    q->written = after(q, q->written);
    if (++q->in_write_set == q->working_set) {
        q->in_write_set = 0;
        q->published = q->written;
    }
    return room;
}

guardlane_result guardlane_queue_preload(guardlane_queue *q, guardlane_word *words,
                                         const uint64_t *items, uint32_t delay_frames,
                                         uint32_t frame_items, uint32_t first_id) {
    uint64_t needed = (uint64_t)delay_frames * ((uint64_t)frame_items + 1);
    guardlane_unit unit;
    uint32_t frame;
    uint32_t n;
    if (needed > q->depth || q->written != 0 || q->read != 0 || q->is_closing) {
        return GUARDLANE_INVALID;
    }
    for (frame = 0; frame < delay_frames; frame++) {
        (void)enter(&unit, GUARDLANE_HEADER, first_id + frame, 0);
        (void)guardlane_queue_push(q, words, &unit);
        for (n = 0; n < frame_items; n++) {
            (void)enter(&unit, GUARDLANE_ITEM, 0, items[(size_t)frame * frame_items + n]);
            (void)guardlane_queue_push(q, words, &unit);
        }
    }
    guardlane_queue_publish(q);
    (void)guardlane_queue_clock(q);
    return GUARDLANE_DONE;
}

void guardlane_queue_publish(guardlane_queue *q) { q->wants_publish = 1; }

void guardlane_queue_close(guardlane_queue *q) { q->is_closing = 1; }

guardlane_result guardlane_queue_front(guardlane_queue *q, const guardlane_word *words,
                                       guardlane_unit *unit) {
    guardlane_result seen = see_write(q);
    if (q->is_draining || q->seen_write == q->read) {
        return seen | GUARDLANE_WOULD_BLOCK;
    }
    return seen | loaded(q, &words[slot_of(q, q->read)], unit);
}

static void advance(guardlane_queue *q) {
    q->read = after(q, q->read);
    if (++q->in_read_set == q->working_set) {
        q->in_read_set = 0;
        q->released = q->read;
    }
}

guardlane_result guardlane_queue_take(guardlane_queue *q) {
    guardlane_result seen = see_write(q);
    if (q->is_draining || q->seen_write == q->read) {
        return GUARDLANE_INVALID;
    }
    advance(q);
    return seen | GUARDLANE_DONE;
}

void guardlane_queue_release(guardlane_queue *q) { q->wants_release = 1; }

void guardlane_queue_drain(guardlane_queue *q) { q->is_draining = 1; }

uint32_t guardlane_queue_is_closed(guardlane_queue *q) {
    guardlane_result seen = see_write(q); /* unreadable, it may hide words that are left */
    return q->is_closed && q->seen_write == q->read && !(seen & GUARDLANE_POINTER_DETECTED);
}

/* Write a pointer: its codeword changes with its value, what a flip made of it is lost. */
static void write_pointer(const guardlane_queue *q, uint32_t value, uint64_t *word,
                          uint64_t *clean) {
    if (value != (*clean & ones(q->pointer_code.data_width))) {
        *clean = guardlane_code_encode(&q->pointer_code, value);
    }
    *word = *clean;
}

guardlane_result guardlane_queue_clock(guardlane_queue *q) {
    guardlane_result seen = see_read(q) | see_write(q);
    if (q->is_draining && q->seen_write != q->read) {
        advance(q);
    }
    if (q->wants_publish || q->is_closing) {
        q->published = q->written;
    }
    if (q->wants_release || q->is_draining) {
        q->released = q->read;
    }
    q->wants_publish = q->wants_release = 0;
    write_pointer(q, q->published, &q->write_word, &q->write_clean);
    write_pointer(q, q->released, &q->read_word, &q->read_clean);
    q->is_closed = q->is_closing;
    return seen | GUARDLANE_DONE;
}

/* ---- Guard and queue in one step ---- */

enum { POINTER_EVENTS = GUARDLANE_POINTER_CORRECTED | GUARDLANE_POINTER_DETECTED };

/* The flags of a step of the inserter: the caller's time-out, and whether there is room. */
static uint32_t room_flags(uint32_t flags, guardlane_result room) {
    return (flags & GUARDLANE_TIMEOUT) | (room & GUARDLANE_DONE ? (uint32_t)GUARDLANE_ROOM : 0u);
}

/* Put on the queue what a step of the inserter says belongs there. */
static guardlane_result settle(guardlane_queue *q, guardlane_word *words, guardlane_result room,
                               guardlane_result step, const guardlane_unit *unit) {
    if (step & GUARDLANE_ENTERED) {
        (void)guardlane_queue_push(q, words, unit);
    }
    return step & GUARDLANE_INVALID ? step : step | (room & POINTER_EVENTS);
}

guardlane_result guardlane_push_header(guardlane_inserter *hi, guardlane_queue *q,
                                       guardlane_word *words, uint32_t active_frame,
                                       uint32_t flags) {
    guardlane_unit unit;
    guardlane_result room = guardlane_queue_has_room(q);
    guardlane_result step =
        guardlane_inserter_new_frame(hi, active_frame, room_flags(flags, room), &unit);
    return settle(q, words, room, step, &unit);
}

guardlane_result guardlane_push(guardlane_inserter *hi, guardlane_queue *q, guardlane_word *words,
                                uint64_t data, uint32_t flags) {
    guardlane_unit unit;
    guardlane_result room = guardlane_queue_has_room(q);
    guardlane_result step = guardlane_inserter_push(hi, data, room_flags(flags, room), &unit);
    return settle(q, words, room, step, &unit);
}

guardlane_result guardlane_push_end(guardlane_inserter *hi, guardlane_queue *q,
                                    guardlane_word *words, uint32_t flags) {
    guardlane_unit unit;
    guardlane_result room = guardlane_queue_has_room(q);
    guardlane_result step = guardlane_inserter_end(hi, room_flags(flags, room), &unit);
    guardlane_result done = settle(q, words, room, step, &unit);
    if (done & GUARDLANE_DONE) {
        guardlane_queue_close(q);
    }
    return done;
}

guardlane_result guardlane_pop(guardlane_alignment *am, guardlane_queue *q,
                               const guardlane_word *words, uint32_t flags,
                               guardlane_answer *answer) {
    guardlane_unit unit;
    guardlane_result head;
    guardlane_result step;
    if (am->state == GUARDLANE_PDG) { /* the queue is left alone */
        return guardlane_alignment_pop(am, NULL, 0, answer);
    }
    head = guardlane_queue_front(q, words, &unit);
    flags &= GUARDLANE_TIMEOUT;
    flags |= guardlane_queue_is_closed(q) ? (uint32_t)GUARDLANE_CLOSED : 0u;
    step = guardlane_alignment_pop(am, head & GUARDLANE_DONE ? &unit : NULL, flags, answer);
    if (step & GUARDLANE_INVALID) {
        return step;
    }
    if (step & GUARDLANE_TOOK) {
        (void)guardlane_queue_take(q);
    }
    return step | (head & ~(guardlane_result)(GUARDLANE_DONE | GUARDLANE_WOULD_BLOCK));
}

guardlane_result guardlane_pop_end(guardlane_alignment *am, guardlane_queue *q) {
    guardlane_result ended = guardlane_alignment_end(am);
    if (ended & GUARDLANE_DONE) {
        guardlane_queue_drain(q);
    }
    return ended;
}

/* ---- States as bytes ---- */

enum { OF_ALIGNMENT = 1, OF_INSERTER = 2, OF_QUEUE = 3 };

/* Where the next field of a state goes to, or comes from; one of the two is null. */
typedef struct cursor {
    uint8_t *to;
    const uint8_t *from;
} cursor;

static void move32(cursor *at, uint32_t *field) {
    uint32_t n;
    uint32_t value = 0;
    for (n = 0; n < 4; n++) {
        if (at->to != NULL) {
            *at->to++ = (uint8_t)(*field >> 8 * n);
        } else {
            value |= (uint32_t)*at->from++ << 8 * n;
        }
    }
    if (at->to == NULL) {
        *field = value;
    }
}

static void move64(cursor *at, uint64_t *field) {
    uint32_t low = (uint32_t)*field;
    uint32_t high = (uint32_t)(*field >> 32);
    move32(at, &low);
    move32(at, &high);
    *field = (uint64_t)high << 32 | low;
}

/* Move version and kind; whether they are those of this library and `kind`. */
static int move_head(cursor *at, uint32_t kind) {
    uint32_t version = GUARDLANE_GUARD_ABI_VERSION;
    uint32_t found = kind;
    move32(at, &version);
    move32(at, &found);
    return version == GUARDLANE_GUARD_ABI_VERSION && found == kind;
}

static int move_alignment(cursor *at, guardlane_alignment *am) {
    int is_ours = move_head(at, OF_ALIGNMENT);
    move64(at, &am->pad_data);
    move64(at, &am->pads);
    move64(at, &am->discarded_items);
    move64(at, &am->discarded_headers);
    move32(at, &am->id_mask);
    move32(at, &am->active_frame);
    move32(at, &am->state);
    move32(at, &am->latch);
    move32(at, &am->latched);
    move32(at, &am->skew_err);
    move32(at, &am->phase);
    return is_ours;
}

static int move_inserter(cursor *at, guardlane_inserter *hi) {
    int is_ours = move_head(at, OF_INSERTER);
    move64(at, &hi->skipped_frames);
    move64(at, &hi->dropped_tails);
    move64(at, &hi->dropped_items);
    move32(at, &hi->id_mask);
    move32(at, &hi->delay_frames);
    move32(at, &hi->is_dropping);
    move32(at, &hi->phase);
    return is_ours;
}

static int move_queue(cursor *at, guardlane_queue *q) {
    int is_ours = move_head(at, OF_QUEUE);
    move64(at, &q->data_mask);
    move64(at, &q->write_word);
    move64(at, &q->read_word);
    move64(at, &q->write_clean);
    move64(at, &q->read_clean);
    move32(at, &q->depth);
    move32(at, &q->working_set);
    move32(at, &q->id_mask);
    move32(at, &q->written);
    move32(at, &q->published);
    move32(at, &q->in_write_set);
    move32(at, &q->seen_read);
    move32(at, &q->wants_publish);
    move32(at, &q->read);
    move32(at, &q->released);
    move32(at, &q->in_read_set);
    move32(at, &q->seen_write);
    move32(at, &q->wants_release);
    move32(at, &q->is_closing);
    move32(at, &q->is_closed);
    move32(at, &q->is_draining);
    return is_ours;
}

void guardlane_alignment_save(const guardlane_alignment *am, uint8_t *bytes) {
    guardlane_alignment copy = *am;
    cursor at = {NULL, NULL};
    at.to = bytes;
    (void)move_alignment(&at, &copy);
}

void guardlane_inserter_save(const guardlane_inserter *hi, uint8_t *bytes) {
    guardlane_inserter copy = *hi;
    cursor at = {NULL, NULL};
    at.to = bytes;
    (void)move_inserter(&at, &copy);
}

void guardlane_queue_save(const guardlane_queue *q, const guardlane_word *words, uint8_t *bytes) {
    guardlane_queue copy = *q;
    cursor at = {NULL, NULL};
    uint32_t n;
    at.to = bytes;
    (void)move_queue(&at, &copy);
    for (n = 0; n < q->depth; n++) {
        guardlane_word word = words[n];
        move64(&at, &word.payload);
        move32(&at, &word.tag);
    }
}

guardlane_result guardlane_alignment_restore(guardlane_alignment *am, const uint8_t *bytes,
                                             size_t size) {
    guardlane_alignment found;
    cursor at = {NULL, NULL};
    clear(&found, sizeof found);
    at.from = bytes;
    if (size != GUARDLANE_ALIGNMENT_BYTES || !move_alignment(&at, &found) ||
        !is_mask(found.id_mask, MOST_ID_BITS) || found.active_frame > found.id_mask ||
        found.latched > found.id_mask || found.skew_err > 1 ||
        (found.phase > GUARDLANE_IN_POP && found.phase != GUARDLANE_ENDED)) {
        return GUARDLANE_INVALID;
    }
    *am = found;
    return GUARDLANE_DONE;
}

guardlane_result guardlane_inserter_restore(guardlane_inserter *hi, const uint8_t *bytes,
                                            size_t size) {
    guardlane_inserter found;
    cursor at = {NULL, NULL};
    clear(&found, sizeof found);
    at.from = bytes;
    if (size != GUARDLANE_INSERTER_BYTES || !move_inserter(&at, &found) ||
        !is_mask(found.id_mask, MOST_ID_BITS) || found.delay_frames >= half_of(found.id_mask) ||
        found.is_dropping > 1 || found.phase > GUARDLANE_ENDED ||
        found.phase == GUARDLANE_IN_POP) {
        return GUARDLANE_INVALID;
    }
    *hi = found;
    return GUARDLANE_DONE;
}

static int is_in_range(const guardlane_queue *q) {
    uint32_t span = span_of(q);
    return q->written < span && q->published < span && q->seen_read < span && q->read < span &&
           q->released < span && q->seen_write < span && q->in_write_set < q->working_set &&
           q->in_read_set < q->working_set && q->wants_publish <= 1 && q->wants_release <= 1 &&
           q->is_closing <= 1 && q->is_closed <= q->is_closing && q->is_draining <= 1;
}

/* Whether a word is just what an owner writes: the codeword of a pointer in range. */
static int is_clean(const guardlane_queue *q, uint64_t word) {
    uint64_t value = word & ones(q->pointer_code.data_width);
    return value < span_of(q) && word == guardlane_code_encode(&q->pointer_code, value);
}

guardlane_result guardlane_queue_restore(guardlane_queue *q, guardlane_word *words,
                                         uint32_t most_words, const uint8_t *bytes, size_t size) {
    guardlane_queue found;
    cursor at = {NULL, NULL};
    uint32_t n;
    clear(&found, sizeof found);
    at.from = bytes;
    if (size < GUARDLANE_QUEUE_BYTES || !move_queue(&at, &found) || found.depth > most_words ||
        set_up(&found, found.depth, found.working_set, found.data_mask, found.id_mask) !=
            GUARDLANE_DONE ||
        !is_in_range(&found) || !is_clean(&found, found.write_clean) ||
        !is_clean(&found, found.read_clean) ||
        size != GUARDLANE_QUEUE_BYTES + (size_t)GUARDLANE_WORD_BYTES * found.depth) {
        return GUARDLANE_INVALID;
    }
    *q = found;
    for (n = 0; n < found.depth; n++) {
        move64(&at, &words[n].payload);
        move32(&at, &words[n].tag);
        words[n].reserved = 0;
    }
    return GUARDLANE_DONE;
}
