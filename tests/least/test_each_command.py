"""Each command is run by roles that hold just what is printed for it, and with one permit less.

What is printed suffices, from nothing to healthy. Where a permit is taken away, what it would show
is unknown, what it would change is told to be refused, and no verdict is better or wrong. `make
test` takes some permits away, `make whole` each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from logkeep.aws.permissions import ARCHIVE_READS
from logkeep.aws.scope import every_write, policies
from logkeep.cli.place import known_kinds
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support.command_line import Run, Said
from support.examples import WHOLE
from support.in_a_folder import folder, logkeep
from support.labs import Bench, bench
from support.sdk import SDK
from support.worlds import ACCOUNTS, NOW

__all__ = ["folder", "logkeep"]

SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
NAMES = {id_: name for name, id_ in ACCOUNTS.items()}
HERE = ("us-east-1",)
ROLE = "OrganizationAccountAccessRole"
RUNNER = "Runner"
TEXT = f"""\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1"]
[accounts]
security = "{SECURITY}"
production = "{PRODUCTION}"
staging = "{STAGING}"
[access]
through = ["arn:aws:iam::{SECURITY}:role/{RUNNER}"]
[archive]
account = "production"
bucket = "secprod-multiaccount-logs"
readers = ["arn:aws:iam::{PRODUCTION}:role/{ROLE}"]
[[logs]]
source = "cloudtrail"
accounts = ["production", "staging"]
log-group = "SecurityTrail"
"""


def fleet() -> Fleet:
    found = read_fleet(TEXT, known_kinds())
    assert isinstance(found, Fleet), found
    return found


FLEET = fleet()
ANYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}],
}


def printed(command: str) -> dict[str, Any]:
    """What is printed where nothing is known but the fleet file, and what the caller takes."""
    return policies(Facts(FLEET, Snapshot("acme", NOW, {})), command)


def actions(command: str) -> set[str]:
    return {
        action
        for policy in printed(command).values()
        for each in policy["Statement"]
        for action in each["Action"]
    }


def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """The policy with one action less."""
    body = [
        {**each, "Action": [name for name in each["Action"] if name != action]}
        for each in policy["Statement"]
    ]
    return {**policy, "Statement": [each for each in body if each["Action"]]}


class Roles:
    """The roles that Logkeep works by, whose policies an administrator of each account writes."""

    def __init__(self, lab: Bench) -> None:
        self._said: dict[str, Said] = {}
        self._iam = {account: self._admin(lab, name) for account, name in NAMES.items()}
        trust = {"Effect": "Allow", "Principal": {"AWS": SECURITY}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        runner = self._iam[SECURITY]
        runner.create_role(RoleName=RUNNER, AssumeRolePolicyDocument=document)
        for account in (PRODUCTION, STAGING):
            iam = self._iam[account]
            for each in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=ROLE, PolicyArn=each["PolicyArn"])
            for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
                iam.delete_role_policy(RoleName=ROLE, PolicyName=name)

    def _admin(self, lab: Bench, name: str) -> Any:
        keys = lab.lab.credentials["ada" if name == "security" else f"admin@{name}"]
        return SDK.create_client(
            "iam",
            "us-east-1",
            endpoint_url=lab.lab.endpoint_url,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
        )

    def of(self, account: str) -> Any:
        """A client of an account's administrator."""
        return self._iam[account]

    def before(self, logkeep: Run, command: str, *more: str) -> Said:
        """What a command says with all that is printed for it, which is asked once."""
        if command not in self._said:
            self.hold(printed(command))
            self._said[command] = logkeep(command, *more)
        return self._said[command]

    def hold(self, found: Mapping[str, dict[str, Any]], less: str = "") -> None:
        """Have each role hold exactly this, but for one action."""
        for account, policy in found.items():
            document = json.dumps(without(policy, less))
            name = RUNNER if account == SECURITY else ROLE
            self._iam[account].put_role_policy(
                RoleName=name, PolicyName="logkeep", PolicyDocument=document
            )


@pytest.fixture
def place(folder: Path) -> Path:
    (folder / "logkeep.toml").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def healthy() -> Iterator[tuple[Bench, Roles]]:
    """A fleet that was set up and has delivered for some hours."""
    with bench(ACCOUNTS, FLEET, regions=HERE) as lab:
        roles = Roles(lab)
        roles.hold(dict.fromkeys(NAMES, ANYTHING))
        lab.mend()
        lab.pass_hours(3)
        yield lab, roles


@pytest.fixture
def roles(healthy: tuple[Bench, Roles], place: Path, monkeypatch: pytest.MonkeyPatch) -> Roles:
    """The roles of that fleet, with its file here and ada's credentials."""
    assert place
    lab, found = healthy
    as_ada(lab, monkeypatch)
    return found


