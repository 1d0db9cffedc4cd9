/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of the last four samples, for each of the samples that port 0 announces and delivers. */
#include "guardlane.h"

int _start(void) {
    float last[4] = {0};
    int count = pop_i32(0);
    for (int i = 0; i < count; i++) {
        last[i & 3] = (float)pop_i32(0);
        push_i32(0, (int)((last[0] + last[1] + last[2] + last[3]) * 0.25f));
    }
    return count;
}
