"""Whatever AWS answers, the fleet file made of it reads without a mistake, and says what is so."""

from __future__ import annotations

import json
from typing import Any

from kinds.cloudtrail.founded import (
    AT,
    CALLER,
    DEFAULT,
    DENY,
    GONE,
    KEEPER,
    KEY,
    LOCK,
    LOGKEEP,
    NOW,
    OTHER,
    READER,
    SOURCES,
    TOWER,
    Found,
    asked,
    fleet_in,
    member,
    seed_of,
)
from logkeep.archive.founding.found import founded
from logkeep.archive.founding.offer import Seed
from logkeep.archive.founding.report import report
from logkeep.fleet.draft import draft_text
from support import changes


def text_of(aws: Found, seed: Seed) -> str:
    """The fleet file made of an AWS."""
    return draft_text(founded(asked(aws, seed), seed), SOURCES)


def trail(account: str, name: str = "main", **settings_: Any) -> dict[str, Any]:
    """A multi-Region trail of an account, at home in Ireland, into `acme-logs`."""
    home = settings_.get("HomeRegion", "eu-west-1")
    return {
        "Name": name,
        "HomeRegion": home,
        "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/{name}",
        "S3BucketName": "acme-logs",
        "KmsKeyId": KEY,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        **settings_,
    }


def grown(**more: Any) -> Found:
    """An organization of three accounts, one suspended, with trails into the log archive."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:Decrypt"}
    usual = {
        "accounts": [
            member(CALLER, "Acme"),
            member(KEEPER, "Log Archive"),
            member(OTHER, "Old (do not use)", "SUSPENDED"),
        ],
        "trails": {CALLER: [trail(CALLER)], KEEPER: [trail(KEEPER)]},
        "buckets": {KEEPER: ["acme-logs", "others"]},
        "location": "eu-west-1",
        "key_policy": json.dumps({"Statement": [allowed]}),
    }
    return Found(**{**usual, **more})


def test_what_was_found_is_what_the_file_says() -> None:
    fleet = fleet_in(text_of(grown(), seed_of()))
    assert fleet.name == "acme"
    assert fleet.accounts == {"acme": CALLER, "log-archive": KEEPER}
    assert (fleet.home_region, fleet.archive_region, fleet.role) == ("eu-west-1",) * 2 + ("Audit",)
    archive = fleet.archive
    assert (archive.account, archive.bucket, archive.key) == (KEEPER, "acme-logs", KEY)
    assert archive.readers == (READER,)
    assert fleet.logs[0].options.organization is None
    assert fleet.logs[0].options.data_events == ()


def test_encryption_and_lock_are_written_as_found() -> None:
    forced = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})
    text = text_of(grown(encryption=DEFAULT, lock=LOCK, bucket_policy=forced), seed_of())
    archive = fleet_in(text).archive
    assert (archive.encryption, str(archive.lock)) == ("forced", "compliance 400d")


def test_what_is_only_half_so_stays_behind_a_sign() -> None:
    harmless = json.dumps({"Version": "2012-10-17", "Statement": [{**DENY, "Condition": {
        "Bool": {"aws:SecureTransport": "false"}}}]})  # fmt: skip
    text = text_of(grown(encryption=DEFAULT, bucket_policy=harmless), seed_of())
    archive = fleet_in(text).archive
    assert (archive.encryption, archive.lock) == ("", None)
    lines = text.splitlines()
    at = lines.index('# encryption = "default"')
    assert lines[at - 1].startswith("# The default is under the key above, and no policy refuses")


def test_a_suspended_account_stands_there_as_a_comment() -> None:
    text = text_of(grown(), seed_of(existing=False))
    assert f'# left out, suspended: old-do-not-use = "{OTHER}"' in text
    assert OTHER not in fleet_in(text).accounts.values()


def test_an_account_without_the_new_state_is_judged_by_the_old_status() -> None:
    """`Status` was retired on 2026-09-09 in favour of `State` (API_Account)."""
    old = {"Id": CALLER, "Name": "Acme", "Status": "ACTIVE"}
    gone = {"Id": OTHER, "Name": "gone"}
    fleet = fleet_in(text_of(grown(accounts=[old, gone]), seed_of(existing=False)))
    assert fleet.accounts == {"acme": CALLER}


TERRAFORM = f"arn:aws:iam::{KEEPER}:role/ci/Terraform"


def looked_after(**more: Any) -> Found:
    """An archive that Control Tower, a pipeline, a role that has gone and others changed."""
    done = (
        ("PutBucketPolicy", AT, changes.session(TOWER, "AWSControlTower"), "acme-logs"),
        ("PutBucketLifecycle", NOW, changes.session(TOWER), "acme-logs"),
        ("PutKeyPolicy", AT, changes.session(TERRAFORM, "run-1"), KEY),
        ("PutBucketVersioning", AT, changes.session(GONE), "acme-logs"),
        ("PutBucketPolicy", AT, changes.root(KEEPER), "acme-logs"),
        ("PutBucketEncryption", AT, changes.service("x.amazonaws.com"), "acme-logs"),
        ("PutBucketPolicy", AT, changes.session(LOGKEEP), "acme-logs"),
        ("PutBucketPolicy", AT, changes.user(f"arn:aws:iam::{KEEPER}:user/x"), "others"),
    )
    events = [changes.event(*each) for each in done]
    return grown(events=events, roles=[TOWER, TERRAFORM, LOGKEEP], **more)


def test_whoever_changed_the_archive_lately_is_proposed_beside_logkeep() -> None:
    text = text_of(looked_after(), seed_of())
    assert not fleet_in(text).archive.administrators  # nobody is trusted for having been there
    proposed = text[text.index("# administrators = [") :].partition("# ]")[0]
    trusted = text.replace(proposed, proposed.replace("# ", "")).replace("\n# ]", "\n]", 1)
    assert fleet_in(trusted).archive.administrators == (LOGKEEP, TOWER, TERRAFORM)
    for said in (
        f"# {TOWER}: PutBucketLifecycle at 2026-11-23 03:10 UTC\n",
        f"# {TERRAFORM}: PutKeyPolicy at 2026-11-21 03:10 UTC\n",
        f"# {GONE}: PutBucketVersioning at 2026-11-21 03:10 UTC; left out: it is not there any",
        f"# arn:aws:iam::{KEEPER}:root: PutBucketPolicy at 2026-11-21 03:10 UTC; left out: the ro",
        "# x.amazonaws.com: PutBucketEncryption at 2026-11-21 03:10 UTC; left out: an AWS service",
        "# By the event history since 2026-08-25 03:10 UTC, latest first:\n",
    ):
        assert said in text, said


def test_nobody_is_proposed_where_the_history_or_who_logkeep_is_cannot_be_read() -> None:
    """A list without Logkeep's own role would shut Logkeep out."""
    for call, said in {
        "cloudtrail:LookupEvents": "# Who changed the archive lately could not be read: cloudtrail",
        "sts:GetCallerIdentity": "# Who Logkeep is there could not be seen: name its role beside",
        "iam:GetAccountAuthorizationDetails": "left out: whether it is there could not be read",
    }.items():
        text = text_of(looked_after(refused=frozenset({(KEEPER, call)})), seed_of())
        assert fleet_in(text).archive.administrators == (), call
        assert said in text, call


