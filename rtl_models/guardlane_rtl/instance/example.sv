// SPDX-License-Identifier: Apache-2.0
// A guarded link between two stages of a design: 64 words of 32 bits, frames of 16 beats.

module example (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic [31:0] s_axis_tdata,
    input  logic        s_axis_tvalid,
    output logic        s_axis_tready,
    input  logic        s_axis_tlast,   // ends a frame
    input  logic        eoc_i,          // ends the stream
    output logic [31:0] m_axis_tdata,
    output logic        m_axis_tvalid,
    input  logic        m_axis_tready,
    output logic        m_axis_tlast,
    output logic        m_axis_tuser,   // this beat is a pad
    output logic        skew_err_o
);

  /* verilator lint_off PINCONNECTEMPTY */
  commguard_link #(
      .DataWidth(32), .IdWidth(16), .Depth(64), .WorkingSet(16),
      .PushTimeout(4096), .PopTimeout(4096)
  ) u_link (
      .clk_i, .rst_ni, .s_axis_tdata, .s_axis_tvalid, .s_axis_tready, .s_axis_tlast, .eoc_i,
      .m_axis_tdata, .m_axis_tvalid, .m_axis_tready, .m_axis_tlast, .m_axis_tuser, .skew_err_o,
      .frame_i(1'b0), .frame_len_i(16'd16), .end_i(1'b0),
      .source_frame_o(), .source_done_o(), .skip_frame_o(), .drop_tail_o(), .occupancy_o(),
      .corrected_o(), .detected_o(), .sink_frame_o(), .sink_done_o(), .state_o(),
      .discard_item_o(), .discard_header_o(), .pad_o()
  );

endmodule
