// SPDX-License-Identifier: Apache-2.0
// Without time-outs a pop is answered within Gap * (Ahead * (Items + 1) + 1) cycles of its first.
//
// Assumed: a legal stream with intact headers, at most `Items` items a frame; a core at most `Ahead`
// frames ahead of the head of the stream; while a pop looks, a unit (or the closed flag) at least
// once in `Gap` cycles. The largest surplus is then all frames between the two ends, whole.

module steady_pop_proof #(
    parameter int DataWidth  = 2,
    parameter int IdWidth    = 3,
    parameter int Items      = 1,
    parameter int Ahead      = 2,
    parameter int Gap        = 2,
    parameter int Less       = 0,   // so many cycles less are claimed
    parameter bit Spaced     = 1,   // units come in time
    parameter bit Bounded    = 1,   // frames have at most `Items` items
    parameter int FrameWidth = 12,
    parameter int IndexWidth = 8
) (
    input logic                  clk_i,
    input logic                  cmd_valid_i,
    input logic [           1:0] cmd_i,
    input logic                  unit_valid_i,
    input logic [           1:0] unit_kind_i,
    input logic [FrameWidth-1:0] unit_frame_i,
    input logic [ DataWidth-1:0] unit_data_i,
    input logic                  closed_i,
    input logic                  rsp_ready_i
);

  localparam logic [1:0] CmdPop = 2'd0, CmdNewFrame = 2'd1;
  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindBad = 2'd2, KindEoc = 2'd3;
  localparam logic [2:0] RcvCmp = 3'd0, Pdg = 3'd4;
  localparam logic [1:0] LatchHeader = 2'd1, LatchEoc = 2'd2;
  localparam int Bound = Gap * (Ahead * (Items + 1) + 1);
  localparam logic [FrameWidth-1:0] Skew = 1 << (IdWidth - 1);

  (* anyconst *) logic [FrameWidth-1:0] start;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic cmd_ready, unit_ready, rsp_valid, accepts, takes, looks;
  logic waits_q, framed_q, over_q;
  logic [2:0] state;
  logic [FrameWidth-1:0] frame_q, active, head_frame;
  logic [IndexWidth-1:0] head_index;
  logic is_legal, started, stream_ended;
  logic [15:0] age_q, gap_q, behind, units_left;

  (* hierconn *) wire [1:0] \dut.latch_q ;
  (* hierconn *) wire [IdWidth-1:0] \dut.latched_id_q ;
  (* hierconn *) wire \dut.open_q ;
  (* hierconn *) wire \dut.ended_q ;

  assign accepts = cmd_valid_i && cmd_ready;
  assign takes   = unit_valid_i && unit_ready;
  assign looks   = (waits_q && !rsp_valid) || (accepts && cmd_i == CmdPop);
  assign active  = cmd_valid_i && cmd_i == CmdNewFrame ? frame_q + 1'b1 : frame_q;

  alignment_manager #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth)
  ) dut (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .cmd_valid_i     (cmd_valid_i),
      .cmd_ready_o     (cmd_ready),
      .cmd_i           (cmd_i),
      .active_frame_i  (active[IdWidth-1:0]),
      .unit_valid_i    (unit_valid_i),
      .unit_ready_o    (unit_ready),
      .unit_kind_i     (unit_kind_i),
      .unit_id_i       (unit_frame_i[IdWidth-1:0]),
      .unit_data_i     (unit_data_i),
      .closed_i        (closed_i),
      .timeout_i       (1'b0),
      .rsp_valid_o     (rsp_valid),
      .rsp_ready_i     (rsp_ready_i),
      .rsp_data_o      (),
      .rsp_pad_o       (),
      .state_o         (state),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (),
      .skew_err_o      ()
  );

  stream_ghost #(
      .FrameWidth(FrameWidth),
      .IndexWidth(IndexWidth)
  ) u_stream (
      .clk_i     (clk_i),
      .rst_ni    (rst_ni),
      .start_i   (start),
      .moves_i   (takes),
      .kind_i    (unit_kind_i),
      .header_i  (unit_frame_i),
      .is_legal_o(is_legal),
      .frame_o   (head_frame),
      .index_o   (head_index),
      .started_o (started),
      .intact_o  (),
      .ended_o   (stream_ended)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      frame_q  <= start;
      framed_q <= 1'b0;
      waits_q  <= 1'b0;
      over_q   <= 1'b0;
      age_q    <= '0;
      gap_q    <= '0;
    end else begin
      if (accepts && cmd_i == CmdNewFrame) begin
        frame_q  <= active;
        framed_q <= 1'b1;
      end
      if (rsp_valid && rsp_ready_i) waits_q <= 1'b0;
      else if (accepts && cmd_i == CmdPop) waits_q <= 1'b1;
      if (looks && state != Pdg && (unit_valid_i ? unit_kind_i == KindEoc : closed_i)) begin
        over_q <= 1'b1;
      end
      age_q <= looks ? age_q + 1'b1 : '0;
      gap_q <= looks && !takes ? gap_q + 1'b1 : '0;
    end
  end

  // The units a pop needs at most: the rest of the head's frame, the frames between, the header of
  // its own frame, and the unit after that.
  assign behind     = frame_q - head_frame;
  assign units_left = state == RcvCmp ? 1 : Items - head_index + (behind - 1) * (Items + 1) + 2;

  always_comb begin
    if (rst_ni) begin
      a_command : assume (cmd_i == CmdPop || cmd_i == CmdNewFrame);
      a_one_at_a_time : assume (!cmd_valid_i || !waits_q);
      a_frame_first : assume (!cmd_valid_i || cmd_i != CmdPop || framed_q);
      a_ghosts_do_not_wrap :
      assume (frame_q < {FrameWidth{1'b1}} - 4 && head_index < 8'hf0 && age_q < 16'hfff0);
      a_legal : assume (!unit_valid_i || (is_legal && unit_kind_i != KindBad));
      a_items : assume (!Bounded || !unit_valid_i || unit_kind_i != KindItem || head_index < Items);
      a_skew : assume (!unit_valid_i || unit_kind_i != KindHeader || unit_frame_i < active + Skew);
      a_ahead :
      assume (!cmd_valid_i || cmd_i != CmdNewFrame || head_frame > active ||
              active - head_frame <= Ahead);
      a_closed_is_empty : assume (!closed_i || !unit_valid_i);
      a_spaced :
      assume (!Spaced || !looks || state == Pdg || unit_valid_i || closed_i || gap_q < Gap - 1);

      p_answered : assert (!looks || age_q + Less < Bound);

      h_potential :
      assert (!Bounded || !Spaced || !looks || state == Pdg || Less != 0 ||
              (gap_q < Gap && age_q + Gap * units_left <= Bound + gap_q));
      h_padding : assert (!looks || state != Pdg || age_q == '0);
      h_ghosts :
      assert (\dut.open_q == (waits_q && !rsp_valid) && !\dut.ended_q && (!rsp_valid || waits_q) &&
              (looks ? waits_q || (age_q == '0 && gap_q == '0) : age_q == '0 && gap_q == '0 ||
              rsp_valid));
      h_state :
      assert (state <= Pdg && (state != Pdg ? !over_q :
              over_q ? \dut.latch_q == LatchEoc : \dut.latch_q == LatchHeader));
      h_start : assert (started || (head_frame == start && head_index == '0));
      h_first :
      assert (frame_q >= start && (framed_q ? frame_q > start : frame_q == start && !waits_q));
      h_items : assert (!Bounded || head_index <= Items);
      h_ahead : assert (head_frame >= frame_q || frame_q - head_frame <= Ahead);
      h_rcvcmp : assert (state != RcvCmp || head_frame == frame_q);
      h_reads :
      assert (state == RcvCmp || state == Pdg || (!rsp_valid &&
              (framed_q ? head_frame < frame_q : head_frame == frame_q)));
      h_pdg_header :
      assert (state != Pdg || \dut.latch_q != LatchHeader || (head_frame > frame_q &&
              head_index == '0 && \dut.latched_id_q == head_frame[IdWidth-1:0] &&
              head_frame - frame_q < Skew));

      c_answered_last : cover (rsp_valid && age_q == Bound);
      c_item_last : cover (looks && unit_valid_i && unit_kind_i == KindItem && age_q == Bound - 1);
      c_over : cover (rsp_valid && stream_ended);
    end
  end

endmodule
