"""A real browser for the built book: Chromium as the system has it, driven headless, and a server on this machine.

Nothing is downloaded: a browser comes from the system's packages. Where there is none the tests say so and are left out,
except where ``BLOCKSHIFT_BROWSER=required`` says that they may not be.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Nothing that a browser does on its own may reach out of the machine; and CI has no user to keep apart.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> str | None:
    """The browser: named by ``BLOCKSHIFT_CHROMIUM``, or found."""
    named = os.environ.get("BLOCKSHIFT_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def missing() -> str | None:
    """What is not here, with what to do; None if all is."""
    if executable() is None:
        return "there is no Chromium on this machine; on Debian: apt install chromium"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "what drives the browser is not installed: .ci/browser"
    return None


class Quiet(SimpleHTTPRequestHandler):
    """A server that keeps its log to itself, and asks for nothing to be kept."""

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def end_headers(self) -> None:
        """Every page anew."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a folder on this machine, while it is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browser() -> Iterator[object]:
    """Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable(), args=list(OPTIONS))
        try:
            yield chromium
        finally:
            chromium.close()
