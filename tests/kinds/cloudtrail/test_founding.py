"""Whatever AWS answers, the fleet file made of it reads without a mistake, and says what is so."""

from __future__ import annotations

import datetime
import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.founding.found import founded
from logkeep.archive.founding.offer import Seed, provisional
from logkeep.archive.founding.report import report
from logkeep.archive.founding.seek import wanted
from logkeep.archive.lately import EVENTS
from logkeep.fleet import Fleet
from logkeep.fleet.draft import draft_text, proposed_reader
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.sources.cloudtrail.founding import FOUNDING
from logkeep.sources.cloudtrail.options import TrailOptions
from support import changes
from support.examples import examples

NOW = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
SOURCES = {"cloudtrail": TrailOptions}
CALLER, KEEPER, OTHER = "111111111111", "222222222222", "333333333333"
KEY = f"arn:aws:kms:eu-west-1:{KEEPER}:key/11111111-2222-3333-4444-555555555555"
READER = f"arn:aws:iam::{KEEPER}:role/LogReader"


class Found(msgspec.Struct):
    """An AWS that was never founded by Logkeep: what it answers, by call and account."""

    accounts: list[dict[str, Any]] = []
    trails: dict[str, list[dict[str, Any]]] = {}
    buckets: dict[str, list[str]] = {}
    location: str | None = None
    folders: list[str] = []
    key_policy: str = ""
    bucket_policy: str = ""
    encryption: list[dict[str, Any]] = []
    lock: dict[str, Any] = {}
    selectors: dict[str, Any] = {}
    refused: frozenset[tuple[str, str]] = frozenset()
    events: list[dict[str, Any]] = []
    roles: list[str] = []
    caller: str = f"arn:aws:sts::{KEEPER}:assumed-role/Audit/logkeep"

    def answer(self, question: Ask) -> Reply:
        """One answer."""
        if (question.account, question.call) in self.refused:
            return Reply(error="AccessDenied", message="not \x1b[31m authorized\nat all")
        if question.call == "cloudtrail:LookupEvents":
            return changes.history(question, self.events)
        return reply(self.body(question))

    def body(self, question: Ask) -> dict[str, Any]:
        """What it says where it is not refused."""
        arguments = dict(question.arguments)
        own = self.trails.get(question.account, [])
        return {
            "organizations:DescribeOrganization": {
                "Organization": {"Id": "o-exampleorg1", "MasterAccountId": CALLER}
            },
            "organizations:ListAccounts": {"Accounts": self.accounts},
            "ec2:DescribeRegions": {
                "Regions": [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-1"}]
            },
            "cloudtrail:DescribeTrails": {
                "trailList": [
                    t for t in own if t["IsMultiRegionTrail"] or t["HomeRegion"] == question.region
                ]
            },
            "cloudtrail:GetEventSelectors": self.selectors,
            "s3:ListBuckets": {
                "Buckets": [{"Name": name} for name in self.buckets.get(question.account, [])]
            },
            "s3:GetBucketLocation": {"LocationConstraint": self.location},
            "s3:GetBucketPolicy": {"Policy": self.bucket_policy},
            "s3:GetBucketEncryption": {
                "ServerSideEncryptionConfiguration": {"Rules": self.encryption}
            },
            "s3:GetObjectLockConfiguration": {"ObjectLockConfiguration": self.lock},
            "s3:ListObjectsV2": {
                "CommonPrefixes": [
                    {"Prefix": f"{arguments.get('Prefix', '')}{name}/"} for name in self.folders
                ]
            },
            "kms:GetKeyPolicy": {"Policy": self.key_policy},
            "sts:GetCallerIdentity": {"Arn": self.caller, "Account": question.account},
            "iam:GetAccountAuthorizationDetails": {
                "RoleDetailList": [
                    {"RoleName": arn.rpartition("/")[2], "Arn": arn} for arn in self.roles
                ]
            },
        }[question.call]


def asked(aws: Found, seed: Seed) -> Snapshot:
    """Every answer that is wanted of an AWS."""
    fleet = provisional(seed)
    snapshot = Snapshot(fleet.name, NOW, {})
    for _ in range(12):
        new = {q: aws.answer(q) for q in wanted(seed)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def text_of(aws: Found, seed: Seed) -> str:
    """The fleet file made of an AWS."""
    return draft_text(founded(asked(aws, seed), seed), SOURCES)


def fleet_in(text: str) -> Fleet:
    """The fleet that a text describes without a mistake."""
    found = read_fleet(text, SOURCES)
    assert isinstance(found, Fleet), (found, text)
    return found


def seed_of(*, organization: bool = True, existing: bool = True, region: str = "eu-west-1") -> Seed:
    """The caller asks from his own Region."""
    return Seed(CALLER, region, "Audit", organization, existing, (FOUNDING,))


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


def member(id_: str, name: str, state: str = "ACTIVE") -> dict[str, Any]:
    """An account as the organization lists it."""
    return {"Id": id_, "Name": name, "State": state}


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


DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::acme-logs/*",
    "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
}
DEFAULT = [
    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
]
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {
    "Mode": "COMPLIANCE", "Days": 400}}}  # fmt: skip


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


TOWER, GONE = (f"arn:aws:iam::{KEEPER}:role/{n}" for n in ("AWSControlTowerExecution", "Gone"))
TERRAFORM = f"arn:aws:iam::{KEEPER}:role/ci/Terraform"
LOGKEEP = f"arn:aws:iam::{KEEPER}:role/entered/Audit"
AT = NOW - datetime.timedelta(days=2)


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


IDS = st.sampled_from([CALLER, KEEPER, OTHER, "444444444444", "not-an-id", ""])
TEXTS = st.text(max_size=12) | st.sampled_from(['"', "\n[accounts]", "\x85", "\u2028", "𐀀"])
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1", "nowhere", "eu-west-1a"])
KEYS = st.sampled_from(
    [
        "",
        *[KEY] * 6,
        KEY.replace("eu-west-1", "us-east-1"),
        f"arn:aws:kms:eu-west-1:{KEEPER}:alias/a",
    ]
)
BUCKETS = st.sampled_from(
    [*["acme-logs"] * 6, "Old_Logs", "x", "a" * 70, "logs-111111111111-an", ""]
)
TRAILS = st.builds(
    lambda account, home, name, bucket, key, prefix, multi, shared: {
        "Name": name,
        "HomeRegion": home,
        "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/{name}",
        "S3BucketName": bucket,
        "S3KeyPrefix": prefix,
        "KmsKeyId": key,
        "IsMultiRegionTrail": multi,
        "IsOrganizationTrail": shared,
    },
    IDS,
    REGIONS,
    TEXTS,
    BUCKETS,
    KEYS,
    st.sampled_from(["", "", "", "a", "/a/", "AWSLogs/", "\n"]),
    st.booleans(),
    st.booleans(),
)
MEMBERS = st.builds(
    member, IDS, TEXTS, st.sampled_from(["ACTIVE", "SUSPENDED", "CLOSED", "", "PENDING_CLOSURE"])
)
ALWAYS = [member(CALLER, "Acme"), member(KEEPER, "Log Archive")]
PRINCIPALS = st.lists(
    st.sampled_from([*[READER] * 3, "*", KEEPER, "AROA1", READER + "\n"]) | TEXTS, min_size=1
)
POLICIES = st.just("{") | PRINCIPALS.map(
    lambda names: json.dumps(
        {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": names},
                    "Action": ["kms:Decrypt", "s3:GetObject"],
                }
            ]
        }
    )
)
CALLS = st.sampled_from(
    [
        "organizations:DescribeOrganization",
        "ec2:DescribeRegions",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "s3:ListBuckets",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:ListObjectsV2",
        "kms:GetKeyPolicy",
        "cloudtrail:LookupEvents",
        "sts:GetCallerIdentity",
        "iam:GetAccountAuthorizationDetails",
    ]
)
CHANGERS = (
    st.sampled_from(
        [
            changes.session(TOWER),
            changes.session(GONE),
            changes.root(KEEPER),
            {},
            None,
            "x",
            changes.user("*"),
            changes.user(f"arn:aws:iam::{KEEPER}:user/a*"),
            changes.stranger("1\n2"),
        ]
    )
    | TEXTS.map(changes.user)
    | TEXTS.map(changes.service)
)
EVENTS_ = st.builds(
    changes.event,
    st.sampled_from(sorted(EVENTS.values())),
    st.just(AT),
    CHANGERS,
    st.sampled_from(["acme-logs", KEY]),
)
WORLDS = st.builds(
    Found,
    accounts=st.lists(MEMBERS, max_size=4).map(lambda more: [*ALWAYS, *more]),
    trails=st.fixed_dictionaries(
        {id_: st.lists(TRAILS, min_size=1, max_size=3) for id_ in (CALLER, KEEPER, OTHER)}
    ),
    buckets=st.just({KEEPER: ["acme-logs", "Old_Logs", "x"]})
    | st.dictionaries(IDS, st.lists(BUCKETS, max_size=2), max_size=3),
    location=st.none() | st.just("EU") | REGIONS,
    folders=st.lists(IDS | st.just("o-exampleorg1") | TEXTS, max_size=4),
    key_policy=POLICIES,
    bucket_policy=POLICIES | st.just(json.dumps({"Statement": [DENY]})),
    encryption=st.sampled_from(
        [
            [],
            DEFAULT,
            [{}],
            [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "x\n[",
                        "KMSMasterKeyID": "\u001b",
                    }
                }
            ],
        ]
    ),
    lock=st.sampled_from(
        [
            {},
            LOCK,
            {"ObjectLockEnabled": "Enabled"},
            {**LOCK, "Rule": {"DefaultRetention": {"Mode": "\n[x", "Days": -1}}},
        ]
    ),
    events=st.lists(EVENTS_, max_size=4),
    roles=st.just([TOWER, LOGKEEP]),
    caller=st.sampled_from([f"arn:aws:sts::{KEEPER}:assumed-role/Audit/x", "x", "", TOWER]),
    refused=st.frozensets(st.tuples(IDS, CALLS), max_size=2),
)


@examples(150)
@given(WORLDS, st.booleans(), st.booleans(), st.sampled_from(["us-east-1", "eu-west-1"]))
def test_the_file_reads_without_a_mistake(
    aws: Found, organization: bool, existing: bool, region: str
) -> None:
    seed = seed_of(organization=organization, existing=existing, region=region)
    snapshot = asked(aws, seed)
    if report(snapshot, seed).missing:
        return
    fleet = fleet_in(draft_text(founded(snapshot, seed), SOURCES))
    told = {m["Id"]: m["State"] for m in aws.accounts}
    if organization:
        active = {id_ for id_ in told if id_.isdigit() and ("ACTIVE" in states(aws, id_))}
        assert active <= set(fleet.accounts.values())
    assert fleet.archive.account in fleet.accounts.values()
    proposed = proposed_reader(fleet.archive.account)
    assert fleet.archive.readers is None or set(fleet.archive.readers) <= {READER, proposed}


def states(aws: Found, id_: str) -> list[str]:
    """Every state that an account is told to be in; a hostile answer may tell several."""
    return [m["State"] for m in aws.accounts if m["Id"] == id_]
