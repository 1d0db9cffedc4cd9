// SPDX-License-Identifier: Apache-2.0
// The header inserter: marks where frames begin on a queue, and cuts a frame rather than shift it.
//
// A unit goes through in the cycle its command is accepted. A push that waited too long costs the
// tail of its frame, a header that did costs its whole frame; an end that did is given up.

module header_inserter #(
    parameter int DataWidth   = 32,
    parameter int IdWidth     = 32,
    parameter int DelayFrames = 0
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // commands of the core
    input  logic                 cmd_valid_i,
    output logic                 cmd_ready_o,
    input  logic [          1:0] cmd_i,
    input  logic [DataWidth-1:0] cmd_data_i,
    input  logic [  IdWidth-1:0] active_frame_i,
    // the tail of the queue
    output logic                 unit_valid_o,
    input  logic                 unit_ready_i,
    output logic [          1:0] unit_kind_o,
    output logic [  IdWidth-1:0] unit_id_o,
    output logic [DataWidth-1:0] unit_data_o,
    input  logic                 timeout_i,
    // observation
    output logic                 skip_frame_o,
    output logic                 drop_tail_o
);

  localparam logic [1:0] CmdPush = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindEoc = 2'd3;

  logic dropping_q, ended_q;  // the rest of the frame is swallowed; nothing follows

  logic is_live, swallows, enters, gives_up;
  assign is_live = cmd_valid_i && !ended_q;
  assign swallows = is_live && dropping_q && cmd_i == CmdPush;
  assign enters = unit_valid_o && unit_ready_i;
  assign gives_up = unit_valid_o && !unit_ready_i && timeout_i;

  assign unit_valid_o = is_live && !swallows;
  assign cmd_ready_o = swallows || enters || gives_up;

  assign unit_id_o = is_live && cmd_i == CmdNewFrame ? active_frame_i + IdWidth'(DelayFrames) : '0;
  assign unit_data_o = is_live && cmd_i == CmdPush ? cmd_data_i : '0;

  always_comb begin
    if (is_live && cmd_i == CmdNewFrame) unit_kind_o = KindHeader;
    else if (is_live && cmd_i == CmdEnd) unit_kind_o = KindEoc;
    else unit_kind_o = KindItem;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dropping_q   <= 1'b0;
      ended_q      <= 1'b0;
      skip_frame_o <= 1'b0;
      drop_tail_o  <= 1'b0;
    end else begin
      if (enters) dropping_q <= 1'b0;
      else if (gives_up) dropping_q <= 1'b1;
      if (cmd_ready_o && cmd_i == CmdEnd) ended_q <= 1'b1;
      skip_frame_o <= gives_up && cmd_i == CmdNewFrame;
      drop_tail_o  <= gives_up && cmd_i == CmdPush;
    end
  end

endmodule
