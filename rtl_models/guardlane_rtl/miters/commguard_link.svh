// SPDX-License-Identifier: Apache-2.0
// The rules of a link's streams, what is always true of its two shells, and what counts when. Of
// the queue nothing is taken for granted, so that what is equal here is equal under any flips.

  reg pending = 0, offered_last;  // a beat waits
  reg [3:0] offered;
  always @(posedge clk_i) begin
    pending <= rst_ni && s_axis_tvalid && !right_s_axis_tready;
    offered <= s_axis_tdata;
    offered_last <= s_axis_tlast;
  end

  wire in_frame = right_u_sink_phase_q == 1 || right_u_sink_phase_q == 2;
  wire answers = right_u_sink_u_alignment_rsp_valid_o;
  wire counts_m_axis_tdata = right_m_axis_tvalid;
  wire counts_m_axis_tlast = right_m_axis_tvalid;
  wire counts_m_axis_tuser = right_m_axis_tvalid;
  wire counts_u_sink_left_q = in_frame;
  wire counts_u_sink_is_first_q = in_frame;
  wire counts_u_sink_u_timer_gen_timer_waited_q = right_u_sink_phase_q < 3 && !answers;
  wire counts_u_source_u_timer_gen_timer_waited_q = !right_source_done_o;
  wire counts_u_sink_end_q = right_u_sink_phase_q < 3;
  wire counts_u_sink_met_end_q = right_u_sink_phase_q < 3;
  wire counts_u_sink_u_alignment_data_q = right_u_sink_u_alignment_is_item_q;
  wire counts_u_source_u_inserter_dropping_q = !right_u_source_u_inserter_ended_q;

  always @* begin
    if (rst_ni && pending) begin
      assume (s_axis_tvalid && s_axis_tdata == offered && s_axis_tlast == offered_last);
    end
    if (!started) begin  // words are not reset, and written even in a reset: nothing enters yet
      assume (right_occupancy_o >= 3 && wrong_occupancy_o >= 3);
      assume (right_u_queue_words_q_0_ == wrong_u_queue_words_q_0_);
      assume (right_u_queue_words_q_1_ == wrong_u_queue_words_q_1_);
      assume (right_u_queue_words_q_2_ == wrong_u_queue_words_q_2_);
    end else begin
      assert (right_u_sink_phase_q <= 4);
      assert (right_u_sink_u_alignment_ended_q == (right_u_sink_phase_q == 4));
      assert ((right_u_sink_phase_q == 2) == (right_u_sink_u_alignment_open_q || answers));
      assert (!right_u_sink_u_alignment_open_q || !answers);
      assert (!right_u_sink_u_alignment_is_item_q || answers);
      assert (!right_u_sink_met_end_q || right_u_sink_phase_q == 4 ||
              right_u_sink_u_alignment_state_q == 4);
      assert (!right_u_sink_u_alignment_is_item_q || right_u_sink_u_alignment_state_q == 0);
      assert (in_frame || right_u_sink_u_timer_gen_timer_waited_q == 0);
      assert (right_u_sink_u_timer_gen_timer_waited_q <= 15);
      assert (right_u_source_u_timer_gen_timer_waited_q <= 12);
      assert (right_u_source_u_inserter_ended_q == right_source_done_o);
      assert (!right_source_done_o || (right_u_source_eoc_q && right_u_source_opens_q == 0));
      assert (right_u_queue_written_q < 6 && right_u_queue_read_q < 6);
      assert (right_u_sink_u_alignment_state_q <= 4 && right_u_sink_u_alignment_latch_q <= 2);
      assert (!right_u_sink_u_alignment_open_q || right_u_sink_u_alignment_state_q != 4);
    end
  end
