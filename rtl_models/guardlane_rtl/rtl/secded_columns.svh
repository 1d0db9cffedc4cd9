// SPDX-License-Identifier: Apache-2.0
// The columns of the code, shared by encoder and decoder; needs DataWidth and CheckWidth in scope.
//
// Data bit i takes the i-th column of odd weight from 3 up. Within a weight the order is that of the
// combinations of check-bit numbers, (0,1,2), (0,1,3), ...: read with check bit 0 as the most
// significant bit, these numbers fall. If all columns cancelled, all ones would be a codeword; then
// the last one gives way to the next.

  function automatic logic [CheckWidth*(DataWidth+1)-1:0] odd_columns(input int wanted);
    int found;
    int ones;
    logic [CheckWidth-1:0] column;
    odd_columns = '0;
    found = 0;
    for (int weight = 3; weight <= CheckWidth; weight = weight + 2) begin
      for (int value = (1 << CheckWidth) - 1; value > 0; value = value - 1) begin
        ones = 0;
        for (int row = 0; row < CheckWidth; row = row + 1) begin
          column[row] = value[CheckWidth-1-row];
          if (column[row]) ones = ones + 1;
        end
        if (ones == weight && found < wanted) begin
          odd_columns[found*CheckWidth+:CheckWidth] = column;
          found = found + 1;
        end
      end
    end
  endfunction

  localparam logic [CheckWidth*(DataWidth+1)-1:0] Candidates = odd_columns(DataWidth + 1);

  function automatic logic [CheckWidth*DataWidth-1:0] data_columns(
      input logic [CheckWidth*(DataWidth+1)-1:0] candidates);
    logic [CheckWidth-1:0] sum;
    sum = '0;
    for (int i = 0; i < DataWidth; i = i + 1) sum = sum ^ candidates[i*CheckWidth+:CheckWidth];
    data_columns = candidates[CheckWidth*DataWidth-1:0];
    if (sum == '0) begin
      data_columns[CheckWidth*(DataWidth-1)+:CheckWidth] =
          candidates[CheckWidth*DataWidth+:CheckWidth];
    end
  endfunction

  localparam logic [CheckWidth*DataWidth-1:0] Columns = data_columns(Candidates);
