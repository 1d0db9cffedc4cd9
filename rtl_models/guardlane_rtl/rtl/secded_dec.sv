// SPDX-License-Identifier: Apache-2.0
// The decoder: repairs one flipped bit of a codeword, notices two.

module secded_dec #(
    parameter int DataWidth = 33,
    localparam int CheckWidth = DataWidth <= 1 ? 3 : DataWidth <= 4 ? 4 : DataWidth <= 11 ? 5 :
                                DataWidth <= 26 ? 6 : DataWidth <= 57 ? 7 : 8,
    localparam int CodeWidth = DataWidth + CheckWidth
) (
    input  logic [CodeWidth-1:0] code_i,
    output logic [DataWidth-1:0] data_o,
    output logic                 corrected_o,
    output logic                 uncorrectable_o
);

  `include "secded_columns.svh"

  logic [CheckWidth-1:0] stored_check, syndrome;
  logic [DataWidth-1:0] flip;
  logic flips_check;

  assign stored_check = ~code_i[CodeWidth-1:DataWidth];

  always_comb begin
    syndrome = stored_check;
    for (int i = 0; i < DataWidth; i = i + 1) begin
      if (code_i[i]) syndrome = syndrome ^ Columns[i*CheckWidth+:CheckWidth];
    end
    for (int i = 0; i < DataWidth; i = i + 1) begin
      flip[i] = syndrome == Columns[i*CheckWidth+:CheckWidth];
    end
    flips_check = 1'b0;
    for (int row = 0; row < CheckWidth; row = row + 1) begin
      if (syndrome == CheckWidth'(1 << row)) flips_check = 1'b1;
    end
  end

  assign data_o          = code_i[DataWidth-1:0] ^ flip;
  assign corrected_o     = flips_check || flip != '0;
  assign uncorrectable_o = syndrome != '0 && !corrected_o;

endmodule
