"""What a verb says, and where: results on standard output or in a file, progress and complaints on standard error."""

import json
import sys
from typing import Any

from blockshift.syntax import UNDONE

#: Exit statuses of what was done: and true, and something does not hold.
DONE, UNTRUE = 0, 1


def undone(why: str) -> int:
    """One line on standard error, and status 2."""
    print(f"blockshift: {why}", file=sys.stderr)
    return UNDONE


def progress(text: str) -> None:
    """A line that overwrites itself, where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def deliver(result: dict[str, Any], path: str | None, text: str) -> None:
    """The result as JSON where that was asked for, else as text."""
    from blockshift.claims import report

    progress("")
    if path == "-":
        print(json.dumps(result, indent=1, ensure_ascii=False))
        return
    if path is not None:
        report.write(result, path)
    print(text, flush=True)
