// SPDX-License-Identifier: Apache-2.0
// The port rules of a header inserter, what is always true of it, and what counts when.

  reg has_frame = 0, pending = 0;  // a frame has begun; a command waits
  reg [1:0] pending_cmd;
  wire accepts = cmd_valid_i && right_cmd_ready_o;
  always @(posedge clk_i) begin
    pending_cmd <= cmd_i;
    pending <= rst_ni && cmd_valid_i && !accepts;
    has_frame <= rst_ni && (has_frame || (accepts && cmd_i == 1));
  end

  wire counts_unit_kind_o = right_unit_valid_o;
  wire counts_unit_id_o = right_unit_valid_o;
  wire counts_unit_data_o = right_unit_valid_o;
  wire counts_dropping_q = !right_ended_q;

  always @* begin
    if (rst_ni) begin
      if (cmd_valid_i) assume (cmd_i != 3 && (has_frame || cmd_i == 1));
      if (pending) assume (cmd_valid_i && cmd_i == pending_cmd);
      if (timeout_i) assume (cmd_valid_i);
    end
    if (started) begin
      assert (has_frame || (!right_dropping_q && !right_ended_q));
    end
  end
