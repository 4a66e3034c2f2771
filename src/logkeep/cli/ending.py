"""How does a command end when a signal comes? Once, in words, soon, whatever comes after it.

The first signal interrupts what is being done, as Ctrl-C does. Python may be anywhere then: what
fails because of it is no fault of ours, and what is swallowed (in a finalizer) is raised again. A
further signal is not needed; one that comes a second later, and an end that takes ten, end it hard.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType
from typing import Final, NoReturn

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED: Final = 130
PATIENCE_S: Final = 10.0
"""How long a command may take to end: calls that are on their way, and threads that wait."""
IMPATIENCE_S: Final = 1.0
"""A second signal within this time was sent together with the first, or by the same finger."""
AGAIN_S: Final = 0.02


class Ending:
    """Whether a command has been told to end, and how far it has come with it."""

    def __init__(self) -> None:
        self.begun: float | None = None
        self.code: int | None = None
        """How it ends, once all is said."""
        self.was_swallowed = False

    def watch(self) -> None:
        """Have signals end the command; one that whoever began us has us ignore stays ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.received)
        signal.signal(signal.SIGALRM, self.looked_at)
        sys.unraisablehook = self.not_raised

    def received(self, _number: int, _frame: FrameType | None) -> None:
        """A signal came; raises KeyboardInterrupt for the first one."""
        if self.begun is None:
            self.begun = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
            raise KeyboardInterrupt
        if time.monotonic() - self.begun > IMPATIENCE_S:
            self.give_up()

    def not_raised(self, found: sys.UnraisableHookArgs) -> None:
        """An exception that Python could not raise; ours is raised again where it can be."""
        if isinstance(found.exc_value, KeyboardInterrupt):
            self.was_swallowed = True
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        elif self.begun is None:
            sys.__unraisablehook__(found)

    def looked_at(self, _number: int, _frame: FrameType | None) -> None:
        """The time is over; raises KeyboardInterrupt where the first one was swallowed."""
        if self.was_swallowed and self.code is None:
            self.was_swallowed = False
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
            raise KeyboardInterrupt
        self.give_up()

    def give_up(self) -> NoReturn:
        """End at once, in words."""
        if self.code is None:
            os.write(2, b"error: interrupted\n")
        os._exit(INTERRUPTED if self.code is None else self.code)

    def said(self, code: int) -> None:
        """All is said: nothing may change the exit code any more, Python's own end included."""
        self.code = code
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
