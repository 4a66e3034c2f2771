"""What verbs are told alike: which fleet, which snapshot, and how to answer."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Protocol, TypeVar

import click
import msgspec

from logkeep.cli.duration import Duration
from logkeep.cli.problem import Problem
from logkeep.show.paint import Paint
from logkeep.words.plain import joined

Decorated = TypeVar("Decorated", bound=Callable[..., object] | click.Command)
WIDTH_MAX = 120


class Option(Protocol):
    """What gives a command an option."""

    def __call__(self, function: Decorated, /) -> Decorated:
        """The command, with the option."""
        ...


class Settings(msgspec.Struct):
    """The options that stand before or after a verb alike."""

    fleet: Path | None = None
    snapshot: Path | None = None
    recent: datetime.timedelta | None = None
    """How old a kept snapshot may be to answer from; None is to ask AWS."""
    json: bool = False
    color: str = "auto"
    debug: bool = False
    given: set[str] = msgspec.field(default_factory=set[str])
    """Which of them stand on the command line."""


def _noted(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Keep an option's value where it was given; the verb's own goes before the program's."""
    name = parameter.name or ""
    if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
        settings = context.ensure_object(Settings)
        setattr(settings, name, value)
        settings.given.add(name)
    return value


OPTIONS: dict[str, Option] = {
    "fleet": click.option(
        "--fleet",
        type=click.Path(path_type=Path),
        metavar="PATH",
        callback=_noted,
        expose_value=False,
        help="The fleet file; else LOGKEEP_FLEET, else logkeep.toml here or above.",
    ),
    "snapshot": click.option(
        "--snapshot",
        type=click.Path(path_type=Path),
        metavar="FILE",
        callback=_noted,
        expose_value=False,
        help="Answer from this snapshot, without asking AWS.",
    ),
    "recent": click.option(
        "--recent",
        type=Duration(),
        metavar="AGE",
        callback=_noted,
        expose_value=False,
        help="Answer from the snapshot of an earlier command if it is not older, such as 10m; "
        "else AWS is asked.",
    ),
    "json": click.option(
        "--json",
        is_flag=True,
        callback=_noted,
        expose_value=False,
        help="Answer in JSON.",
    ),
}
"""The options that mean something to several verbs, and to some nothing."""
ALWAYS = (
    click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        callback=_noted,
        expose_value=False,
        help="When to use colours.",
    ),
    click.option(
        "--debug",
        is_flag=True,
        callback=_noted,
        expose_value=False,
        help="Show the traceback of an error.",
    ),
)
"""Those of every verb, since every verb may fail."""
FRESH = click.option("--fresh", is_flag=True, hidden=True, expose_value=False)
"""What used to ask AWS again, which is now done without being asked for."""


def options(*names: str) -> Callable[[Decorated], Decorated]:
    """Give a command those of the shared options that mean something to it."""

    def decorated(function: Decorated) -> Decorated:
        for option in reversed(ALWAYS):
            function = option(function)
        if "recent" in names:
            function = FRESH(function)
        for name in reversed([name for name in OPTIONS if name in names]):
            function = OPTIONS[name](function)
        return function

    return decorated


def paint_for(stream: IO[str], color: str) -> Paint:
    """How text may be dressed on a stream, by the stream, the options and the environment."""
    return Paint(
        color=_has_colours(stream, color, os.environ),
        unicode=_speaks_unicode(stream),
        width=_width(stream),
        folds=_is_narrow(stream),
    )


def _has_colours(stream: IO[str], color: str, environment: Mapping[str, str]) -> bool:
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def _speaks_unicode(stream: IO[str]) -> bool:
    encoding = getattr(stream, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "").startswith("utf")


def _is_narrow(stream: IO[str]) -> bool:
    """Whether somebody reads who has only so many columns."""
    return stream.isatty() or bool(os.environ.get("COLUMNS"))


def _width(stream: IO[str]) -> int:
    if not _is_narrow(stream):
        return 100
    return min(shutil.get_terminal_size((100, 24)).columns, WIDTH_MAX)


OF_A_FLEET = ("fleet", "snapshot", "recent")


def needs_none(settings: Settings, option: str, *names: str) -> None:
    """Refuse shared options that mean nothing beside another one, which brings its own answers."""
    odd = [name for name in names or OF_A_FLEET if name in settings.given]
    if odd:
        raise Problem(*(f"--{name} means nothing beside {option}" for name in odd),
                      hint=f"leave out --{odd[0]}, or {option}")  # fmt: skip


WITH_ALL = ("color", "debug", "json")


def stands_alone(context: click.Context, option: str) -> None:
    """Refuse whatever else was given beside an option that brings its own questions."""
    given = settings_of(context).given
    odd = [
        param.opts[0]
        if isinstance(param, click.Option)
        else param.make_metavar(context).strip("[]")
        for param in context.command.params
        if param.name not in (*WITH_ALL, option.strip("-"))
        and (param.name in given or _is_given(context, param.name or ""))
    ]
    if odd:
        raise Problem(f"{option} brings its own questions and takes no other: "
                      f"leave out {joined(odd)}")  # fmt: skip


def _is_given(context: click.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source is not click.core.ParameterSource.DEFAULT


def settings_of(context: click.Context) -> Settings:
    """The settings of a running command."""
    return context.ensure_object(Settings)


def output(settings: Settings) -> Paint:
    """How the answer may be dressed."""
    return paint_for(sys.stdout, settings.color)


def talk(settings: Settings) -> Paint:
    """How what is said besides may be dressed."""
    return paint_for(sys.stderr, settings.color)
