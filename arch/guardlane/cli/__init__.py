# SPDX-License-Identifier: Apache-2.0
"""The command `guardlane`: parses, calls what anyone can import, prints.

Exit codes: 0 done, also when the guest crashed or hung; 1 the tool could not; 2 wrong usage;
130 interrupted. A mistake of a user is one line on stderr, never a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from guardlane.errors import GuardlaneError

if TYPE_CHECKING:
    from cyclopts import App

COMMANDS = "guardlane.commands"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (of this process, unless given) and give its exit code."""
    try:
        code = _dispatch(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more as it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except Exception as reason:
        return _explain(reason)
    return code


def _dispatch(arguments: list[str]) -> int:
    from cyclopts import App, CycloptsError

    from guardlane import __version__, plugins
    from guardlane.cli.console import one_line

    app = App(
        name="guardlane",
        help="A laboratory for hardware that makes mistakes: run stream programs on error-prone "
        "chips, with and without CommGuard.",
        version=f"guardlane {__version__}",
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    for name, point in plugins.found(COMMANDS).items():
        is_own = point.value.startswith(("guardlane.", "guardlane_rtl."))
        app.command(point.load() if is_own else strangers(COMMANDS, name), name=name)
    try:
        result = app(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as reason:
        return _fail(one_line(str(reason)), 2)
    return result if isinstance(result, int) else 0


def strangers(group: str, name: str, below: str = "guardlane") -> App:
    """Stand in for a command of another package, which is imported when it is used, not before."""
    from cyclopts import App, Parameter

    from guardlane import plugins
    from guardlane.cli.console import one_line

    provider = plugins.provider(plugins.found(group)[name])
    help_line = one_line(f"From the package {provider}.")
    stand_in = App(name=name, help=help_line, help_flags=[], version_flags=[])

    def call(*tokens: str) -> Any:
        command = plugins.load(group, name)
        is_app = isinstance(command, App)
        app = (
            command
            if is_app
            else App(name=f"{below} {name}", version_flags=[], default_command=command)
        )
        return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")

    call.__annotations__ = {"tokens": Annotated[str, Parameter(allow_leading_hyphen=True)]}
    stand_in.default(call)
    return stand_in


def _explain(reason: Exception) -> int:
    if os.environ.get("GUARDLANE_TRACEBACK"):
        raise reason
    if isinstance(reason, GuardlaneError):
        return _fail(str(reason), reason.exit_code)
    kind = type(reason).__name__
    said = " ".join(str(reason).split())
    return _fail(f"{kind}: {said} (a fault of this tool; run with GUARDLANE_TRACEBACK=1)", 1)


def _fail(message: str, code: int) -> int:
    from guardlane.cli.console import printable

    for line in message.splitlines() or [""]:
        print(f"guardlane: {printable(line)}", file=sys.stderr)
    return code
