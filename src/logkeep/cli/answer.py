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
        _speak_to_nobody()


def _speak_to_nobody() -> None:
    """Lead what is still to be written nowhere, so that the end of the program is quiet too."""
    with contextlib.suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    sys.stdout = io.StringIO()


def say(text: str) -> None:
    """Say something besides the answer."""
    sys.stderr.write(f"{clean(text, 1000)}\n")
    sys.stderr.flush()


class Line:
    """One line on a terminal that is written over; elsewhere nothing until it is done."""

    def __init__(self, settings: Settings) -> None:
        self.live = sys.stderr.isatty()
        self._width = talk(settings).width
        self._open = False

    def show(self, text: str) -> None:
        """Put a text in the line's place."""
        if self.live:
            shown = clean(text, self._width - 1).ljust(self._width - 1)
            sys.stderr.write(f"\r{shown}")
            sys.stderr.flush()
            self._open = True

    def end(self, text: str = "") -> None:
        """Leave the line, with a last text in its place if there is one."""
        if self._open:
            sys.stderr.write("\r" + " " * (self._width - 1) + "\r")
            self._open = False
        if text:
            say(text)
