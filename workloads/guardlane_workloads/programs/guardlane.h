/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a guardlane core: queues of 32-bit items at addresses that only x0 reaches. */
#ifndef GUARDLANE_H
#define GUARDLANE_H
#define GUARDLANE_PORT(port) \
    _Static_assert((port) >= 0 && (port) < 509, "a port is a constant from 0 to 508")
#define GUARDLANE_POP(type, load, file, port) (__extension__({ GUARDLANE_PORT(port); type item_; \
    __asm__ volatile(load " %0, %1(zero)" : file(item_) : "i"(-4 * ((port) + 1))); item_; }))
#define GUARDLANE_PUSH(type, store, file, port, item) (__extension__({ GUARDLANE_PORT(port); \
    type item_ = (item); \
    __asm__ volatile(store " %0, %1(zero)" : : file(item_), "i"(-4 * ((port) + 1))); }))
#define pop_i32(port) GUARDLANE_POP(int, "lw", "=r", port)
#define pop_f32(port) GUARDLANE_POP(float, "flw", "=f", port)
#define push_i32(port, item) GUARDLANE_PUSH(int, "sw", "r", port, item)
#define push_f32(port, item) GUARDLANE_PUSH(float, "fsw", "f", port, item)
#endif
