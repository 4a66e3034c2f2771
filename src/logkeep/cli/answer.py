"""The answer on stdout, the talk on stderr; a reader who has gone is no error."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from logkeep.cli.settings import Settings, talk
from logkeep.words.plain import clean


def answer(text: str) -> None:
    """Write the answer; stop quietly where nobody reads it any more."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        speak_to_nobody()


def speak_to_nobody() -> None:
    """Lead what is still to be written nowhere, so that the end of the program is quiet too."""
    with contextlib.suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    sys.stdout = io.StringIO()


def open_what_is_closed() -> None:
    """Lead a closed stdin, stdout or stderr nowhere, so that no file of ours takes its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()


def say(text: str) -> None:
    """Say something besides the answer."""
    talk_on(f"{clean(text, 1000)}\n")


def talk_on(text: str) -> None:
    """Write on stderr; a full disk under it stops nothing."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


class ProgressLine:
    """One line on a terminal that is written over; elsewhere nothing until it is done."""

    def __init__(self, settings: Settings) -> None:
        self.live = sys.stderr.isatty()
        self._width = talk(settings).width
        self._open = False

    def show(self, text: str) -> None:
        """Put a text in the line's place."""
        if self.live:
            shown = clean(text, self._width - 1).ljust(self._width - 1)
            talk_on(f"\r{shown}")
            self._open = True

    def end(self, text: str = "") -> None:
        """Leave the line, with a last text in its place if there is one."""
        if self._open:
            talk_on("\r" + " " * (self._width - 1) + "\r")
            self._open = False
        if text:
            say(text)
