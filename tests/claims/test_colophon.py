"""The colophon: what was there, and not what was expected."""

import platform

import numpy as np

from blockshift.claims import colophon, report


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
