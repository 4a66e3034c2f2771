"""The product at work in the lab, in one process: collect, diagnose, plan, apply, time passing."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.hooks import EventAliaser

from logkeep.aws.apply import apply
from logkeep.aws.collect import collect
from logkeep.aws.session import Session, open_sdk
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.lab.server import Lab
from logkeep.plan import Plan, plan
from logkeep.snapshot import Snapshot
from logkeep.sources.wants import wants
from support.door import straight
from support.worlds import fleet_of


def _share_names() -> None:
    """Have the SDK work out an event's name once a worker: it does so anew for every client."""
    names: dict[str, str] = {}
    make = EventAliaser.__init__

    def made(self: EventAliaser, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        self._alias_name_cache = names

    EventAliaser.__init__ = made


_share_names()

START = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)


class Keeping(Session):
    """A session that keeps its clients: making them anew is half of what a small collect costs.

    Its clients make every call, as somebody does who sets up what the fleet does not.
    """

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet)
        self._sdk = open_sdk(frozenset())

    def drop(self, account: str) -> None:
        """Forget nothing."""


class Bench:
    """A lab with a fleet in it, and Logkeep run by the management account's administrator."""

    def __init__(self, lab: Lab, fleet: Fleet) -> None:
        self.lab = lab
        self.fleet = fleet
        self.session = Keeping(fleet)

    def collect(self) -> Snapshot:
        """What AWS says now."""
        return collect(self.fleet, wants(self.fleet), self.session)

    def diagnose(self) -> Diagnosis:
        """What holds now."""
        return diagnose(self.fleet, self.collect())

    def plan(self) -> Plan:
        """What would be changed now."""
        return plan(self.fleet, self.collect())

    def mend(self, seen: Snapshot | None = None) -> Plan:
        """Plan and apply, from what was seen just now or what is there."""
        snapshot = seen or self.collect()
        made = plan(self.fleet, snapshot)
        apply(made.changes, self.session, taken_at=snapshot.taken_at, sleep=lambda _: None)
        return made

    def pass_hours(self, hours: float) -> None:
        """Let the lab's time go by."""
        self.lab.advance(datetime.timedelta(hours=hours))

    def client(self, account: str, service: str, region: str = "us-east-1") -> Any:
        """A real boto3 client of Logkeep's role in an account."""
        return self.session.account_client(account, service, region)

    def archive(self, service: str) -> Any:
        """A client of Logkeep's role in the archive's account."""
        return self.client(self.fleet.archive.account, service, self.fleet.archive_region)


@contextmanager
def bench(accounts: dict[str, str], fleet: Fleet | None = None, **lab: Any) -> Iterator[Bench]:
    """A lab of these accounts (name: id), the first the management account, closed at the end."""
    named = {id_: name for name, id_ in accounts.items()}
    made = Lab(accounts=named, start=START, ticking=False, **lab)
    try:
        with in_environment(made.environment("ada")), straight(made):
            yield Bench(made, fleet or fleet_of(accounts))
    finally:
        made.close()


OUTSIDE = dict(os.environ)
STANDING: list[Mapping[str, str]] = []
"""The environments of the benches that are open, the newest last."""


@contextmanager
def in_environment(own: Mapping[str, str]) -> Iterator[None]:
    """Lead any AWS program to a bench; which of several ends first is all the same."""
    STANDING.append(own)
    os.environ.update(own)
    try:
        yield
    finally:
        STANDING.remove(own)
        above = {**OUTSIDE, **(STANDING[-1] if STANDING else {})}
        for name in own:
            if name in above:
                os.environ[name] = above[name]
            else:
                os.environ.pop(name, None)


def pointed_at(lab: Bench, account: str) -> None:
    """An account has an access point of each kind of the archive's bucket."""
    of, name = {"AccountId": account}, lab.fleet.archive.bucket
    control = lab.client(account, "s3control")
    control.create_access_point(**of, Name="logs", Bucket=name)
    several = {"Name": "world", "Regions": [{"Bucket": name}]}
    abroad = lab.client(account, "s3control", "us-west-2")
    abroad.create_multi_region_access_point(**of, ClientToken="token", Details=several)


def streamed_into(lab: Bench, account: str) -> None:
    """An account has a Firehose stream `flow`, as somebody has to make it before logs are sent."""
    lab.client(account, "s3").create_bucket(Bucket="from-firehose")
    lab.client(account, "firehose").create_delivery_stream(
        DeliveryStreamName="flow",
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{account}:role/firehose",
            "BucketARN": "arn:aws:s3:::from-firehose",
        },
    )


def route(found: Diagnosis, name: str) -> Diagnosed:
    """The route of this name."""
    return next(route for route in found.routes if route.name == name)


def broken(found: Diagnosed) -> list[Finding]:
    """The findings of a route that fail, in the order AWS meets them."""
    return [f for hop in found.hops for f in hop.findings if f.verdict == "fails"]
