"""Refused in another account, and let in by switching roles."""

from __future__ import annotations

from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import fleet_text

DEVELOPER = "arn:aws:iam::333333333333:user/developer"
IS = "developer@staging"
ROLE = "arn:aws:iam::222222222222:role/TrailWatcher"
TRAIL = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"
ACTION = "cloudtrail:GetTrailStatus"
LOOK = ("cloudtrail", "get-trail-status", "--name", TRAIL, "--query", "IsLogging")
PROFILE = f"""\
[profile production]
role_arn = {ROLE}
credential_source = Environment
"""


def tell(here: Stage) -> None:
    """Tell it; the real `aws` command and `logkeep why` have to agree at every step."""
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions), shown=False)
    here.run("logkeep", "apply", "--yes", shown=False)
    _refused(here)
    _let_in(here)
    here.say("And this is everybody who may enter one account from another:")
    here.run("logkeep", "who", "--across")


def _refused(here: Stage) -> None:
    here.title("1. Refused")
    here.say(
        """Three accounts, and every one's trail goes into one archive. Nobody of one account may
        act in another, except by switching roles. ada, the administrator, may:"""
    )
    into = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
    query = ("--query", "AssumedRoleUser.Arn", "--output", "text")
    here.run("aws", "sts", "assume-role", "--role-arn", into, "--role-session-name", "demo", *query)
    here.say(
        """A developer of staging may not. She wants to see whether production's trail is on, and
        is refused; `why` says what would let her in:"""
    )
    here.run("aws", *LOOK, who=IS, code=None)
    here.run("logkeep", "why", DEVELOPER, ACTION, TRAIL, "--expect", "deny")


def _let_in(here: Stage) -> None:
    here.title("2. Let in")
    here.say("Production makes a role that may just look, and trusts her to take it:")
    here.write("trust.json", _allow("sts:AssumeRole", Principal={"AWS": DEVELOPER}))
    here.write("look.json", _allow(ACTION, Resource="*"))
    made = ("--assume-role-policy-document", "file://trust.json", "--query", "Role.Arn")
    name = ("--role-name", "TrailWatcher")
    here.run("aws", "iam", "create-role", *name, *made, who="admin@production")
    look = ("--policy-name", "Look", "--policy-document", "file://look.json")
    here.run("aws", "iam", "put-role-policy", *name, *look, who="admin@production")
    here.say("By way of the role she may, and `aws` with a profile that switches to it finds so:")
    asked = (DEVELOPER, ACTION, TRAIL, "--expect", "allow")
    here.run("logkeep", "why", "--via", ROLE, *asked)
    here.write("aws.ini", PROFILE)
    switched = ("env", "AWS_CONFIG_FILE=aws.ini", "aws", "--profile", "production")
    found = here.run(*switched, *LOOK, who=IS)
    here.expect(found.text.strip() == "true", "the role sees that the trail is on")


def _allow(action: str, **more: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": action, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}
