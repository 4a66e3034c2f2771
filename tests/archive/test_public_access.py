"""Block Public Access of the bucket and of its account: the most restrictive of both decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.bucket import of_account, of_bucket
from logkeep.access.policies.speaking import all_layers_for, restricts_public
from logkeep.policy import Decision, PublicAccess, Unread, decide, most_restrictive, request
from logkeep.policy.acls import ALL_USERS
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Unseen
from logkeep.who import access
from support.worlds import fleet_of, well

FLEET = fleet_of()
ARCHIVE = FLEET.archive.account
WELL = well(FLEET)
FACTS = Facts(FLEET, WELL)

Level = Literal["bucket", "account"]
LEVELS: tuple[Level, ...] = get_args(Level)
ASKS: dict[Level, Ask] = {
    "bucket": of_bucket(FACTS, "s3:GetPublicAccessBlock"),
    "account": of_account(FACTS),
}
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
NEVER_SET = Reply(error="NoSuchPublicAccessBlockConfiguration")
REFUSED = Reply(error="AccessDenied", message="not authorized")


def only(*on: str) -> Reply:
    """A block with just these flags on."""
    return reply({"PublicAccessBlockConfiguration": {flag: flag in on for flag in FLAGS}})


def blocked(snapshot: Snapshot, bucket: Reply, account: Reply) -> Snapshot:
    return snapshot.with_answers({ASKS["bucket"]: bucket, ASKS["account"]: account})


def at(snapshot: Snapshot, level: Level, block: Reply) -> Snapshot:
    """The snapshot with a block at one level and none at the other."""
    other = {"bucket": NEVER_SET, "account": NEVER_SET}
    return blocked(snapshot, **{**other, level: block})


def by_policy(action: str = "s3:ListBucket", on: str = FLEET.bucket_arn) -> Snapshot:
    """Everybody may list the bucket, or do something else, by its policy."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": on,
    }
    text = msgspec.json.encode({"Version": "2012-10-17", "Statement": statement}).decode()
    return WELL.with_answers({of_bucket(FACTS, "s3:GetBucketPolicy"): reply({"Policy": text})})


def by_acl() -> Snapshot:
    """Everybody may list the bucket, by its ACL."""
    grants = [{"Grantee": {"URI": ALL_USERS}, "Permission": "READ"}]
    ownership = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
    return WELL.with_answers(
        {
            of_bucket(FACTS, "s3:GetBucketAcl"): reply({"Grants": grants}),
            of_bucket(FACTS, "s3:GetBucketOwnershipControls"): reply(ownership),
            of_bucket(FACTS, "s3:GetBucketPolicy"): Reply(error="NoSuchBucketPolicy"),
        }
    )


def lists(snapshot: Snapshot) -> Decision:
    """Whether anybody at all may list the bucket."""
    facts = Facts(FLEET, snapshot)
    context = {"aws:SecureTransport": "true"}
    asked = request("anonymous", "s3:ListBucket", FLEET.bucket_arn, ARCHIVE, context)
    return decide(asked, all_layers_for(facts, asked))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_public_policy_is_refused_by_restrict_public_buckets_of_either(
    level: Level, flag: str
) -> None:
    """S3 User Guide, "Blocking public access to your Amazon S3 storage" (rule 2.1.5)."""
    found = lists(at(by_policy(), level, only(flag)))
    if flag == "RestrictPublicBuckets":
        assert (found.outcome, found.layer) == ("ExplicitlyDenied", "public access")
    else:
        assert found.outcome == "Allowed"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_public_acl_is_ignored_by_ignore_public_acls_of_either(level: Level, flag: str) -> None:
    """The same page: the two flags that block refuse new policies and ACLs, not requests."""
    found = lists(at(by_acl(), level, only(flag)))
    expected = "ImplicitlyDenied" if flag == "IgnorePublicAcls" else "Allowed"
    assert found.outcome == expected


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("opened", [by_policy, by_acl], ids=["policy", "acl"])
def test_a_level_that_was_not_read_leaves_open_what_the_other_leaves_open(
    level: Level, opened: Callable[[], Snapshot]
) -> None:
    found = lists(at(opened(), level, REFUSED))
    assert found.outcome == "Unknown"
    assert found.unknown == (ASKS[level].says(),)


@pytest.mark.parametrize("unread", LEVELS)
def test_a_flag_that_is_on_at_one_level_needs_no_other(unread: Level) -> None:
    blocks = {level: only("RestrictPublicBuckets", "IgnorePublicAcls") for level in LEVELS}
    blocks[unread] = REFUSED
    assert lists(blocked(by_policy(), **blocks)).outcome == "ExplicitlyDenied"
    assert lists(blocked(by_acl(), **blocks)).outcome == "ImplicitlyDenied"


def test_flags_of_the_bucket_that_decide_are_not_lost_with_the_accounts() -> None:
    """The bucket restricts public policies and heeds public ACLs; the account was not read."""
    snapshot = blocked(by_policy(), only("RestrictPublicBuckets"), REFUSED)
    assert lists(snapshot).outcome == "ExplicitlyDenied"
    snapshot = blocked(by_acl(), only("RestrictPublicBuckets"), REFUSED)
    assert lists(snapshot).outcome == "Unknown"


def public_writers(snapshot: Snapshot) -> set[bool]:
    """Whether `who` says of the public that it writes: certainly, perhaps, or (nothing) not."""
    holders = access(Facts(FLEET, snapshot)).held("write").holders
    return {holder.certain for holder in holders if holder.kind in ("public", "everyone")}


BLOCKS = [only(), only("RestrictPublicBuckets"), NEVER_SET, REFUSED]


@pytest.mark.parametrize("account", BLOCKS, ids=["off", "on", "never set", "unread"])
@pytest.mark.parametrize("bucket", BLOCKS, ids=["off", "on", "never set", "unread"])
def test_what_restricts_the_public_is_the_same_for_why_and_for_who(
    bucket: Reply, account: Reply
) -> None:
    facts = Facts(FLEET, blocked(by_policy(), bucket, account))
    found = restricts_public(facts)
    said = "Unknown" if isinstance(found, Unseen) else "ExplicitlyDenied" if found else "Allowed"
    assert lists(facts.snapshot).outcome == said


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("block", "certain"),
    [(only(), {True}), (only("RestrictPublicBuckets"), set()), (REFUSED, {False})],
    ids=["off", "on", "unread"],
)
def test_who_counts_the_public_by_either_level(
    level: Level, block: Reply, certain: set[bool]
) -> None:
    opened = by_policy("s3:PutObject", f"{FLEET.bucket_arn}/*")
    assert public_writers(at(opened, level, block)) == certain


setting = st.booleans() | st.sets(st.sampled_from("abc"), min_size=1).map(frozenset)
settings_of_level = st.builds(PublicAccess, setting, setting) | st.builds(
    Unread, st.sampled_from("abc"), st.just("AccessDenied")
)
levels = st.lists(settings_of_level, max_size=4)


@given(levels, settings_of_level)
def test_one_more_level_only_ever_restricts(
    others: list[PublicAccess | Unread], one: PublicAccess | Unread
) -> None:
    before, after = most_restrictive(*others), most_restrictive(*others, one)
    for old, new in ((before.restrict, after.restrict), (before.ignore_acls, after.ignore_acls)):
        assert new is True or old is not True
        assert new is not False or old is False


@given(levels)
def test_the_order_of_levels_does_not_matter(some: list[PublicAccess | Unread]) -> None:
    assert most_restrictive(*reversed(some)) == most_restrictive(*some)
