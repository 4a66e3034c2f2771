"""Each mistake of a fleet file is said once and with its place, whatever stands there."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.files import EXAMPLE, MINIMAL, SOURCES, changed, fleet_of, mistakes_of
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.sources import kinds
from support import scenes
from support.examples import examples


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("name = ", "logkeep.toml:1:8", "invalid value"),
        ("name = 1\nname = 2\n", "logkeep.toml:2:9", "cannot overwrite a value"),
        ("a = [1, 2", "logkeep.toml:1:10", "unclosed array"),
        ("until = 2027-02-30", "logkeep.toml:1:9", "invalid date or datetime"),
        ("a = " + "[" * 5000, "logkeep.toml", "nested too deeply"),
        ("a = " + "9" * 5000, "logkeep.toml", "too many digits"),
    ],
)
def test_bad_toml_is_one_mistake_with_its_place(text: str, where: str, says: str) -> None:
    (mistake,) = mistakes_of(text)
    assert mistake.where == where
    assert says in mistake.says


ONE_MISTAKE = [
    ('"acme"', '"Acme Inc"', "name", "a fleet's name has"),
    ('"us-east-1"', '"us-east-1a"', "home-region", "Availability Zone"),
    ('"us-east-1"', '"US-EAST-1"', "home-region", "lower case"),
    ('"us-east-1"', '"us-east-1"\nregions = []', "regions", "an empty list"),
    ('"us-east-1"', '"us-east-1"\nregions = ["virginia"]', "regions[0]", "not a Region"),
    ('"us-east-1"', '"us-east-1"\nregions = ["cn-north-1"]', "regions[0]", "partition"),
    ('"us-east-1"', '"us-east-1"\nregions = [1]', "regions[0]", "a string is wanted"),
    ('"us-east-1"', '"us-east-1"\nregions = true', "regions", "a list of Regions"),
    ('"us-east-1"', '"me-south-1"', "archive.bucket", "nobody else can take"),
    ('"333333333333"', '"33333333333"', "accounts.staging", "twelve digits"),
    ('"333333333333"', '"111111111111"', "accounts.staging", "is `security` already"),
    ("staging =", '"x y" = 1\nstaging =', 'accounts."x y"', "a number"),
    ('account = "security"', 'account = "securty"', "archive.account", "unknown account"),
    ('account = "security"', "account = 1", "archive.account", "a string is wanted"),
    ('account = "security"', "", "archive.account", "missing"),
    ('source = "cloudtrail"', "", "logs[0].source", "missing"),
    ('"cloudtrail"', '"cloudtrail"\naccounts = ["prod"]', "logs[0].accounts[0]", "unknown"),
    ('"cloudtrail"', '"cloudtrail"\ntrail = "a--b"', "logs[0].trail", "in a row"),
    ('"cloudtrail"', '"cloudtrail"\ntrail = "10.0.0.1"', "logs[0].trail", "IP address"),
    ('"cloudtrail"', '"cloudtrail"\ntrials = "a"', "logs[0].trials", "unknown key"),
    ('"cloudtrail"', '"cloudtrail"\ntrails = "a"', "logs[0].trails", "a table"),
    (
        '"cloudtrail"',
        '"cloudtrail"\ntrails = { prod = "audit" }',
        "logs[0].trails.prod",
        "unknown account",
    ),
    *(
        ('"cloudtrail"', f'"cloudtrail"\n{text}', f"logs[0].{key}", says)
        for text, key, says in (
            ('log-group = "a b"', "log-group", "1 to 512"),
            ('log-group = "aws/trail"', "log-group", "AWS's own"),
            ('log-group = "arn:aws:logs:::log-group:a"', "log-group", "not its ARN"),
            ('log-role = "Writer"', "log-role", "no log group"),
            ('log-group = "a"\nlog-role = "a b"', "log-role", "1 to 64"),
            ("log-group-silent-minutes = 5", "log-group-silent-minutes", "15 to"),
            ('log-group-silent-minutes = "60"', "log-group-silent-minutes", "a number"),
            ("log-group-silent-minutes = true", "log-group-silent-minutes", "a number"),
        )
    ),
    ('"cloudtrail"', '"cloudtrail"\norganization = "yes"', "logs[0].organization", "true or false"),
    ('[[logs]]\nsource = "cloudtrail"', "[logs]\n", "logs", "a list of tables"),
    (
        "staging =",
        '444444444444 = "444444444444"\nstaging =',
        "accounts.444444444444",
        "not its id",
    ),
    ('name = "acme"', "", "name", "missing"),
    ('[[logs]]\nsource = "cloudtrail"', "", "logs", "missing"),
]


@pytest.mark.parametrize(("old", "new", "where", "says"), ONE_MISTAKE)
def test_one_mistake_is_said_once(old: str, new: str, where: str, says: str) -> None:
    (mistake,) = mistakes_of(changed(old, new))
    assert mistake.where == f"logkeep.toml: {where}"
    assert says in mistake.says


def test_only_findings_that_there_are_can_be_accepted() -> None:
    text = f"""{EXAMPLE}