def as_ada(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)


def told(said: Said) -> dict[tuple[str, str], str]:
    """The verdict of each aspect of each route."""
    assert said.code in (0, 1, 3), said.err
    found = json.loads(said.out)
    return {
        (route["name"], aspect): verdict
        for route in found["routes"]
        for aspect, verdict in route["aspects"].items()
    }


def settles(said: Said) -> list[str]:
    """What each unknown of a diagnosis says would settle it; there is one at least."""
    found = [
        finding["settle"]
        for route in json.loads(said.out)["routes"]
        for hop in route["hops"]
        for finding in hop["findings"]
        if finding["verdict"] == "unknown"
    ]
    assert found
    return found


def taken(command: str, *some: str) -> list[str]:
    """The permits that are taken away: each that reads, or some."""
    writes = {permit.action for permit in every_write()}
    known = actions(command) - writes
    assert set(some) <= known
    if not WHOLE:
        return list(some)
    # What commands share is taken away from `diagnose`, and of others only what is theirs.
    return sorted(known if command == "diagnose" else (known - actions("diagnose")) | set(some))


@pytest.mark.parametrize(
    "less", taken("diagnose", "s3:GetBucketPolicy", "kms:DescribeKey", "sts:AssumeRole")
)
def test_what_diagnose_may_not_see_is_unknown(roles: Roles, logkeep: Run, less: str) -> None:
    before = told(roles.before(logkeep, "diagnose", "--json"))
    assert "holds" in before.values()
    roles.hold(printed("diagnose"), less)
    said = logkeep("diagnose", "--json", "--fresh")
    after = told(said)
    for each, verdict in before.items():
        assert after.get(each, "unknown") in (verdict, "unknown"), (less, each)
    if after != before:
        assert said.code in (1, 3)
        assert all(settles(said)), less
    made = logkeep("plan", "--json", "--recent", "10m")
    assert json.loads(made.out)["changes"] == [], less


NOT_NEEDED = {"s3:ListBucketVersions", "s3:GetObjectVersion", "kms:Decrypt"}
"""Where nothing is missing no version is read; and the key's own policy names its reader."""


@pytest.mark.parametrize(
    "less", taken("verify", "s3:GetObject", "s3:ListBucket", "cloudtrail:ListPublicKeys")
)
def test_what_verify_may_not_read_is_not_proven(roles: Roles, logkeep: Run, less: str) -> None:
    assert roles.before(logkeep, "verify", "--json").code == 0
    roles.hold(printed("verify"), less)
    after = logkeep("verify", "--json", "--again")
    assert after.code in (0, 2, 3), (less, after.out)
    reads = {each.action for permits in ARCHIVE_READS.values() for each in permits}
    if less in reads - NOT_NEEDED:
        assert after.code == 3, less
        assert "AccessDenied" in after.out + after.err


@pytest.mark.parametrize("less", taken("who", "iam:GetAccountAuthorizationDetails"))
def test_who_says_what_it_could_not_see(roles: Roles, logkeep: Run, less: str) -> None:
    before = roles.before(logkeep, "who", "--archive", "--json")
    roles.hold(printed("who"), less)
    after = logkeep("who", "--archive", "--json", "--fresh")
    assert after.code in (before.code, 2, 3), less
    if after.code == before.code and after.code == 0:
        assert json.loads(after.out) == json.loads(before.out)


WRITES = sorted(
    actions("apply") & {permit.action for permit in every_write()}
    if WHOLE
    else {"s3:PutBucketPolicy", "cloudtrail:StartLogging"}
)


@pytest.mark.parametrize("less", WRITES)
def test_apply_says_what_it_may_not_do_and_the_next_one_does_it(
    place: Path, logkeep: Run, less: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place
    with bench(ACCOUNTS, FLEET, regions=HERE) as lab:
        as_ada(lab, monkeypatch)
        roles = Roles(lab)
        roles.hold(printed("apply"), less)
        said = logkeep("apply", "--yes")
        assert said.code in (0, 1), said.err
        roles.hold(printed("apply"))
        rest = logkeep("apply", "--yes")
        if "[1/" in rest.err:  # it makes what the other could not
            assert less.partition(":")[2] in said.out + said.err
        again = logkeep("plan", "--json", "--fresh")
        assert json.loads(again.out)["changes"] == []
        lab.pass_hours(3)
        found = told(logkeep("diagnose", "--json", "--fresh"))
        for aspect in ("configured", "permitted", "arriving"):
            assert {v for (_, a), v in found.items() if a == aspect} == {"holds"}, aspect
