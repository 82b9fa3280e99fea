"""Verdicts kept on disk: a killed verification goes on where it was, and never takes what another library said."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blockshift import errors
from blockshift.claims import journal, measured, report
from blockshift.claims.evidence import Bound
from blockshift.claims.ledger import Claim, verify

#: An interruption is answered within a second; the rest is a busy machine.
SECOND, BUSY = 1.0, 4.0


def claim(name, value=0, *, runs=None, empirical=False):
    """A claim that notes when it is checked, and holds if the value is 0."""

    def check(*, shift=0):
        if runs is not None and not shift:
            runs.append(name)
        return Bound(value + shift, 0, 0, "nothing")

    return Claim(name, "a statement", "ours", "ours", "some", "some/page", check, {"shift": 1}, empirical=empirical)


def verified(path, claims):
    """The entries, and which were there already."""
    with journal.opened(path) as kept:
        return list(kept.entries(claims, lambda claim: None)), kept.kept


def test_a_verdict_that_is_there_is_not_checked_again(tmp_path):
    runs = []
    claims = [claim("A", runs=runs), claim("B", runs=runs)]
    first, none = verified(tmp_path / "j", claims[:1])
    again, kept = verified(tmp_path / "j", claims)
    assert runs == ["A", "B"]
    assert (none, kept) == ([], ["A"])
    assert again[0] == first[0] == report.entry(verify(claims[0])) | {"seconds": first[0]["seconds"]}


def test_without_a_path_nothing_is_written_and_everything_is_checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = []
    for _ in range(2):
        assert verified(None, [claim("A", runs=runs)])[1] == []
    assert runs == ["A", "A"]
    assert not list(tmp_path.iterdir())


def test_what_failed_is_checked_again_and_what_was_not_reproduced_is_not(tmp_path):
    runs = []
    claims = [claim("A", 5, runs=runs), claim("B", 5, runs=runs, empirical=True)]
    for _ in range(2):
        entries, _ = verified(tmp_path / "j", claims)
        assert [entry["verdict"] for entry in entries] == ["fails", "not reproduced"]
    assert runs == ["A", "B", "A"]


@pytest.mark.parametrize(("change", "word"), [
    ("source", "source of the library"), ("runs", "stored runs"), ("versions", "version of numpy"),
])  # fmt: skip
def test_refuses_a_journal_of_another_library_and_says_what_differs(tmp_path, monkeypatch, change, word):
    verified(tmp_path / "j", [claim("A")])
    before = (tmp_path / "j").read_bytes()
    if change == "source":
        monkeypatch.setattr(report, "source_hash", lambda: "0" * 64)
    elif change == "runs":
        monkeypatch.setattr(measured, "folder", lambda: tmp_path)
    else:
        found = report.versions() | {"numpy": "0.1"}
        monkeypatch.setattr(report, "versions", lambda: found)
    with pytest.raises(errors.BadCheckpoint, match=f"{word} was .* and is now .* give another path"):
        verified(tmp_path / "j", [claim("A")])
    assert (tmp_path / "j").read_bytes() == before


def test_refuses_a_line_that_somebody_changed_and_names_it(tmp_path):
    verified(tmp_path / "j", [claim("A"), claim("B")])
    lines = (tmp_path / "j").read_text(encoding="utf-8").splitlines()
    assert "not reproduced" not in lines[2]
    (tmp_path / "j").write_text("\n".join([*lines[:2], lines[2].replace("holds", "fails"), ""]), encoding="utf-8")
    with pytest.raises(errors.BadCheckpoint, match=r"line 3 .* does not match its checksum.*remove that line"):
        verified(tmp_path / "j", [claim("A")])


@pytest.mark.parametrize("content", ["", "no journal\n", '{"claims": []}\n'])
def test_an_empty_file_becomes_a_journal_and_any_other_is_refused(tmp_path, content):
    (tmp_path / "j").write_text(content)
    if not content:
        assert verified(tmp_path / "j", [claim("A")])[1] == []
        return
    with pytest.raises(errors.BadCheckpoint, match="line 1"):
        verified(tmp_path / "j", [claim("A")])
    assert (tmp_path / "j").read_text() == content


def test_the_hash_of_the_stored_runs_notices_one_changed_byte_and_a_moved_file(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.json").write_text("1")
    seen = {journal.stored_runs(tmp_path)}
    (tmp_path / "deep" / "one.json").write_text("2")
    seen.add(journal.stored_runs(tmp_path))
    (tmp_path / "deep" / "one.json").rename(tmp_path / "one.json")
    seen.add(journal.stored_runs(tmp_path))
    (tmp_path / "script.py").write_text("no record")
    assert journal.stored_runs(tmp_path) in seen
    assert len(seen) == 3


def test_a_search_that_gives_what_it_has_when_interrupted_is_no_verdict(tmp_path):
    with journal.opened(tmp_path / "j") as kept:
        kept.interrupted = lambda: True
        with pytest.raises(KeyboardInterrupt):
            list(kept.entries([claim("A")], lambda claim: None))
    assert verified(tmp_path / "j", [claim("A")])[1] == []


#: The door with two claims of our own: the first notes that it was checked, the second takes as long as it is told.
SCRIPT = """
import hashlib, sys, time
from pathlib import Path
from blockshift import claims, cli
from blockshift.claims.evidence import Bound
from blockshift.claims.ledger import Claim, verify

