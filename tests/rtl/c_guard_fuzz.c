/* SPDX-License-Identifier: Apache-2.0 */
/* Any calls in any order, states restored from spoilt bytes; the sanitizers watch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guardlane_guard.h"

enum { ROUNDS = 4000, STEPS = 200, MOST_WORDS = 9 };

static uint64_t seed = 2015;

static uint32_t draw(uint32_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void check(guardlane_result result) {
    uint32_t status = result & (GUARDLANE_DONE | GUARDLANE_WOULD_BLOCK | GUARDLANE_INVALID);
    if (status == 0 || (status & (status - 1)) != 0 ||
        (status == GUARDLANE_INVALID && result != GUARDLANE_INVALID)) {
        printf("result %#x\n", (unsigned)result);
        exit(1);
    }
}

/* Save, spoil a byte or two now and then, restore. Returns 1 if the bytes were accepted. */
static int reload(guardlane_alignment *am, guardlane_inserter *hi, guardlane_queue *q,
                  guardlane_word *words) {
    size_t sizes[3] = {GUARDLANE_ALIGNMENT_BYTES, GUARDLANE_INSERTER_BYTES, 0};
    uint32_t which = draw(3);
    uint32_t spoilt = draw(3);
    guardlane_result result;
    uint8_t *bytes;
    sizes[2] = GUARDLANE_QUEUE_BYTES + (size_t)GUARDLANE_WORD_BYTES * q->depth;
    bytes = (uint8_t *)malloc(sizes[which]); /* as large as said, for the sanitizer to see */
    if (bytes == NULL) {
        exit(2);
    }
    if (which == 0) {
        guardlane_alignment_save(am, bytes);
    } else if (which == 1) {
        guardlane_inserter_save(hi, bytes);
    } else {
        guardlane_queue_save(q, words, bytes);
    }
    while (spoilt-- > 0) {
        bytes[draw((uint32_t)sizes[which])] ^= (uint8_t)(1 << draw(8));
    }
    result = which == 0   ? guardlane_alignment_restore(am, bytes, sizes[0])
             : which == 1 ? guardlane_inserter_restore(hi, bytes, sizes[1])
                          : guardlane_queue_restore(q, words, MOST_WORDS, bytes, sizes[2]);
    check(result);
    free(bytes);
    return result == GUARDLANE_DONE;
}

static void step(guardlane_alignment *am, guardlane_inserter *hi, guardlane_queue *q,
                 guardlane_word *words, uint32_t frame) {
    guardlane_answer answer;
    guardlane_unit unit;
    uint32_t flags = draw(8);
    memset(&unit, 0, sizeof unit);
    switch (draw(16)) {
    case 0: check(guardlane_push_header(hi, q, words, frame, flags)); break;
    case 1: case 2: case 3: check(guardlane_push(hi, q, words, seed, flags)); break;
    case 4: if (draw(40) == 0) { check(guardlane_push_end(hi, q, words, flags)); } break;
    case 5: check(guardlane_alignment_new_frame(am, frame)); break;
    case 6: case 7: case 8: check(guardlane_pop(am, q, words, flags, &answer)); break;
    case 9: if (draw(40) == 0) { check(guardlane_pop_end(am, q)); } break;
    case 10: guardlane_queue_publish(q); break;
    case 11: guardlane_queue_release(q); break;
    case 12: q->write_word ^= (uint64_t)1 << draw(64); break;
    case 13: q->read_word ^= (uint64_t)1 << draw(64); break;
    case 14:
        unit.kind = draw(6);
        unit.id = (uint32_t)seed;
        check(guardlane_queue_push(q, words, &unit));
        check(guardlane_queue_take(q));
        break;
    default: check(guardlane_queue_clock(q)); break;
    }
    if (draw(8) == 0) {
        words[draw(q->depth)].payload ^= (uint64_t)1 << draw(64);
        words[draw(q->depth)].tag = (uint32_t)seed;
    }
    if (draw(20) == 0) {
        am->state = draw(2) ? draw(8) : (uint32_t)seed;
        am->latch = draw(2) ? draw(4) : (uint32_t)seed;
    }
}

int main(void) {
    unsigned accepted = 0;
    unsigned refused = 0;
    uint32_t round;
    for (round = 0; round < ROUNDS; round++) {
        uint32_t depth = 1 + draw(MOST_WORDS);
        guardlane_word *words = (guardlane_word *)malloc(MOST_WORDS * sizeof *words);
        guardlane_alignment am;
        guardlane_inserter hi;
        guardlane_queue q;
        uint32_t id_width = 1 + draw(32);
        uint32_t n;
        if (words == NULL) {
            return 2;
        }
        check(guardlane_alignment_init(&am, id_width, seed));
        check(guardlane_inserter_init(&hi, id_width, draw(3)));
        if (guardlane_inserter_init(&hi, id_width, 0) != GUARDLANE_DONE) {
            return 3;
        }
        check(guardlane_queue_init(&q, words, depth, 1 + draw(depth), 1 + draw(64), id_width));
        for (n = 0; n < STEPS; n++) {
            step(&am, &hi, &q, words, n / 8);
            if (draw(10) == 0) {
                *(reload(&am, &hi, &q, words) ? &accepted : &refused) += 1;
            }
        }
        free(words);
    }
    printf("%u accepted, %u refused\n", accepted, refused);
    return accepted > 1000 && refused > 1000 ? 0 : 4;
}
