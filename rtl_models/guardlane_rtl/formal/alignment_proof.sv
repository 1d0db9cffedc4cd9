// SPDX-License-Identifier: Apache-2.0
// The promises of the alignment manager, for any legal stream, any core and any timing.
//
// All ports are free in every cycle; what is assumed of them stands below, one label each. One item
// is tracked: `item_frame`, `item_index` and `item_data` are any constants.

module alignment_proof #(
    parameter int                   DataWidth  = 2,
    parameter int                   IdWidth    = 3,
    parameter logic [DataWidth-1:0] PadData    = '0,
    parameter int                   FrameWidth = 16,
    parameter int                   IndexWidth = 16,
    parameter bit                   MayBeBad   = 1,   // headers beyond repair
    parameter bit                   MayTimeOut = 1,
    parameter bit                   Equality   = 0,   // claim (e) as well
    parameter bit                   SkewBound  = 1,
    parameter bit                   InOrder    = 1,   // the stream is legal
    parameter bit                   StepsByOne = 1,   // the core skips no frame
    parameter bit                   Helpers    = 1,   // check what the induction needs, too
    parameter int                   Denied     = 0    // an excuse that (b) or (c) is not given
) (
    input logic                  clk_i,
    input logic                  cmd_valid_i,
    input logic [           1:0] cmd_i,
    input logic                  unit_valid_i,
    input logic [           1:0] unit_kind_i,
    input logic [FrameWidth-1:0] unit_frame_i,  // of a header: its id before it is cut
    input logic [   IdWidth-1:0] unit_noise_i,  // the id of what is no header
    input logic [ DataWidth-1:0] unit_data_i,
    input logic                  closed_i,
    input logic                  timeout_i,
    input logic                  rsp_ready_i,
    input logic [           1:0] step_i
);

  localparam logic [1:0] CmdPop = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindBad = 2'd2, KindEoc = 2'd3;
  localparam logic [2:0] RcvCmp = 3'd0, ExpHdr = 3'd1, Disc = 3'd2, DiscFr = 3'd3, Pdg = 3'd4;
  localparam logic [1:0] LatchNothing = 2'd0, LatchHeader = 2'd1, LatchEoc = 2'd2;

  (* anyconst *)logic [FrameWidth-1:0] start;
  (* anyconst *)logic [FrameWidth-1:0] item_frame;
  (* anyconst *)logic [IndexWidth-1:0] item_index;
  (* anyconst *)logic [ DataWidth-1:0] item_data;

  logic                  rst_ni = 1'b0;  // one cycle of reset, then none
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // ---- the block, and what is seen inside it ----

  logic cmd_ready, unit_ready, rsp_valid, rsp_pad;
  logic discards_item, discards_header, pads, skew_err;
  logic [2:0] state;
  logic [DataWidth-1:0] rsp_data;
  logic [FrameWidth-1:0] active;
  logic [IdWidth-1:0] unit_id;

  (* hierconn *) wire [1:0] \dut.latch_q ;
  (* hierconn *) wire [IdWidth-1:0] \dut.latched_id_q ;
  (* hierconn *) wire \dut.open_q ;
  (* hierconn *) wire \dut.ended_q ;

  assign unit_id = unit_kind_i == KindHeader ? unit_frame_i[IdWidth-1:0] : unit_noise_i;

  alignment_manager #(
      .DataWidth(DataWidth),
      .IdWidth  (IdWidth),
      .PadData  (PadData)
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
      .unit_id_i       (unit_id),
      .unit_data_i     (unit_data_i),
      .closed_i        (closed_i),
      .timeout_i       (timeout_i),
      .rsp_valid_o     (rsp_valid),
      .rsp_ready_i     (rsp_ready_i),
      .rsp_data_o      (rsp_data),
      .rsp_pad_o       (rsp_pad),
      .state_o         (state),
      .discard_item_o  (discards_item),
      .discard_header_o(discards_header),
      .pad_o           (pads),
      .skew_err_o      (skew_err)
  );

  // ---- ghosts: the core's side ----

  logic [FrameWidth-1:0] frame_q;  // the core's frame
  logic [IndexWidth-1:0] index_q;  // the pop in hand, or the next one
  logic framed_q, waits_q, ended_q;  // a frame has begun; a pop has no answer yet; END was said
  logic closed_q;  // the queue was said to be closed and empty
  logic over_q, timed_out_q;  // the end was met; a pop of this frame ran out of time
  logic accepts, takes, looks;

  assign accepts = cmd_valid_i && cmd_ready;
  assign takes = unit_valid_i && unit_ready;
  assign looks = (waits_q && !rsp_valid) || (accepts && cmd_i == CmdPop);
  assign active = cmd_valid_i && cmd_i == CmdNewFrame ?
                  frame_q + (StepsByOne ? 2'd1 : step_i) : frame_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      frame_q     <= start;
      index_q     <= '0;
      framed_q    <= 1'b0;
      waits_q     <= 1'b0;
      ended_q     <= 1'b0;
      closed_q    <= 1'b0;
      over_q      <= 1'b0;
      timed_out_q <= 1'b0;
    end else begin
      if (accepts && cmd_i == CmdNewFrame) begin
        frame_q     <= active;
        index_q     <= '0;
        framed_q    <= 1'b1;
        timed_out_q <= 1'b0;
      end
      if (accepts && cmd_i == CmdPop) waits_q <= 1'b1;
      if (accepts && cmd_i == CmdEnd) ended_q <= 1'b1;
      if (rsp_valid && rsp_ready_i) begin
        waits_q <= 1'b0;
        index_q <= index_q + 1'b1;
      end
      if (closed_i) closed_q <= 1'b1;
      if (looks && state != Pdg && (unit_valid_i ? unit_kind_i == KindEoc : closed_i)) begin
        over_q <= 1'b1;
      end
      if (looks && timeout_i && !unit_valid_i && !closed_i && state != Pdg) timed_out_q <= 1'b1;
    end
  end

  // ---- ghosts: the stream's side ----

  logic [FrameWidth-1:0] head_frame;
  logic [IndexWidth-1:0] head_index;
  logic is_legal, started, intact, stream_ended;

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
      .intact_o  (intact),
      .ended_o   (stream_ended)
  );

  logic is_tracked, pushed_q, padded_q, delivered_q;  // the tracked item was taken, padded, given
  logic took_q, took_intact_q, pending_q, pending_pad_q, gave_q;
  logic [1:0] took_kind_q;
  logic [FrameWidth-1:0] took_frame_q, took_active_q, gave_frame_q;
  logic [IndexWidth-1:0] took_index_q, gave_index_q;
  logic [DataWidth-1:0] took_data_q, pending_data_q;
  logic is_fresh, gives;

  assign is_tracked = unit_kind_i == KindItem && head_frame == item_frame &&
                      head_index == item_index;
  assign is_fresh = rsp_valid && !pending_q;  // this answer was not there a cycle ago
  assign gives = is_fresh && !rsp_pad;

  always_ff @(posedge clk_i) begin
    took_q         <= rst_ni && takes;
    took_kind_q    <= unit_kind_i;
    took_frame_q   <= unit_kind_i == KindItem ? head_frame : unit_frame_i;
    took_index_q   <= head_index;
    took_intact_q  <= intact;
    took_active_q  <= active;
    took_data_q    <= unit_data_i;
    pending_q      <= rst_ni && rsp_valid && !rsp_ready_i;
    pending_pad_q  <= rsp_pad;
    pending_data_q <= rsp_data;
    if (!rst_ni) begin
      pushed_q    <= 1'b0;
      padded_q    <= 1'b0;
      delivered_q <= 1'b0;
      gave_q      <= 1'b0;
    end else begin
      if (takes && is_tracked) pushed_q <= 1'b1;
      if (rsp_valid && rsp_pad && frame_q == item_frame && index_q == item_index) padded_q <= 1'b1;
      if (gives) begin
        gave_q       <= 1'b1;
        gave_frame_q <= took_frame_q;
        gave_index_q <= took_index_q;
        if (took_frame_q == item_frame && took_index_q == item_index) delivered_q <= 1'b1;
      end
    end
  end

  // ---- assumptions ----

  localparam logic [FrameWidth-1:0] Skew = 1 << (IdWidth - 1);
  logic is_near;
  assign is_near = unit_frame_i >= active ? unit_frame_i - active < Skew :
                                            active - unit_frame_i < Skew;

  always_comb begin
    if (rst_ni) begin
      a_command : assume (cmd_i != 2'd3);
      a_one_at_a_time : assume (!cmd_valid_i || !waits_q);
      a_frame_first : assume (!cmd_valid_i || cmd_i != CmdPop || framed_q);
      a_ghosts_do_not_wrap : assume (frame_q < {FrameWidth{1'b1}} - 4 && index_q != '1);
      a_legal : assume (!unit_valid_i || is_legal || !InOrder);
      a_skew : assume (!unit_valid_i || unit_kind_i != KindHeader || is_near || !SkewBound);
      a_closed_is_empty : assume (!closed_i || !unit_valid_i);
      a_nothing_after_closed : assume (!closed_q || !unit_valid_i);
      a_tracked : assume (!unit_valid_i || !is_tracked || unit_data_i == item_data);
      a_bad : assume (MayBeBad || unit_kind_i != KindBad);
      a_timeout : assume (MayTimeOut || !timeout_i);
    end
  end

  // ---- promises ----

  logic later, is_bad;
  assign later  = head_frame > frame_q;
  assign is_bad = head_frame == frame_q && !intact;

  always_comb begin
    if (rst_ni) begin
      // (a) a pop gets the push of its frame and index, or a pad
      p_a :
      assert (!rsp_valid || rsp_pad || frame_q != item_frame || index_q != item_index ||
              rsp_data == item_data);
      p_a_place : assert (!gives || (took_frame_q == frame_q && took_index_q == index_q));
      // (b) no pad without an excuse; that the header of its frame was bad is never needed
      p_b :
      assert (!rsp_valid || !rsp_pad || (later && Denied != 1) || (over_q && Denied != 2) ||
              (timed_out_q && Denied != 3));
      // (c) no item discarded without an excuse; that its frame timed out is never needed
      p_c :
      assert (!discards_item || (took_frame_q < took_active_q && Denied != 4) ||
              (!took_intact_q && Denied != 5));
      // (d) what is delivered comes in order, and once
      p_d :
      assert (!gives || !gave_q || took_frame_q > gave_frame_q ||
              (took_frame_q == gave_frame_q && took_index_q > gave_index_q));
      p_d_once :
      assert (!gives || !delivered_q || took_frame_q != item_frame || took_index_q != item_index);
      // (e) no pad where an item was pushed
      p_e : assert (!Equality || !pushed_q || !padded_q);

      // nothing is lost: each item that is taken is given, counted as discarded, or after the end
      p_item_kept :
      assert (!took_q || took_kind_q != KindItem || gives || discards_item || ended_q);
      p_item_once :
      assert (!gives || (took_q && took_kind_q == KindItem && rsp_data == took_data_q));
      p_discard_is_item : assert (!discards_item || (took_q && took_kind_q == KindItem && !gives));
      // no header reaches the core: an answer is the item taken just before, or the pad
      p_pad_data : assert (!rsp_valid || !rsp_pad || rsp_data == PadData);
      p_pad_strobe : assert (pads == (is_fresh && rsp_pad));
      p_header_discard :
      assert (!discards_header || (took_q && (took_kind_q == KindBad ||
              (took_kind_q == KindHeader && took_frame_q < took_active_q))));
      p_no_skew : assert (!skew_err);
      // the port rules
      p_answer_to_a_pop : assert (!rsp_valid || waits_q);
      p_answer_holds :
      assert (!pending_q || (rsp_valid && rsp_pad == pending_pad_q && rsp_data == pending_data_q));
      p_nothing_before_a_pop : assert (!unit_ready || looks || ended_q);
      p_ready_at_rest : assert (cmd_ready == (!waits_q && !ended_q));
      p_drains : assert (!ended_q || (unit_ready && !rsp_valid && !discards_header && !pads));
    end
  end

  // ---- why the promises hold: what each state knows of the stream ----

  logic reads;
  assign reads = state == ExpHdr || state == Disc || state == DiscFr;

  always_comb begin
    if (rst_ni && Helpers) begin
      h_ghosts :
      assert (\dut.open_q == (waits_q && !rsp_valid) && \dut.ended_q == ended_q &&
              (!pending_q || rsp_valid) && (!ended_q || !waits_q));
      h_state : assert (state <= Pdg && \dut.latch_q != 2'd3);
      h_start : assert (started || (!intact && head_frame == start && head_index == '0));
      h_first :
      assert (frame_q >= start && (framed_q ? frame_q > start : frame_q == start && !waits_q));
      h_over : assert (!over_q || closed_q || stream_ended);
      h_rcvcmp :
      assert (ended_q || state != RcvCmp || (head_frame == frame_q && intact && !over_q &&
              !timed_out_q && (!rsp_valid || !rsp_pad) && head_index == index_q + rsp_valid));
      h_reads :
      assert (ended_q || !reads || (!over_q && !timed_out_q && !rsp_valid &&
              (head_frame < frame_q ? index_q == '0 : !intact)));
      h_pdg : assert (ended_q || state != Pdg || (framed_q && (!rsp_valid || rsp_pad)));
      h_pdg_nothing :
      assert (ended_q || state != Pdg || \dut.latch_q != LatchNothing || (timed_out_q && !over_q &&
              (head_frame <= frame_q || !intact)));
      h_pdg_header :
      assert (ended_q || state != Pdg || \dut.latch_q != LatchHeader || (later && intact &&
              head_index == '0 && \dut.latched_id_q == head_frame[IdWidth-1:0] && !over_q &&
              head_frame - frame_q < Skew));
      h_pdg_eoc : assert (ended_q || state != Pdg || \dut.latch_q != LatchEoc || over_q);
      h_gave :
      assert (!gave_q || gave_frame_q < frame_q || (gave_frame_q == frame_q &&
              gave_index_q < index_q + pending_q));
      h_delivered :
      assert (!delivered_q || (gave_q && (item_frame < gave_frame_q ||
              (item_frame == gave_frame_q && item_index <= gave_index_q))));
      h_timed_out : assert (MayTimeOut || !timed_out_q);
      h_intact : assert (MayBeBad || intact == started);
      h_pushed :
      assert (MayBeBad || MayTimeOut || !pushed_q || ended_q || item_frame < frame_q ||
              (item_frame == frame_q && item_index < index_q + (rsp_valid && !rsp_pad)));
      h_padded :
      assert (MayBeBad || MayTimeOut || !padded_q || head_frame > item_frame || closed_q ||
              stream_ended);
    end
  end

  // ---- what can happen, so that nothing above is said of nothing ----

  logic padded_bad_q, wrapped_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) padded_bad_q <= 1'b0;
    else if (rsp_valid && rsp_pad && is_bad) padded_bad_q <= 1'b1;
    if (!rst_ni) wrapped_q <= 1'b0;
    else if (accepts && cmd_i == CmdNewFrame && active[IdWidth-1:0] == '0) wrapped_q <= 1'b1;
  end

  always_comb begin
    if (rst_ni) begin
      c_second_item_of_second_frame : cover (gives && frame_q == start + 2 && index_q == 1);
      c_item_after_pad : cover (gives && padded_q && frame_q == item_frame + 1);
      c_item_after_wrap : cover (gives && wrapped_q);
      c_pad_for_later_header : cover (is_fresh && rsp_pad && later && !over_q && !timed_out_q);
      c_pad_for_end : cover (is_fresh && rsp_pad && over_q && head_frame == frame_q);
      c_discard : cover (discards_item && state == Disc);
      c_discard_frame : cover (discards_item && state == DiscFr);
      c_realigned : cover (gives && gave_q && took_frame_q > gave_frame_q + 1);
      c_drains : cover (ended_q && takes && unit_kind_i == KindItem);
    end
  end

  generate
    if (MayBeBad) begin : gen_bad_covers
      always_comb begin
        c_pad_for_bad_header : cover (rst_ni && padded_bad_q && state == DiscFr && gave_q);
      end
    end
    if (MayTimeOut) begin : gen_timeout_covers
      always_comb begin
        c_item_after_timeout :
        cover (rst_ni && gives && padded_q && gave_q && took_frame_q == item_frame + 1);
        c_pad_for_timeout :
        cover (rst_ni && is_fresh && rsp_pad && timed_out_q && !later && !over_q);
      end
    end
  endgenerate

endmodule
