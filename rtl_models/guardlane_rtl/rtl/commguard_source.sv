// SPDX-License-Identifier: Apache-2.0
// An AXI4-Stream on its way into a guarded queue: counts frames and has their headers inserted.
//
// The end of a frame opens the next one at once, so that a consumer learns that a frame was short
// as soon as it is over. `tlast` or a pulse of `frame_i` ends a frame (both in the cycle of one beat
// end one), `eoc_i` ends the stream; what is pulsed while a header waits for room is counted.

module commguard_source #(
    parameter int DataWidth   = 32,
    parameter int IdWidth     = 32,
    parameter int PushTimeout = 0    // cycles; 0 waits for ever
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // the stream
    input  logic [DataWidth-1:0] s_axis_tdata,
    input  logic                 s_axis_tvalid,
    output logic                 s_axis_tready,
    input  logic                 s_axis_tlast,
    input  logic                 frame_i,
    input  logic                 eoc_i,
    // the tail of the queue
    output logic                 unit_valid_o,
    input  logic                 unit_ready_i,
    output logic [          1:0] unit_kind_o,
    output logic [  IdWidth-1:0] unit_id_o,
    output logic [DataWidth-1:0] unit_data_o,
    output logic                 publish_o,
    output logic                 close_o,
    // observation
    output logic [  IdWidth-1:0] active_frame_o,
    output logic                 done_o,
    output logic                 skip_frame_o,
    output logic                 drop_tail_o
);

  localparam logic [1:0] CmdPush = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;

  logic [IdWidth-1:0] opens_q;  // frames to open before anything else
  logic [IdWidth-1:0] frame_q;
  logic eoc_q;

  logic [1:0] cmd;
  logic cmd_valid, cmd_ready, opens, ends_frame, timeout;

  always_comb begin
    if (opens) cmd = CmdNewFrame;
    else if (eoc_q) cmd = CmdEnd;
    else cmd = CmdPush;
  end

  assign cmd_valid      = opens || (eoc_q ? !done_o : s_axis_tvalid);
  assign opens          = opens_q != '0;
  assign active_frame_o = opens ? frame_q + 1'b1 : frame_q;
  assign s_axis_tready  = cmd_ready && cmd == CmdPush;
  assign ends_frame     = !eoc_q && (frame_i || (s_axis_tvalid && s_axis_tready && s_axis_tlast));
  assign close_o        = cmd_ready && cmd == CmdEnd;
  assign publish_o      = !(unit_valid_o && unit_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      opens_q <= IdWidth'(1);
      frame_q <= '0;
      eoc_q   <= 1'b0;
      done_o  <= 1'b0;
    end else begin
      if (opens && cmd_ready) frame_q <= active_frame_o;
      if (ends_frame && !(opens && cmd_ready)) opens_q <= opens_q + 1'b1;
      if (!ends_frame && (opens && cmd_ready)) opens_q <= opens_q - 1'b1;
      eoc_q  <= eoc_q || eoc_i;
      done_o <= done_o || close_o;
    end
  end

  command_timer #(
      .Limit(PushTimeout)
  ) u_timer (
      .clk_i    (clk_i),
      .rst_ni   (rst_ni),
      .waits_i  (cmd_valid),
      .done_i   (cmd_ready),
      .timeout_o(timeout)
  );

  header_inserter #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth)
  ) u_inserter (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .cmd_valid_i   (cmd_valid),
      .cmd_ready_o   (cmd_ready),
      .cmd_i         (cmd),
      .cmd_data_i    (s_axis_tdata),
      .active_frame_i(active_frame_o),
      .unit_valid_o  (unit_valid_o),
      .unit_ready_i  (unit_ready_i),
      .unit_kind_o   (unit_kind_o),
      .unit_id_o     (unit_id_o),
      .unit_data_o   (unit_data_o),
      .timeout_i     (timeout),
      .skip_frame_o  (skip_frame_o),
      .drop_tail_o   (drop_tail_o)
  );

endmodule
