// SPDX-License-Identifier: Apache-2.0
// With a time-out of T cycles a pop is answered T + 1 cycles after it was first offered, and one
// cycle later for every unit that it still finds, and throws away, at or after the time-out.
//
// Nothing is assumed of the queue: kinds, ids, gaps and the closed flag are free in every cycle.

module timed_pop_proof #(
    parameter int DataWidth     = 2,
    parameter int IdWidth       = 3,
    parameter int Timeout       = 4,
    parameter int Less          = 0,  // so many cycles less are claimed
    parameter bit Unconditional = 0,  // claim 8 cycles after T, whatever units come
    parameter int CountWidth    = 12
) (
    input logic                 clk_i,
    input logic                 cmd_valid_i,
    input logic [          1:0] cmd_i,
    input logic [  IdWidth-1:0] active_i,
    input logic                 unit_valid_i,
    input logic [          1:0] unit_kind_i,
    input logic [  IdWidth-1:0] unit_id_i,
    input logic [DataWidth-1:0] unit_data_i,
    input logic                 closed_i,
    input logic                 rsp_ready_i
);

  localparam logic [1:0] CmdPop = 2'd0, CmdEnd = 2'd2;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic cmd_ready, unit_ready, rsp_valid, timeout, waits_q, pops;
  logic [CountWidth-1:0] age_q, late_q;  // of the pop: cycles since its first; units after time-out

  (* hierconn *) wire \dut.open_q ;
  (* hierconn *) wire \dut.ended_q ;
  (* hierconn *) wire [$clog2(Timeout+1)-1:0] \u_timer.gen_timer.waited_q ;

  assign pops = waits_q || (cmd_valid_i && cmd_i == CmdPop);

  command_timer #(
      .Limit(Timeout)
  ) u_timer (
      .clk_i    (clk_i),
      .rst_ni   (rst_ni),
      .waits_i  (pops),
      .done_i   (rsp_valid && rsp_ready_i),
      .timeout_o(timeout)
  );

  alignment_manager #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth)
  ) dut (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .cmd_valid_i     (cmd_valid_i),
      .cmd_ready_o     (cmd_ready),
      .cmd_i           (cmd_i),
      .active_frame_i  (active_i),
      .unit_valid_i    (unit_valid_i),
      .unit_ready_o    (unit_ready),
      .unit_kind_i     (unit_kind_i),
      .unit_id_i       (unit_id_i),
      .unit_data_i     (unit_data_i),
      .closed_i        (closed_i),
      .timeout_i       (timeout),
      .rsp_valid_o     (rsp_valid),
      .rsp_ready_i     (rsp_ready_i),
      .rsp_data_o      (),
      .rsp_pad_o       (),
      .state_o         (),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (),
      .skew_err_o      ()
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waits_q <= 1'b0;
      age_q   <= '0;
      late_q  <= '0;
    end else if (!pops || (rsp_valid && rsp_ready_i)) begin
      waits_q <= 1'b0;
      age_q   <= '0;
      late_q  <= '0;
    end else begin
      waits_q <= 1'b1;
      age_q   <= age_q + 1'b1;
      if (unit_valid_i && unit_ready && timeout) late_q <= late_q + 1'b1;
    end
  end

  always_comb begin
    if (rst_ni) begin
      // a core that has ended pops no more
      a_no_end : assume (!cmd_valid_i || cmd_i != CmdEnd);
      a_one_at_a_time : assume (!cmd_valid_i || !waits_q);
      a_ghosts_do_not_wrap : assume (age_q != '1);

      p_answered : assert (!pops || rsp_valid || age_q + Less <= Timeout + late_q);
      p_unconditional : assert (!Unconditional || !pops || rsp_valid || age_q <= Timeout + 8);

      h_ghosts :
      assert (\dut.open_q == (waits_q && !rsp_valid) && !\dut.ended_q && (!rsp_valid || waits_q));
      h_timer :
      assert (\u_timer.gen_timer.waited_q == (age_q < Timeout ? age_q : Timeout) &&
              (waits_q || age_q == '0));
      h_late : assert (late_q == '0 || age_q >= Timeout + late_q);

      c_answered_last : cover (rsp_valid && age_q == Timeout + 1 && late_q == '0);
      c_answered_late : cover (rsp_valid && age_q == Timeout + 3 && late_q == 2);
    end
  end

endmodule
