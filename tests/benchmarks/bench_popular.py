# SPDX-License-Identifier: Apache-2.0
"""Popular rows priced without a trace, beside the same look-ups run through exact caches and TLBs.

PYTHONPATH=arch:workloads:. python -m tests.benchmarks.bench_popular [exact] [models]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.memory.residence import Demand, Residence, reside
from guardlane.memory.rows import lines_of
from guardlane.server.core import Page, ServerCore
from guardlane.server.table import freeze
from guardlane_workloads.recommender.dlrm.placement import Strategy, place
from guardlane_workloads.recommender.dlrm.popularity import Law, mixed, zipf_mandelbrot
from guardlane_workloads.recommender.dlrm.popularity_settings import FittedLaw
from guardlane_workloads.recommender.dlrm.presets import model
from guardlane_workloads.recommender.dlrm.row_times import RowTimes
from guardlane_workloads.recommender.indices import BITS, Mixture, places, thresholds

Int64s = npt.NDArray[np.int64]

ITEMS = 64  # of a batch; a table's look-ups of one batch come one after another
WARM, MEASURED = 1_500_000, 1_000_000  # look-ups
MIXTURE = Mixture(190_000, 1.25, 0.88, 0.23, 8.1, 10.0, 0.46)


@dataclass(frozen=True)
class Server:
    """Tables of `rows` rows of a size, of which as many are looked up as the mixture says."""

    name: str
    tables: int
    rows: int
    row_bytes: int
    page: Page = "4KiB"


SERVERS = (
    Server("1 table, 128 B", 1, 5_000_000, 128),
    Server("4 tables", 4, 5_000_000, 128),
    Server("16 tables", 16, 5_000_000, 128),
    Server("16 tables, 2 MiB pages", 16, 5_000_000, 128, "2MiB"),
    Server("8 tables, 256 B", 8, 5_000_000, 256),
    Server("8 tables, 72 B", 8, 5_000_000, 72),
    Server("8 tables, 16 B", 8, 5_000_000, 16),
    Server("8 small tables", 8, 50_000, 128),
)


def looked_up(server: Server, seed: int = 1) -> tuple[Int64s, list[Demand]]:
    """Draw addresses, batch by batch and in a batch table by table, and say what is demanded."""
    streams, demands, counts = [], [], []
    rng = np.random.default_rng(seed)
    for number in range(server.tables):
        law = MIXTURE.table(number, seed)
        used = min(law.rows, server.rows)
        grouped = zipf_mandelbrot(used, law.alpha, law.q)
        each = max(1, round(law.pooling_factor * ITEMS))
        counts.append(each)
        demands.append(Demand(server.rows, server.row_bytes, grouped.counts, grouped.shares * each))
    batches = -(-(WARM + MEASURED) // sum(counts))
    spread = -(-server.rows * server.row_bytes // (1 << 21)) << 21
    for number, each in enumerate(counts):
        law = MIXTURE.table(number, seed)
        used = min(law.rows, server.rows)
        scattered = rng.permutation(server.rows)[:used]
        drawn = places(
            thresholds(used, law.alpha, law.q), rng.integers(0, 1 << BITS, batches * each)
        )
        rows = scattered[drawn].reshape(batches, each)
        streams.append(number * spread + rows * server.row_bytes)
    return np.concatenate(streams, axis=1).ravel(), demands


def met(core: ServerCore, addresses: Int64s, row_bytes: int) -> Residence:
    """Run look-ups through the exact caches and TLBs; only those after the first WARM count."""
    hierarchy = core.hierarchy()
    hierarchy.load_vectors(addresses[:WARM], row_bytes)
    lines, _ = lines_of(addresses[WARM:], row_bytes)
    counts, look_ups = hierarchy.load(lines).counts, len(addresses) - WARM
    loads = np.array(counts.loads) / len(lines)
    reads = np.array(counts.table_reads) / look_ups
    second = (counts.second_hits + counts.walks) / look_ups
    return Residence(tuple(loads.tolist()), second, tuple(reads.tolist()))


def mean(demands: list[Demand], found: list[Residence]) -> Residence:
    """Value of what a look-up of any of the tables meets."""
    weights = np.array([(own.counts * own.rates).sum() for own in demands])
    weights /= weights.sum()
    shares = weights @ np.array([one.shares for one in found])
    reads = weights @ np.array([one.reads for one in found])
    second = float(weights @ np.array([one.second for one in found]))
    return Residence(tuple(shares.tolist()), second, tuple(reads.tolist()))


def models() -> None:
    """Print a row a model: ns of its mean look-up on one server and on more, load-balanced."""
    cores = {
        page: freeze(ServerCore(page=page), "fp32", (128, 256, 512), (1 << 14, 1 << 40))
        for page in ("4KiB", "2MiB")
    }
    print("| model | popularity | pages | 1 server | 2 shards | 4 | 8 |")
    print("|---|---|---|" + "---:|" * 4)
    for name in ("drm1", "drm2", "drm3", "rm2", "mlperf"):
        whole = model(name)
        flat = [Law(np.array([one.rows]), np.array([1 / one.rows])) for one in whole.tables]
        skewed = mixed(whole, FittedLaw().mixture(), 1)
        for what, laws, page in (
            ("alike", flat, "4KiB"), ("skewed", skewed, "4KiB"), ("skewed", skewed, "2MiB"),
        ):  # fmt: skip
            times = RowTimes(cores[page], laws, ITEMS)
            cells = []
            for shards in (0, 2, 4, 8):
                way: Strategy = "load-balanced" if shards else "singular"
                placed = place(whole, way, shards, 1 << 50)
                of = {piece: whole.tables[piece.table].look_ups(ITEMS) for piece in placed.pieces}
                priced = times.of(placed)
                ns = sum(n * priced[piece] for piece, n in of.items()) / sum(of.values()) / 1000
                cells.append(f"{ns:.1f}")
            print(f"| {name} | {what} | {page} | " + " | ".join(cells) + " |")


def main() -> None:
    """Print the tables that are asked for, both without a name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tables", nargs="*", default=["exact", "models"])
    for name in parser.parse_args().tables:
        {"exact": exact_ones, "models": models}[name]()


