// SPDX-License-Identifier: Apache-2.0
// The whole link: once its stream is over, the run ends, however long it was and what it left behind.
//
// A measure of what is left to do falls in every cycle until the sink is done: the units that have
// not been taken yet, then what keeps the next one from being taken, the frames to be padded and the
// cycles until an end at most. Without time-outs and upsets; the sink asks for frames of any length
// but 0, and is always ready.

module ending_proof #(
    parameter int DataWidth  = 1,
    parameter int IdWidth    = 3,
    parameter int LenWidth   = 2,
    parameter int Depth      = 4,
    parameter int WorkingSet = 2,
    parameter bit Asks       = 1,  // the sink asks for frames
    parameter bit IsReady    = 1,  // the sink is ready for beats
    parameter bit Helpers    = 1
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

  localparam int PointerWidth = $clog2(2 * Depth);
  localparam logic [2:0] Boundary = 3'd0, Pop = 3'd1, Answer = 3'd2, End = 3'd3, Done = 3'd4;
  localparam logic [2:0] Pdg = 3'd4;
  localparam logic [1:0] LatchHeader = 2'd1, LatchEoc = 2'd2;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic source_done, sink_done;

  commguard_link #(
      .DataWidth (DataWidth),
      .IdWidth   (IdWidth),
      .LenWidth  (LenWidth),
      .Depth     (Depth),
      .WorkingSet(WorkingSet)
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
      .m_axis_tvalid   (),
      .m_axis_tready   (m_axis_tready),
      .m_axis_tlast    (),
      .m_axis_tuser    (),
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
      .skew_err_o      ()
  );

  // ---- what is seen inside ----

  (* hierconn *) wire [IdWidth-1:0] \dut.u_source.opens_q ;
  (* hierconn *) wire \dut.u_source.eoc_q ;
  (* hierconn *) wire \dut.u_source.u_inserter.ended_q ;
  (* hierconn *) wire \dut.u_source.u_inserter.dropping_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.written_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.read_q ;
  (* hierconn *) wire \dut.u_queue.closing_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.u_write_pointer.owned_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.u_write_pointer.value_o ;
  (* hierconn *) wire \dut.u_queue.u_write_pointer.detected_o ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.u_read_pointer.owned_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_queue.u_read_pointer.value_o ;
  (* hierconn *) wire \dut.u_queue.u_read_pointer.detected_o ;
  (* hierconn *) wire [2:0] \dut.u_sink.phase_q ;
  (* hierconn *) wire [LenWidth-1:0] \dut.u_sink.left_q ;
  (* hierconn *) wire [IdWidth-1:0] \dut.u_sink.frame_q ;
  (* hierconn *) wire \dut.u_sink.met_end_q ;
  (* hierconn *) wire \dut.u_sink.rsp_valid ;
  (* hierconn *) wire [2:0] \dut.u_sink.u_alignment.state_q ;
  (* hierconn *) wire [1:0] \dut.u_sink.u_alignment.latch_q ;
  (* hierconn *) wire [IdWidth-1:0] \dut.u_sink.u_alignment.latched_id_q ;
  (* hierconn *) wire \dut.u_sink.u_alignment.open_q ;
  (* hierconn *) wire \dut.u_sink.u_alignment.ended_q ;

  logic [PointerWidth-1:0] written, published, read, released;
  logic [2:0] phase;
  logic is_open, is_answered, is_over, met_end, pads, pads_for_header;
  assign written         = \dut.u_queue.written_q ;
  assign published       = \dut.u_queue.u_write_pointer.owned_q ;
  assign read            = \dut.u_queue.read_q ;
  assign released        = \dut.u_queue.u_read_pointer.owned_q ;
  assign phase           = \dut.u_sink.phase_q ;
  assign is_open         = \dut.u_sink.u_alignment.open_q ;
  assign is_answered     = \dut.u_sink.rsp_valid ;
  assign met_end         = \dut.u_sink.met_end_q ;
  assign pads            = \dut.u_sink.u_alignment.state_q == Pdg;
  assign pads_for_header = pads && \dut.u_sink.u_alignment.latch_q == LatchHeader;

  // Pointers count modulo twice the depth.
  function automatic logic [PointerWidth-1:0] distance(input logic [PointerWidth-1:0] to,
                                                       input logic [PointerWidth-1:0] from);
    distance = to >= from ? to - from : to - from + PointerWidth'(2 * Depth);
  endfunction

  // ---- the measure ----

  localparam int MostLength = (1 << LenWidth) - 1;
  localparam int FrameCycles = 2 * MostLength + 1;  // of a frame of pads
  localparam int Ending = 2 * MostLength + 5;  // more than a frame in hand and its end may take
  // more than all but the units may come to
  localparam int UnitBits = $clog2(
      2 * Ending + (FrameCycles << (IdWidth - 1)) + (3 << IdWidth) + 10
  );
  localparam int Bits = UnitBits + IdWidth + PointerWidth + 1;
  localparam int Most = ((1 << IdWidth) + Depth + 1) << UnitBits;

  logic [Bits-1:0] pushes_left, to_take, waiting, beats, ahead, steps, rest, measure;

  assign pushes_left = Bits'(\dut.u_source.opens_q ) + Bits'(!source_done);
  assign to_take = pushes_left + Bits'(distance(written, read));

  // Without a unit to take, each cycle pushes one, publishes what was pushed, or makes room.
  assign waiting = 3 * pushes_left + Bits'(published != written) + Bits'(released != read);

  // Cycles of the frame in hand, if its answers come at once.
  assign beats = phase == Boundary ? '0 :
      2 * Bits'(\dut.u_sink.left_q ) + (phase == Pop ? Bits'(2) : Bits'(1));
  assign ahead = Bits'(IdWidth'(\dut.u_sink.u_alignment.latched_id_q - \dut.u_sink.frame_q ));

  // Cycles until the manager looks for a unit.
  always_comb begin
    if (pads_for_header) steps = ahead * FrameCycles + beats + Bits'(3);
    else if (phase == Boundary) steps = Bits'(1);
    else if (phase == Answer && is_answered) steps = Bits'(2);
    else steps = '0;
  end

  assign rest = met_end ? beats + Bits'(2) : Ending + steps + waiting;

  always_comb begin
    if (phase == Done) measure = '0;
    else if (phase == End) measure = Bits'(1);
    else measure = (to_take << UnitBits) + rest;
  end

  logic [Bits-1:0] before_q, since_q;  // the measure a cycle ago; cycles since the stream was over
  logic was_over_q;

  always_ff @(posedge clk_i) begin
    is_over    <= rst_ni && (is_over || eoc_i);
    before_q   <= measure;
    was_over_q <= rst_ni && is_over;
    since_q    <= !rst_ni || !is_over ? '0 : since_q + Bits'(since_q != '1);
  end

  always_comb begin
    if (rst_ni) begin
      a_asks : assume (!Asks || !is_over || frame_len_i != '0);
      a_is_ready : assume (!IsReady || !is_over || m_axis_tready);

      p_nearer : assert (!was_over_q || before_q == '0 || measure < before_q);
      p_run_ends : assert (!is_over || sink_done || since_q < Most);
      p_stays_done : assert (measure != '0 || sink_done);

      c_realigns : cover (was_over_q && pads_for_header && to_take != '0);
      c_done : cover (sink_done && since_q > 4);
    end
  end

  logic [PointerWidth-1:0] to_read, to_published, to_written;
  assign to_read      = distance(read, released);
  assign to_published = distance(published, released);
  assign to_written   = distance(written, released);

  always_comb begin
    if (rst_ni && Helpers) begin
      h_since : assert (!is_over || sink_done || since_q + measure < Most);
      h_source :
      assert (\dut.u_source.eoc_q == is_over &&
              \dut.u_source.u_inserter.ended_q == source_done &&
              !\dut.u_source.u_inserter.dropping_q &&
              (!source_done || (is_over && \dut.u_source.opens_q == '0)));
      h_range :
      assert (written < 2 * Depth && published < 2 * Depth && read < 2 * Depth &&
              released < 2 * Depth);
      h_order :
      assert (to_read <= to_published && to_published <= to_written && to_written <= Depth);
      h_codes :
      assert (\dut.u_queue.u_write_pointer.value_o == published &&
              \dut.u_queue.u_read_pointer.value_o == released &&
              !\dut.u_queue.u_write_pointer.detected_o && !\dut.u_queue.u_read_pointer.detected_o );
      h_closing :
      assert (\dut.u_queue.closing_q == source_done && (!source_done || published == written));
      h_sink :
      assert (phase <= Done && \dut.u_sink.u_alignment.ended_q == sink_done &&
              (phase == Answer ? is_open != is_answered : !is_open && !is_answered));
      h_pads :
      assert (phase >= End || (!(is_open && pads) && \dut.u_sink.u_alignment.state_q <= Pdg &&
              (!pads || pads_for_header || met_end) &&
              met_end == (pads && \dut.u_sink.u_alignment.latch_q == LatchEoc)));
      h_ahead :
      assert (phase >= End || !pads_for_header || (ahead != '0 && ahead < (1 << (IdWidth - 1))));
    end
  end

endmodule
