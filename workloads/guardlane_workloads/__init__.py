# SPDX-License-Identifier: Apache-2.0
"""The programs that guardlane ships: for each a graph, kernels, real input, a quality metric."""
