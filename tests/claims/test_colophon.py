"""The colophon: what was there, and not what was expected."""

import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from blockshift import errors
from blockshift.claims import colophon, report

ADDRESS = "https://github.com/some-one/book.1"


@pytest.fixture(autouse=True)
def told_nothing(monkeypatch):
    for name in (colophon.REPOSITORY, colophon.BRANCH):
        monkeypatch.delenv(name, raising=False)


def checkout(folder, origin):
    """A repository with that remote."""
    for words in (["init", "-q"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", "-C", folder, *words], check=True)
    return folder


def test_it_says_what_is_here(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = colophon.colophon()
    assert found.versions["numpy"] == np.__version__
    assert found.versions["python"] == platform.python_version()
    assert (found.threads, found.source) == ("7", report.source_hash())


def test_nothing_asked_of_threads_is_said(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert colophon.colophon().threads == "as they like"


def test_every_version_is_a_row_of_the_table():
    found = colophon.colophon()
    assert set(found.versions.items()) <= set(found.table.rows)
    assert found.commit in found._repr_html_()


@pytest.mark.parametrize("origin", [ADDRESS, ADDRESS + ".git", ADDRESS + "/"])
def test_the_address_is_that_of_the_remote_on_github(tmp_path, origin):
    assert colophon.repository(checkout(tmp_path, origin)) == ADDRESS


@pytest.mark.parametrize(
    "origin",
    [
        "/srv/book",
        "file:///srv/book",
        "git@github.com:a/b.git",
        "https://key@github.com/a/b",
        "https://github.com.example/a/b",
        "https://githubxcom/a/b",
    ],
)
def test_nothing_else_is_taken_for_an_address(tmp_path, origin):
    assert colophon.repository(checkout(tmp_path, origin)) is None


def test_without_a_remote_there_is_no_address(tmp_path):
    subprocess.run(["git", "-C", tmp_path, "init", "-q"], check=True)
    assert colophon.repository(tmp_path) is None


def test_what_the_environment_says_goes_before_the_remote(tmp_path, monkeypatch):
    monkeypatch.setenv(colophon.REPOSITORY, "https://github.com/a/b.git")
    assert colophon.repository(checkout(tmp_path, ADDRESS)) == "https://github.com/a/b"


@pytest.mark.parametrize(
    "given", ["a/b", "https://gitlab.com/a/b", "https://github.com/a", "https://github.com/a/b/tree/x"]
)
def test_refuses_an_address_that_the_buttons_cannot_open(monkeypatch, given):
    monkeypatch.setenv(colophon.REPOSITORY, given)
    with pytest.raises(errors.BadArgument, match=r"expected https:.*OWNER/NAME"):
        colophon.repository()


def test_it_says_which_buttons_there_are_and_how_to_get_the_others(monkeypatch):
    def said(**known):
        return colophon.Colophon("0", "0", "", "1", {}, **known).elsewhere

    nothing, binder = said(), said(repository=ADDRESS)
    both = said(repository=ADDRESS, branch="gh-pages")
    assert "no buttons" in nothing
    assert colophon.REPOSITORY in nothing
    assert ADDRESS in binder
    assert colophon.BRANCH in binder
    assert "make book" not in both
    assert "its branch gh-pages" in both


def test_what_one_cites_is_this_build_and_agrees_with_the_file_for_reference_managers(monkeypatch):
    monkeypatch.setattr(report, "commit", lambda: "0123456789abcdef")
    made = colophon.colophon()
    file = yaml.safe_load((Path(__file__).resolve().parents[2] / "CITATION.cff").read_text("utf-8"))
    held = [line.strip().rstrip(",") for line in made.bibtex.splitlines()]
    wanted = {"title": file["title"], "year": file["date-released"].year, "version": file["version"]}
    wanted |= {"author": "{" + file["authors"][0]["name"] + "}", "note": "Commit 0123456789ab"}
    for name, what in wanted.items():
        assert f"{name:12} = {{{what}}}" in held
    assert ADDRESS in colophon.Colophon("0", "0", "", "1", {}, ADDRESS).bibtex
    assert "url" not in colophon.Colophon("0", "0", "", "1", {}).bibtex


def test_a_commit_with_changes_or_none_is_cited_as_what_it_is():
    def note(commit):
        return [
            line.strip() for line in colophon.Colophon(commit, "0", "", "1", {}).bibtex.splitlines() if "note" in line
        ]

    assert note("0123456789abcdef+") == ["note         = {Commit 0123456789ab, with changes}"]
    assert note("unknown") == []
