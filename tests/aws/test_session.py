import datetime

import pytest

from aws.conftest import OWN, PRODUCTION
from aws.front import Answer, Front, json_error, query_error, times
from logkeep.aws.answer import answer
from logkeep.aws.call_log import date_of
from logkeep.aws.errors import (
    UNREACHABLE,
    CredentialsProblem,
    SettingsProblem,
    Unassumable,
    Unreachable,
)
from logkeep.aws.session import Session, entering, open_sdk, plain_sdk
from logkeep.cli.place import known_kinds
from logkeep.fleet import Fleet
from logkeep.fleet.access import Access
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import ask

TRAILS = ask(PRODUCTION, "us-east-1", "cloudtrail:DescribeTrails")
OWN_TRAILS = ask(OWN, "us-east-1", "cloudtrail:DescribeTrails")


def test_own_account_needs_no_role(front: Front, session: Session) -> None:
    assert answer(session, OWN_TRAILS).error == ""
    assert "AssumeRole" not in front.seen


def test_another_account_is_entered_by_the_role(front: Front, session: Session) -> None:
    client = session.account_client(PRODUCTION, "sts", "us-east-1")
    found = client.get_caller_identity()["Arn"]
    assert found == f"arn:aws:sts::{PRODUCTION}:assumed-role/Logkeep/logkeep"
    assert front.seen.count("AssumeRole") == 1


def test_role_is_assumed_once_for_many_clients(front: Front, session: Session) -> None:
    for service in ("sts", "s3", "kms"):
        session.account_client(PRODUCTION, service, "us-east-1")
    session.drop(PRODUCTION)
    session.account_client(PRODUCTION, "kms", "us-east-1")
    assert front.seen.count("AssumeRole") == 1


def test_few_clients_stay_and_of_many_an_accounts_own_are_dropped(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = session.account_client(PRODUCTION, "kms", "us-east-1")
    session.drop(PRODUCTION)
    assert session.account_client(PRODUCTION, "kms", "us-east-1") is first
    monkeypatch.setattr("logkeep.aws.session.FEW", 0)
    session.drop(PRODUCTION)
    assert session.account_client(PRODUCTION, "kms", "us-east-1") is not first


def test_role_is_assumed_again_before_its_credentials_end(front: Front, session: Session) -> None:
    session.account_client(PRODUCTION, "sts", "us-east-1")
    front.ahead = datetime.timedelta(minutes=57)
    session.identity(again=True)
    session.account_client(PRODUCTION, "sts", "us-east-1")
    assert front.seen.count("AssumeRole") == 2


def test_expired_role_credentials_are_renewed_once(front: Front, session: Session) -> None:
    front.rules.append(times(1, "DescribeTrails", json_error("ExpiredTokenException")))
    assert answer(session, TRAILS).error == ""
    assert front.seen.count("AssumeRole") == 2


def test_expired_own_credentials_stop_everything(front: Front, session: Session) -> None:
    session.identity()
    front.rules.append(times(9, "DescribeTrails", json_error("ExpiredTokenException")))
    with pytest.raises(CredentialsProblem, match="expired"):
        answer(session, OWN_TRAILS)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_refused_credentials_are_one_clear_problem(
    front: Front, session: Session, code: str
) -> None:
    front.rules.append(times(9, "GetCallerIdentity", query_error(code)))
    with pytest.raises(CredentialsProblem) as caught:
        session.identity()
    assert caught.value.hint
    assert code in caught.value.says or "expired" in caught.value.says


def test_no_credentials_are_one_clear_problem(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    settings.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(CredentialsProblem, match="no AWS credentials"):
        Session(fleet).identity()
    assert front.seen == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("AWS_ENDPOINT_URL", "http://[::1"),
        ("AWS_ENDPOINT_URL_STS", "http://exa_mple..com"),
        ("AWS_MAX_ATTEMPTS", "abc"),
        ("AWS_MAX_ATTEMPTS", "-3"),
        ("AWS_RETRY_MODE", "often"),
        ("AWS_DEFAULTS_MODE", "none"),
    ],
)
def test_settings_that_make_no_client_are_said(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet, name: str, value: str
) -> None:
    settings.setenv(name, value)
    with pytest.raises(SettingsProblem) as caught:
        Session(fleet).identity()
    assert name in caught.value.hint
    assert "secret" not in caught.value.says + caught.value.hint
    assert front.seen == []


