# SPDX-License-Identifier: Apache-2.0
"""Look-ups of a trace in the layout of dlrm_datasets: (indices, offsets, lengths) in one .npz file.

`lengths[tables, batch]` says how many indices each bag has, `indices` has them all, table by table
and bag by bag, and `offsets` where each bag begins, with the end of all as its last. Files of torch
are pickles and are not read: `numpy.savez` of the three tensors makes what is.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded
from guardlane_workloads.recommender.dlrm.model import ELEMENT_BYTES, EmbeddingTable, Model, Net

MOST_BYTES = 4 << 30  # of the file, and of what it unfolds to
PARTS = ("indices", "offsets", "lengths")

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class IndexTrace:
    """Bags: `lengths` int64[tables, batch] and, bag by bag, `indices` int64[sum of lengths]."""

    indices: Int64s
    lengths: Int64s

    @property
    def tables(self) -> int:
        """Value of the tables."""
        return len(self.lengths)

    def rows(self) -> Int64s:
        """Value of the rows each table must have for its largest index, int64[tables]."""
        return np.array(
            [int(part.max()) + 1 if len(part) else 0 for part in self.by_table()], np.int64
        )

    def by_table(self) -> list[Int64s]:
        """Value of the indices of each table."""
        return np.split(self.indices, np.cumsum(self.lengths.sum(axis=1))[:-1])

    def pooling_factors(self) -> npt.NDArray[np.float64]:
        """Value of the mean indices of a bag of each table, float64[tables]."""
        means: npt.NDArray[np.float64] = self.lengths.mean(axis=1)
        return means


def model_of(trace: IndexTrace, name: str, dim: int, sparse_share: float) -> Model:
    """Value of a model with the tables of `trace`; the rest of it the trace does not say."""
    row = dim * ELEMENT_BYTES
    tables = [
        EmbeddingTable(f"t{number}", max(1, int(rows)), dim, row, float(factor))
        for number, (rows, factor) in enumerate(
            zip(trace.rows(), trace.pooling_factors(), strict=True)
        )
    ]
    return Model(name, [Net("all", sparse_share=sparse_share)], tables)


def read_index_trace(path: Path) -> IndexTrace:
    """Read a trace; raises GuardlaneError that names the file, the array and the number."""
    arrays = _arrays(path)
    lengths, indices, offsets = arrays["lengths"], arrays["indices"], arrays["offsets"]
    if lengths.ndim != 2 or not lengths.size:
        raise GuardlaneError(f"{path}: lengths must be [tables, batch], not {list(lengths.shape)}")
    for name in ("indices", "offsets"):
        if arrays[name].ndim != 1:
            raise GuardlaneError(f"{path}: {name} must have one dimension, not {arrays[name].ndim}")
    for name in ("lengths", "indices"):
        if arrays[name].size and arrays[name].min() < 0:
            raise GuardlaneError(f"{path}: {name} must be 0 or more, not {arrays[name].min()}")
    if int(lengths.max()) > len(indices):
        raise GuardlaneError(f"{path}: a bag of {lengths.max():,} is more than all indices")
    ends = np.concatenate([[0], np.cumsum(lengths.ravel())])
    if ends[-1] != len(indices):
        raise GuardlaneError(
            f"{path}: lengths add up to {ends[-1]:,}, and there are {len(indices):,} indices"
        )
    if len(offsets) not in (lengths.size, lengths.size + 1):
        raise GuardlaneError(
            f"{path}: offsets must be {lengths.size + 1:,}, one a bag and the end, "
            f"not {len(offsets):,}"
        )
    wrong = np.flatnonzero(offsets != ends[: len(offsets)])
    if len(wrong):
        bag = int(wrong[0])
        raise GuardlaneError(
            f"{path}: offset {bag:,} must be {ends[bag]:,} by the lengths, not {offsets[bag]:,}"
        )
    return IndexTrace(indices, lengths)


def _arrays(path: Path) -> dict[str, Int64s]:
    content = read_bounded(path, MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unfolded = sum(entry.file_size for entry in archive.infolist())
        if unfolded > MOST_BYTES:
            raise GuardlaneError(f"{path}: unfolds to {unfolded:,} bytes; at most {MOST_BYTES:,}")
        with np.load(io.BytesIO(content), allow_pickle=False) as whole:
            missing = [name for name in PARTS if name not in whole.files]
            if missing:
                raise GuardlaneError(f"{path}: has no array {missing[0]}")
            arrays = {name: np.asarray(whole[name]) for name in PARTS}
    except GuardlaneError:
        raise
    except Exception as reason:  # numpy and zipfile raise a dozen kinds for a file that is broken
        said = " ".join(str(reason).split())[:120]
        raise GuardlaneError(f"{path}: is no .npz of arrays: {said}") from None
    for name, array in arrays.items():
        if array.dtype.kind not in "iu" or array.dtype.itemsize > 8:
            raise GuardlaneError(f"{path}: {name} must be whole numbers, not {array.dtype}")
    return {name: array.astype(np.int64) for name, array in arrays.items()}
