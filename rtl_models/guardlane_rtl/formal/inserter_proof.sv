// SPDX-License-Identifier: Apache-2.0
// The header inserter writes legal streams, whatever waits and times out: what the manager assumes.

module inserter_proof #(
    parameter int DataWidth   = 2,
    parameter int IdWidth     = 3,
    parameter int DelayFrames = 0,
    parameter bit MayTimeOut  = 1,
    parameter bit Lossless    = 0,   // claim that every push enters
    parameter bit StepsByOne  = 1,   // the core skips and repeats no frame
    parameter bit Helpers     = 1,
    parameter int FrameWidth  = 16,
    parameter int IndexWidth  = 16
) (
    input logic                 clk_i,
    input logic                 cmd_valid_i,
    input logic [          1:0] cmd_i,
    input logic [DataWidth-1:0] cmd_data_i,
    input logic                 unit_ready_i,
    input logic                 timeout_i,
    input logic [          1:0] step_i
);

  localparam logic [1:0] CmdPush = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindBad = 2'd2, KindEoc = 2'd3;

  (* anyconst *) logic [FrameWidth-1:0] start;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic cmd_ready, unit_valid, skips_frame, drops_tail, accepts, enters;
  logic [1:0] unit_kind;
  logic [IdWidth-1:0] unit_id;
  logic [DataWidth-1:0] unit_data;
  logic [FrameWidth-1:0] frame_q, active, head_frame;
  logic [IndexWidth-1:0] index_q, head_index;  // of the next push, and of the next item that enters
  logic framed_q, ended_q, is_legal, started, stream_ended, dropped_q;

  (* hierconn *)wire \dut.dropping_q ;
  (* hierconn *)wire \dut.ended_q ;

  assign accepts = cmd_valid_i && cmd_ready;
  assign enters = unit_valid && unit_ready_i;
  assign active  = cmd_valid_i && cmd_i == CmdNewFrame ?
                   frame_q + (StepsByOne ? 2'd1 : step_i) : frame_q;

  header_inserter #(
      .DataWidth  (DataWidth),
      .IdWidth    (IdWidth),
      .DelayFrames(DelayFrames)
  ) dut (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .cmd_valid_i   (cmd_valid_i),
      .cmd_ready_o   (cmd_ready),
      .cmd_i         (cmd_i),
      .cmd_data_i    (cmd_data_i),
      .active_frame_i(active[IdWidth-1:0]),
      .unit_valid_o  (unit_valid),
      .unit_ready_i  (unit_ready_i),
      .unit_kind_o   (unit_kind),
      .unit_id_o     (unit_id),
      .unit_data_o   (unit_data),
      .timeout_i     (timeout_i),
      .skip_frame_o  (skips_frame),
      .drop_tail_o   (drops_tail)
  );

  stream_ghost #(
      .FrameWidth(FrameWidth),
      .IndexWidth(IndexWidth)
  ) u_stream (
      .clk_i     (clk_i),
      .rst_ni    (rst_ni),
      .start_i   (start),
      .moves_i   (enters),
      .kind_i    (unit_kind),
      .header_i  (active),
      .is_legal_o(is_legal),
      .frame_o   (head_frame),
      .index_o   (head_index),
      .started_o (started),
      .intact_o  (),
      .ended_o   (stream_ended)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      frame_q   <= start;
      index_q   <= '0;
      framed_q  <= 1'b0;
      ended_q   <= 1'b0;
      dropped_q <= 1'b0;
    end else if (accepts) begin
      if (cmd_i == CmdNewFrame) begin
        frame_q  <= active;
        index_q  <= '0;
        framed_q <= 1'b1;
      end
      if (cmd_i == CmdPush) index_q <= index_q + 1'b1;
      if (cmd_i == CmdEnd) ended_q <= 1'b1;
      if (!enters) dropped_q <= 1'b1;
    end
  end

  always_comb begin
    if (rst_ni) begin
      a_command : assume (cmd_i != 2'd3);
      a_frame_first : assume (!cmd_valid_i || cmd_i != CmdPush || framed_q);
      a_ghosts_do_not_wrap : assume (frame_q < {FrameWidth{1'b1}} - 4 && index_q != '1);
      a_timeout : assume (MayTimeOut || !timeout_i);

      p_legal : assert (!enters || is_legal);
      // the i-th push of a frame is the i-th item of that frame in the stream, or is not in it
      p_place :
      assert (!enters || unit_kind != KindItem || (head_frame == frame_q && head_index == index_q));
      p_item_is_push : assert (!unit_valid || (unit_kind == KindItem) == (cmd_i == CmdPush));
      p_data : assert (!unit_valid || unit_kind != KindItem || unit_data == cmd_data_i);
      p_header : assert (!unit_valid || (unit_kind == KindHeader) == (cmd_i == CmdNewFrame));
      p_id :
      assert (!unit_valid || unit_kind != KindHeader ||
              unit_id == active[IdWidth-1:0] + IdWidth'(DelayFrames));
      p_end : assert (!unit_valid || (unit_kind == KindEoc) == (cmd_i == CmdEnd));
      p_never_bad : assert (unit_kind != KindBad);
      p_enters_when_taken : assert (!enters || accepts);
      p_nothing_after_the_end : assert (!ended_q || (!unit_valid && !cmd_ready));
      p_lossless : assert (!Lossless || !accepts || enters);
      // no command waits longer than its time-out, or than the queue has no room
      p_answered : assert (!cmd_valid_i || ended_q || cmd_ready || (!unit_ready_i && !timeout_i));

      if (StepsByOne && Helpers) begin
        h_ghosts :
        assert (\dut.ended_q == ended_q && (!stream_ended || ended_q) &&
                (MayTimeOut || !\dut.dropping_q ) && (!started || framed_q));
        h_start : assert (started || (head_frame == start && head_index == '0));
        h_first : assert (framed_q ? frame_q > start : frame_q == start);
        h_place :
        assert (ended_q || (\dut.dropping_q || !framed_q ? head_frame <= frame_q :
                started && head_frame == frame_q && head_index == index_q));
      end

      c_item_after_dropped_tail : cover (enters && unit_kind == KindItem && dropped_q);
      c_skips_frame : cover (skips_frame && head_frame == frame_q - 1);
      c_drops_tail : cover (drops_tail && head_frame == frame_q && head_index == 2);
      c_end : cover (stream_ended);
    end
  end

endmodule
