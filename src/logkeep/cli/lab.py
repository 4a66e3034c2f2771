"""`logkeep lab`: a whole AWS organization on this machine, to try things on and to break."""

from __future__ import annotations

import datetime
import importlib.util
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logkeep.cli.answer import answer, say
from logkeep.cli.duration import Duration
from logkeep.cli.look import as_json, forget
from logkeep.cli.place import FILENAME, Place, find, known_codes
from logkeep.cli.problem import NO, YES, Problem
from logkeep.cli.settings import Settings, options, output, settings_of
from logkeep.cli.verbs import Verbs
from logkeep.show.paint import in_two

if TYPE_CHECKING:
    from logkeep.aws.session import Session
    from logkeep.lab.statefile import Running
    from logkeep.snapshot.facts import Facts

BREAKS = "lab-breaks.json"
"""Beside the state file: what was broken and not mended yet."""


@click.group("lab", cls=Verbs, short_help="Run a whole AWS organization on this machine.")
@options("fleet", "json")
def lab() -> None:
    """Run a whole AWS organization on this machine, try Logkeep on it, and break it.

    \b
    Examples:
      logkeep lab demo                  the main job from beginning to end, in a minute
      logkeep lab up                    keep a lab running for your own commands
      logkeep lab break key-refuses     spoil it; then ask `logkeep diagnose`
    """


@lab.command("up", short_help="Run the lab until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port to listen on; by default any free one.",
)
@click.option(
    "--accounts",
    metavar="NAME,NAME,…",
    default="",
    help="The accounts' names; the first manages the organization and keeps the archive. "
    "Else three.",
)
@options()
def up(port: int, accounts: str) -> int:
    """Run an AWS organization on 127.0.0.1 until Ctrl-C.

    Standard output has the variables that point any AWS program at it; the lab's state file,
    with all its credentials, is .logkeep/lab.json. A logkeep.toml is written where there is none.
    """
    _prepare()
    from logkeep.lab.foreground import numbered, serve

    state = _free_state()
    try:
        named = numbered(_names(accounts))
        serve(named, port, state, lambda running: _greet(running, state))
    except ValueError as error:
        raise Problem(str(error)) from error
    except OSError as error:
        raise Problem(f"port {port}: {error.strerror or error}".lower()) from error
    say("the lab is gone, with all that was in it")
    return YES


def _free_state() -> Path:
    """Where this lab's own file goes; a lab that runs there already is left alone."""
    from logkeep.lab.statefile import USUAL, VARIABLE, NoLab, NotALab, read

    path = Path(os.environ.get(VARIABLE) or USUAL)
    try:
        known = read(path)
        known.ask("now")
    except NotALab as error:
        hint = f"remove it, or name another file in {VARIABLE}"
        raise Problem(str(error), hint=hint) from error
    except NoLab:
        path.with_name(BREAKS).unlink(missing_ok=True)
        return path
    hint = f"end process {known.pid} first, or name another file in {VARIABLE}"
    raise Problem(f"a lab runs here already, at {known.url}", hint=hint)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    bad = [name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name)]
    if bad:
        raise Problem(*(f"`{name}` is not a valid account name" for name in bad),
                      hint="use small letters, digits and hyphens")  # fmt: skip
    if len(set(names)) < len(names):
        raise Problem("two accounts have the same name")
    return names


def _greet(running: Running, state: Path) -> None:
    """Say how to use a lab that has just begun."""
    written = _write_fleet(running)
    answer(_exports(running.environment("ada")))
    names = ", ".join(f"{name} {id_}" for id_, name in running.accounts.items())
    say("")
    say(f"the lab runs at {running.url}, on this machine only: {names}")
    say(f"its state file is {state}; it holds every key, and only you may read it")
    if written:
        first = next(iter(running.accounts.values()))
        says = f"{FILENAME} is written for it: {first}, which manages the organization, keeps the "
        say(f"{says}archive; change `[archive]` before `apply` for another")
    say("")
    say("in another terminal, in this folder:")
    for command, meaning in _HINTS:
        say(f"  {command:<34} {meaning}")
    say("")
    say("Ctrl-C ends it")


_HINTS = (
    ('eval "$(logkeep lab env ada)"', "be the administrator; any AWS program works then"),
    ("logkeep diagnose", "what is wrong; then `plan` and `apply --yes`"),
    ("logkeep lab work", "ordinary work in all accounts"),
    ("logkeep lab advance 2h", "let the time go by"),
    ("logkeep lab break --list", "everything that can be broken"),
    ("logkeep lab who", "the people and roles who live there"),
)


