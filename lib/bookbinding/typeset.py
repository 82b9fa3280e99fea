"""Set the book as PDF, and read what TeX says about it.

    python lib/bookbinding/typeset.py FOLDER

The folder is where Sphinx wrote the book for TeX. An error stops it; a letter that no font has is an error too, since a
reader would see nothing in its place, and so is a link to nowhere. Lines that stick out of the page are counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

BOOK = "blockshift"
COMMAND = [
    "latexmk",
    "-xelatex",
    "-interaction=nonstopmode",
    "-halt-on-error",
    "-file-line-error",
    "-silent",
    f"{BOOK}.tex",
]
#: Points that a line may stick out: a third of an inch is still on the paper and hides nothing.
STICKS_OUT = 24.0
MISSING = re.compile(r"Missing character: There is no (\S+) .*?in font ([^!]+)!")
NOWHERE = re.compile(r"LaTeX Warning: (?:Hyper r|R)eference `([^']+)' on page .* undefined")
OVERFULL = re.compile(r"Overfull \\hbox \(([\d.]+)pt too wide\) (.*)")
ERROR = re.compile(r"^(?:\S+:\d+: |! )(.*)")


@dataclass(frozen=True)
class Log:
    """What TeX said.

    Parameters
    ----------
    errors, nowhere : tuple of str
        What stopped it, and what is linked to and is not there.
    missing : dict of str to int
        How often a letter was not to be had, by the letter and the font.
    wide : tuple of tuple of (float, str)
        By how many points lines stick out, and where; the worst first.
    """

    errors: tuple[str, ...]
    nowhere: tuple[str, ...]
    missing: dict[str, int]
    wide: tuple[tuple[float, str], ...]

    @classmethod
    def read(cls, text: str) -> Log:
        """What stands in a log, its lines broken by TeX at 79 columns or not."""
        lines = text.splitlines()
        errors = tuple(found[1] for found in map(ERROR.match, lines) if found)
        nowhere = tuple(dict.fromkeys(NOWHERE.findall(text)))
        missing = Counter(f"{found[1]} in {found[2].split('/')[0].strip('[]')}" for found in MISSING.finditer(text))
        wide = sorted(((float(found[1]), found[2]) for found in map(OVERFULL.search, lines) if found), reverse=True)
        return cls(errors, nowhere, dict(missing), tuple(row for row in wide if row[0] > STICKS_OUT))

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        links = [f"{place} is linked to and is not there" for place in self.nowhere]
        return [*self.errors, *links, *(f"no letter {name}, {times} times" for name, times in self.missing.items())]


def typeset(folder: Path) -> tuple[int, Log]:
    """Run TeX as often as it takes: the exit status, and what it said."""
    # TeX would break the lines of its log, in the middle of what is looked for.
    environment = {"LATEXOPTS": ""} | os.environ | {"max_print_line": "10000"}
    done = subprocess.run(COMMAND, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    log = folder / f"{BOOK}.log"
    return done.returncode, Log.read(log.read_text("utf-8", errors="replace") if log.exists() else "")


def main(folder: str) -> int:
    """Set the book; say where it is, or what went wrong."""
    place = Path(folder)
    status, log = typeset(place)
    for fault in log.faults:
        say(fault)
    if status or log.faults:
        say(f"the book could not be set; all that TeX said is in {place / BOOK}.log")
        return 1
    if log.wide:
        say(f"{len(log.wide)} lines stick out by more than {STICKS_OUT:g} points, the worst by {log.wide[0][0]:g}")
    say(f"the book on paper is ready: {place / BOOK}.pdf")
    return 0


def say(text: str) -> None:
    """A line for whoever called make."""
    print(f"blockshift: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
