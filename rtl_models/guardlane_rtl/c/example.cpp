// SPDX-License-Identifier: Apache-2.0
// Two cores and a guarded queue in a toy cycle loop; a fault costs the producer an item of frame 2.
#include <cstdio>
#include "guardlane_guard.h"

constexpr unsigned kFrames = 4, kItems = 4, kDepth = 8, kWorkingSet = 4;

static guardlane_word words[kDepth];
static guardlane_queue queue;

struct Producer {
    guardlane_inserter inserter;
    unsigned frame = 0, item = kItems;
    bool ended = false;

    void step() {
        if (ended) return;
        if (frame == 2 && item == 1) item = 2; // the fault: 21 is never pushed
        guardlane_result result;
        if (item < kItems) {
            result = guardlane_push(&inserter, &queue, words, 10 * frame + item, 0);
            if (result & GUARDLANE_DONE) item++;
        } else if (frame < kFrames) {
            result = guardlane_push_header(&inserter, &queue, words, frame + 1, 0);
            if (result & GUARDLANE_DONE) frame++, item = 0;
        } else {
            result = guardlane_push_end(&inserter, &queue, words, 0);
            ended = result & GUARDLANE_DONE;
        }
        if (result & GUARDLANE_WOULD_BLOCK) guardlane_queue_publish(&queue); // stalled
    }
};

struct Consumer {
    guardlane_alignment alignment;
    unsigned frame = 0, item = kItems;

    void step() {
        if (item == kItems) {
            guardlane_alignment_new_frame(&alignment, ++frame);
            std::printf("frame %u:", frame);
            item = 0;
        }
        guardlane_answer answer;
        guardlane_result result = guardlane_pop(&alignment, &queue, words, 0, &answer);
        if (!(result & (GUARDLANE_DONE | GUARDLANE_TOOK))) guardlane_queue_release(&queue);
        if (!(result & GUARDLANE_DONE)) return;
        answer.is_pad ? std::printf(" pad") : std::printf(" %u", unsigned(answer.data));
        if (++item == kItems) std::printf("\n");
    }
};

int main() {
    Producer p;
    Consumer c;
    if (guardlane_guard_abi_version() != GUARDLANE_GUARD_ABI_VERSION) return 1;
    guardlane_queue_init(&queue, words, kDepth, kWorkingSet, 32, 32);
    guardlane_inserter_init(&p.inserter, 32, 0), guardlane_alignment_init(&c.alignment, 32, 0);
    for (; c.frame < kFrames || c.item < kItems; guardlane_queue_clock(&queue)) p.step(), c.step();
}
