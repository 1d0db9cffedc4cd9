// SPDX-License-Identifier: Apache-2.0
// The port rules of an alignment manager, what is always true of it, and what counts when.

  reg has_frame = 0, pending = 0;  // a frame has begun; a command waits
  reg [1:0] pending_cmd;
  reg [3:0] active;  // the frame of the cycle before
  wire accepts = cmd_valid_i && right_cmd_ready_o;
  wire busy = right_open_q || right_rsp_valid_o;
  wire [3:0] ahead = right_latched_id_q - active;
  always @(posedge clk_i) begin
    active <= active_frame_i;
    pending_cmd <= cmd_i;
    pending <= rst_ni && cmd_valid_i && !accepts;
    has_frame <= rst_ni && (has_frame || (accepts && cmd_i == 1));
  end

  wire counts_rsp_data_o = right_rsp_valid_o;
  wire counts_rsp_pad_o = right_rsp_valid_o;
  wire counts_is_item_q = right_rsp_valid_o;
  wire counts_data_q = right_is_item_q;
  wire pads_on = right_state_q == 4 && !right_ended_q;
  wire counts_latch_q = pads_on && !(right_latch_q[1] && wrong_latch_q[1]);  // 3 acts as the end, 2
  wire counts_latched_id_q = pads_on && right_latch_q == 1;

  always @* begin
    if (rst_ni) begin
      if (cmd_valid_i) assume (cmd_i != 3 && !busy && (has_frame || cmd_i != 0));
      if (pending) assume (cmd_valid_i && cmd_i == pending_cmd);
      if (cmd_valid_i && cmd_i == 1 && !pending) assume (active_frame_i == active + 4'd1);
      else assume (active_frame_i == active);
      if (closed_i) assume (!unit_valid_i);
      if (timeout_i) assume (busy || (cmd_valid_i && cmd_i == 0));
    end
    if (started) begin
      assert (right_state_q <= 4 && right_latch_q <= 2);
      assert (!right_open_q || (!right_rsp_valid_o && has_frame && right_state_q != 4));
      assert (!right_ended_q || !right_open_q);
      assert (!right_is_item_q || right_rsp_valid_o);
      assert (!right_rsp_valid_o || right_state_q == (right_is_item_q ? 0 : 4));
      assert (right_state_q == 0 || right_state_q == 1 || right_state_q == 4 || right_open_q);
      assert (has_frame || (right_state_q == 1 && !busy));
      assert (!pending || right_ended_q);
      assert (!counts_latched_id_q || (ahead != 0 && !ahead[3]));
    end
  end
