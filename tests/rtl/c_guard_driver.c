/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over prepared arrays, for tests and benchmarks of the library. */
#include "guardlane_guard.h"

void drive_alignment(guardlane_alignment *am, const int64_t *ops, size_t count, int64_t *rows);
void drive_inserter(guardlane_inserter *hi, const int64_t *ops, size_t count, int64_t *rows);
uint64_t time_alignment(guardlane_alignment *am, const guardlane_unit *units, size_t count);
uint64_t time_queue(guardlane_queue *q, guardlane_word *words, size_t count);
size_t count_bad_codewords(uint32_t data_width, const uint64_t *data, size_t count);

/* A late one comes with the time-out. */
enum { RESET, NEW_FRAME, UNIT, NOTHING, CLOSED, TIMEOUT, LATE_UNIT, LATE_CLOSED };      /* ops of the alignment manager */
enum { ALIGNMENT_OP = 4, ALIGNMENT_ROW = 10 };                  /* columns */
enum { RESET_INSERTER, HEADER, PUSH, END, INSERTER_OP = 3, INSERTER_ROW = 7 };

/* ops: what, kind, id relative to the active frame (of RESET: state), data (of RESET: latch). */
void drive_alignment(guardlane_alignment *am, const int64_t *ops, size_t count, int64_t *rows) {
    size_t n;
    for (n = 0; n < count; n++, ops += ALIGNMENT_OP, rows += ALIGNMENT_ROW) {
        guardlane_answer answer = {0, 0, 0};
        guardlane_result result = 0;
        guardlane_unit unit;
        unit.kind = (uint32_t)ops[1];
        unit.id = am->active_frame + (uint32_t)ops[2];
        unit.data = (uint64_t)ops[3];
        if (ops[0] == RESET) {
            am->state = (uint32_t)ops[2];
            am->latch = (uint32_t)ops[3];
            am->skew_err = am->latched = 0;
            am->pads = am->discarded_items = am->discarded_headers = 0;
        } else if (ops[0] == NEW_FRAME) {
            result = guardlane_alignment_new_frame(am, am->active_frame + 1);
        } else {
            int is_unit = ops[0] == UNIT || ops[0] == LATE_UNIT;
            uint32_t flags = ops[0] >= TIMEOUT ? (uint32_t)GUARDLANE_TIMEOUT : 0u;
            if (ops[0] == CLOSED || ops[0] == LATE_CLOSED) {
                flags |= GUARDLANE_CLOSED;
            }
            result = guardlane_alignment_pop(am, is_unit ? &unit : NULL, flags, &answer);
            if (result & GUARDLANE_WOULD_BLOCK) {
                am->phase = GUARDLANE_IDLE; /* the ops care for no order of commands */
            }
        }
        rows[0] = result;
        rows[1] = (int64_t)answer.data;
        rows[2] = am->state;
        rows[3] = am->latch;
        rows[4] = am->latched;
        rows[5] = am->active_frame;
        rows[6] = am->skew_err;
        rows[7] = (int64_t)am->pads;
        rows[8] = (int64_t)am->discarded_items;
        rows[9] = (int64_t)am->discarded_headers;
    }
}

/* ops: what, active frame or data, flags. */
void drive_inserter(guardlane_inserter *hi, const int64_t *ops, size_t count, int64_t *rows) {
    size_t n;
    for (n = 0; n < count; n++, ops += INSERTER_OP, rows += INSERTER_ROW) {
        guardlane_unit unit = {0, 0, 0};
        guardlane_result result = 0;
        uint32_t flags = (uint32_t)ops[2];
        if (ops[0] == RESET_INSERTER) {
            hi->is_dropping = 0;
            hi->skipped_frames = hi->dropped_tails = hi->dropped_items = 0;
        } else if (ops[0] == HEADER) {
            result = guardlane_inserter_new_frame(hi, (uint32_t)ops[1], flags, &unit);
        } else if (ops[0] == PUSH) {
            result = guardlane_inserter_push(hi, (uint64_t)ops[1], flags, &unit);
        } else {
            result = guardlane_inserter_end(hi, flags, &unit);
        }
        hi->phase = GUARDLANE_IDLE; /* the ops care for no order of commands */
        rows[0] = result;
        rows[1] = unit.kind;
        rows[2] = unit.kind == GUARDLANE_HEADER ? unit.id : (int64_t)unit.data;
        rows[3] = hi->is_dropping;
        rows[4] = (int64_t)hi->skipped_frames;
        rows[5] = (int64_t)hi->dropped_tails;
        rows[6] = (int64_t)hi->dropped_items;
    }
}

/* One step a unit; a BAD one stands for NEW_FRAME. Returns a sum over all that came out. */
uint64_t time_alignment(guardlane_alignment *am, const guardlane_unit *units, size_t count) {
    uint64_t sum = 0;
    guardlane_answer answer = {0, 0, 0};
    size_t n;
    for (n = 0; n < count; n++) {
        if (units[n].kind == GUARDLANE_BAD) {
            (void)guardlane_alignment_new_frame(am, units[n].id);
        } else if (guardlane_alignment_pop(am, &units[n], 0, &answer) & GUARDLANE_DONE) {
            sum += answer.data;
        }
    }
    return sum;
}

/* A push, a look, a take and a clock each time round; a header every 16 words. */
uint64_t time_queue(guardlane_queue *q, guardlane_word *words, size_t count) {
    uint64_t sum = 0;
    size_t n;
    for (n = 0; n < count; n++) {
        guardlane_unit unit = {0, 0, 0};
        guardlane_unit head;
        unit.kind = n % 16 == 0 ? GUARDLANE_HEADER : GUARDLANE_ITEM;
        unit.data = unit.id = (uint32_t)n;
        (void)guardlane_queue_push(q, words, &unit);
        if (guardlane_queue_front(q, words, &head) & GUARDLANE_DONE) {
            sum += head.data;
            (void)guardlane_queue_take(q);
        }
        (void)guardlane_queue_clock(q);
    }
    return sum;
}

static int reads(const guardlane_code *code, uint64_t word, uint64_t data, guardlane_result as) {
    uint64_t found = ~data;
    guardlane_result result = guardlane_code_decode(code, word, &found);
    return result == as && ((as & GUARDLANE_WORD_DETECTED) || found == data);
}

/* Codewords of these data that are misread clean, after one flip or after two. */
size_t count_bad_codewords(uint32_t data_width, const uint64_t *data, size_t count) {
    guardlane_code code;
    size_t bad = 0;
    size_t n;
    if (guardlane_code_init(&code, data_width) != GUARDLANE_DONE) {
        return count;
    }
    for (n = 0; n < count; n++) {
        uint64_t word = guardlane_code_encode(&code, data[n]);
        uint32_t width = data_width + code.check_bits;
        uint32_t one;
        uint32_t two;
        int is_good = reads(&code, word, data[n], GUARDLANE_DONE);
        for (one = 0; one < width; one++) {
            uint64_t flipped = word ^ (uint64_t)1 << one;
            is_good &=
                reads(&code, flipped, data[n], GUARDLANE_DONE | GUARDLANE_WORD_CORRECTED);
            for (two = 0; two < one; two++) {
                is_good &= reads(&code, flipped ^ (uint64_t)1 << two, data[n],
                                 GUARDLANE_DONE | GUARDLANE_WORD_DETECTED);
            }
        }
        bad += !is_good;
    }
    return bad;
}