def _write_fleet(running: Running) -> bool:
    """Write a fleet file for the lab; one that is there is never written over."""
    from logkeep.aws.disk import write_new
    from logkeep.lab.fleet_text import fleet_text

    try:
        write_new(Path(FILENAME), fleet_text(running.accounts, running.regions).encode())
    except FileExistsError:
        return False
    return True


def _exports(variables: dict[str, str]) -> str:
    """Variables as a shell takes them; those of another AWS account are taken away."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    gone = [n for n in ("AWS_PROFILE", "AWS_SESSION_TOKEN") if n not in variables]
    return "\n".join([*lines, f"unset {' '.join(gone)}"]) + "\n"


def _prepare() -> None:
    """The lab's own parts are an extra of the package; the user's own AWS has no part in it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    if importlib.util.find_spec("moto") is None:
        raise Problem("the lab's parts are not installed", hint="install `logkeep[lab]`")


def _running() -> Running:
    """The lab that runs, by its state file."""
    _prepare()
    from logkeep.lab.statefile import NoLab, read

    try:
        found = read()
        found.ask("now")  # a lab that was killed leaves its file
    except NoLab as error:
        raise Problem(str(error), hint="run `logkeep lab up` in another terminal") from error
    return found


@lab.command("demo", short_help="Tell the main job or another story, with real commands.")
@click.argument("story", required=False, metavar="[NAME]")
@click.option("--list", "listing", is_flag=True, help="Name the stories there are.")
@options()
def demo(story: str | None, *, listing: bool) -> int:
    """Tell a story by running it in a lab of its own, each command shown with its answer.

    Without a name it is the main job: the logs of three accounts set up, proven, broken in
    silence, found and mended.
    """
    _prepare()
    from logkeep.cli.story import list_all, tell

    return list_all() if listing else tell(story)


@lab.command("advance", short_help="Let the lab's time go by.")
@click.argument("by", type=Duration(), metavar="TIME")
@options()
def advance(by: datetime.timedelta) -> int:
    """Let the lab's time go by, such as 90m, 2h or 1d: everything due meanwhile is delivered."""
    answer(f"it is {_advanced(_running(), by)} in the lab\n")
    return YES


def _advanced(running: Running, by: datetime.timedelta) -> str:
    now = datetime.datetime.fromisoformat(
        running.ask("advance", {"seconds": by.total_seconds()})["now"]
    )
    return f"{now:%Y-%m-%d %H:%M} UTC"


@lab.command("work", short_help="Let the people of all accounts do ordinary work.")
@click.option(
    "--for", "length", type=Duration(), metavar="TIME", help="How long they work, once an hour."
)
@options()
def do_work(length: datetime.timedelta | None) -> int:
    """Let the people of all accounts work: users, objects, machines, roles, a refusal or two.

    Each is a real API call, so CloudTrail records it.
    """
    running = _running()
    from logkeep.lab.work import work

    hour = datetime.timedelta(hours=1)
    made = 0
    for number in range(max(1, int((length or hour) / hour))):
        made += len({entry.request_id for entry in work(running, f"day-{_now(running)}-{number}")})
        if length is not None:
            _advanced(running, hour)
    answer(f"{made} calls made in {len(running.accounts)} accounts\n")
    if running.ask("state")["waits"]:
        say("hint: `logkeep lab advance 2h` lets their records and digests arrive")
    return YES


def _now(running: Running) -> str:
    return f"{datetime.datetime.fromisoformat(running.ask('now')['now']):%m%d-%H%M%S}"


@lab.command("ping", short_help="Send a packet through a network of the lab.")
@click.argument("src")
@click.argument("dst")
@click.option(
    "--who", default="admin@production", metavar="NAME", help="Who sends it, from which network."
)
@click.option("--protocol", type=click.Choice(("icmp", "tcp", "udp")), default="icmp")
@click.option("--port", type=click.IntRange(1, 65535), default=443, help="The port it goes to.")
@options()
def ping(src: str, dst: str, who: str, protocol: str, port: int) -> int:
    """Send a packet from SRC to DST: an instance, an interface, or `home`, out on the internet.

    Flow logs take note of it. Exits with 0 where it is answered, else with 1.
    """
    from logkeep.cli.lab_ping import send

    return send(_running(), who, src, dst, protocol, port)


@lab.command("who", short_help="Name the people and roles who live in the lab.")
@options("json")
@click.pass_context
def who(context: click.Context) -> int:
    """Name the lab's people and roles; `logkeep lab env NAME` prints credentials for one."""
    running = _running()
    from logkeep.lab.people import everyone, said

    found = everyone(running)
    if settings_of(context).json:
        answer(as_json({"schema": 1, "people": found}))
        return YES
    answer(in_two({each["name"]: said(each) for each in found}, output(settings_of(context))))
    return YES


