// SPDX-License-Identifier: Apache-2.0
// The alignment manager: answers a core's pops from a queue so that the frames of both ends agree.
//
// One unit is examined a cycle, on behalf of an open pop only; its answer stands in the next cycle.

module alignment_manager #(
    parameter int                   DataWidth = 32,
    parameter int                   IdWidth   = 32,
    parameter logic [DataWidth-1:0] PadData   = '0
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // commands of the core
    input  logic                 cmd_valid_i,
    output logic                 cmd_ready_o,
    input  logic [          1:0] cmd_i,
    input  logic [  IdWidth-1:0] active_frame_i,
    // the head of the queue
    input  logic                 unit_valid_i,
    output logic                 unit_ready_o,
    input  logic [          1:0] unit_kind_i,
    input  logic [  IdWidth-1:0] unit_id_i,
    input  logic [DataWidth-1:0] unit_data_i,
    input  logic                 closed_i,
    input  logic                 timeout_i,
    // answers to pops
    output logic                 rsp_valid_o,
    input  logic                 rsp_ready_i,
    output logic [DataWidth-1:0] rsp_data_o,
    output logic                 rsp_pad_o,
    // observation
    output logic [          2:0] state_o,
    output logic                 discard_item_o,
    output logic                 discard_header_o,
    output logic                 pad_o,
    output logic                 skew_err_o
);

  localparam logic [1:0] CmdPop = 2'd0, CmdNewFrame = 2'd1, CmdEnd = 2'd2;
  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindEoc = 2'd3;

  if (IdWidth < 2) begin : gen_refused_id  // a module that nobody has is an error in every tool
    id_width_must_be_2_or_more u_refused ();
  end

  typedef enum logic [2:0] {
    RcvCmp = 3'd0,
    ExpHdr = 3'd1,
    Disc   = 3'd2,
    DiscFr = 3'd3,
    Pdg    = 3'd4
  } state_e;

  // What a padding manager waits for.
  typedef enum logic [1:0] {
    LatchNothing = 2'd0,
    LatchHeader  = 2'd1,
    LatchEoc     = 2'd2
  } latch_e;

  state_e state_d, state_q;
  latch_e latch_d, latch_q;
  logic [IdWidth-1:0] latched_id_d, latched_id_q;
  logic open_d, open_q, ended_d, ended_q;

  logic idle, accepts, looks;
  assign idle         = !open_q && !rsp_valid_o && !ended_q;
  assign accepts      = cmd_valid_i && idle;
  assign looks        = open_q || (accepts && cmd_i == CmdPop);

  assign cmd_ready_o  = idle;
  assign unit_ready_o = ended_q || (looks && state_q != Pdg);
  assign state_o      = state_q;

  // Frame ids are serial numbers: the lower half of the circle ahead is the future.
  logic [IdWidth-1:0] unit_distance, latched_distance;
  logic is_same, is_future, is_too_far, latched_is_same, latched_is_past;
  assign unit_distance    = unit_id_i - active_frame_i;
  assign is_same          = unit_distance == '0;
  assign is_future        = !is_same && !unit_distance[IdWidth-1];
  assign is_too_far       = unit_distance == {1'b1, {(IdWidth - 1) {1'b0}}};
  assign latched_distance = latched_id_q - active_frame_i;
  assign latched_is_same  = latched_distance == '0;
  assign latched_is_past  = latched_distance[IdWidth-1];

  logic gives_item, gives_pad, drops_item, drops_header, is_skewed;

  always_comb begin
    state_d      = state_q;
    latch_d      = latch_q;
    latched_id_d = latched_id_q;
    ended_d      = ended_q;
    gives_item   = 1'b0;
    gives_pad    = 1'b0;
    drops_item   = 1'b0;
    drops_header = 1'b0;
    is_skewed    = 1'b0;

    if (looks && state_q == Pdg) begin
      gives_pad = 1'b1;
    end else if (looks && unit_valid_i) begin
      if (unit_kind_i == KindItem) begin
        if (state_q == RcvCmp) begin
          gives_item = 1'b1;
        end else begin
          drops_item = 1'b1;
          if (state_q == ExpHdr || state_q == Disc) state_d = Disc;
          else state_d = DiscFr;
        end
      end else if (unit_kind_i == KindEoc) begin
        gives_pad = 1'b1;
        latch_d   = LatchEoc;
      end else if (unit_kind_i == KindHeader && is_future) begin
        gives_pad    = 1'b1;
        latch_d      = LatchHeader;
        latched_id_d = unit_id_i;
      end else if (unit_kind_i == KindHeader && is_same && state_q != RcvCmp) begin
        state_d = RcvCmp;
      end else begin
        // a past header, a bad one, which may have been any, or this frame's a second time
        drops_header = 1'b1;
        is_skewed    = unit_kind_i == KindHeader && is_too_far;
        state_d      = DiscFr;
      end
    end else if (looks && closed_i) begin
      gives_pad = 1'b1;
      latch_d   = LatchEoc;
    end else if (looks && timeout_i) begin
      gives_pad = 1'b1;
      latch_d   = LatchNothing;
    end else if (accepts && cmd_i == CmdNewFrame) begin
      case (state_q)
        RcvCmp: state_d = ExpHdr;
        ExpHdr, Disc, DiscFr: state_d = state_q;
        Pdg: begin
          if (latch_q == LatchNothing) begin
            state_d = ExpHdr;
          end else if (latch_q == LatchHeader && latched_is_same) begin
            state_d = RcvCmp;
          end else if (latch_q == LatchHeader && latched_is_past) begin
            state_d = DiscFr;
          end
        end
        default: state_d = DiscFr;
      endcase
    end else if (accepts && cmd_i == CmdEnd) begin
      ended_d = 1'b1;
    end

    if (gives_pad) state_d = Pdg;
    open_d = looks && !gives_item && !gives_pad;
  end

  logic [DataWidth-1:0] data_q;
  logic is_item_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q          <= ExpHdr;
      latch_q          <= LatchNothing;
      latched_id_q     <= '0;
      open_q           <= 1'b0;
      ended_q          <= 1'b0;
      rsp_valid_o      <= 1'b0;
      is_item_q        <= 1'b0;
      discard_item_o   <= 1'b0;
      discard_header_o <= 1'b0;
      pad_o            <= 1'b0;
      skew_err_o       <= 1'b0;
    end else begin
      state_q          <= state_d;
      latch_q          <= latch_d;
      latched_id_q     <= latched_id_d;
      open_q           <= open_d;
      ended_q          <= ended_d;
      discard_item_o   <= drops_item;
      discard_header_o <= drops_header;
      pad_o            <= gives_pad;
      skew_err_o       <= skew_err_o || is_skewed;
      if (gives_item || gives_pad) begin
        rsp_valid_o <= 1'b1;
        is_item_q   <= gives_item;
      end else if (rsp_ready_i) begin
        rsp_valid_o <= 1'b0;
        is_item_q   <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (gives_item) data_q <= unit_data_i;
  end

  assign rsp_data_o = is_item_q ? data_q : PadData;
  assign rsp_pad_o  = rsp_valid_o && !is_item_q;

endmodule
