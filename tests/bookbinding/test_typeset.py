"""Before and after TeX: what is asked for, what is read off its log, what is said when it is not there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bookbinding import typeset

ROOT = Path(__file__).resolve().parents[2]
LOG = """This is XeTeX, Version 3.14
LaTeX Font Info:    Trying to load font information on input line 7.
Overfull \\hbox (11.5pt too wide) in paragraph at lines 5--9
"""
ALARMS = {
    "./blockshift.tex:12: Undefined control sequence.": "Undefined control sequence.",
    "! Emergency stop.": "Emergency stop.",
    "Missing character: There is no ᵀ in font FreeSerif.otf/OT:script=latn;!": "no letter ᵀ in FreeSerif.otf",
    "Missing character: There is no ✓ (U+2713) in font FreeMono/OT!": "no letter ✓ in FreeMono",
    "LaTeX Warning: Hyper reference `chapters/register:claim-x' on page 3 undefined on line 8.": "claim-x is linked",
    "LaTeX Warning: Reference `chapters/register:fig-x' on page 3 undefined on input line 8.": "fig-x is linked",
}


@pytest.mark.parametrize("line", ALARMS)
def test_a_fault_in_the_log_is_found(line):
    (fault,) = typeset.Log.read(LOG + line + "\n").faults
    assert ALARMS[line] in fault


def test_a_log_without_faults_has_none():
    log = typeset.Log.read(LOG)
    assert (log.faults, log.wide) == ([], ())


def test_lines_that_stick_out_come_worst_first():
    wide = "Overfull \\hbox (30.0pt too wide) at a\nOverfull \\hbox (80.25pt too wide) at b\n"
    assert [points for points, _ in typeset.Log.read(LOG + wide).wide] == [80.25, 30.0]


@pytest.mark.parametrize("command", [[".ci/tex"], [shutil.which("make"), "pdf"]], ids=["script", "make pdf"])
def test_refuses_in_a_sentence_where_tex_is_not_there(command, tmp_path):
    if command[0] is None:
        pytest.skip("there is no make on this machine")
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("blockshift:")]
    assert "for want of: xelatex, latexmk." in line
    assert "apt install texlive-xetex" in line


def test_names_a_font_that_tex_does_not_find(tmp_path):
    for name, text in {"xelatex": "", "latexmk": "", "kpsewhich": '[ "$1" != FreeSerif.otf ]'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run([".ci/tex"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "for want of: FreeSerif.otf." in done.stderr
