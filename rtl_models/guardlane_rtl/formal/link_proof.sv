// SPDX-License-Identifier: Apache-2.0
// The whole link: every frame's beginning is done in bounded time at both ends, and the run ends.
//
// The beginnings, by induction: the source's within `PushTimeout` cycles, whatever the queue does,
// the sink's at once. The end, for all runs of a bounded length: without time-outs, of a stream that
// is over by cycle `OverBy` and a sink that asks for frames and is always ready.

module link_proof #(
    parameter int DataWidth   = 1,
    parameter int IdWidth     = 3,
    parameter int LenWidth    = 2,
    parameter int Depth       = 4,
    parameter int WorkingSet  = 2,
    parameter int PushTimeout = 3,
    parameter int PopTimeout  = 0,
    parameter int Less        = 0,  // so many cycles less are claimed for the source's beginnings
    parameter int Length      = 1,  // beats of each of the sink's frames
    parameter int OverBy      = 0,  // cycle in which the source's end comes at the latest; 0: free
    parameter int DoneBy      = 0,  // cycle from which the sink is claimed to be done; 0: none
    parameter bit Helpers     = 1
) (
    input logic                 clk_i,
    input logic [DataWidth-1:0] s_axis_tdata,
    input logic                 s_axis_tvalid,
    input logic                 s_axis_tlast,
    input logic                 frame_i,
    input logic                 eoc_i,
    input logic [ LenWidth-1:0] frame_len_i,
    input logic                 end_i,
    input logic                 m_axis_tready
);

  localparam logic [2:0] Boundary = 3'd0, Pop = 3'd1, Answer = 3'd2, End = 3'd3, Done = 3'd4;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic m_axis_tvalid, m_axis_tuser, source_done, sink_done, skew_err;

  commguard_link #(
      .DataWidth  (DataWidth),
      .IdWidth    (IdWidth),
      .LenWidth   (LenWidth),
      .Depth      (Depth),
      .WorkingSet (WorkingSet),
      .PushTimeout(PushTimeout),
      .PopTimeout (PopTimeout)
  ) dut (
      .clk_i           (clk_i),
      .rst_ni          (rst_ni),
      .s_axis_tdata    (s_axis_tdata),
      .s_axis_tvalid   (s_axis_tvalid),
      .s_axis_tready   (),
      .s_axis_tlast    (s_axis_tlast),
      .frame_i         (frame_i),
      .eoc_i           (eoc_i),
      .frame_len_i     (frame_len_i),
      .end_i           (end_i),
      .m_axis_tdata    (),
      .m_axis_tvalid   (m_axis_tvalid),
      .m_axis_tready   (m_axis_tready),
      .m_axis_tlast    (),
      .m_axis_tuser    (m_axis_tuser),
      .source_frame_o  (),
      .source_done_o   (source_done),
      .skip_frame_o    (),
      .drop_tail_o     (),
      .occupancy_o     (),
      .corrected_o     (),
      .detected_o      (),
      .sink_frame_o    (),
      .sink_done_o     (sink_done),
      .state_o         (),
      .discard_item_o  (),
      .discard_header_o(),
      .pad_o           (),
      .skew_err_o      (skew_err)
  );

  (* hierconn *) wire \dut.u_source.cmd_valid ;
  (* hierconn *) wire \dut.u_source.cmd_ready ;
  (* hierconn *) wire \dut.u_source.opens ;
  (* hierconn *) wire \dut.u_source.eoc_q ;
  (* hierconn *) wire [$clog2(PushTimeout+1)-1:0] \dut.u_source.u_timer.gen_timer.waited_q ;
  (* hierconn *) wire \dut.u_source.u_inserter.ended_q ;
  (* hierconn *) wire \dut.u_sink.begins ;
  (* hierconn *) wire \dut.u_sink.cmd_ready ;
  (* hierconn *) wire [2:0] \dut.u_sink.phase_q ;
  (* hierconn *) wire \dut.u_sink.rsp_valid ;
  (* hierconn *) wire \dut.u_sink.u_alignment.open_q ;
  (* hierconn *) wire \dut.u_sink.u_alignment.ended_q ;

  logic [7:0] clock_q, waited_q, items_q;  // cycles since reset, of the source's command; items out
  logic eoc_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      clock_q  <= '0;
      waited_q <= '0;
      items_q  <= '0;
      eoc_q    <= 1'b0;
    end else begin
      if (clock_q != '1) clock_q <= clock_q + 1'b1;
      waited_q <= \dut.u_source.cmd_valid && !\dut.u_source.cmd_ready ? waited_q + 1'b1 : '0;
      if (m_axis_tvalid && m_axis_tready && !m_axis_tuser) items_q <= items_q + 1'b1;
      eoc_q <= eoc_q || eoc_i;
    end
  end

  always_comb begin
    if (rst_ni) begin
      a_over : assume (OverBy == 0 || clock_q < OverBy || eoc_q || eoc_i);
      a_sink_asks : assume (OverBy == 0 || (m_axis_tready && frame_len_i == Length));

      p_source_begins :
      assert (PushTimeout == 0 || !\dut.u_source.opens || waited_q + Less <= PushTimeout);
      p_source_begins_last :
      assert (PushTimeout == 0 || !\dut.u_source.opens || \dut.u_source.cmd_ready ||
              waited_q + Less < PushTimeout);
      p_sink_begins : assert (!\dut.u_sink.begins || \dut.u_sink.cmd_ready );
      p_run_ends : assert (DoneBy == 0 || clock_q < DoneBy || sink_done);

      c_source_waits : cover (PushTimeout == 0 || (\dut.u_source.opens && waited_q == PushTimeout));
      c_done : cover (sink_done && items_q == 2);
    end
  end

  logic is_open, is_answered;
  assign is_open     = \dut.u_sink.u_alignment.open_q ;
  assign is_answered = \dut.u_sink.rsp_valid ;

  always_comb begin
    if (rst_ni && Helpers) begin
      h_source :
      assert (\dut.u_source.u_inserter.ended_q == source_done && (!source_done ||
              (\dut.u_source.eoc_q && !\dut.u_source.opens )));
      h_timer :
      assert (PushTimeout == 0 || (\dut.u_source.u_timer.gen_timer.waited_q == waited_q &&
              waited_q <= PushTimeout));
      h_sink :
      assert (\dut.u_sink.phase_q <= Done && \dut.u_sink.u_alignment.ended_q == sink_done &&
              (\dut.u_sink.phase_q == Answer ? is_open != is_answered :
              !is_open && !is_answered));
    end
  end

endmodule
