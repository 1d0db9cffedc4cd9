// SPDX-License-Identifier: Apache-2.0
// Encoder and decoder at the widths that matter: pointers, and headers with ids of 2, 8, 10, 32 bits.

module secded_widths (
    input  logic [ 0:0] data1_i,
    output logic [ 3:0] code1_o,
    input  logic [ 3:0] code1_i,
    output logic [ 0:0] data1_o,
    output logic [ 1:0] flags1_o,
    input  logic [ 2:0] data3_i,
    output logic [ 6:0] code3_o,
    input  logic [ 6:0] code3_i,
    output logic [ 2:0] data3_o,
    output logic [ 1:0] flags3_o,
    input  logic [ 8:0] data9_i,
    output logic [13:0] code9_o,
    input  logic [13:0] code9_i,
    output logic [ 8:0] data9_o,
    output logic [ 1:0] flags9_o,
    input  logic [10:0] data11_i,
    output logic [15:0] code11_o,
    input  logic [15:0] code11_i,
    output logic [10:0] data11_o,
    output logic [ 1:0] flags11_o,
    input  logic [32:0] data33_i,
    output logic [39:0] code33_o,
    input  logic [39:0] code33_i,
    output logic [32:0] data33_o,
    output logic [ 1:0] flags33_o
);

  secded_enc #(
      .DataWidth(1)
  ) u_enc1 (
      .data_i(data1_i),
      .code_o(code1_o)
  );

  secded_dec #(
      .DataWidth(1)
  ) u_dec1 (
      .code_i         (code1_i),
      .data_o         (data1_o),
      .corrected_o    (flags1_o[0]),
      .uncorrectable_o(flags1_o[1])
  );

  secded_enc #(
      .DataWidth(3)
  ) u_enc3 (
      .data_i(data3_i),
      .code_o(code3_o)
  );

  secded_dec #(
      .DataWidth(3)
  ) u_dec3 (
      .code_i         (code3_i),
      .data_o         (data3_o),
      .corrected_o    (flags3_o[0]),
      .uncorrectable_o(flags3_o[1])
  );

  secded_enc #(
      .DataWidth(9)
  ) u_enc9 (
      .data_i(data9_i),
      .code_o(code9_o)
  );

  secded_dec #(
      .DataWidth(9)
  ) u_dec9 (
      .code_i         (code9_i),
      .data_o         (data9_o),
      .corrected_o    (flags9_o[0]),
      .uncorrectable_o(flags9_o[1])
  );

  secded_enc #(
      .DataWidth(11)
  ) u_enc11 (
      .data_i(data11_i),
      .code_o(code11_o)
  );

  secded_dec #(
      .DataWidth(11)
  ) u_dec11 (
      .code_i         (code11_i),
      .data_o         (data11_o),
      .corrected_o    (flags11_o[0]),
      .uncorrectable_o(flags11_o[1])
  );

  secded_enc #(
      .DataWidth(33)
  ) u_enc33 (
      .data_i(data33_i),
      .code_o(code33_o)
  );

  secded_dec #(
      .DataWidth(33)
  ) u_dec33 (
      .code_i         (code33_i),
      .data_o         (data33_o),
      .corrected_o    (flags33_o[0]),
      .uncorrectable_o(flags33_o[1])
  );

endmodule
