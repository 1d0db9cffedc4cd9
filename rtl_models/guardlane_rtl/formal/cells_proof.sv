// SPDX-License-Identifier: Apache-2.0
// Cells of the alignment manager's table that no run reaches: a command taken in Disc or DiscFr.
//
// Both states last only as long as the pop that looks on. All that is assumed is that the core
// offers no command before a pop is over, and begins frames in order: after one that it skipped,
// the manager would leave Pdg for DiscFr.

module cells_proof #(
    parameter int         DataWidth  = 2,
    parameter int         IdWidth    = 3,
    parameter bit         StepsByOne = 1,
    parameter bit         Helpers    = 1,
    parameter logic [2:0] State      = 3'd2,  // of the cell that is covered
    parameter logic [1:0] Command    = 2'd0
) (
    input logic                 clk_i,
    input logic                 cmd_valid_i,
    input logic [          1:0] cmd_i,
    input logic                 unit_valid_i,
    input logic [          1:0] unit_kind_i,
    input logic [  IdWidth-1:0] unit_id_i,
    input logic [DataWidth-1:0] unit_data_i,
    input logic                 closed_i,
    input logic                 timeout_i,
    input logic                 rsp_ready_i,
    input logic [  IdWidth-1:0] step_i
);

  localparam logic [1:0] CmdPop = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [2:0] RcvCmp = 3'd0, Disc = 3'd2, DiscFr = 3'd3, Pdg = 3'd4;
  localparam logic [1:0] LatchHeader = 2'd1;

  (* anyconst *)logic [IdWidth-1:0] start;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic cmd_ready, accepts;
  logic [2:0] state;
  logic [IdWidth-1:0] frame_q, active, ahead;

  (* hierconn *) wire [1:0] \dut.latch_q ;
  (* hierconn *) wire [IdWidth-1:0] \dut.latched_id_q ;
  (* hierconn *) wire \dut.open_q ;
  (* hierconn *) wire \dut.ended_q ;

  assign accepts = cmd_valid_i && cmd_ready;
  assign active = cmd_valid_i && cmd_i == CmdNewFrame ?
                  frame_q + (StepsByOne ? IdWidth'(1) : step_i) : frame_q;
  assign ahead = \dut.latched_id_q - frame_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) frame_q <= start;
    else if (accepts && cmd_i == CmdNewFrame) frame_q <= active;
  end

  alignment_manager #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth)
  ) dut (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .cmd_valid_i     (cmd_valid_i),
      .cmd_ready_o     (cmd_ready),
      .cmd_i           (cmd_i),
      .active_frame_i  (active),
      .unit_valid_i    (unit_valid_i),
      .unit_ready_o    (),
      .unit_kind_i     (unit_kind_i),
      .unit_id_i       (unit_id_i),
      .unit_data_i     (unit_data_i),
      .closed_i        (closed_i),
      .timeout_i       (timeout_i),
      .rsp_valid_o     (),
      .rsp_ready_i     (rsp_ready_i),
      .rsp_data_o      (),
      .rsp_pad_o       (),
      .state_o         (state),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (),
      .skew_err_o      ()
  );

  always_comb begin
    if (rst_ni) begin
      a_one_at_a_time : assume (!cmd_valid_i || cmd_ready || \dut.ended_q );

      p_disc_pop : assert (!accepts || state != Disc || cmd_i != CmdPop);
      p_disc_new_frame : assert (!accepts || state != Disc || cmd_i != CmdNewFrame);
      p_disc_end : assert (!accepts || state != Disc || cmd_i != CmdEnd);
      p_disc_fr_pop : assert (!accepts || state != DiscFr || cmd_i != CmdPop);
      p_disc_fr_new_frame : assert (!accepts || state != DiscFr || cmd_i != CmdNewFrame);
      p_disc_fr_end : assert (!accepts || state != DiscFr || cmd_i != CmdEnd);
      p_encoding : assert (state <= Pdg);

      // why: the two states have a pop open, and a latched header is passed by no frame
      h_open :
      assert (!Helpers || (state != Disc && state != DiscFr) || \dut.open_q || \dut.ended_q );
      h_ahead :
      assert (!Helpers || state != Pdg || \dut.latch_q != LatchHeader || \dut.ended_q ||
              (ahead != '0 && !ahead[IdWidth-1]));

      c_cell : cover (accepts && state == State && cmd_i == Command);
      // its row and its column are there
      c_state : cover (state == State && \dut.open_q );
      c_command : cover (accepts && state == RcvCmp && cmd_i == Command);
    end
  end

endmodule
