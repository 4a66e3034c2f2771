"""What is: AWS's own answers, by account, Region, call and arguments, at one time."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final, TypeVar

import msgspec

from logkeep.value import UNREADABLE, Absent, AccountId, Arn, Json, Look, Region, Seen, Time, Unseen

VERSION = 1
"""The version of the snapshot's format; another one is refused, never guessed at."""

NOT_ASKED = "was not asked"
NOT_OF_AWS = "NotOfAWS"
"""The error of a question that AWS could not answer, for it is another's."""
"""What is said of a question that nobody put to AWS."""

Shape = TypeVar("Shape")

ABSENT_CODES: dict[str, frozenset[str]] = {
    "s3:HeadBucket": frozenset({"404", "NoSuchBucket", "NotFound"}),
    "s3:GetBucketPolicy": frozenset({"NoSuchBucketPolicy"}),
    "s3:GetPublicAccessBlock": frozenset({"NoSuchPublicAccessBlockConfiguration"}),
    "s3control:GetPublicAccessBlock": frozenset({"NoSuchPublicAccessBlockConfiguration"}),
    "s3:GetBucketOwnershipControls": frozenset({"OwnershipControlsNotFoundError"}),
    "s3:GetBucketLifecycleConfiguration": frozenset({"NoSuchLifecycleConfiguration"}),
    "s3:GetBucketEncryption": frozenset({"ServerSideEncryptionConfigurationNotFoundError"}),
    "s3:GetBucketTagging": frozenset({"NoSuchTagSet"}),
    "s3:GetObjectLockConfiguration": frozenset({"ObjectLockConfigurationNotFoundError"}),
    "s3:GetBucketReplication": frozenset({"ReplicationConfigurationNotFoundError"}),
    "s3control:GetAccessPointPolicy": frozenset({"NoSuchAccessPointPolicy"}),
    "s3:HeadObject": frozenset({"404", "NoSuchKey", "NotFound"}),
    "kms:DescribeKey": frozenset({"NotFoundException"}),
    "kms:GetKeyPolicy": frozenset({"NotFoundException"}),
    "organizations:DescribeOrganization": frozenset({"AWSOrganizationsNotInUseException"}),
    "logs:DescribeLogStreams": frozenset({"ResourceNotFoundException"}),
    # Lambda API Reference, "GetPolicy": no such function, or no policy of it
    "lambda:GetPolicy": frozenset({"ResourceNotFoundException"}),
}
"""The error codes by which AWS says that a thing is not there, and not that it may not be seen.

Those of the calls that only one kind of log makes stand with its calls.
"""
NO_CODES: frozenset[str] = frozenset()


class Ask(msgspec.Struct, frozen=True, order=True, gc=False):
    """One question to AWS: who asked, where, which call, with which arguments."""

    account: AccountId
    region: Region
    call: str
    arguments: tuple[tuple[str, str], ...] = ()

    def says(self) -> str:
        """The question in a few words, for a person."""
        named = " ".join(f"{name}={value}" for name, value in self.arguments)
        return f"{self.call}({named}) in {self.account} {self.region}".replace("()", "")


def ask(account: AccountId, region: Region, call: str, **arguments: str) -> Ask:
    """A question with its arguments in their one order."""
    named = arguments.items()
    return Ask(account, region, call, tuple(sorted(named) if len(named) > 1 else named))


class Reply(msgspec.Struct, frozen=True, gc=False):
    """AWS's answer: a body, or an error's code and message."""

    body: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    message: str = ""


def reply(body: Json) -> Reply:
    """A reply that holds this body."""
    return Reply(msgspec.Raw(msgspec.json.encode(body)))