def test_an_organization_trail_that_delivers_is_kept() -> None:
    shared = trail(CALLER, "org", IsOrganizationTrail=True)
    aws = grown(trails={CALLER: [shared], KEEPER: [shared]})
    assert fleet_in(text_of(aws, seed_of())).logs[0].options.organization is True


def test_the_bucket_most_trails_name_wins_and_the_others_are_named() -> None:
    stray = trail(KEEPER, "old", S3BucketName="old-logs")
    aws = grown(trails={CALLER: [trail(CALLER)], KEEPER: [trail(KEEPER), stray]})
    text = text_of(aws, seed_of())
    assert fleet_in(text).archive.bucket == "acme-logs"
    assert "# Also delivered to: old-logs, by 1." in text
    assert "# Named by 2 of 3 trails" in text


def test_several_keys_and_prefixes_are_told_and_not_chosen_in_silence() -> None:
    bare = trail(KEEPER, KmsKeyId="", S3KeyPrefix="a")
    text = text_of(grown(trails={CALLER: [trail(CALLER)], KEEPER: [bare]}), seed_of())
    assert "# 1 of the 2 trails at the bucket name no key." in text
    assert "# 1 of the trails have `a`." in text
    assert fleet_in(text).archive.prefix is None


def test_a_bucket_of_nobody_known_is_said_to_be_so() -> None:
    text = text_of(grown(buckets={}), seed_of())
    assert "# No account that could be asked lists the bucket as its own" in text
    assert fleet_in(text).archive.bucket == "acme-logs"


def test_data_events_are_wanted_where_every_trail_selects_them() -> None:
    everything = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    selector = {"ReadWriteType": "All", "DataResources": [everything]}
    fleet = fleet_in(text_of(grown(selectors={"EventSelectors": [selector]}), seed_of()))
    assert fleet.logs[0].options.data_events == ("s3",)


def test_without_an_organization_the_archives_folders_name_the_accounts() -> None:
    aws = grown(
        trails={CALLER: [trail(CALLER)]},
        buckets={CALLER: ["acme-logs"]},
        folders=[CALLER, OTHER, "o-exampleorg1", "not-an-account"],
    )
    fleet = fleet_in(text_of(aws, seed_of(organization=False)))
    assert set(fleet.accounts.values()) == {CALLER, OTHER}


def test_an_account_that_cannot_be_entered_is_listed_with_the_reason() -> None:
    refused = frozenset({(KEEPER, "cloudtrail:DescribeTrails")})
    seed = seed_of()
    text = text_of(grown(refused=refused), seed)
    assert "its trails were not seen: AccessDenied: not \\u001b[31m authorized" in text
    assert fleet_in(text).accounts["log-archive"] == KEEPER
    assert report(asked(grown(refused=refused), seed), seed).unread == (KEEPER,)


def test_one_region_is_asked_where_it_shows_a_multi_region_trail() -> None:
    """A shadow shows in every enabled Region (rule 1.1.7)."""
    calls = [q.call for q in asked(grown(), seed_of()).answers]
    assert calls.count("cloudtrail:DescribeTrails") == 2
    single = trail(KEEPER, IsMultiRegionTrail=False, HomeRegion="us-east-1")
    snapshot = asked(grown(trails={CALLER: [trail(CALLER)], KEEPER: [single]}), seed_of())
    regions = [q.region for q in snapshot.answers if q.call == "cloudtrail:DescribeTrails"]
    assert sorted(regions) == ["eu-west-1", "eu-west-1", "us-east-1"]


def test_what_cannot_be_had_is_named_with_its_call() -> None:
    seed = seed_of()
    refused = frozenset({(CALLER, "organizations:ListAccounts")})
    found = report(asked(grown(refused=refused), seed), seed)
    assert (found.missing, found.call.partition("(")[0].split()[0]) == (
        "accounts",
        "organizations:ListAccounts",
    )
    nothing = frozenset((a, "cloudtrail:DescribeTrails") for a in (CALLER, KEEPER))
    assert report(asked(grown(refused=nothing), seed), seed).missing == "deliverers"