@lab.command("env", short_help="Print credentials for a lab user.")
@click.argument("name", default="ada")
@options()
def env(name: str) -> int:
    """Print the variables that give a shell the credentials of NAME, a user or a role.

    A role is assumed: LogReader@security.
    """
    running = _running()
    from logkeep.lab.people import environment_of
    from logkeep.lab.statefile import NoLab

    try:
        answer(_exports(environment_of(running, name)))
    except NoLab as error:
        raise Problem(str(error), hint="`logkeep lab who` names them all") from error
    return YES


@lab.command("break", short_help="Spoil something on purpose.")
@click.argument("code", required=False)
@click.option(
    "--account",
    metavar="NAME",
    help="The account whose logs are affected; else the last that has them.",
)
@click.option("--list", "listed", is_flag=True, help="Name everything that can be broken.")
@options("fleet", "json")
@click.pass_context
def break_it(context: click.Context, code: str | None, account: str | None, *, listed: bool) -> int:
    """Break something, so that diagnose finds CODE; by real API calls where possible."""
    _prepare()
    from logkeep.lab.breaking.gathered import breaks, instead_of

    if listed or code is None:
        if settings_of(context).json:
            codes = [
                {"code": each.code, "says": each.says, "asks": each.asks or None}
                for each in breaks().values()
            ]
            answer(as_json({"schema": 1, "breaks": codes}))
        else:
            titles = {each.code: each.listed for each in breaks().values()}
            answer(in_two(titles, output(settings_of(context))))
        return YES
    if code not in breaks():
        raise Problem(f"the lab cannot break `{code}`", hint=instead_of(code, known_codes()))
    answer(_broken(settings_of(context), code, account))
    if breaks()[code].hours:
        hours = f"{breaks()[code].hours:g}"
        say(f"hint: it shows after {hours} hours: `logkeep lab advance {hours}h`")
    say(f"hint: `{breaks()[code].found_by}` finds it; `logkeep lab mend` undoes it")
    return YES


def _broken(settings: Settings, code: str, account: str | None) -> str:
    """Break it in the running lab, and remember how to undo it."""
    running, path = _running(), _breaks()
    from logkeep.lab.breaking.act import remember, remembered, spoil, usual_account
    from logkeep.lab.breaking.calls import CannotBreak

    place, session = _administered(settings, running)
    names = place.fleet.accounts
    if account and names.get(account, account) not in names.values():
        raise Problem(f"there is no account `{account}`", hint=f"there is {', '.join(names)}")
    facts = _facts(place, session)
    id_ = names.get(account, account) if account else usual_account(facts, code)
    try:
        done = spoil(running, facts, code, id_, session.account_client)
    except CannotBreak as error:
        hint = "run `logkeep apply` first: the lab breaks what is set up and healthy"
        raise Problem(str(error), hint=hint, code=NO) from error
    remember(path, [*remembered(path), done])
    forget(place)
    return f"broken[{code}]: {done.says}\n"


def _facts(place: Place, session: Session) -> Facts:
    from logkeep.aws.collect import collect
    from logkeep.snapshot.facts import Facts as Read
    from logkeep.sources.wants import wants

    return Read(place.fleet, collect(place.fleet, wants(place.fleet), session))


def _administered(settings: Settings, running: Running) -> tuple[Place, Session]:
    """The fleet, and a session as the lab's administrator, whoever this shell is."""
    place = find(settings)
    os.environ.update(running.environment("ada"))
    from logkeep.aws.session import Session as New

    return place, New(place.fleet)


def _breaks() -> Path:
    from logkeep.lab.statefile import find as find_state

    return find_state().with_name(BREAKS)


@lab.command("mend", short_help="Undo what was broken last.")
@options("fleet")
@click.pass_context
def mend(context: click.Context) -> int:
    """Undo what `logkeep lab break` did last, where it can be undone."""
    running, path = _running(), _breaks()
    from logkeep.lab.breaking.act import mend as undo
    from logkeep.lab.breaking.act import remember, remembered

    broken = remembered(path)
    if not broken:
        answer("nothing is broken that the lab knows of\n")
        return YES
    place, session = _administered(settings_of(context), running)
    last = broken[-1]
    undone = undo(running, last, session.account_client)
    remember(path, broken[:-1])
    forget(place)
    if undone:
        answer(f"mended[{last.code}]: as it was before\n")
        return YES
    answer(f"{last.code} is not undone: run `logkeep plan` and `logkeep apply`\n")
    return NO
