// SPDX-License-Identifier: Apache-2.0
// Every block under one roof, so that one build of a simulator serves all benches.

module bench_top (
    input logic clk_i,
    input logic rst_ni,

    input  logic        am_cmd_valid_i,
    output logic        am_cmd_ready_o,
    input  logic [ 1:0] am_cmd_i,
    input  logic [ 7:0] am_active_frame_i,
    input  logic        am_unit_valid_i,
    output logic        am_unit_ready_o,
    input  logic [ 1:0] am_unit_kind_i,
    input  logic [ 7:0] am_unit_id_i,
    input  logic [15:0] am_unit_data_i,
    input  logic        am_closed_i,
    input  logic        am_timeout_i,
    output logic        am_rsp_valid_o,
    input  logic        am_rsp_ready_i,
    output logic [15:0] am_rsp_data_o,
    output logic        am_rsp_pad_o,
    output logic [ 2:0] am_state_o,
    output logic        am_discard_item_o,
    output logic        am_discard_header_o,
    output logic        am_pad_o,
    output logic        am_skew_err_o,

    input  logic        hi_cmd_valid_i,
    output logic        hi_cmd_ready_o,
    input  logic [ 1:0] hi_cmd_i,
    input  logic [15:0] hi_cmd_data_i,
    input  logic [ 7:0] hi_active_frame_i,
    output logic        hi_unit_valid_o,
    input  logic        hi_unit_ready_i,
    output logic [ 1:0] hi_unit_kind_o,
    output logic [ 7:0] hi_unit_id_o,
    output logic [15:0] hi_unit_data_o,
    input  logic        hi_timeout_i,
    output logic        hi_skip_frame_o,
    output logic        hi_drop_tail_o,

    input  logic        qm_push_valid_i,
    output logic        qm_push_ready_o,
    input  logic [ 1:0] qm_push_kind_i,
    input  logic [ 7:0] qm_push_id_i,
    input  logic [15:0] qm_push_data_i,
    input  logic        qm_publish_i,
    input  logic        qm_close_i,
    output logic        qm_pop_valid_o,
    input  logic        qm_pop_ready_i,
    output logic [ 1:0] qm_pop_kind_o,
    output logic [ 7:0] qm_pop_id_o,
    output logic [15:0] qm_pop_data_o,
    input  logic        qm_release_i,
    input  logic        qm_drain_i,
    output logic        qm_closed_o,
    output logic [ 3:0] qm_occupancy_o,
    output logic        qm_corrected_o,
    output logic        qm_detected_o,

    input  logic [ 8:0] enc_data_i,
    output logic [13:0] enc_code_o,
    input  logic [13:0] dec_code_i,
    output logic [ 8:0] dec_data_o,
    output logic        dec_corrected_o,
    output logic        dec_uncorrectable_o,

    input  logic [15:0] s_axis_tdata,
    input  logic        s_axis_tvalid,
    output logic        s_axis_tready,
    input  logic        s_axis_tlast,
    input  logic        frame_i,
    input  logic        eoc_i,
    input  logic [ 7:0] frame_len_i,
    input  logic        end_i,
    output logic [15:0] m_axis_tdata,
    output logic        m_axis_tvalid,
    input  logic        m_axis_tready,
    output logic        m_axis_tlast,
    output logic        m_axis_tuser,
    output logic [ 7:0] sink_frame_o,
    output logic        sink_done_o,
    output logic        skew_err_o,
    output logic [ 3:0] occupancy_o,

    // the same with time-outs, and nothing published before a set is full or its side stalls
    input  logic [15:0] hasty_s_axis_tdata,
    input  logic        hasty_s_axis_tvalid,
    output logic        hasty_s_axis_tready,
    input  logic        hasty_s_axis_tlast,
    output logic [15:0] hasty_m_axis_tdata,
    output logic        hasty_m_axis_tvalid,
    input  logic        hasty_m_axis_tready,
    output logic        hasty_m_axis_tlast,
    output logic        hasty_m_axis_tuser,
    output logic        hasty_skip_frame_o,
    output logic        hasty_drop_tail_o,
    output logic        hasty_pad_o
);

  alignment_manager #(
      .DataWidth(16),
      .IdWidth  (8),
      .PadData  (16'hDEAD)
  ) u_am (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .cmd_valid_i     (am_cmd_valid_i),
      .cmd_ready_o     (am_cmd_ready_o),
      .cmd_i           (am_cmd_i),
      .active_frame_i  (am_active_frame_i),
      .unit_valid_i    (am_unit_valid_i),
      .unit_ready_o    (am_unit_ready_o),
      .unit_kind_i     (am_unit_kind_i),
      .unit_id_i       (am_unit_id_i),
      .unit_data_i     (am_unit_data_i),
      .closed_i        (am_closed_i),
      .timeout_i       (am_timeout_i),
      .rsp_valid_o     (am_rsp_valid_o),
      .rsp_ready_i     (am_rsp_ready_i),
      .rsp_data_o      (am_rsp_data_o),
      .rsp_pad_o       (am_rsp_pad_o),
      .state_o         (am_state_o),
      .discard_item_o  (am_discard_item_o),
      .discard_header_o(am_discard_header_o),
      .pad_o           (am_pad_o),
      .skew_err_o      (am_skew_err_o)
  );

  header_inserter #(
      .DataWidth  (16),
      .IdWidth    (8),
      .DelayFrames(2)
  ) u_hi (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .cmd_valid_i   (hi_cmd_valid_i),
      .cmd_ready_o   (hi_cmd_ready_o),
      .cmd_i         (hi_cmd_i),
      .cmd_data_i    (hi_cmd_data_i),
      .active_frame_i(hi_active_frame_i),
      .unit_valid_o  (hi_unit_valid_o),
      .unit_ready_i  (hi_unit_ready_i),
      .unit_kind_o   (hi_unit_kind_o),
      .unit_id_o     (hi_unit_id_o),
      .unit_data_o   (hi_unit_data_o),
      .timeout_i     (hi_timeout_i),
      .skip_frame_o  (hi_skip_frame_o),
      .drop_tail_o   (hi_drop_tail_o)
  );

  queue_manager #(
      .DataWidth (16),
      .IdWidth   (8),
      .Depth     (5),
      .WorkingSet(2)
  ) u_qm (
      .clk_i       (clk_i),
      .rst_ni      (rst_ni),
      .push_valid_i(qm_push_valid_i),
      .push_ready_o(qm_push_ready_o),
      .push_kind_i (qm_push_kind_i),
      .push_id_i   (qm_push_id_i),
      .push_data_i (qm_push_data_i),
      .publish_i   (qm_publish_i),
      .close_i     (qm_close_i),
      .pop_valid_o (qm_pop_valid_o),
      .pop_ready_i (qm_pop_ready_i),
      .pop_kind_o  (qm_pop_kind_o),
      .pop_id_o    (qm_pop_id_o),
      .pop_data_o  (qm_pop_data_o),
      .release_i   (qm_release_i),
      .drain_i     (qm_drain_i),
      .closed_o    (qm_closed_o),
      .occupancy_o (qm_occupancy_o),
      .corrected_o (qm_corrected_o),
      .detected_o  (qm_detected_o)
  );

  secded_enc #(
      .DataWidth(9)
  ) u_enc (
      .data_i(enc_data_i),
      .code_o(enc_code_o)
  );

  secded_dec #(
      .DataWidth(9)
  ) u_dec (
      .code_i         (dec_code_i),
      .data_o         (dec_data_o),
      .corrected_o    (dec_corrected_o),
      .uncorrectable_o(dec_uncorrectable_o)
  );

  commguard_link #(
      .DataWidth (16),
      .IdWidth   (8),
      .PadData   (16'hDEAD),
      .LenWidth  (8),
      .Depth     (8),
      .WorkingSet(4)
  ) u_link (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .s_axis_tdata    (s_axis_tdata),
      .s_axis_tvalid   (s_axis_tvalid),
      .s_axis_tready   (s_axis_tready),
      .s_axis_tlast    (s_axis_tlast),
      .frame_i         (frame_i),
      .eoc_i           (eoc_i),
      .frame_len_i     (frame_len_i),
      .end_i           (end_i),
      .m_axis_tdata    (m_axis_tdata),
      .m_axis_tvalid   (m_axis_tvalid),
      .m_axis_tready   (m_axis_tready),
      .m_axis_tlast    (m_axis_tlast),
      .m_axis_tuser    (m_axis_tuser),
      .source_frame_o  (),
      .source_done_o   (),
      .skip_frame_o    (),
      .drop_tail_o     (),
      .occupancy_o     (occupancy_o),
      .corrected_o     (),
      .detected_o      (),
      .sink_frame_o    (sink_frame_o),
      .sink_done_o     (sink_done_o),
      .state_o         (),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (),
      .skew_err_o      (skew_err_o)
  );

  commguard_link #(
      .DataWidth  (16),
      .IdWidth    (8),
      .LenWidth   (8),
      .Depth      (4),
      .WorkingSet (2),
      .PushTimeout(12),
      .PopTimeout (40)
  ) u_hasty (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .s_axis_tdata    (hasty_s_axis_tdata),
      .s_axis_tvalid   (hasty_s_axis_tvalid),
      .s_axis_tready   (hasty_s_axis_tready),
      .s_axis_tlast    (hasty_s_axis_tlast),
      .frame_i         (1'b0),
      .eoc_i           (eoc_i),
      .frame_len_i     (frame_len_i),
      .end_i           (1'b0),
      .m_axis_tdata    (hasty_m_axis_tdata),
      .m_axis_tvalid   (hasty_m_axis_tvalid),
      .m_axis_tready   (hasty_m_axis_tready),
      .m_axis_tlast    (hasty_m_axis_tlast),
      .m_axis_tuser    (hasty_m_axis_tuser),
      .source_frame_o  (),
      .source_done_o   (),
      .skip_frame_o    (hasty_skip_frame_o),
      .drop_tail_o     (hasty_drop_tail_o),
      .occupancy_o     (),
      .corrected_o     (),
      .detected_o      (),
      .sink_frame_o    (),
      .sink_done_o     (),
      .state_o         (),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (hasty_pad_o),
      .skew_err_o      ()
  );

endmodule