def test_settings_that_make_no_client_of_one_service_are_said(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    assert front
    settings.setenv("AWS_ENDPOINT_URL_KMS", "nonsense")
    with pytest.raises(SettingsProblem, match="Invalid endpoint: nonsense"):
        answer(Session(fleet), ask(OWN, "us-east-1", "kms:ListKeys"))


def test_unknown_profile_is_a_credentials_problem(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    assert front
    settings.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsProblem, match="nobody"):
        Session(fleet)


def test_refused_role_is_asked_for_once_and_answers_every_question(
    front: Front, session: Session
) -> None:
    front.rules.append(times(9, "AssumeRole", query_error("AccessDenied", "not you")))
    found = [answer(session, TRAILS), answer(session, TRAILS)]
    assert {each.error for each in found} == {"AccessDenied"}
    role = f"arn:aws:iam::{PRODUCTION}:role/Logkeep"
    assert found[0].message == f"cannot assume {role}: not you"
    assert front.seen.count("AssumeRole") == 1
    assert answer(session, OWN_TRAILS).error == ""
    with pytest.raises(Unassumable):
        session.account_client(PRODUCTION, "s3", "us-east-1")


def test_no_network_at_all_is_said_at_once(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    assert front
    settings.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="cannot reach AWS"):
        Session(fleet).identity()


def test_a_password_in_an_address_is_told_nobody(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    """It would stand on the screen, and in a snapshot that is sent to a colleague."""
    assert front
    address = "http://ada:hush@127.0.0.1:9"
    settings.setenv("AWS_ENDPOINT_URL_KMS", address)
    session = Session(fleet)
    found = answer(session, ask(OWN, "us-east-1", "kms:ListKeys"))
    assert "hush" not in found.message
    assert "http://***@127.0.0.1:9" in found.message
    settings.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(Unreachable) as caught:
        Session(fleet).identity()
    assert "hush" not in caught.value.says


def test_one_unreachable_endpoint_is_one_answer(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    assert front
    settings.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    session = Session(fleet)
    assert answer(session, ask(OWN, "us-east-1", "kms:ListKeys")).error == UNREACHABLE
    assert answer(session, OWN_TRAILS).error == ""


def test_throttling_is_retried(front: Front, settings: pytest.MonkeyPatch, fleet: Fleet) -> None:
    settings.delenv("AWS_MAX_ATTEMPTS")
    front.rules.append(times(1, "DescribeTrails", json_error("ThrottlingException")))
    assert answer(Session(fleet), OWN_TRAILS).error == ""
    assert front.seen.count("DescribeTrails") == 2


def test_the_users_own_retry_setting_is_honoured(front: Front, session: Session) -> None:
    front.rules.append(times(9, "DescribeTrails", json_error("ThrottlingException", "slower")))
    found = answer(session, OWN_TRAILS)
    assert (found.error, found.message) == ("ThrottlingException", "slower")
    assert front.seen.count("DescribeTrails") == 1


def test_calls_are_counted_and_signed_as_logkeep(front: Front, session: Session) -> None:
    answer(session, TRAILS)
    assert set(session.calls.counts) == {
        "sts:GetCallerIdentity",
        "sts:AssumeRole",
        "cloudtrail:DescribeTrails",
    }
    assert session.calls.total == 3
    assert any("logkeep" in agent for agent in front.agents)


def test_newest_time_is_the_one_aws_answered_with(front: Front, session: Session) -> None:
    front.ahead = datetime.timedelta(days=1000)
    session.identity()
    assert session.calls.newest is not None
    assert abs(session.calls.newest - front.now()) < datetime.timedelta(seconds=5)
    front.ahead = datetime.timedelta(0)
    session.identity(again=True)
    assert session.calls.newest > front.now()


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 99 Foo 2026"])
def test_a_date_that_is_none_is_no_time(header: str) -> None:
    assert date_of(header) is None


def test_a_whole_page_as_error_is_cut_to_a_line(front: Front, session: Session) -> None:
    page: Answer = ("500 Internal Server Error", "text/html", "<html>\n" * 5000)
    front.rules.append(times(9, "DescribeTrails", page))
    found = answer(session, OWN_TRAILS)
    assert found.error == "500"
    assert "\n" not in found.message
    assert len(found.message) <= 1000


def test_an_endpoint_that_never_answers_is_given_up(
    front: Front, settings: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    settings.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    session = Session(fleet)
    found = [answer(session, ask(OWN, "us-east-1", "kms:ListKeys")) for _ in range(5)]
    assert {each.error for each in found} == {UNREACHABLE}
    assert session.calls.counts["kms:ListKeys"] == 3
    assert answer(session, ask(OWN, "eu-west-1", "kms:ListKeys")).error == UNREACHABLE
    assert session.calls.counts["kms:ListKeys"] == 4
    assert "ListKeys" not in front.seen


@pytest.mark.parametrize(
    "page",
    [
        ("200 OK", "text/html", "hotel wifi"),
        ("503 Service Unavailable", "text/html", "busy"),
    ],
)
def test_something_else_that_answers_is_not_aws(
    front: Front, session: Session, page: Answer
) -> None:
    front.rules.append(times(9, "GetCallerIdentity", page))
    with pytest.raises(Unreachable, match="cannot reach AWS"):
        session.identity()


def test_a_mended_role_and_endpoint_are_tried_again(front: Front, session: Session) -> None:
    front.rules.append(times(1, "AssumeRole", query_error("AccessDenied")))
    for _ in range(3):
        session.note_silence("cloudtrail", "us-east-1")
    assert answer(session, TRAILS).error == UNREACHABLE
    session.begin_again()
    assert answer(session, TRAILS).error == "AccessDenied"
    session.begin_again()
    assert answer(session, TRAILS).error == ""


def test_an_answer_that_is_none_of_aws_is_said(front: Front, session: Session) -> None:
    session.identity()
    front.rules.append(times(9, "DescribeRegions", ("200 OK", "text/html", "hotel wifi")))
    found = answer(session, ask(OWN, "us-east-1", "ec2:DescribeRegions"))
    assert found.error == "NotAnAnswer"
    assert found.message == "something that is no document came in place of AWS's answer"


ENTERED = """
name = "acme"
home-region = "us-east-1"
[accounts]
security = "111111111111"
staging = "333333333333"
[access]
external-id = "for-all"
session-name = "logkeep-nightly"
session-minutes = 30
[access.external-ids]
staging = "for/staging"
[archive]
account = "security"
bucket = "acme-logs"
[[logs]]
source = "cloudtrail"
"""


def test_an_account_is_entered_as_the_fleet_file_says() -> None:
    fleet = read_fleet(ENTERED, known_kinds())
    assert isinstance(fleet, Fleet)
    role = "arn:aws:iam::333333333333:role/X"
    named = {"RoleArn": role, "RoleSessionName": "logkeep-nightly", "DurationSeconds": 1800}
    staging, security = "333333333333", "111111111111"
    assert entering(fleet.access, staging, role) == {**named, "ExternalId": "for/staging"}
    assert entering(fleet.access, security, role) == {**named, "ExternalId": "for-all"}
    assert "ExternalId" not in entering(Access(), staging, role)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('external-id = "x"', "access.external-id: `x`: an external id has 2 to 1,224"),
        ('external-id = "a b"', "access.external-id: `a b`: an external id has"),
        ('session-name = "a/b"', "access.session-name: `a/b`: a session's name has 2 to 64"),
        ('through = ["arn:aws:iam::111111111111:user/ada"]', "not the ARN of a role"),
        ('through = ["Hub"]', "access.through[0]: `Hub`: not an ARN"),
        ('through = "Hub"', "access.through: "),
        (
            'through = ["arn:aws:iam::111111111111:role/Hub"]\nsession-minutes = 90',
            "access.session-minutes: a role that is entered by another role's session",
        ),
        ("session-minutes = 14", "access.session-minutes: a session lasts from 15 to 720 minutes"),
        ('session-minutes = "60"', "access.session-minutes: "),
        ('external-ids = {stagin = "abc"}', "no account `stagin` in [accounts]"),
        (
            'external-ids = {staging = "abc", "333333333333" = "def"}',
            "access.external-ids.333333333333: its account stands here twice",
        ),
        (
            'through = ["arn:aws-cn:iam::111111111111:role/Hub"]',
            "the fleet lives in partition `aws`, not `aws-cn`",
        ),
    ],
)
def test_what_sts_would_not_take_is_a_mistake(line: str, says: str) -> None:
    start, _, rest = ENTERED.partition("[access]")
    text = f"{start}[access]\n{line}\n{rest[rest.index('[archive]') :]}"
    mistakes = read_fleet(text, known_kinds())
    assert isinstance(mistakes, tuple)
    assert [says in f"{each.where}: {each.says}" for each in mistakes] == [True], mistakes


def test_the_sdk_as_anybody_has_it_knows_every_call_of_a_big_service() -> None:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    plain = plain_sdk().create_client("ec2", "us-east-1", **keys)
    ours = open_sdk().create_client("ec2", "us-east-1", **keys)
    assert (hasattr(plain, "run_instances"), hasattr(ours, "run_instances")) == (True, False)
    assert hasattr(ours, "describe_vpcs")