[[accepted]]
code = "trail-mising"
until = 2027-03-31
why = "a slip of the pen"
"""
    assert isinstance(read_fleet(text, SOURCES), Fleet)
    codes = frozenset({"trail-missing", "trail-off", "trail-single-region"})
    found = read_fleet(text, SOURCES, codes=codes)
    assert isinstance(found, tuple)
    (mistake,) = found
    assert mistake.says == "no finding is called `trail-mising`"
    assert "trail-missing" in mistake.hint


ARCHIVE_MISTAKES = [
    ('bucket = "ab"', "bucket", "3 to 63"),
    (f'bucket = "{"a" * 64}"', "bucket", "3 to 63"),
    ('bucket = "logs_1"', "bucket", "only lower-case"),
    ('bucket = "-logs"', "bucket", "begins and ends"),
    ('bucket = "my..logs"', "bucket", "two periods"),
    ('bucket = "192.168.5.4"', "bucket", "IP address"),
    ('bucket = "xn--logs"', "bucket", "reserved"),
    ('bucket = "sthree-logs"', "bucket", "reserved"),
    ('bucket = "amzn-s3-demo-logs"', "bucket", "reserved"),
    ('bucket = "logs-s3alias"', "bucket", "reserved"),
    ('bucket = "logs--ol-s3"', "bucket", "reserved"),
    ('bucket = "logs.mrap"', "bucket", "reserved"),
    ('bucket = "logs--x-s3"', "bucket", "reserved"),
    ('bucket = "logs--table-s3"', "bucket", "reserved"),
    ('bucket = "logs-an"', "bucket", "account-regional"),
    ('bucket = "logs-333333333333-us-east-1-an"', "bucket", "account-regional"),
    ('key = "logkeep"', "key", "neither an alias"),
    ('key = "alias/aws/s3"', "key", "belong to AWS"),
    ('key = "alias/a b"', "key", "an alias has only"),
    ('key = "arn:aws:kms:us-east-1:111111111111:alias/a"', "key", "neither an alias"),
    (
        'key = "arn:aws:kms:eu-west-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef"',
        "key",
        "the bucket in `us-east-1`",
    ),
    (
        'key = "arn:aws-cn:kms:us-east-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"',
        "key",
        "partition `aws`",
    ),
    ('bucket = "a-an"\nregion = "me-south-1"', "bucket", "no account-regional"),
    ('prefix = "/a"', "prefix", "no slash"),
    ('prefix = "a/"', "prefix", "no slash"),
    ('prefix = "a/AWSLogs"', "prefix", "no `AWSLogs/`"),
    ('prefix = "x/AWSLogs/y"', "prefix", "no `AWSLogs/`"),
    (f'prefix = "{"a" * 201}"', "prefix", "1 to 200"),
    ('prefix = ""', "prefix", "1 to 200"),
    ('region = "cn-north-1"', "region", "partition"),
    ('readers = ["LogReader"]', "readers[0]", "not an ARN"),
    ('readers = "LogReader"', "readers", "a list of strings"),
    ('readers = ["arn:aws:iam::111111111111:role/*"]', "readers[0]", "role or user"),
    ('readers = ["arn:aws:sts::111111111111:assumed-role/A/b"]', "readers[0]", "session"),
    ('readers = ["arn:aws-cn:iam::111111111111:role/A"]', "readers[0]", "partition"),
    ('administrators = ["arn:aws:iam::1:role/A"]', "administrators[0]", "twelve digits"),
    (
        'readers = ["arn:aws:iam::111111111111:role/A", "arn:aws:iam::111111111111:role/A"]',
        "readers[1]",
        "twice",
    ),
    ("buckt = 1", "buckt", "unknown key"),
    ('intact-since = "2026-12-01"', "intact-since", "a date is wanted, this is a string"),
    ("intact-since = 06:00:00", "intact-since", "a date is wanted, this is a time"),
    ("intact-since = 0001-01-01T00:00:00+23:00", "intact-since", "a date is wanted"),
]


@pytest.mark.parametrize(("line", "where", "says"), ARCHIVE_MISTAKES)
def test_one_mistake_in_the_archive_is_said_once(line: str, where: str, says: str) -> None:
    (mistake,) = mistakes_of(changed("[archive]", f"[archive]\n{line}"))
    assert mistake.where == f"logkeep.toml: archive.{where}"
    assert says in mistake.says


@pytest.mark.parametrize(
    "line",
    [
        'bucket = "my.logs-1"',
        'bucket = "x-111111111111-us-east-1-an"',
        'key = "arn:aws:kms:us-east-1:999999999999:key/01234567-89ab-cdef-0123-456789abcdef"',
        'prefix = "a/b"',
        'region = "eu-west-1"',
        'readers = ["arn:aws:iam::111111111111:user/team/x@y.z", "arn:aws:iam::222222222222:root"]',
    ],
)
def test_what_aws_accepts_reads(line: str) -> None:
    fleet_of(changed("[archive]", f"[archive]\n{line}"))


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-12-01", 0),
        ("2026-12-01T06:00:00", 6),
        ("2026-12-01T06:00:00Z", 6),
        ("2026-12-01T06:00:00+02:00", 4),
    ],
)
def test_logs_have_to_be_intact_since_a_moment_in_utc(written: str, hour: int) -> None:
    fleet = fleet_of(changed("[archive]", f"[archive]\nintact-since = {written}"))
    assert fleet.archive.intact_since == datetime.datetime(2026, 12, 1, hour, tzinfo=datetime.UTC)
    assert fleet_of(MINIMAL).archive.intact_since is None


@pytest.mark.parametrize("left_out", ["code", "until", "why"])
def test_an_acceptance_needs_code_date_and_reason(left_out: str) -> None:
    lines = {"code": '"trail-off"', "until": "2027-03-31", "why": '"a move"'}
    kept = "\n".join(f"{key} = {value}" for key, value in lines.items() if key != left_out)
    (mistake,) = mistakes_of(f"{MINIMAL}\n[[accepted]]\n{kept}\n")
    assert mistake.where == f"logkeep.toml: accepted[0].{left_out}"
    assert mistake.says == "missing"


def test_one_account_is_not_wanted_twice_of_one_source() -> None:
    text = f'{MINIMAL}\n[[logs]]\nsource = "cloudtrail"\naccounts = ["staging"]\n'
    (mistake,) = mistakes_of(text)
    assert mistake.where == "logkeep.toml: logs[1].accounts"


TOML_VALUES = st.sampled_from(
    ["1", "true", "1.5", '"x"', '""', "[]", "{}", "[1]", "[{}]", "2027-03-31", "{x = 1}", '["x"]']
)
KEYS = re.findall(r"(?m)^([a-z-]+) *=", EXAMPLE)


@examples(300)
@given(st.sampled_from(sorted(set(KEYS) - {"security", "production", "staging"})), TOML_VALUES)
def test_any_value_anywhere_is_read_or_said_on_one_line(key: str, value: str) -> None:
    found = read_fleet(re.sub(rf"(?m)^{key} *=.*$", f"{key} = {value}", EXAMPLE), SOURCES)
    for mistake in () if isinstance(found, Fleet) else found:
        assert mistake.where.startswith("logkeep.toml: ")
        assert "\n" not in mistake.where + mistake.says + mistake.hint


@given(st.text(max_size=60))
def test_any_text_at_all_gives_mistakes_and_no_crash(text: str) -> None:
    assert mistakes_of(text)


@given(st.text(min_size=1, max_size=30))
def test_a_hostile_key_is_said_on_one_line(key: str) -> None:
    written = "".join(f"\\U{ord(c):08x}" for c in key if not 0xD800 <= ord(c) <= 0xDFFF)
    found = mistakes_of(f'"{written}" = 1\n{MINIMAL}')
    assert all((m.where + m.says).isprintable() for m in found)


def test_a_log_group_may_be_asked_for() -> None:
    text = '"cloudtrail"\nlog-group = "/audit/Trail"\nlog-role = "W"\nlog-group-silent-minutes = 90'
    (entry,) = fleet_of(changed('"cloudtrail"', text)).logs
    logs = entry.options
    assert (logs.log_group, logs.log_role, logs.log_group_silent_minutes) == (
        "/audit/Trail",
        "W",
        90,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('encryption = "defalt"', "did you mean `default`?"),
        ("encryption = true", "a string is wanted"),
        ('lock = "complience 400d"', "`complience` is no mode of Object Lock"),
        ('lock = "compliance"', "not a mode and a time"),
        ("lock = 400", "a string is wanted"),
        ('lock = "governance 40000d"', "S3 takes 1 to 36500d"),
    ],
)
def test_what_is_no_encryption_and_no_lock(text: str, says: str) -> None:
    whole = scenes.FLEET_TEXT.replace("[archive]", f"[archive]\n{text}")
    found = read_fleet(whole, kinds())
    assert isinstance(found, tuple)
    assert [says in f"{each.says} {each.hint}" for each in found] == [True]


def test_no_access_log_goes_into_an_archive_that_is_locked_or_under_a_key() -> None:
    logs = '\n[[logs]]\nsource = "s3-access"\ntarget = "secprod-multiaccount-logs"\n'
    for text in ('lock = "compliance 1y"', 'encryption = "default"'):
        whole = scenes.FLEET_TEXT.replace("[archive]", f"[archive]\n{text}") + logs
        found = read_fleet(whole, kinds())
        assert isinstance(found, tuple)
        assert "S3 delivers no access log into that" in found[0].says
    assert not isinstance(read_fleet(scenes.FLEET_TEXT + logs, kinds()), tuple)
