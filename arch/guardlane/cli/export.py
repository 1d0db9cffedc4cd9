# SPDX-License-Identifier: Apache-2.0
"""`guardlane export`: a store as a table, and what packages export by a word of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from guardlane import plugins
from guardlane.cli import strangers
from guardlane.errors import UsageError

EXPORTS = "guardlane.exports"

export = App(
    name="export",
    help="Write the points of a store as a table, or what another word exports.",
    help_flags=[],  # help depends on the word
    version_flags=[],
)


def export_store(
    store: Annotated[Path, Parameter(name="DB", help="A store that sweeps wrote.")],
    /,
    *,
    csv: Annotated[Path | None, Parameter(help="File to write.", negative="")] = None,
    parquet: Annotated[
        Path | None, Parameter(help="File to write; needs guardlane[sweep].", negative="")
    ] = None,
    study: Annotated[
        str | None, Parameter(help="Points of this study. [default: of any]", negative="")
    ] = None,
    every: Annotated[
        bool,
        Parameter(
            help="Also points that no study wants any more.", negative="", show_default=False
        ),
    ] = False,
) -> int:
    """Write the points of a store as a table, in the order of their keys."""
    from guardlane.sources import did_you_mean
    from guardlane.store import Store
    from guardlane.store.export import write_csv, write_parquet

    if csv is None and parquet is None:
        raise UsageError("give --csv FILE or --parquet FILE")
    with Store(store) as opened:
        names = [one.name for one in opened.studies()]
        if study is not None and study not in names:
            raise UsageError(f"--study: no study '{study}'{did_you_mean(study, names)} in {store}")
        for path, write in ((csv, write_csv), (parquet, write_parquet)):
            if path is not None:
                print(f"{path}: {write(opened, path, study, every=every):,} points")
    return 0


@export.default
def export_tokens(*tokens: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)]) -> Any:
    """Export what the first word names: something of a package, or else the store in that file."""
    words = list(plugins.found(EXPORTS))
    if tokens[:1] and tokens[0] in words:
        app = strangers(EXPORTS, tokens[0], "guardlane export")
        rest = tokens[1:]
    else:
        sentence = f"{export.help} Words: {', '.join(words)}."
        app = App(name="guardlane export", help=sentence, help_format="plaintext", version_flags=[])
        app.default(export_store)
        rest = tokens
    return app(rest, exit_on_error=False, print_error=False, result_action="return_value")