def exact_ones() -> None:
    """Print a row a server: ns of a look-up by each way, and the shares that come from memory."""
    print(
        "| server | batch by batch, ns | in any order, ns | without a trace, ns | each table "
        "alone, rows alike, ns | from memory, exact | without a trace |"
    )
    print("|---|" + "---:|" * 6)
    errors = []
    for server in SERVERS:
        core = ServerCore(page=server.page)
        addresses, demands = looked_up(server)
        size = server.rows * server.row_bytes
        table = freeze(core, "fp32", (server.row_bytes,), (size,))
        assert table.memory is not None
        estimate = mean(demands, reside(demands, table.memory, table.page_bytes))
        exact = met(core, addresses, server.row_bytes)
        mixed = met(core, np.random.default_rng(1).permutation(addresses), server.row_bytes)
        first, second, third = (
            table.popular(server.row_bytes, one.shares, one.second, one.reads) / 1000
            for one in (exact, mixed, estimate)
        )
        alike = table.look_up(server.row_bytes, size) / 1000
        errors.append((third / first - 1, third / second - 1, alike / first - 1))
        print(
            f"| {server.name} | {first:.2f} | {second:.2f} | {third:.2f} ({errors[-1][0]:+.1%}, "
            f"{errors[-1][1]:+.1%}) | {alike:.2f} ({errors[-1][2]:+.0%}) | {exact.shares[3]:.3f} | "
            f"{estimate.shares[3]:.3f} |"
        )
    worst = [max(abs(error[way]) for error in errors) for way in range(3)]
    average = [sum(abs(error[way]) for error in errors) / len(errors) for way in range(3)]
    print(
        "\nmean and largest difference: "
        + "; ".join(
            f"{what} {average[way]:.1%}, {worst[way]:.1%}"
            for way, what in enumerate(("batch by batch", "in any order", "alone and alike"))
        )
    )


if __name__ == "__main__":
    main()
