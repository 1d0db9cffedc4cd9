// SPDX-License-Identifier: Apache-2.0
// The queue manager: two ends that share nothing but two protected pointers and the closed flag.
//
// Each end moves its own pointer word by word, and the shared copy, which the other end reads, when
// a working set is full or its core stalls. Pointers count words modulo twice the depth, so that a
// full queue and an empty one differ. The owner writes its shared pointer anew every cycle, which
// is the scrub; a reader keeps its last good value while a codeword is beyond repair.

module queue_manager #(
    parameter  int DataWidth    = 32,
    parameter  int IdWidth      = 32,
    parameter  int Depth        = 8,
    parameter  int WorkingSet   = 1,
    localparam int PointerWidth = $clog2(2 * Depth)
) (
    input  logic                    clk_i,
    input  logic                    rst_ni,
    // the producer's end
    input  logic                    push_valid_i,
    output logic                    push_ready_o,
    input  logic [             1:0] push_kind_i,
    input  logic [     IdWidth-1:0] push_id_i,
    input  logic [   DataWidth-1:0] push_data_i,
    input  logic                    publish_i,
    input  logic                    close_i,
    // the consumer's end
    output logic                    pop_valid_o,
    input  logic                    pop_ready_i,
    output logic [             1:0] pop_kind_o,
    output logic [     IdWidth-1:0] pop_id_o,
    output logic [   DataWidth-1:0] pop_data_o,
    input  logic                    release_i,
    input  logic                    drain_i,
    output logic                    closed_o,
    // observation
    output logic [PointerWidth-1:0] occupancy_o,
    output logic                    corrected_o,
    output logic                    detected_o
);

  localparam logic [1:0] KindItem = 2'd0, KindHeader = 2'd1, KindBad = 2'd2, KindEoc = 2'd3;

  // A module that nobody has is an error in every tool, and its name says what is wrong.
  if (WorkingSet < 1 || WorkingSet > Depth) begin : gen_refused_set
    working_set_must_be_1_to_depth u_refused ();
  end
  if (IdWidth < 2) begin : gen_refused_id
    id_width_must_be_2_or_more u_refused ();
  end

  // ---- the stored word: three tag bits above a payload ----

  localparam int HeaderWidth = IdWidth + 1;
  localparam int CheckWidth   = HeaderWidth <= 4 ? 4 : HeaderWidth <= 11 ? 5 :
                                HeaderWidth <= 26 ? 6 : HeaderWidth <= 57 ? 7 : 8;
  localparam int CodeWidth = HeaderWidth + CheckWidth;
  localparam int PayloadWidth = DataWidth > CodeWidth ? DataWidth : CodeWidth;
  localparam int WordWidth = PayloadWidth + 3;

  logic [WordWidth-1:0] words_q[Depth];
  logic [WordWidth-1:0] push_word, pop_word;
  logic [CodeWidth-1:0] push_code, stored_code;

  secded_enc #(
      .DataWidth(HeaderWidth)
  ) u_header_enc (
      .data_i({push_kind_i == KindEoc, push_id_i}),
      .code_o(push_code)
  );

  // A bad header that is passed on stays beyond repair: two bits of its codeword are flipped.
  assign stored_code = push_kind_i == KindBad ? push_code ^ CodeWidth'(3) : push_code;
  assign push_word   = push_kind_i == KindItem ? {3'b000, PayloadWidth'(push_data_i)} :
                                                 {3'b111, PayloadWidth'(stored_code)};

  logic [HeaderWidth-1:0] pop_header;
  logic pop_header_uncorrectable, pop_is_header, pop_is_eoc;
  logic unused_pop_header_corrected;

  secded_dec #(
      .DataWidth(HeaderWidth)
  ) u_header_dec (
      .code_i         (pop_word[CodeWidth-1:0]),
      .data_o         (pop_header),
      .corrected_o    (unused_pop_header_corrected),
      .uncorrectable_o(pop_header_uncorrectable)
  );

  logic [2:0] pop_tag;
  assign pop_tag = pop_word[WordWidth-1:PayloadWidth];
  assign pop_is_header = (pop_tag[0] && pop_tag[1]) || (pop_tag[0] && pop_tag[2]) ||
                         (pop_tag[1] && pop_tag[2]);
  assign pop_is_eoc = pop_header[IdWidth];
  assign pop_id_o = pop_header[IdWidth-1:0];
  assign pop_data_o = pop_word[DataWidth-1:0];

  always_comb begin
    if (!pop_is_header) pop_kind_o = KindItem;
    else if (pop_header_uncorrectable) pop_kind_o = KindBad;
    else if (pop_is_eoc) pop_kind_o = KindEoc;
    else pop_kind_o = KindHeader;
  end

  // ---- pointers ----

  localparam logic [PointerWidth-1:0] LastWord = PointerWidth'(2 * Depth - 1);

  function automatic logic [PointerWidth-1:0] next(input logic [PointerWidth-1:0] pointer);
    next = pointer == LastWord ? '0 : pointer + 1'b1;
  endfunction

  // The slot of a word: its pointer modulo the depth.
  localparam int SlotWidth = Depth > 1 ? $clog2(Depth) : 1;

  function automatic logic [SlotWidth-1:0] slot(input logic [PointerWidth-1:0] pointer);
    slot = SlotWidth'(pointer < PointerWidth'(Depth) ? pointer : pointer - PointerWidth'(Depth));
  endfunction

  logic [PointerWidth-1:0] written_d, written_q, read_d, read_q;  // each end's own
  logic [PointerWidth-1:0] seen_written, seen_read;  // as the other end sees them
  logic pushes, pops, holds, publishes, releases, closing_q;
  logic write_corrected, write_detected, read_corrected, read_detected;

  shared_pointer #(
      .Width(PointerWidth)
  ) u_write_pointer (
      .clk_i      (clk_i),
      .rst_ni     (rst_ni),
      .move_i     (publishes),
      .value_i    (written_d),
      .value_o    (seen_written),
      .corrected_o(write_corrected),
      .detected_o (write_detected)
  );

  shared_pointer #(
      .Width(PointerWidth)
  ) u_read_pointer (
      .clk_i      (clk_i),
      .rst_ni     (rst_ni),
      .move_i     (releases),
      .value_i    (read_d),
      .value_o    (seen_read),
      .corrected_o(read_corrected),
      .detected_o (read_detected)
  );

  assign corrected_o = write_corrected || read_corrected;
  assign detected_o  = write_detected || read_detected;

  // ---- the producer's end ----

  localparam int SetWidth = WorkingSet > 1 ? $clog2(WorkingSet) : 1;
  localparam logic [SetWidth-1:0] LastOfSet = SetWidth'(WorkingSet - 1);

  logic [SetWidth-1:0] in_write_set_q, in_read_set_q;  // words since the last set boundary

  assign occupancy_o  = written_q >= seen_read ? written_q - seen_read :
                        written_q - seen_read + LastWord + 1'b1;
  assign push_ready_o = occupancy_o < PointerWidth'(Depth);
  assign pushes = push_valid_i && push_ready_o;
  assign written_d = pushes ? next(written_q) : written_q;
  assign publishes = publish_i || close_i || (pushes && in_write_set_q == LastOfSet);

  // ---- the consumer's end ----

  assign holds = seen_written != read_q;
  assign pop_valid_o = holds && !drain_i;
  assign closed_o = !holds && closing_q && !write_detected;  // unreadable is not empty
  assign pops = holds && (pop_ready_i || drain_i);
  assign read_d = pops ? next(read_q) : read_q;
  assign releases = release_i || drain_i || (pops && in_read_set_q == LastOfSet);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      written_q      <= '0;
      read_q         <= '0;
      in_write_set_q <= '0;
      in_read_set_q  <= '0;
      closing_q      <= 1'b0;
    end else begin
      written_q <= written_d;
      read_q    <= read_d;
      closing_q <= closing_q || close_i;
      if (pushes) in_write_set_q <= in_write_set_q == LastOfSet ? '0 : in_write_set_q + 1'b1;
      if (pops) in_read_set_q <= in_read_set_q == LastOfSet ? '0 : in_read_set_q + 1'b1;
    end
  end

  // ---- the words ----

  assign pop_word = words_q[slot(read_q)];

  always_ff @(posedge clk_i) begin
    if (pushes) words_q[slot(written_q)] <= push_word;
  end

endmodule
