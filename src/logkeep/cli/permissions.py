"""`logkeep permissions`: the policy that Logkeep's role needs in each account, and no more."""

from __future__ import annotations

import datetime

import click

from logkeep.cli.answer import answer, say
from logkeep.cli.look import as_json, named
from logkeep.cli.place import Place, find
from logkeep.cli.problem import YES, Problem
from logkeep.cli.settings import Settings, options, settings_of
from logkeep.fleet import Fleet
from logkeep.show.permissions import Form, permissions_json, permissions_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId

FORMS = ("policy", "cloudformation", "terraform")
COMMANDS = ("collect", "diagnose", "plan", "apply", "verify", "who", "init")


@click.command("permissions", short_help="Print the policy that Logkeep's role needs.")
@click.argument("command_", metavar="[COMMAND]", default="apply", type=click.Choice(COMMANDS))
@click.option("--account", metavar="ACCOUNT", help="Of this account alone, by name or id.")
@click.option("--as", "form", default="policy", type=click.Choice(FORMS), help="In which form.")
@options("fleet", "snapshot", "json")
@click.pass_context
def command(context: click.Context, command_: str, *, account: str | None, form: Form) -> int:
    """Print the policy that the fleet's role needs in each account for COMMAND (apply).

    It may change only what the fleet file names and what Logkeep creates. AWS is not asked; with
    --snapshot, the policy also covers what that snapshot found and Logkeep would adopt, and what
    only the organization's management account may do.
    """
    settings = settings_of(context)
    place = find(settings)
    from logkeep.aws.scope import entering, policies

    fleet = place.fleet
    found = policies(_facts(settings, place), command_)
    if account is not None:
        id_ = _account(fleet, account)
        found = {id_: found[id_]}
    names = {each: fleet.account_name(each) for each in found}
    if settings.json:
        answer(as_json(permissions_json(found, names, fleet.role, entering(fleet))))
    else:
        answer(permissions_text(found, names, fleet.role, form))
        chain = fleet.access.through
        who = f"`{chain[-1]}`" if chain else "whoever runs Logkeep"
        say(f"{who} has to be allowed sts:AssumeRole on `{fleet.role}` in each")
    return YES


def _facts(settings: Settings, place: Place) -> Facts:
    if settings.snapshot is not None:
        return named(settings.snapshot, place).facts
    nothing = Snapshot(place.fleet.name, datetime.datetime.now(datetime.UTC), {})
    return Facts(place.fleet, nothing)


def _account(fleet: Fleet, told: str) -> AccountId:
    id_ = fleet.accounts.get(told, told)
    if id_ not in fleet.accounts.values():
        names = ", ".join(fleet.accounts)
        raise Problem(f"no account `{told}` in the fleet", hint=f"name one of {names}")
    return id_
