// SPDX-License-Identifier: Apache-2.0
// A guarded queue on its way out to an AXI4-Stream: every frame has the beats it was asked to have.
//
// `frame_len_i` beats a frame, taken as the frame begins; 0 begins none. `tlast` is on the last beat,
// `tuser` on pads. A frame whose first pop meets the end of the stream does not exist: the sink is
// done. `end_i` makes it done at the next frame boundary; from then on the queue is drained.

module commguard_sink #(
    parameter int                   DataWidth  = 32,
    parameter int                   IdWidth    = 32,
    parameter logic [DataWidth-1:0] PadData    = '0,
    parameter int                   LenWidth   = 16,
    parameter int                   PopTimeout = 0    // cycles; 0 waits for ever
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // the head of the queue
    input  logic                 unit_valid_i,
    output logic                 unit_ready_o,
    input  logic [          1:0] unit_kind_i,
    input  logic [  IdWidth-1:0] unit_id_i,
    input  logic [DataWidth-1:0] unit_data_i,
    input  logic                 closed_i,
    output logic                 release_o,
    // the stream
    input  logic [ LenWidth-1:0] frame_len_i,
    input  logic                 end_i,
    output logic [DataWidth-1:0] m_axis_tdata,
    output logic                 m_axis_tvalid,
    input  logic                 m_axis_tready,
    output logic                 m_axis_tlast,
    output logic                 m_axis_tuser,
    // observation
    output logic [  IdWidth-1:0] active_frame_o,
    output logic                 done_o,
    output logic [          2:0] state_o,
    output logic                 discard_item_o,
    output logic                 discard_header_o,
    output logic                 pad_o,
    output logic                 skew_err_o
);

  localparam logic [1:0] CmdPop = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [1:0] KindEoc = 2'd3;

  typedef enum logic [2:0] {
    Boundary = 3'd0,
    Pop      = 3'd1,
    Answer   = 3'd2,
    End      = 3'd3,
    Done     = 3'd4
  } phase_e;

  phase_e phase_d, phase_q;
  logic [LenWidth-1:0] left_d, left_q;  // beats of this frame after the one in hand
  logic is_first_d, is_first_q;
  logic [IdWidth-1:0] frame_q;
  logic end_q, met_end_q;

  logic [1:0] cmd;
  logic
      cmd_valid, cmd_ready, rsp_valid, rsp_ready, rsp_pad, timeout, begins, is_popping, is_no_frame;

  assign begins         = phase_q == Boundary && !end_q && !met_end_q && frame_len_i != '0;
  assign is_popping     = phase_q == Pop || phase_q == Answer;
  assign active_frame_o = begins ? frame_q + 1'b1 : frame_q;
  assign is_no_frame    = is_first_q && rsp_pad && met_end_q;
  assign rsp_ready      = phase_q == Answer && (m_axis_tready || is_no_frame);
  assign m_axis_tvalid  = phase_q == Answer && rsp_valid && !is_no_frame;
  assign m_axis_tlast   = left_q == '0;
  assign m_axis_tuser   = rsp_pad;
  assign release_o      = !(unit_valid_i && unit_ready_o);
  assign done_o         = phase_q == Done;

  assign cmd_valid      = begins || phase_q == Pop || phase_q == End;

  always_comb begin
    if (phase_q == Boundary) cmd = CmdNewFrame;
    else if (phase_q == End) cmd = CmdEnd;
    else cmd = CmdPop;
  end

  always_comb begin
    phase_d    = phase_q;
    left_d     = left_q;
    is_first_d = is_first_q;
    case (phase_q)
      Boundary: begin
        if (end_q || met_end_q) begin
          phase_d = End;
        end else if (begins && cmd_ready) begin
          phase_d    = Pop;
          left_d     = frame_len_i - 1'b1;
          is_first_d = 1'b1;
        end
      end
      Pop: begin
        if (cmd_ready) phase_d = Answer;
      end
      Answer: begin
        if (rsp_valid && is_no_frame) begin
          phase_d = End;
        end else if (rsp_valid && m_axis_tready) begin
          is_first_d = 1'b0;
          left_d     = left_q - 1'b1;
          if (m_axis_tlast) phase_d = Boundary;
          else phase_d = Pop;
        end
      end
      End: begin
        if (cmd_ready) phase_d = Done;
      end
      default: phase_d = Done;
    endcase
  end

  // The manager meets the end in the cycle in which it takes the end word, or looks and finds the
  // queue closed and empty.
  logic meets_end;
  assign meets_end = unit_ready_o && (unit_valid_i ? unit_kind_i == KindEoc : closed_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      phase_q    <= Boundary;
      left_q     <= '0;
      is_first_q <= 1'b0;
      frame_q    <= '0;
      end_q      <= 1'b0;
      met_end_q  <= 1'b0;
    end else begin
      phase_q    <= phase_d;
      left_q     <= left_d;
      is_first_q <= is_first_d;
      end_q      <= end_q || end_i;
      met_end_q  <= met_end_q || meets_end;
      if (begins && cmd_ready) frame_q <= active_frame_o;
    end
  end

  command_timer #(
      .Limit(PopTimeout)
  ) u_timer (
      .clk_i    (clk_i),
      .rst_ni   (rst_ni),
      .waits_i  (is_popping),
      .done_i   (rsp_valid && rsp_ready),
      .timeout_o(timeout)
  );

  alignment_manager #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth),
      .PadData  (PadData)
  ) u_alignment (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .cmd_valid_i     (cmd_valid),
      .cmd_ready_o     (cmd_ready),
      .cmd_i           (cmd),
      .active_frame_i  (active_frame_o),
      .unit_valid_i    (unit_valid_i),
      .unit_ready_o    (unit_ready_o),
      .unit_kind_i     (unit_kind_i),
      .unit_id_i       (unit_id_i),
      .unit_data_i     (unit_data_i),
      .closed_i        (closed_i),
      .timeout_i       (timeout),
      .rsp_valid_o     (rsp_valid),
      .rsp_ready_i     (rsp_ready),
      .rsp_data_o      (m_axis_tdata),
      .rsp_pad_o       (rsp_pad),
      .state_o         (state_o),
      .discard_item_o  (discard_item_o),
      .discard_header_o(discard_header_o),
      .pad_o           (pad_o),
      .skew_err_o      (skew_err_o)
  );

endmodule
