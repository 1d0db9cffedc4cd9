/* SPDX-License-Identifier: Apache-2.0 */
/* Every pattern of pushes, pops and bad headers within small bounds, through the library. */
#include "guardlane_guard.h"

void sweep(uint32_t frames, uint32_t most_pushes, uint32_t most_pops, uint32_t any_bad,
           uint32_t bad_end, uint32_t wrong_way, uint64_t *tally);

enum { MOST_FRAMES = 4, MOST_UNITS = 32 };
enum { AS_BUILT, IGNORE_BAD, HANG_WHEN_CLOSED, PAD_EVERYTHING }; /* ways to build it wrong */
enum { PATTERNS, WRONG, HUNG, UNEQUAL };                         /* columns of the tally */

/* Write a whole stream: the data of an item is 16 * frame + place. Returns its length. */
static uint32_t write_stream(guardlane_unit *units, const uint32_t *pushes, uint32_t frames,
                             uint32_t bad, uint32_t bad_end) {
    uint32_t length = 0;
    uint32_t frame;
    uint32_t place;
    for (frame = 1; frame <= frames; frame++) {
        units[length].kind = bad >> (frame - 1) & 1 ? GUARDLANE_BAD : GUARDLANE_HEADER;
        units[length++].id = frame;
        for (place = 0; place < pushes[frame - 1]; place++) {
            units[length].kind = GUARDLANE_ITEM;
            units[length++].data = 16 * frame + place;
        }
    }
    units[length++].kind = bad_end ? GUARDLANE_BAD : GUARDLANE_EOC;
    return length;
}

/* Pop it frame by frame, and hold each answer against the push it is due to. */
static void run(const guardlane_unit *units, uint32_t length, const uint32_t *pushes,
                const uint32_t *pops, uint32_t frames, uint32_t wrong_way, uint64_t *tally) {
    guardlane_alignment am;
    uint32_t head = 0;
    uint32_t is_wrong = 0;
    uint32_t is_unequal = 0;
    uint32_t frame;
    uint32_t place;
    (void)guardlane_alignment_init(&am, 32, 0);
    for (frame = 1; frame <= frames; frame++) {
        (void)guardlane_alignment_new_frame(&am, frame);
        for (place = 0; place < pops[frame - 1]; place++) {
            guardlane_answer answer = {0, 0, 0};
            guardlane_result result = 0;
            while (!(result & GUARDLANE_DONE)) {
                int is_empty = head == length;
                if (is_empty && wrong_way == HANG_WHEN_CLOSED && am.state != GUARDLANE_PDG) {
                    tally[HUNG]++;
                    tally[WRONG] += is_wrong;
                    tally[UNEQUAL] += is_unequal;
                    return;
                }
                if (!is_empty && wrong_way == IGNORE_BAD && am.state != GUARDLANE_PDG &&
                    units[head].kind == GUARDLANE_BAD) {
                    head++;
                    continue;
                }
                result = guardlane_alignment_pop(&am, is_empty ? NULL : &units[head],
                                                 is_empty ? (uint32_t)GUARDLANE_CLOSED : 0u,
                                                 &answer);
                head += result & GUARDLANE_TOOK ? 1 : 0;
            }
            if (wrong_way == PAD_EVERYTHING) {
                answer.is_pad = 1;
            }
            if (!answer.is_pad && answer.data != 16 * frame + place) {
                is_wrong = 1;
            }
            if (answer.is_pad != (place >= pushes[frame - 1])) {
                is_unequal = 1;
            }
        }
    }
    tally[WRONG] += is_wrong;
    tally[UNEQUAL] += is_wrong | is_unequal;
}

/* Run 0 to `most_pushes` and 0 to `most_pops` a frame, with any set of bad headers if asked for. */
void sweep(uint32_t frames, uint32_t most_pushes, uint32_t most_pops, uint32_t any_bad,
           uint32_t bad_end, uint32_t wrong_way, uint64_t *tally) {
    uint32_t pushes[MOST_FRAMES] = {0};
    uint32_t pops[MOST_FRAMES] = {0};
    for (;;) {
        uint32_t digit = 0;
        uint32_t bad;
        for (bad = 0; bad < (any_bad ? (uint32_t)1 << frames : 1u); bad++) {
            guardlane_unit units[MOST_UNITS] = {{0, 0, 0}};
            uint32_t length = write_stream(units, pushes, frames, bad, bad_end);
            tally[PATTERNS]++;
            run(units, length, pushes, pops, frames, wrong_way, tally);
        }
        while (digit < 2 * frames) { /* count on, the pushes being the low digits */
            uint32_t *value = digit < frames ? &pushes[digit] : &pops[digit - frames];
            if (++*value <= (digit < frames ? most_pushes : most_pops)) {
                break;
            }
            *value = 0;
            digit++;
        }
        if (digit == 2 * frames) {
            return;
        }
    }
}
