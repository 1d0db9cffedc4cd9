// SPDX-License-Identifier: Apache-2.0
// Clocks a block from rows of numbers: one row of inputs, one row of outputs a cycle.

#include <cstdint>

#include "Block.h"
#include "Block___024root.h"
#include "ports.inc"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

namespace {

struct Bench {
  VerilatedContext context;
  Block block{&context, "block"};

  // A block takes leave of the context its thread used last, which may be gone already.
  ~Bench() { Verilated::threadContextp(&context); }
};

constexpr int64_t mask(int width) { return width < 64 ? (int64_t{1} << width) - 1 : -1; }

void clock(Block *model, int level) {
#if HAS_CLOCK
  model->clk_i = level;
#endif
  model->eval();
}

// Set the inputs to those of a row, and return where the columns of the inputs end.
const int32_t *drive(Block *model, const int32_t *column, const int64_t *in) {
#define PORT(name, width) \
  model->name = !in || *column < 0 ? 0 : in[*column] & mask(width); \
  ++column;
  INPUTS
#undef PORT
  return column;
}

}  // namespace

extern "C" {

void *bench_new() { return new Bench; }

#if VM_COVERAGE
// Write what ran so far, as Verilator counts it.
void bench_coverage(void *bench, const char *path) {
  static_cast<Bench *>(bench)->context.coveragep()->write(path);
}
#endif

void bench_delete(void *bench) { delete static_cast<Bench *>(bench); }

// Hold the reset for two cycles, the inputs at those of the row `in`, or at 0 without one.
void bench_reset(void *bench, const int32_t *columns, const int64_t *in) {
  Block *model = &static_cast<Bench *>(bench)->block;
  drive(model, columns, in);
#if HAS_CLOCK
  model->rst_ni = 0;
  for (int half = 0; half < 4; ++half) clock(model, half & 1);
  model->rst_ni = 1;
  clock(model, 0);
#endif
}

// `columns` gives for each input, flip and output in turn its column in a row, or -1: an input is
// then 0. Outputs are those of the cycle, before its clock edge.
void bench_run(void *bench, int64_t cycles, const int32_t *columns, const int64_t *stimulus,
               int64_t stimulus_width, int64_t *response, int64_t response_width) {
  Block *model = &static_cast<Bench *>(bench)->block;
  for (int64_t n = 0; n < cycles; ++n) {
    const int64_t *in = stimulus + n * stimulus_width;
    int64_t *out = response + n * response_width;
    const int32_t *column = drive(model, columns, in);
#define FLIP(register) \
  if (*column >= 0) register ^= in[*column]; \
  ++column;
    FLIPS
#undef FLIP
    clock(model, 0);
#define PORT(name, width) \
  if (*column >= 0) out[*column] = static_cast<int64_t>(model->name); \
  ++column;
    OUTPUTS
#undef PORT
    clock(model, 1);
  }
}

}  // extern "C"
