"""A call to AWS as data: what it takes, what of its answer is kept, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from logkeep.value import Json

LOOKING = ("collect", "diagnose", "plan", "apply", "verify", "who")
"""The commands that look at AWS, where no recent snapshot is at hand."""
ALWAYS = (*LOOKING, "init")
"""Those, and the one that looks where no fleet file is there yet."""


class Permit(msgspec.Struct, frozen=True):
    """One IAM action, and the kind of resource it is needed on."""

    action: str
    on: str = "anything"
    passed_to: str = ""
    """Of iam:PassRole, the service that is handed the role, where AWS's pages tell that it says so
    in `iam:PassedToService`."""
    when: tuple[tuple[str, str], ...] = ()
    """The condition keys that each request carries, and with which value: `{fleet}` is the fleet's
    name, `{key}` the name of its key. What they narrow is granted on all resources of its kind."""


class Entry(msgspec.Struct, frozen=True):
    """Where in a listing a thing is found."""

    under: str
    """The field that holds the list."""
    name: str
    """The field by which an entry is known."""
    address: str
    """What of a thing's ARN shows that it is of the listing's kind."""


class Call(msgspec.Struct, frozen=True):
    """How one reading call is made, what of its answer is kept, and what it needs."""

    permits: tuple[Permit, ...] = ()
    needs: tuple[str, ...] = ()
    """The arguments it cannot do without."""
    takes: tuple[str, ...] = ()
    """The arguments it may be given."""
    forms: Mapping[str, tuple[str, Json]] = {}
    """Arguments that AWS wants in another form: under which name, and the form, in which `{}`
    stands for the value. A list of one is `["{}"]`."""
    literal: tuple[str, ...] = ()
    """Arguments that AWS wants as a number or a truth value; a question has them as text."""
    constants: dict[str, Json] = {}
    paged: bool = False
    """All pages are read; else one answer is the whole of it."""
    bounded_by: str = ""
    """The argument that says how many are wanted: where it is given, one answer suffices."""
    keeps: tuple[str, ...] = ()
    """The fields of the answer that are kept; none named keeps them all."""
    always: tuple[str, ...] = ()
    """The fields that AWS always sends, `Key.Arn` within another or in each entry of a list and
    `One|Other` for either: an answer without them is not AWS's."""
    lists: tuple[str, ...] = ()
    """The kept lists that AWS leaves out where they are empty."""
    document: str = ""
    """The field that holds a policy as a text."""
    root: str = ""
    """The XML element that the answer is, where AWS's model of the call does not say so."""
    compact: Callable[[Mapping[str, Json]], dict[str, Json]] | None = None
    """What makes an answer smaller before its fields are kept."""
    pause_s: float = 0
    """How far apart two such calls in an account and Region have to be."""
    absent: frozenset[str] = frozenset()
    """The error codes by which it says that a thing is not there."""
    counts: tuple[str, ...] = ()
    """The fields that alone count where it is asked whether a thing moved; none is all of them."""
    entry: Entry | None = None
    """For a listing of many things: how one is told from others. Of such an answer an effect, a
    change and `apply` know a changed thing's entries alone, and no call may change others."""
    from_birth: bool = False
    """Whether it tells of a setting that a thing has from the moment it is made."""
    outside: str = ""
    """Who would answer, where that is not AWS: it is asked of nobody, and what hangs on it stays
    unknown. The DNS is one; what it would say a person can look up."""
    commands: tuple[str, ...] = LOOKING
    """The commands that make it, and so need its permits; none makes it of itself."""
    names: tuple[str, ...] = ()
    """The fields that name somebody or something which a plan writes into policies and arguments
    without having looked at it otherwise, as `always` names fields: an older answer is asked again
    before it is followed."""


def listing(field: str, *permits: Permit, each: tuple[str, ...] = (), **more: Json) -> Call:
    """A paged call that keeps one list, which AWS sends though it be empty."""
    always = (field, *(f"{field}.{name}" for name in each))
    return Call(permits, paged=True, keeps=(field,), always=always, **more)


def of_bucket(action: str, **more: Json) -> Call:
    """A call about one bucket, which its expected owner may guard."""
    permits = (Permit(action, "bucket"),)
    return Call(permits, needs=("Bucket",), takes=("ExpectedBucketOwner",), **more)


class NotYet(msgspec.Struct, frozen=True):
    """A refusal that passes by itself where these calls were made just before."""

    errors: frozenset[str]
    after: frozenset[str]


class Unnamed(msgspec.Struct, frozen=True, kw_only=True):
    """How a thing is found again that has no name of its own: by the tags it is made with.

    Who was killed before he heard what AWS called it would make a second one.
    """

    given: str
    """The argument of the changing call that holds the tags."""
    listed: str
    """The call that lists all such things."""
    under: str
    id: str
    """The field of an entry that names it to the calls below."""
    tags: str
    """The call that tells a thing's tags, under the same name as they are given."""
    described: str
    """The call that tells whether it may be used: `usable` stands then at `state`."""
    state: tuple[str, ...]
    usable: str


class WritingCall(msgspec.Struct, frozen=True):
    """What one changing call needs, and which refusals pass by themselves."""

    permits: tuple[Permit, ...]
    not_yet: tuple[NotYet, ...] = ()
    always: tuple[str, ...] = ()
    """The fields that AWS always answers with."""
    assigns: tuple[str | int, ...] = ()
    """Where in its answer the value lies that AWS assigned, if a plan may name it."""
    unnamed: Unnamed | None = None
    """How what it made is found, where AWS gives it a name that nobody knows before."""
