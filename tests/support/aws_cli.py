"""The `aws` command, in this process: what it prints and its exit code, as somebody of a lab."""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import Any, NamedTuple
from unittest import mock

from awscli.clidriver import create_clidriver

from logkeep.lab.server import Lab


class Answered(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out)


def aws(lab: Lab, *words: str, who: str = "ada") -> Answered:
    """Run one command line of `aws` against a lab."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {**lab.environment(who), "AWS_PAGER": ""}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code: int = create_clidriver().main(list(words))
    return Answered(code, out.getvalue(), err.getvalue())
