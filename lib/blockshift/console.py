"""What a verb says, and where: results on standard output or in a file, progress and complaints on standard error."""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from blockshift.syntax import UNDONE

#: Exit statuses of what was done: and true, and something does not hold.
DONE, UNTRUE = 0, 1
#: So long machine code may take to come back after an interruption; the process ends within a second of it.
PATIENCE = 0.7


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


@contextmanager
def prompt(words: Callable[[], str]) -> Iterator[Callable[[], bool]]:
    """A stretch of work that Ctrl-C ends within a second, machine code or not; tells whether somebody pressed it.

    Python raises KeyboardInterrupt between two of its own instructions, and a call of a solver or of an algebra library
    is one instruction, of minutes perhaps. So a second thread watches, and where the first does not come back in time
    it says the words and ends the process. What is kept on disk has to be whole at every moment.

    A search that takes an interruption for "give what you have" returns as if nothing had been; who keeps its result
    asks first whether somebody pressed the keys.

    Parameters
    ----------
    words : callable
        What to say, with what was kept.
    """
    pressed, over = threading.Event(), threading.Event()
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield pressed.is_set
        return

    def handle(number, frame) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def watch() -> None:
        while signals := reader.recv(64):
            if signal.SIGINT in signals and not over.wait(PATIENCE):
                undone(words())
                sys.stderr.flush()
                os._exit(UNDONE)

    reader, writer = socket.socketpair()
    writer.setblocking(False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    handler = signal.signal(signal.SIGINT, handle)
    try:
        yield pressed.is_set
    finally:
        over.set()
        signal.signal(signal.SIGINT, handler)
        signal.set_wakeup_fd(wakeup)
        writer.close()
        watcher.join()
        reader.close()
