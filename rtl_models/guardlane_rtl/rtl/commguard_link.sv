// SPDX-License-Identifier: Apache-2.0
// A guarded stream from end to end: source, queue and sink.

module commguard_link #(
    parameter  int                   DataWidth    = 32,
    parameter  int                   IdWidth      = 32,
    parameter  logic [DataWidth-1:0] PadData      = '0,
    parameter  int                   LenWidth     = 16,
    parameter  int                   Depth        = 8,
    parameter  int                   WorkingSet   = 1,
    parameter  int                   PushTimeout  = 0,
    parameter  int                   PopTimeout   = 0,
    localparam int                   PointerWidth = $clog2(2 * Depth)
) (
    input  logic                    clk_i,
    input  logic                    rst_ni,
    // the stream in
    input  logic [   DataWidth-1:0] s_axis_tdata,
    input  logic                    s_axis_tvalid,
    output logic                    s_axis_tready,
    input  logic                    s_axis_tlast,
    input  logic                    frame_i,
    input  logic                    eoc_i,
    // the stream out
    input  logic [    LenWidth-1:0] frame_len_i,
    input  logic                    end_i,
    output logic [   DataWidth-1:0] m_axis_tdata,
    output logic                    m_axis_tvalid,
    input  logic                    m_axis_tready,
    output logic                    m_axis_tlast,
    output logic                    m_axis_tuser,
    // observation
    output logic [     IdWidth-1:0] source_frame_o,
    output logic                    source_done_o,
    output logic                    skip_frame_o,
    output logic                    drop_tail_o,
    output logic [PointerWidth-1:0] occupancy_o,
    output logic                    corrected_o,
    output logic                    detected_o,
    output logic [     IdWidth-1:0] sink_frame_o,
    output logic                    sink_done_o,
    output logic [             2:0] state_o,
    output logic                    discard_item_o,
    output logic                    discard_header_o,
    output logic                    pad_o,
    output logic                    skew_err_o
);

  logic push_valid, push_ready, pop_valid, pop_ready, publish, close, release_space, closed;
  logic [1:0] push_kind, pop_kind;
  logic [IdWidth-1:0] push_id, pop_id;
  logic [DataWidth-1:0] push_data, pop_data;

  commguard_source #(
      .DataWidth  (DataWidth),
      .IdWidth    (IdWidth),
      .PushTimeout(PushTimeout)
  ) u_source (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .s_axis_tdata  (s_axis_tdata),
      .s_axis_tvalid (s_axis_tvalid),
      .s_axis_tready (s_axis_tready),
      .s_axis_tlast  (s_axis_tlast),
      .frame_i       (frame_i),
      .eoc_i         (eoc_i),
      .unit_valid_o  (push_valid),
      .unit_ready_i  (push_ready),
      .unit_kind_o   (push_kind),
      .unit_id_o     (push_id),
      .unit_data_o   (push_data),
      .publish_o     (publish),
      .close_o       (close),
      .active_frame_o(source_frame_o),
      .done_o        (source_done_o),
      .skip_frame_o  (skip_frame_o),
      .drop_tail_o   (drop_tail_o)
  );

  queue_manager #(
      .DataWidth (DataWidth),
      .IdWidth   (IdWidth),
      .Depth     (Depth),
      .WorkingSet(WorkingSet)
  ) u_queue (
      .clk_i       (clk_i),
      .rst_ni      (rst_ni),
      .push_valid_i(push_valid),
      .push_ready_o(push_ready),
      .push_kind_i (push_kind),
      .push_id_i   (push_id),
      .push_data_i (push_data),
      .publish_i   (publish),
      .close_i     (close),
      .pop_valid_o (pop_valid),
      .pop_ready_i (pop_ready),
      .pop_kind_o  (pop_kind),
      .pop_id_o    (pop_id),
      .pop_data_o  (pop_data),
      .release_i   (release_space),
      .drain_i     (1'b0),
      .closed_o    (closed),
      .occupancy_o (occupancy_o),
      .corrected_o (corrected_o),
      .detected_o  (detected_o)
  );

  commguard_sink #(
      .DataWidth (DataWidth),
      .IdWidth   (IdWidth),
      .PadData   (PadData),
      .LenWidth  (LenWidth),
      .PopTimeout(PopTimeout)
  ) u_sink (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .unit_valid_i    (pop_valid),
      .unit_ready_o    (pop_ready),
      .unit_kind_i     (pop_kind),
      .unit_id_i       (pop_id),
      .unit_data_i     (pop_data),
      .closed_i        (closed),
      .release_o       (release_space),
      .frame_len_i     (frame_len_i),
      .end_i           (end_i),
      .m_axis_tdata    (m_axis_tdata),
      .m_axis_tvalid   (m_axis_tvalid),
      .m_axis_tready   (m_axis_tready),
      .m_axis_tlast    (m_axis_tlast),
      .m_axis_tuser    (m_axis_tuser),
      .active_frame_o  (sink_frame_o),
      .done_o          (sink_done_o),
      .state_o         (state_o),
      .discard_item_o  (discard_item_o),
      .discard_header_o(discard_header_o),
      .pad_o           (pad_o),
      .skew_err_o      (skew_err_o)
  );

endmodule
