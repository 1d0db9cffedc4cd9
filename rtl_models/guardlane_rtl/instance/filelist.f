// SPDX-License-Identifier: Apache-2.0
// For tools that read such lists relative to themselves: verilator -F filelist.f
+incdir+.
secded_enc.sv
secded_dec.sv
shared_pointer.sv
command_timer.sv
header_inserter.sv
alignment_manager.sv
queue_manager.sv
commguard_source.sv
commguard_sink.sv
commguard_link.sv
example.sv
