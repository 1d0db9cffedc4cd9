// SPDX-License-Identifier: Apache-2.0
// The timer of a waiting command: counts from the cycle it is first seen, and stands at its limit.

module command_timer #(
    parameter int Limit = 0  // cycles; 0 waits for ever
) (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic waits_i,   // a command waits in this cycle,
    input  logic done_i,    // or is done in it
    output logic timeout_o
);

  if (Limit == 0) begin : gen_never
    logic unused;
    assign unused    = &{1'b0, clk_i, rst_ni, waits_i, done_i};
    assign timeout_o = 1'b0;
  end else begin : gen_timer
    localparam int Width = $clog2(Limit + 1);
    logic [Width-1:0] waited_q;

    assign timeout_o = waited_q == Width'(Limit);

    always_ff @(posedge clk_i) begin
      if (!rst_ni || !waits_i || done_i) waited_q <= '0;
      else if (!timeout_o) waited_q <= waited_q + 1'b1;
    end
  end

endmodule
