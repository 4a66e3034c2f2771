"""What can go wrong, said as `error: …` and `hint: …`, with its exit code."""

from __future__ import annotations

import errno
import sys

from logkeep.show.paint import Paint
from logkeep.words.plain import clean

YES = 0
NO = 1
BAD_QUESTION = 2
CANNOT_TELL = 3
OUR_FAULT = 70
INTERRUPTED = 130
MESSAGE_CHARS_MAX = 1500


class Problem(Exception):
    """An error that a person can do something about."""

    def __init__(self, *says: str, hint: str = "", code: int = BAD_QUESTION) -> None:
        super().__init__("; ".join(says))
        self.says = says
        self.hint = hint
        self.code = code


def problem_text(problem: Problem, paint: Paint) -> str:
    """A problem as it is printed."""
    head = paint.dye("error", "red")
    lines = [f"{head}: {clean(text, MESSAGE_CHARS_MAX)}" for text in problem.says]
    if problem.hint:
        lines += ["", f"{paint.dye('hint', 'cyan')}: {clean(problem.hint, MESSAGE_CHARS_MAX)}"]
    return paint.page(lines)


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: Exception) -> bool:
    """Whether what the answer is written into takes no more."""
    return isinstance(error, OSError) and error.errno in FULL


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error of another part amounts to, None where it is our own fault.

    Only what is loaded can have raised, so nothing is imported here for its own sake.
    """
    if "logkeep.aws.errors" in sys.modules:
        from logkeep.aws.errors import CredentialsProblem, Unreachable

        if isinstance(error, CredentialsProblem):
            return Problem(error.says, hint=error.hint)
        if isinstance(error, Unreachable):
            return Problem(error.says, hint=error.hint, code=CANNOT_TELL)
    if "logkeep.aws.disk" in sys.modules:
        from logkeep.aws.disk import FileProblem

        if isinstance(error, FileProblem):
            return Problem(f"{error.path}: {error.says}", hint=error.hint)
    if isinstance(error, OSError) and error.filename is not None:
        return Problem(f"{error.filename}: {error.strerror or error}".lower())
    if isinstance(error, OSError) and is_full(error):
        return Problem(f"cannot write: {error.strerror}".lower(), hint="make room on the disk")
    return None
