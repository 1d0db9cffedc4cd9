# SPDX-License-Identifier: Apache-2.0
"""The graph of the JPEG decoder: ten filters between a source of bytes and a sink of samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.stream import PerSteadyState, StreamGraph
from guardlane_workloads.streams.jpeg import kernels
from guardlane_workloads.streams.jpeg.bitstream import Encoded, HuffmanTable

COMPONENTS = ("y", "cb", "cr")
SINK = "picture"


def jpeg_graph(encoded: Encoded) -> StreamGraph:
    """Build the graph that decodes `encoded`; a steady state is one row of MCUs."""
    graph = StreamGraph("jpeg")
    items = np.frombuffer(b"".join(encoded.segments), np.uint8).astype(np.int32)
    counts = [len(segment) for segment in encoded.segments]
    graph.source("bytes", items, per_steady_state=counts)
    graph.filter(
        "huff",
        work=kernels.huff,
        begin=kernels.huff_begin,
        pops=[PerSteadyState.of(counts)],
        pushes=[192],
        tables=huffman_tables(encoded.codes),
    )
    graph.filter("split", work=kernels.split, pops=[192], pushes=[64, 64, 64])
    for name, steps in zip(COMPONENTS, encoded.quantisers, strict=True):
        graph.filter(
            f"dequant_{name}",
            work=kernels.dequant,
            begin=kernels.dequant_begin,
            pops=[64],
            pushes=[64],
            tables={"QUANTISER": steps},
        )
        graph.filter(f"idct_{name}", work=kernels.idct, pops=[64], pushes=[64])
    graph.filter("join", work=kernels.join, pops=[64, 64, 64], pushes=[192])
    graph.filter("colour", work=kernels.colour, pops=[192], pushes=[192])
    graph.sink(SINK, pops=192 * encoded.mcus_per_row)

    graph.connect("bytes", "huff")
    graph.connect("huff", "split")
    for port, name in enumerate(COMPONENTS):
        graph.connect("split", f"dequant_{name}", out_port=port)
        graph.connect(f"dequant_{name}", f"idct_{name}")
        graph.connect(f"idct_{name}", "join", in_port=port)
    graph.connect("join", "colour")
    graph.connect("colour", SINK)
    return graph


def huffman_tables(codes: tuple[HuffmanTable, ...]) -> dict[str, list[int]]:
    """Value of the tables LARGEST, OFFSET and SYMBOLS of `huff` for six Huffman tables."""
    largest: list[int] = []
    offset: list[int] = []
    symbols: list[int] = []
    for table in codes:
        code = first = 0
        largest.append(-1)
        offset.append(0)
        for count in table.counts:
            code <<= 1
            offset.append(first - code)
            code += count
            first += count
            largest.append(code - 1 if count else -1)
        symbols.extend(table.symbols.ljust(256, b"\0"))
    return {"LARGEST": largest, "OFFSET": offset, "SYMBOLS": symbols}


def picture_of(items: npt.NDArray[np.int32], encoded: Encoded) -> npt.NDArray[np.uint8]:
    """Arrange the sink's items, MCU by MCU, as a picture uint8[height, width, 3].

    The device keeps the low byte of an item, as a file of bytes would; error-free items are 0..255.
    """
    blocks = (items & 255).astype(np.uint8)
    blocks = blocks.reshape(encoded.rows, encoded.mcus_per_row, 8, 8, 3)
    whole = blocks.swapaxes(1, 2).reshape(8 * encoded.rows, 8 * encoded.mcus_per_row, 3)
    return np.ascontiguousarray(whole[: encoded.height, : encoded.width])
