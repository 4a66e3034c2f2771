"""Ordinary work in every account: what its people do all day, by real API calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

from logkeep.aws.session import plain_sdk
from logkeep.lab.credentials import ACCESS_ROLE, Credentials

AGENT = "ordinary-work"
"""What every call of the work says of itself in its user agent, by which its records are known."""

IMAGE = "ami-12c6146b"
"""A machine image that moto has from the start."""
CONFIG = Config(
    user_agent_extra=AGENT, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
)


class RecordedCall(msgspec.Struct, frozen=True, order=True):
    """One call that was made, as one account should record it."""

    account: str
    region: str
    name: str
    error: str
    """The code of the refusal; empty where it passed."""
    request_id: str


class Organization(Protocol):
    """What the work needs to know of the lab."""

    @property
    def url(self) -> str:
        """Where the lab answers."""
        ...

    @property
    def accounts(self) -> dict[str, str]:
        """Names by account id, the management account first."""
        ...

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions, the home Region first."""
        ...

    @property
    def credentials(self) -> dict[str, Credentials]:
        """Everybody's access keys by `user@account`."""
        ...


class Shift:
    """One stretch of work, and every call that was made in it."""

    def __init__(self, organization: Organization, day: str) -> None:
        self.organization = organization
        self.day = day
        self.made: list[RecordedCall] = []
        self._sdk = plain_sdk()

    @property
    def home(self) -> str:
        """The home Region."""
        return self.organization.regions[0]

    def user(self, service: str, who: str, region: str) -> Any:
        """A client of a user, such as `developer@staging`."""
        found = self.organization.credentials[who]
        return self._client(service, region, found.access_key_id, found.secret_access_key, None)

    def session(self, service: str, keys: Mapping[str, str], region: str) -> Any:
        """A client of a role's session."""
        secret, token = keys["SecretAccessKey"], keys["SessionToken"]
        return self._client(service, region, keys["AccessKeyId"], secret, token)

    def _client(self, service: str, region: str, key: str, secret: str, token: str | None) -> Any:
        return self._sdk.create_client(
            service,
            region,
            endpoint_url=self.organization.url,
            config=CONFIG,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    def do(
        self, accounts: tuple[str, ...], region: str, call: Callable[..., Any], **given: Any
    ) -> Any:
        """Make one call, and note it for every account that should record it."""
        error = ""
        try:
            answer: Any = call(**given)
        except ClientError as refused:
            answer = refused.response
            error = str(answer["Error"]["Code"])
        name = "".join(part.capitalize() for part in call.__name__.split("_"))
        # moto writes an id of its own into some bodies; the header is what the record has.
        said = str(answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"])
        self.made += [RecordedCall(account, region, name, error, said) for account in accounts]
        return answer


def work(organization: Organization, day: str = "monday") -> tuple[RecordedCall, ...]:
    """A stretch of ordinary work in all accounts: an entry for every record that should come."""
    shift = Shift(organization, day)
    for account, name in organization.accounts.items():
        _hire(shift, account, name)
        _store(shift, account, name)
        _start_machine(shift, account, name)
        _overstep(shift, account, name)
        if account != next(iter(organization.accounts)):
            _visit(shift, account)
    return tuple(sorted(shift.made))


def _hire(shift: Shift, account: str, name: str) -> None:
    """An administrator makes a user; IAM is recorded in us-east-1 (rule 1.11.1)."""
    iam = shift.user("iam", f"admin@{name}", "us-east-1")
    shift.do((account,), "us-east-1", iam.create_user, UserName=f"temp-{shift.day}")


def _store(shift: Shift, account: str, name: str) -> None:
    """A developer makes a bucket, puts two objects there and reads one."""
    s3 = shift.user("s3", f"developer@{name}", shift.home)
    mine, bucket = (account,), f"{name}-reports-{account}"
    where = {} if shift.home == "us-east-1" else {"LocationConstraint": shift.home}
    given = {"CreateBucketConfiguration": where} if where else {}
    shift.do(mine, shift.home, s3.create_bucket, Bucket=bucket, **given)
    for part in ("north", "south"):
        key = f"{shift.day}/{part}.csv"
        shift.do(mine, shift.home, s3.put_object, Bucket=bucket, Key=key, Body=b"place,sum\n")
    shift.do(mine, shift.home, s3.get_object, Bucket=bucket, Key=f"{shift.day}/north.csv")


def _start_machine(shift: Shift, account: str, name: str) -> None:
    """A developer starts a machine, in the last of the Regions."""
    region = shift.organization.regions[-1]
    ec2 = shift.user("ec2", f"developer@{name}", region)
    size = {"InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    shift.do((account,), region, ec2.run_instances, ImageId=IMAGE, **size)


def _overstep(shift: Shift, account: str, name: str) -> None:
    """An intern asks for more than an intern may; a refusal is recorded too."""
    iam = shift.user("iam", f"intern@{name}", "us-east-1")
    shift.do((account,), "us-east-1", iam.list_users)


def _visit(shift: Shift, account: str) -> None:
    """An administrator of the management account switches into a member account.

    The switch is recorded in both accounts (rule 1.12.6); what the session then does, in the one.
    """
    master, master_name = next(iter(shift.organization.accounts.items()))
    sts = shift.user("sts", f"admin@{master_name}", shift.home)
    role = f"arn:aws:iam::{account}:role/{ACCESS_ROLE}"
    answer = shift.do(
        *((master, account), shift.home, sts.assume_role), RoleArn=role, RoleSessionName="admin"
    )
    ec2 = shift.session("ec2", answer["Credentials"], shift.home)
    shift.do((account,), shift.home, ec2.describe_instances)
