// SPDX-License-Identifier: Apache-2.0
// A timer has no rules; it may count through any numbers, as long as its limit comes when it is due.

  wire counts_gen_timer_waited_q = 0;