folder, way = Path(sys.argv[1]), sys.argv[2]
def first(*, shift=0):
    if not shift:
        with open(folder / "checked", "a") as file:
            file.write("first\\n")
    return Bound(shift, 0, 0, "nothing")
def second(*, shift=0):
    if not shift:
        (folder / "begun").touch()
        if way == "sleeps":
            time.sleep(60)
        if way == "computes":
            hashlib.pbkdf2_hmac("sha256", b"one instruction", b"of minutes", 300_000_000)
    return Bound(shift, 0, 0, "nothing")
ledger = claims.ledger.Ledger()
for check in (first, second):
    ledger.enter(Claim(check.__name__, "a statement", "ours", "ours", "some", "some/page", check, {"shift": 1},
                       cost="minutes"))
claims.LEDGER = ledger
sys.exit(cli.main(["verify", "--all", *sys.argv[3:]]))
"""


def started(folder: Path, way: str, *words: str) -> subprocess.Popen:
    """The script, once it is at the second claim, or over."""
    (folder / "begun").unlink(missing_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(folder), way, *words]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (folder / "begun").exists() and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    return run


def test_a_verification_killed_after_the_first_claim_goes_on_with_the_second(tmp_path):
    words = "--checkpoint", str(tmp_path / "verdicts.cells"), "--json", str(tmp_path / "record.json")
    run = started(tmp_path, "sleeps", *words)
    run.kill()
    run.communicate(timeout=20)
    assert not (tmp_path / "record.json").exists()
    run = started(tmp_path, "at once", *words)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (0, "")
    assert (tmp_path / "checked").read_text() == "first\n"
    found = json.loads((tmp_path / "record.json").read_text())
    assert [entry["id"] for entry in found["claims"]] == ["first", "second"]
    assert found["kept"] == ["first"]
    assert "1 verdict was there already" in out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["begun", "checked", "record.json", "verdicts.cells"]


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("way", ["sleeps", "computes"])
def test_ctrl_c_ends_a_verification_within_a_second_and_says_what_was_kept(tmp_path, way):
    path = tmp_path / "verdicts.cells"
    run = started(tmp_path, way, "--checkpoint", str(path))
    begin = time.monotonic()
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert time.monotonic() - begin < SECOND + BUSY
    assert run.returncode == 2
    assert err == f"blockshift: interrupted; 1 verdict is kept in {path}, and the same command goes on from there\n"
    with journal.opened(path) as kept:
        assert list(kept.checkpoint.finished) == [("first",)]


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_without_a_journal_says_that_nothing_was_kept(tmp_path):
    run = started(tmp_path, "computes")
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 2
    assert "nothing was written" in err
    assert "--checkpoint FILE" in err
