// SPDX-License-Identifier: Apache-2.0
// What a stream of units means, in numbers that never wrap: the frame and the index of its head.
//
// A stream is legal if it begins with a header, headers come in rising order (a frame may be left
// out, with all it has), and nothing follows the end. The inserter's proof shows that it writes
// legal streams; the manager's assumes that it reads one. A bad header stands where its frame
// begins, though nobody who reads it can tell which frame that is.

module stream_ghost #(
    parameter int FrameWidth = 16,
    parameter int IndexWidth = 16
) (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    input  logic [FrameWidth-1:0] start_i,     // the frame before the first
    input  logic                  moves_i,     // a unit goes from one side to the other
    input  logic [           1:0] kind_i,
    input  logic [FrameWidth-1:0] header_i,    // the frame that a header begins
    output logic                  is_legal_o,  // what is seen now may come next
    output logic [FrameWidth-1:0] frame_o,     // of the next item
    output logic [IndexWidth-1:0] index_o,     // of the next item, in its frame
    output logic                  started_o,   // a header has gone by
    output logic                  intact_o,    // and the last one was not bad
    output logic                  ended_o      // the end has gone by
);

  localparam logic [1:0] KindItem = 2'd0, KindBad = 2'd2, KindEoc = 2'd3;

  always_comb begin
    if (ended_o) is_legal_o = 1'b0;
    else if (kind_i == KindItem) is_legal_o = started_o && index_o != '1;
    else is_legal_o = kind_i == KindEoc || header_i > frame_o;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      frame_o   <= start_i;
      index_o   <= '0;
      started_o <= 1'b0;
      intact_o  <= 1'b0;
      ended_o   <= 1'b0;
    end else if (moves_i) begin
      if (kind_i == KindItem) begin
        index_o <= index_o + 1'b1;
      end else if (kind_i == KindEoc) begin
        ended_o <= 1'b1;
      end else begin
        frame_o   <= header_i;
        index_o   <= '0;
        started_o <= 1'b1;
        intact_o  <= kind_i != KindBad;
      end
    end
  end

endmodule
