// SPDX-License-Identifier: Apache-2.0
// The queue delivers what was pushed, in order, while bits of pointers and words flip.
//
// Cut, so that they may differ from what was stored: both pointers' codewords, anew in every cycle
// (that is how often they are scrubbed), and the word at the head, which covers flips that stay. One
// word is tracked, any one: `pick_i` says which push it is, and again after it has come out.

module queue_proof #(
    parameter int DataWidth  = 2,
    parameter int IdWidth    = 3,
    parameter int Depth      = 4,  // 8 at most
    parameter int WorkingSet = 2,
    parameter int Flips      = 1,  // bits of each shared pointer that may be flipped at a time
    parameter int WordFlips  = 0,  // and of the word at the head
    parameter bit Exact      = 1,  // claim too that no word and no end is held back
    parameter bit EndsOnce   = 1,  // nothing is pushed after the queue was closed
    parameter bit Helpers    = 1
) (
    input logic                 clk_i,
    input logic                 push_valid_i,
    input logic [          1:0] push_kind_i,
    input logic [  IdWidth-1:0] push_id_i,
    input logic [DataWidth-1:0] push_data_i,
    input logic                 publish_i,
    input logic                 close_i,
    input logic                 pop_ready_i,
    input logic                 release_i,
    input logic                 pick_i
);

  localparam logic [1:0] KindItem = 2'd0, KindBad = 2'd2;
  localparam int PointerWidth = $clog2(2 * Depth);
  localparam int PointerCode = PointerWidth + (PointerWidth <= 1 ? 3 : PointerWidth <= 4 ? 4 : 5);
  localparam int HeaderWidth = IdWidth + 1;
  localparam int CodeWidth = HeaderWidth + (HeaderWidth <= 4 ? 4 : HeaderWidth <= 11 ? 5 : 6);
  localparam int PayloadWidth = DataWidth > CodeWidth ? DataWidth : CodeWidth;
  localparam int WordWidth = PayloadWidth + 3;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic push_ready, pop_valid, closed, corrected, detected, pushes, pops;
  logic [1:0] pop_kind;
  logic [IdWidth-1:0] pop_id;
  logic [DataWidth-1:0] pop_data;
  logic [PointerWidth-1:0] occupancy;

  queue_manager #(
      .DataWidth (DataWidth),
      .IdWidth   (IdWidth),
      .Depth     (Depth),
      .WorkingSet(WorkingSet)
  ) dut (
      .clk_i       (clk_i),
      .rst_ni      (rst_ni),
      .push_valid_i(push_valid_i),
      .push_ready_o(push_ready),
      .push_kind_i (push_kind_i),
      .push_id_i   (push_id_i),
      .push_data_i (push_data_i),
      .publish_i   (publish_i),
      .close_i     (close_i),
      .pop_valid_o (pop_valid),
      .pop_ready_i (pop_ready_i),
      .pop_kind_o  (pop_kind),
      .pop_id_o    (pop_id),
      .pop_data_o  (pop_data),
      .release_i   (release_i),
      .drain_i     (1'b0),
      .closed_o    (closed),
      .occupancy_o (occupancy),
      .corrected_o (corrected),
      .detected_o  (detected)
  );

  // ---- what is seen inside ----

  (* hierconn *) wire [PointerWidth-1:0] \dut.written_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.read_q ;
  (* hierconn *) wire \dut.closing_q ;
  (* hierconn *) wire [(WorkingSet>1?$clog2(WorkingSet) : 1)-1:0] \dut.in_write_set_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_write_pointer.owned_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_write_pointer.trusted_q ;
  (* hierconn *) wire [PointerCode-1:0] \dut.u_write_pointer.code_d ;
  (* hierconn *) wire [PointerCode-1:0] \dut.u_write_pointer.code_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_read_pointer.owned_q ;
  (* hierconn *) wire [PointerWidth-1:0] \dut.u_read_pointer.trusted_q ;
  (* hierconn *) wire [PointerCode-1:0] \dut.u_read_pointer.code_d ;
  (* hierconn *) wire [PointerCode-1:0] \dut.u_read_pointer.code_q ;
  (* hierconn *) wire [WordWidth-1:0] \dut.pop_word ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[0] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[1] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[2] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[3] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[4] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[5] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[6] ;
  (* hierconn *) wire [WordWidth-1:0] \dut.words_q[7] ;

  logic [8*WordWidth-1:0] words;
  assign words = {
    Depth > 7 ? \dut.words_q[7] : {WordWidth{1'b0}},
    Depth > 6 ? \dut.words_q[6] : {WordWidth{1'b0}},
    Depth > 5 ? \dut.words_q[5] : {WordWidth{1'b0}},
    Depth > 4 ? \dut.words_q[4] : {WordWidth{1'b0}},
    Depth > 3 ? \dut.words_q[3] : {WordWidth{1'b0}},
    Depth > 2 ? \dut.words_q[2] : {WordWidth{1'b0}},
    Depth > 1 ? \dut.words_q[1] : {WordWidth{1'b0}},
    \dut.words_q[0]
  };

  // ---- upsets: what is read differs from what was stored in few bits ----

  logic [PointerCode-1:0] stored_written_q, stored_read_q, flips_written, flips_read;
  logic [WordWidth-1:0] stored_word, flips_word;

  always_ff @(posedge clk_i) begin
    stored_written_q <= \dut.u_write_pointer.code_d ;
    stored_read_q    <= \dut.u_read_pointer.code_d ;
  end

  assign flips_written = \dut.u_write_pointer.code_q ^ stored_written_q;
  assign flips_read    = \dut.u_read_pointer.code_q ^ stored_read_q;
  assign flips_word    = \dut.pop_word ^ stored_word;
  assign stored_word   = words[place(8'(\dut.read_q ))*WordWidth+:WordWidth];

  function automatic logic [7:0] ones(input logic [63:0] bits);
    ones = '0;
    for (int i = 0; i < 64; i = i + 1) ones = ones + 8'(bits[i]);
  endfunction

  // ---- ghosts: how many words there are, and where the tracked one is ----

  logic [7:0] count_q, shown_q, set_q;  // words inside; published ones of them; of this set
  logic closing_q, publishes, tracked_q;
  logic [7:0] ahead_q;  // words before the tracked one
  logic [1:0] kind_q;
  logic [IdWidth-1:0] id_q;
  logic [DataWidth-1:0] data_q;
  logic [WordWidth-1:0] word_q;
  logic is_next;

  assign pushes    = push_valid_i && push_ready;
  assign pops      = pop_valid && pop_ready_i;
  assign publishes = publish_i || close_i || (pushes && set_q == WorkingSet - 1);
  assign is_next   = tracked_q && ahead_q == '0;

  (* hierconn *) wire [WordWidth-1:0] \dut.push_word ;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q   <= '0;
      shown_q   <= '0;
      set_q     <= '0;
      closing_q <= 1'b0;
      tracked_q <= 1'b0;
      ahead_q   <= '0;
    end else begin
      count_q   <= count_q + 8'(pushes) - 8'(pops);
      shown_q   <= publishes ? count_q + 8'(pushes) - 8'(pops) : shown_q - 8'(pops);
      closing_q <= closing_q || close_i;
      if (pushes) set_q <= set_q == WorkingSet - 1 ? '0 : set_q + 1'b1;
      if (tracked_q && pops) begin
        if (ahead_q == '0) tracked_q <= 1'b0;
        else ahead_q <= ahead_q - 1'b1;
      end else if (!tracked_q && pushes && pick_i) begin
        tracked_q <= 1'b1;
        ahead_q   <= count_q - 8'(pops);
        kind_q    <= push_kind_i;
        id_q      <= push_id_i;
        data_q    <= push_data_i;
        word_q    <= \dut.push_word ;
      end
    end
  end

  // Pointers count modulo twice the depth; a slot is one modulo the depth.
  function automatic logic [7:0] place(input logic [7:0] pointer);
    if (pointer >= 2 * Depth) place = pointer - 2 * Depth;
    else if (pointer >= Depth) place = pointer - Depth;
    else place = pointer;
  endfunction

  function automatic logic [7:0] distance(input logic [PointerWidth-1:0] to,
                                          input logic [PointerWidth-1:0] from);
    distance = to >= from ? 8'(to) - 8'(from) : 8'(to) - 8'(from) + 2 * Depth;
  endfunction

  logic [PointerCode-1:0] owned_written_code, owned_read_code;
  logic [CodeWidth-1:0] tracked_code;
  logic [WordWidth-1:0] tracked_word;

  secded_enc #(
      .DataWidth(PointerWidth)
  ) u_written (
      .data_i(\dut.u_write_pointer.owned_q ),
      .code_o(owned_written_code)
  );
  secded_enc #(
      .DataWidth(PointerWidth)
  ) u_read (
      .data_i(\dut.u_read_pointer.owned_q ),
      .code_o(owned_read_code)
  );
  secded_enc #(
      .DataWidth(HeaderWidth)
  ) u_tracked (
      .data_i({kind_q == 2'd3, id_q}),
      .code_o(tracked_code)
  );
  assign tracked_word = kind_q == KindItem ? {3'b000, PayloadWidth'(data_q)} :
      {3'b111, PayloadWidth'(tracked_code ^ (kind_q == KindBad ? CodeWidth'(3) : '0))};

  always_comb begin
    if (rst_ni) begin
      a_pointer_flips :
      assume (ones(64'(flips_written)) <= Flips && ones(64'(flips_read)) <= Flips);
      a_word_flips : assume (ones(64'(flips_word)) <= WordFlips);
      // a header that is passed on as bad has no flip to spare
      a_not_bad_twice : assume (WordFlips == 0 || push_kind_i != KindBad);
      a_ends_once : assume (!EndsOnce || !closing_q || (!push_valid_i && !close_i));

      p_kind : assert (!pop_valid || !is_next || pop_kind == kind_q);
      p_id : assert (!pop_valid || !is_next || kind_q != 2'd1 || pop_id == id_q);
      p_data :
      assert (!pop_valid || !is_next || kind_q != KindItem || ones(
          64'(pop_data ^ data_q)
      ) <= WordFlips);
      p_room : assert (count_q <= Depth && occupancy <= Depth && occupancy >= count_q);
      p_published : assert (!pop_valid || shown_q != '0);
      p_closed_is_empty : assert (!closed || count_q == '0);
      p_shown : assert (!Exact || pop_valid == (shown_q != '0));
      p_closed : assert (!Exact || closed == (closing_q && count_q == '0));
      p_corrected :
      assert (!Exact || (!detected && corrected == (flips_written != '0 || flips_read != '0)));
    end
  end

  // From the reader's back to the writer's front, no pointer overtakes the next.
  logic [7:0] whole, parts;
  assign whole = distance(\dut.written_q , \dut.u_read_pointer.trusted_q );
  assign parts = distance(
      \dut.u_read_pointer.owned_q , \dut.u_read_pointer.trusted_q
  ) + distance(
      \dut.read_q , \dut.u_read_pointer.owned_q
  ) + distance(
      \dut.u_write_pointer.trusted_q , \dut.read_q
  ) + distance(
      \dut.u_write_pointer.owned_q , \dut.u_write_pointer.trusted_q
  ) + distance(
      \dut.written_q , \dut.u_write_pointer.owned_q
  );

  always_comb begin
    if (rst_ni && Helpers) begin
      h_range :
      assert (\dut.written_q < 2 * Depth && \dut.read_q < 2 * Depth &&
              \dut.u_write_pointer.owned_q < 2 * Depth &&
              \dut.u_write_pointer.trusted_q < 2 * Depth &&
              \dut.u_read_pointer.owned_q < 2 * Depth &&
              \dut.u_read_pointer.trusted_q < 2 * Depth);
      h_order : assert (whole == parts && whole <= Depth);
      h_counts :
      assert (count_q == distance(
          \dut.written_q , \dut.read_q
      ) && shown_q == distance(
          \dut.u_write_pointer.owned_q , \dut.read_q
      ) && set_q == \dut.in_write_set_q && set_q < WorkingSet && \dut.closing_q == closing_q &&
          (!closing_q || !EndsOnce || shown_q == count_q));
      h_codes : assert (stored_written_q == owned_written_code && stored_read_q == owned_read_code);
      h_tracked :
      assert (!tracked_q || (ahead_q < count_q && (WordFlips == 0 || kind_q != KindBad) && word_q == tracked_word &&
              words[place(
          8'(\dut.read_q )+ahead_q
      )*WordWidth+:WordWidth] == word_q));
    end
  end

  logic was_full_q;
  always_ff @(posedge clk_i) was_full_q <= rst_ni && (was_full_q || count_q == Depth);

  always_comb begin
    if (rst_ni) begin
      c_tracked_from_full :
      cover (pops && is_next && was_full_q && flips_written != '0 && kind_q == KindItem);
      c_header_flipped :
      cover (pops && is_next && kind_q == 2'd1 && (WordFlips == 0 || flips_word != '0));
      c_closed : cover (closed && was_full_q);
      c_partial_set : cover (Depth == 1 || (shown_q != '0 && shown_q < count_q));
    end
  end

endmodule
