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
from logkeep.show.permissions import Form, heading, permissions_json, permissions_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, account_of, arn_name

FORMS = ("policy", "cloudformation", "terraform")
COMMANDS = ("collect", "diagnose", "plan", "apply", "verify", "who", "init")


@click.command("permissions", short_help="Print the policy that Logkeep's role needs.")
@click.argument("command_", metavar="[COMMAND]", default="apply", type=click.Choice(COMMANDS))
@click.option("--account", metavar="ACCOUNT", help="Only for this account, by name or id.")
@click.option(
    "--as", "form", default="policy", type=click.Choice(FORMS), help="The format of the output."
)
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
    from logkeep.aws.scope import entering, policies, role_in

    fleet = place.fleet
    facts = _facts(settings, place)
    found = policies(facts, command_)
    if account is not None:
        id_ = _account(fleet, account)
        found = {id_: found[id_]}
    names = {each: fleet.account_name(each) for each in found}
    roles = {each: arn_name(role_in(fleet, each)) for each in found}
    notes = [*_notes(fleet, command_), *_comparing(facts, command_)]
    if settings.json:
        caller = entering(fleet, command_)
        answer(as_json(permissions_json(found, names, roles, fleet.role, caller, notes)))
        return YES
    if form == "policy" and len(found) == 1:
        say("".join(f"{heading(names[each], each)}, role `{roles[each]}`" for each in found))
    answer(permissions_text(found, names, roles, form))
    for note in notes:
        say(note)
    return YES


def _notes(fleet: Fleet, command_: str) -> list[str]:
    """Who else has to allow what, for the policies to suffice."""
    from logkeep.aws.scope import entered_readers, role_in

    last = fleet.access.through[-1:]
    who = f"`{last[0]}`" if last else "the principal that runs Logkeep"
    notes = [f"{who} has to be allowed sts:AssumeRole on `{fleet.role}` in each other account"]
    for reader in entered_readers(fleet, command_):
        beside = role_in(fleet, account_of(reader))
        let_in = who if beside in (*last, reader) else f"`{beside}` or {who}"
        notes.append(f"the trust policy of the reader `{reader}` has to let in {let_in}")
    return notes


def _comparing(facts: Facts, command_: str) -> list[str]:
    """What a verification needs of replicas, which lie where no policy above may reach."""
    if command_ != "verify":
        return []
    from logkeep.cli.compare import reading_notes

    return reading_notes(facts)


def _facts(settings: Settings, place: Place) -> Facts:
    if settings.snapshot is not None:
        return named(settings.snapshot, place).facts
    nothing = Snapshot(place.fleet.name, datetime.datetime.now(datetime.UTC), {})
    return Facts(place.fleet, nothing)


def _account(fleet: Fleet, given: str) -> AccountId:
    id_ = fleet.accounts.get(given, given)
    if id_ not in fleet.accounts.values():
        names = ", ".join(fleet.accounts)
        raise Problem(f"no account `{given}` in the fleet", hint=f"name one of {names}")
    return id_
