# SPDX-License-Identifier: Apache-2.0
"""Models by name, and where each of their numbers comes from.

DRM1 to DRM3 are reconstructions: of the paper's body only recollections were at hand, and what it
does not print (widths, pooling factors) is assumed. None of their numbers is the paper's. The other
models are public.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from guardlane.cite import Citation, assumed, related
from guardlane.errors import UsageError
from guardlane.seeds import stream
from guardlane_workloads.recommender.dlrm.model import ELEMENT_BYTES, EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.spread import log_normal, sized

GB = 10**9
DIM = 32  # elements of a row of DRM1 to DRM3
POOLING_SPREAD = 0.46  # sigma of ln(pooling factor) over tables
RECALLED = "as recalled of the ISPASS 2021 paper, not read in it"
UNPRINTED = "not printed, as far as recalled"


@dataclass(frozen=True)
class Preset:
    """A model, and the citation of each number that it was made from."""

    build: Callable[[], Model]
    sources: Mapping[str, Citation]


@dataclass(frozen=True)
class Shape:
    """What a DRM is made from: tables, bytes, the largest, and how often each kind is looked up.

    `by_batch` of the tables are looked up once a batch, with `batch_pooling` indices, the others
    once an item with `item_pooling`. `giant` says that the largest table stands apart.
    """

    name: str
    tables: int
    size: int
    largest: int
    nets: int
    by_batch: int
    batch_pooling: float
    item_pooling: float
    sparse_share: float
    giant: bool = False

    def build(self) -> Model:
        """Make the tables; which of them is how large and how often used is shuffled, seeded."""
        if self.giant:
            ratio = 5.0  # of the largest of the others to their mean, as in DRM1
            rest, others = self.size - self.largest, self.tables - 1
            sizes = [*sized(others, rest, int(ratio * rest / others)), self.largest]
        else:
            sizes = sized(self.tables, self.size, self.largest)
        order = stream(0, "dlrm", self.name, "sizes").permutation(len(sizes)).tolist()
        spread = log_normal(len(sizes), POOLING_SPREAD)
        mean = sum(spread) / len(spread)
        factors = [
            spread[place] / mean
            for place in stream(0, "dlrm", self.name, "pooling").permutation(len(sizes)).tolist()
        ]
        tables = []
        for number, place in enumerate(order):
            is_giant = self.giant and place == len(sizes) - 1
            by_batch = number < self.by_batch or is_giant
            pooling = self.batch_pooling if by_batch else self.item_pooling
            tables.append(
                EmbeddingTable(
                    name=f"t{number}",
                    rows=max(1, sizes[place] // (DIM * ELEMENT_BYTES)),
                    dim=DIM,
                    row_bytes=DIM * ELEMENT_BYTES,
                    pooling_factor=1.0 if is_giant else round(pooling * factors[number], 3),
                    net=0 if by_batch or self.nets == 1 else 1,
                    scope="batch" if by_batch else "item",
                    is_fixed=is_giant,
                )
            )
        names = ("user", "item") if self.nets == 2 else ("all",)
        return Model(
            self.name, [Net(name, sparse_share=self.sparse_share) for name in names], tables
        )

    def sources(self) -> Mapping[str, Citation]:
        """Value of where each number comes from."""

        def own(sentence: str, unit: str, why: str) -> Citation:
            return assumed(sentence, unit=unit, why=why)

        return {
            "tables": own(f"tables: {self.tables}", "tables", RECALLED),
            "size": own(f"bytes of all tables: {self.size / GB:.1f} GB", "B", RECALLED),
            "largest": own(f"the largest table: {self.largest / GB:.1f} GB", "B", RECALLED),
            "nets": own(f"nets, one after the other: {self.nets}", "nets", RECALLED),
            "sparse_share": own(
                f"look-ups' share of operator time on one server: {self.sparse_share:.1%}; the "
                "dense time follows from it",
                "1",
                RECALLED,
            ),
            "bottom_share": own(
                "the bottom layers' share of the dense time: 10 %",
                "1",
                UNPRINTED
                + "; RM1, which has many tables too, has 10 % of its multiplications there",
            ),
            "sizes": own(
                "sizes between: the log-normal law with that sum and that largest",
                "B",
                "a long tail of many tables, as recalled; the law has no free number",
            ),
            "by_batch": own(
                f"tables looked up once a batch: {self.by_batch}",
                "tables",
                UNPRINTED + "; user features are the same for all items of a request",
            ),
            "batch_pooling": own(
                f"mean indices of their bags: {self.batch_pooling}",
                "indices",
                UNPRINTED + "; public traces have 8.3 to 15.8",
            ),
            "item_pooling": own(
                f"mean indices of the bags of items: {self.item_pooling}",
                "indices",
                UNPRINTED + "; an item has few features of many values",
            ),
            "dim": own(f"elements of a row: {DIM}, fp32", "elements", UNPRINTED),
        }


DRMS = (
    Shape("drm1", 257, int(194.05 * GB), int(3.6 * GB), 2, 128, 10.0, 2.0, 0.097),
    Shape("drm2", 133, 138 * GB, int(6.7 * GB), 2, 66, 10.0, 2.0, 0.096),
    Shape("drm3", 39, 200 * GB, int(178.8 * GB), 1, 19, 10.0, 2.0, 0.031, giant=True),
)

MLPERF_ROWS = (
    40_000_000, 39_060, 17_295, 7_424, 20_265, 3, 7_122, 1_543, 63, 40_000_000, 3_067_956, 405_282,
    10, 2_209, 11_938, 155, 4, 976, 14, 40_000_000, 40_000_000, 40_000_000, 590_152, 12_973, 108,
    36,
)  # fmt: skip
MLPERF_POOLING = (
    3, 2, 1, 2, 6, 1, 1, 1, 1, 7, 3, 8, 1, 6, 9, 5, 1, 1, 1, 12, 100, 27, 10, 3, 1, 1,
)  # fmt: skip


def _deeprecsys(
    number: int, tables: int, rows: int, dim: int, pooling: int,
    bottom: tuple[int, ...], top: tuple[int, ...],
) -> Preset:  # fmt: skip
    name = f"rm{number}"
    joined = dim * (tables + 1)  # the interaction concatenates
    net = Net("all", bottom=bottom, top=(joined, *top))

    def build() -> Model:
        row = dim * ELEMENT_BYTES
        own = [
            EmbeddingTable(f"t{n}", rows, dim, row, float(pooling), is_fixed=True)
            for n in range(tables)
        ]
        return Model(name, [net], own)

    def cited(sentence: str, unit: str) -> Citation:
        place = f"models/configs/dlrm_{name}.json"
        return related(sentence, unit=unit, ref="deeprecsys", place=place)

    return Preset(
        build,
        {
            "tables": cited(f"tables: {tables}, of {rows:,} rows each", "tables"),
            "dim": cited(f"elements of a row: {dim}", "elements"),
            "pooling": cited(f"indices of a bag: {pooling}", "indices"),
            "widths": cited(f"layers {'-'.join(map(str, bottom))}, then {net.top}", "elements"),
        },
    )


def _mlperf() -> Model:
    tables = [
        EmbeddingTable(
            f"cat_{number}", rows, 128, 128 * ELEMENT_BYTES, float(pooling), is_fixed=True
        )
        for number, (rows, pooling) in enumerate(zip(MLPERF_ROWS, MLPERF_POOLING, strict=True))
    ]
    net = Net("all", bottom=(13, 512, 256, 128), top=(128 * 27, 1024, 1024, 512, 256, 1))
    return Model("mlperf", [net], tables)


def _mlperf_source(sentence: str, unit: str, why: str = "") -> Citation:
    return related(
        sentence,
        unit=unit,
        ref="dlrm-torchrec",
        place="torchrec_dlrm/README.MD, MLPerf command",
        why=why,
    )


PRESETS: Mapping[str, Preset] = {
    **{shape.name: Preset(shape.build, shape.sources()) for shape in DRMS},
    "rm1": _deeprecsys(1, 8, 4_000_000, 32, 80, (128, 64, 32), (256, 64, 1)),
    "rm2": _deeprecsys(2, 32, 500_000, 64, 120, (256, 128, 64), (128, 64, 1)),
    "rm3": _deeprecsys(3, 10, 2_000_000, 32, 20, (2560, 1024, 256, 32), (512, 256, 1)),
    "mlperf": Preset(
        _mlperf,
        {
            "tables": _mlperf_source("rows of the 26 tables", "rows"),
            "pooling": _mlperf_source("indices of a bag, fixed by table", "indices"),
            "dim": _mlperf_source("elements of a row: 128", "elements"),
            "widths": _mlperf_source(
                "layers 13-512-256-128, then 1024-1024-512-256-1", "elements",
                "the cross network between them is not modelled",
            ),
        },
    ),
}  # fmt: skip


def model(name: str) -> Model:
    """Make the model called `name`; raises UsageError for one that there is not."""
    if name not in PRESETS:
        raise UsageError(f"model must be one of {', '.join(PRESETS)}, not {name!r}")
    return PRESETS[name].build()
