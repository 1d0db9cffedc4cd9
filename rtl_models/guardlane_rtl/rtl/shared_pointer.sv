// SPDX-License-Identifier: Apache-2.0
// A pointer that one end of a queue moves and the other reads, kept as a codeword.
//
// The owner writes the codeword anew in every cycle, out of its own copy: that is the scrub. The
// reader repairs one flipped bit; after two it keeps the last value it could use.

module shared_pointer #(
    parameter int Width = 4
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    // the owner's end
    input  logic             move_i,
    input  logic [Width-1:0] value_i,
    // the reader's end
    output logic [Width-1:0] value_o,
    output logic             corrected_o,
    output logic             detected_o
);

  localparam int CheckWidth = Width <= 1 ? 3 : Width <= 4 ? 4 : Width <= 11 ? 5 :
                          Width <= 26 ? 6 : 7;
  localparam int CodeWidth = Width + CheckWidth;

  logic [Width-1:0] owned_d, owned_q, trusted_q, decoded;
  logic [CodeWidth-1:0] code_d, code_q;

  assign owned_d = move_i ? value_i : owned_q;

  secded_enc #(
      .DataWidth(Width)
  ) u_enc (
      .data_i(rst_ni ? owned_d : '0),
      .code_o(code_d)
  );

  secded_dec #(
      .DataWidth(Width)
  ) u_dec (
      .code_i         (code_q),
      .data_o         (decoded),
      .corrected_o    (corrected_o),
      .uncorrectable_o(detected_o)
  );

  assign value_o = detected_o ? trusted_q : decoded;

  // The codeword holds the owner's copy a second time: `keep`, or synthesis makes one of the two.
  (* keep *)
  always_ff @(posedge clk_i) begin
    code_q <= code_d;
    if (!rst_ni) begin
      owned_q   <= '0;
      trusted_q <= '0;
    end else begin
      owned_q   <= owned_d;
      trusted_q <= value_o;
    end
  end

endmodule
