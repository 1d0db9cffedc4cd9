// SPDX-License-Identifier: Apache-2.0
// The encoder of headers and shared pointers: data bits below, inverted check bits above.

module secded_enc #(
    parameter int DataWidth = 33,
    localparam int CheckWidth = DataWidth <= 1 ? 3 : DataWidth <= 4 ? 4 : DataWidth <= 11 ? 5 :
                                DataWidth <= 26 ? 6 : DataWidth <= 57 ? 7 : 8,
    localparam int CodeWidth = DataWidth + CheckWidth
) (
    input  logic [DataWidth-1:0] data_i,
    output logic [CodeWidth-1:0] code_o
);

  `include "secded_columns.svh"

  logic [CheckWidth-1:0] check;

  always_comb begin
    check = '0;
    for (int i = 0; i < DataWidth; i = i + 1) begin
      if (data_i[i]) check = check ^ Columns[i*CheckWidth+:CheckWidth];
    end
  end

  assign code_o = {~check, data_i};

endmodule
