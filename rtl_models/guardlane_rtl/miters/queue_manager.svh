// SPDX-License-Identifier: Apache-2.0
// What counts when of a queue manager. Of its state no more is taken for granted than that its own
// pointers are in their range, and that it never shows more words than it has room for: a proof of its
// own has that for up to two flips in each shared pointer (`queue: two flips, room for three`).

  wire counts_pop_kind_o = right_pop_valid_o;
  wire counts_pop_id_o = right_pop_valid_o && right_pop_kind_o[0];
  wire counts_pop_data_o = right_pop_valid_o && right_pop_kind_o == 0;

  always @* begin
    if (!started) begin  // words are not reset, and written even in a reset
      assume (!push_valid_i);
      assume (right_words_q_0_ == wrong_words_q_0_);
      assume (right_words_q_1_ == wrong_words_q_1_);
      assume (right_words_q_2_ == wrong_words_q_2_);
    end else begin
      assume (right_occupancy_o <= 3);
      assert (right_written_q < 6 && right_read_q < 6);
    end
  end
