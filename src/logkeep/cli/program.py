"""The program itself: finds the verb, and turns whatever happens into an exit code."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from logkeep.cli.answer import open_what_is_closed, speak_to_nobody, talk_on
from logkeep.cli.ending import Ending
from logkeep.cli.garbage import leave_garbage
from logkeep.cli.problem import INTERRUPTED, OUR_FAULT, Problem, is_full, problem_of, problem_text
from logkeep.cli.settings import OPTIONS, Settings, options, talk
from logkeep.cli.verbs import COMMON, VERBS, Verbs, is_there, load
from logkeep.words.plain import without_password

NAMES = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Program(Verbs):
    """A group whose verbs are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Every verb's name."""
        return [name for name in VERBS if is_there(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A verb by its name, imported now."""
        return load(cmd_name) if cmd_name in VERBS and is_there(cmd_name) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table, importing none."""
        rows = [(name, VERBS[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or say which one may have been meant."""
        name = args[0]
        if name not in self.list_commands(ctx) and not name.startswith("-"):
            import difflib  # takes 5 ms, and is wanted only where a word is misspelt

            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"did you mean `logkeep {near[0]}`?" if near else "run `logkeep --help`"
            raise Problem(f"there is no command `{name}`", hint=hint)
        return super().resolve_command(ctx, args)


EXAMPLES = """\b
Examples:
  logkeep init                      write a fleet file to fill in
  logkeep diagnose                  what is wrong, and why
  logkeep plan                      what would mend it
  logkeep apply                     mend it
"""


@click.group(
    cls=Program,
    context_settings=NAMES,
    invoke_without_command=True,
    help=f"Every AWS account's logs in one archive, proven to arrive.\n\n{EXAMPLES}",
)
@options(*OPTIONS)
@click.version_option(package_name="logkeep", prog_name="logkeep")
@click.pass_context
def program(context: click.Context) -> None:
    """Print the common verbs where none is named."""
    if context.invoked_subcommand is None:
        click.echo("Every AWS account's logs in one archive, proven to arrive.\n")
        for name, line in COMMON.items():
            click.echo(f"  logkeep {name:<9} {line}")
        click.echo("\nRun `logkeep --help` for all commands, `logkeep VERB --help` for one.")


def main(arguments: Sequence[str] | None, ending: Ending) -> NoReturn:
    """Run the program and exit."""
    open_what_is_closed()
    code = run(sys.argv[1:] if arguments is None else arguments, ending)
    ending.said(code)
    leave_garbage()
    sys.exit(code)


def run(arguments: Sequence[str], ending: Ending | None = None) -> int:
    """Run the program; return its exit code. What fails while it is told to end is no fault."""
    settings = Settings(debug="--debug" in arguments)
    try:
        return _answered(arguments, settings)
    except (KeyboardInterrupt, click.Abort):
        return _say(Problem("interrupted", code=INTERRUPTED), settings)
    except Exception as error:
        if ending is not None and ending.begun is not None:
            return _say(Problem("interrupted", code=INTERRUPTED), settings)
        return _failed(error, settings)


def _answered(arguments: Sequence[str], settings: Settings) -> int:
    try:
        found = program.main(
            list(arguments), prog_name="logkeep", standalone_mode=False, obj=settings
        )
        return found if isinstance(found, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code


def _failed(error: Exception, settings: Settings) -> int:
    match error:
        case click.ClickException():
            return _say(_usage(error), settings)
        case Problem():
            return _say(error, settings)
        case BrokenPipeError():
            return 0
        case _:
            return _unexpected(error, settings)


def _usage(error: click.ClickException) -> Problem:
    said = re.sub(r"'([^']*)'", r"`\1`", error.format_message()).rstrip(".")
    says = f"{said[:1].lower()}{said[1:]}".replace(". Did you mean", "; did you mean")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "logkeep"
    return Problem(says, hint=f"run `{path} --help`")


def _say(problem: Problem, settings: Settings) -> int:
    talk_on(problem_text(problem, talk(settings)))
    if settings.debug and problem.__traceback__ is not None:
        _trace(problem)
    return problem.code


def _trace(error: Exception) -> None:
    """Where it failed, for whoever maintains Logkeep: whoever sends it on sends no password."""
    import traceback

    talk_on(without_password("".join(traceback.format_exception(error))))


def _unexpected(error: Exception, settings: Settings) -> int:
    """An error of another part that has words; else a mistake of ours, and where to tell of it."""
    known = problem_of(error)
    if is_full(error):
        speak_to_nobody()
    if known is not None:
        if settings.debug:
            _trace(error)
        return _say(known, settings)
    hint = (
        "run it again with --debug, and send what it prints to the people who maintain your Logkeep"
    )
    says = f"Logkeep itself failed, which is a mistake in Logkeep: {type(error).__name__}: {error}"
    _say(Problem(says, hint=hint), settings)
    if settings.debug:
        _trace(error)
    return OUR_FAULT