AHEAD_S_MAX: Final = 10**9
"""Some thirty years."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a snapshot comes from: who asked whom, by which settings and for which fleet file."""

    caller: Arn = ""
    endpoint: str = ""
    settings: str = ""
    """A digest of what leads the SDK to the caller and to AWS."""
    fleet_file: str = ""
    """A digest of the fleet file's text."""
    ahead_s: Annotated[int, msgspec.Meta(ge=-AHEAD_S_MAX, le=AHEAD_S_MAX)] = 0
    """How far AWS's clock was before this machine's, as a lab's may be by hours."""


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line of a snapshot."""

    snapshot: int
    fleet: str
    taken_at: Time
    origin: Origin = Origin()


class Record(msgspec.Struct, frozen=True):
    """All the answers one account gave."""

    account: AccountId
    answers: tuple[tuple[Ask, Reply], ...]


class Snapshot(msgspec.Struct, frozen=True):
    """A fleet as AWS described it at one time."""

    fleet: str
    taken_at: Time
    answers: Mapping[Ask, Reply]

    def look(
        self, question: Ask, shape: type[Shape], absent: frozenset[str] = NO_CODES
    ) -> Look[Shape]:
        """What was answered, in the shape wanted; an answer of another shape is unseen.

        `absent` are the error codes by which the call says besides that a thing is not there.
        """
        return read_reply(question, self.answers.get(question), shape, absent)

    def with_answers(self, answers: Mapping[Ask, Reply]) -> Snapshot:
        """The same snapshot with these answers in place of its own."""
        return Snapshot(self.fleet, self.taken_at, {**self.answers, **answers})

    def without(self, questions: Iterable[Ask]) -> Snapshot:
        """The same snapshot as if these had never been asked."""
        gone = frozenset(questions)
        kept = {key: value for key, value in self.answers.items() if key not in gone}
        return Snapshot(self.fleet, self.taken_at, kept)


def read_reply(
    question: Ask, found: Reply | None, shape: type[Shape], absent: frozenset[str] = NO_CODES
) -> Look[Shape]:
    """What was answered to a question, in the shape wanted; None is that nobody asked."""
    if found is None:
        return Unseen(question.says(), NOT_ASKED)
    if found.error:
        return refused(question, found, absent)
    try:
        return Seen(_read(found.body, shape))
    except UNREADABLE as error:
        return Unseen(question.says(), f"answered something unexpected: {error}")


def _read(body: msgspec.Raw, shape: type[Shape]) -> Shape:
    return _reader(shape).decode(body)


@functools.cache
def _reader(shape: type[Shape]) -> msgspec.json.Decoder[Shape]:
    """What reads a shape: msgspec takes as long to see through it as to read an answer."""
    return msgspec.json.Decoder(shape)


def refused(question: Ask, found: Reply, absent: frozenset[str] = NO_CODES) -> Absent | Unseen:
    """Whether an error says that the thing is not there or that it may not be seen."""
    if found.error in absent or found.error in ABSENT_CODES.get(question.call, NO_CODES):
        return Absent(question.says())
    if question.call.startswith("s3:") and found.error == "NoSuchBucket":
        return Absent(question.says())
    why = f"{found.error}: {found.message}" if found.message else found.error
    return Unseen(question.says(), why)


class WrongVersion(Exception):
    """A snapshot file of a version this Logkeep does not read."""


def encode(snapshot: Snapshot, origin: Origin | None = None) -> Iterator[bytes]:
    """The snapshot as lines: its header, then one record an account, in order."""
    encoder = msgspec.json.Encoder(order="deterministic")
    yield encoder.encode(Header(VERSION, snapshot.fleet, snapshot.taken_at, origin or Origin()))
    by_account: dict[AccountId, list[tuple[Ask, Reply]]] = {}
    for pair in snapshot.answers.items():
        by_account.setdefault(pair[0].account, []).append(pair)
    for account in sorted(by_account):
        answers = sorted(by_account[account], key=lambda pair: pair[0])
        yield encoder.encode(Record(account, tuple(answers)))


def decode(lines: Iterable[bytes]) -> Snapshot:
    """A snapshot from its lines; raises WrongVersion, or one of UNREADABLE where it is none."""
    return decode_kept(lines)[0]


def decode_kept(lines: Iterable[bytes]) -> tuple[Snapshot, Origin]:
    """A snapshot from its lines, and where it comes from."""
    rest = iter(lines)
    first = next(rest, b"")
    version = msgspec.json.decode(first, type=dict[str, Json]).get("snapshot")
    if version != VERSION:
        raise WrongVersion(f"version {version}, this Logkeep reads version {VERSION}")
    header = msgspec.json.decode(first, type=Header)
    answers: dict[Ask, Reply] = {}
    before = ""
    for line in rest:
        record = msgspec.json.decode(line, type=Record)
        if record.account <= before:  # each account once, and in order
            raise msgspec.ValidationError(f"the account `{record.account[:20]}` is out of place")
        before = record.account
        answers.update(record.answers)
    return Snapshot(header.fleet, header.taken_at, answers), header.origin
