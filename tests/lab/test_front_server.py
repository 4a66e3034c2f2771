"""The lab as a server: its clock, its Regions, what it lacks, its control paths, the real `aws`."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.clock import Clock
from logkeep.lab.server import Lab
from support.examples import examples

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lab():
    with Lab(start=START, ticking=False) as running:
        yield running


@given(st.lists(st.integers(0, 10**6), max_size=8))
@examples(50)
def test_a_standing_clock_moves_exactly_as_it_is_advanced(seconds):
    clock = Clock(START, ticking=False)
    for step in seconds:
        clock.advance(timedelta(seconds=step))
    assert clock.now() == START + timedelta(seconds=sum(seconds))


def test_a_ticking_clock_ticks_from_its_start():
    clock = Clock(START)
    first = clock.now()
    assert timedelta(0) <= first - START < timedelta(seconds=5)
    assert clock.now() >= first
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(timedelta(seconds=-1))


def test_every_date_is_the_labs(lab, client):
    s3 = client("s3")
    s3.create_bucket(Bucket="dated")
    s3.put_object(Bucket="dated", Key="early", Body=b"")
    lab.advance(timedelta(days=2))
    answer = s3.put_object(Bucket="dated", Key="late", Body=b"")
    now = START + timedelta(days=2)
    said = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert said == now
    listed = s3.list_objects_v2(Bucket="dated")["Contents"]
    assert [one["LastModified"] for one in listed] == [START, now]
    made = {one["Name"]: one["CreationDate"] for one in s3.list_buckets()["Buckets"]}
    assert made["dated"] == START
    user = client("iam").create_user(UserName="late")["User"]
    assert user["CreateDate"] == now
    assert user["UserId"].startswith("AIDA")
    assert client("kms").create_key()["KeyMetadata"]["CreationDate"] == now


def test_switching_roles_works_whatever_the_labs_date(lab, client, session):
    credentials = session("arn:aws:iam::333333333333:role/OrganizationAccountAccessRole")
    assert credentials["Expiration"] > datetime.now(UTC) + timedelta(minutes=59)
    lab.advance(timedelta(days=400))
    client("sts", credentials).get_caller_identity()


def test_regions_are_the_labs(client):
    regions = client("ec2").describe_regions()["Regions"]
    assert [one["RegionName"] for one in regions] == ["us-east-1", "eu-west-1"]
    listed = client("account").list_regions(RegionOptStatusContains=["ENABLED_BY_DEFAULT"])
    assert [one["RegionName"] for one in listed["Regions"]] == ["us-east-1", "eu-west-1"]


def test_missing_operations_say_so_when_first_asked(client, refused):
    asked = {"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]}
    for service, call, arguments in (
        ("accessanalyzer", "list_analyzers", {}),
        ("iam", "simulate_custom_policy", asked),
        ("account", "get_contact_information", {}),
    ):
        made, sent = client(service), []
        made.meta.events.register("before-send", lambda sent=sent, **_: sent.append("asked"))
        assert refused(getattr(made, call), **arguments) == "NotImplemented"
        assert sent == ["asked"]  # the SDK does not ask again


def test_denials_are_shaped_for_every_protocol(client, refused):
    codes = {
        "s3": ("list_objects_v2", {"Bucket": "dated"}, "AccessDenied"),
        "iam": ("list_users", {}, "AccessDenied"),
        "ec2": ("create_vpc", {"CidrBlock": "10.0.0.0/16"}, "UnauthorizedOperation"),
        "kms": ("list_keys", {}, "AccessDeniedException"),
        "lambda": ("list_functions", {}, "AccessDeniedException"),
        "cloudtrail": ("describe_trails", {}, "AccessDeniedException"),
        "route53": ("list_hosted_zones", {}, "AccessDenied"),
    }
    for service, (call, arguments, code) in codes.items():
        intern = client(service, "intern@security")
        assert refused(getattr(intern, call), **arguments) == code, service


def test_work_of_every_service_goes_on(client):
    developer = client("ec2", "developer@staging")
    network = developer.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert developer.describe_vpcs(VpcIds=[network])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    logs = client("logs", "developer@staging")
    logs.create_log_group(logGroupName="app")
    assert logs.describe_log_groups()["logGroups"][0]["logGroupName"] == "app"
    topic = client("sns", "developer@staging").create_topic(Name="t")["TopicArn"]
    assert topic == "arn:aws:sns:us-east-1:333333333333:t"


@pytest.mark.parametrize(
    ("service", "event", "body"),
    [
        ("s3", "PutBucketPolicy", b"\xff\xfe"),
        ("s3", "PutBucketEncryption", b"<no end"),
        ("s3", "DeleteObjects", b"{}"),
        ("kms", "PutKeyPolicy", b"[1, 2"),
        ("kms", "Encrypt", b"[]"),
        ("cloudtrail", "CreateTrail", b'{"Name": 7}'),
    ],
)
def test_garbage_bodies_are_the_clients_fault(client, service, event, body):
    calls = {
        "PutBucketPolicy": ("put_bucket_policy", {"Bucket": "garbage", "Policy": "{}"}),
        "PutBucketEncryption": (
            "put_bucket_encryption",
            {"Bucket": "garbage", "ServerSideEncryptionConfiguration": {"Rules": []}},
        ),
        "DeleteObjects": ("delete_objects", {"Bucket": "garbage", "Delete": {"Objects": []}}),
        "PutKeyPolicy": ("put_key_policy", {"KeyId": "x", "Policy": "{}"}),
        "Encrypt": ("encrypt", {"KeyId": "x", "Plaintext": b""}),
        "CreateTrail": ("create_trail", {"Name": "x", "S3BucketName": "y"}),
    }
    client("s3").create_bucket(Bucket="garbage")
    broken = client(service)

    def spoil(params, **_):
        params["body"] = body

    broken.meta.events.register(f"before-call.{service}.{event}", spoil)
    name, arguments = calls[event]
    with pytest.raises(broken.exceptions.ClientError) as caught:
        getattr(broken, name)(**arguments)
    assert caught.value.response["Error"]["Code"] != "InternalFailure"
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def call(lab, path, token=None, **body):
    request = urllib.request.Request(lab.endpoint_url + path)
    if body:
        request.data = json.dumps(body).encode()
    if token:
        request.add_header("X-Lab-Token", token)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_control_paths_steer_the_clock(lab):
    before = datetime.fromisoformat(call(lab, "/_lab/now", lab.token)["now"])
    after = call(lab, "/_lab/advance", lab.token, seconds=60)["now"]
    assert datetime.fromisoformat(after) == before + timedelta(minutes=1)
    assert call(lab, "/_lab/state", lab.token)["accounts"]["333333333333"] == "staging"


@pytest.mark.parametrize("token", [None, "guess"])
def test_control_paths_need_the_token(lab, token):
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(lab, "/_lab/advance", token, seconds=60)
    assert caught.value.code == 403
    assert lab.world.now().second == START.second


def test_lab_listens_on_loopback_only(lab):
    assert lab.endpoint_url.startswith("http://127.0.0.1:")
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            assert probe.connect_ex((address, lab.port)) != 0


def test_the_aws_command_works(lab, tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **lab.environment("ada")}
    aws = Path(sys.executable).parent / "aws"
    if not aws.exists():
        pytest.skip("no aws command beside this Python")

    def run(*words):
        return subprocess.run(
            [aws, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    who = run("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    assert who.stdout.strip() == "arn:aws:iam::111111111111:user/ada"
    (tmp_path / "file").write_text("hello")
    assert run("s3", "mb", "s3://by-hand").returncode == 0
    up = run("s3", "cp", str(tmp_path / "file"), "s3://by-hand/dir/file")
    assert up.returncode == 0, up.stderr
    down = run("s3", "cp", "s3://by-hand/dir/file", "-")
    assert down.stdout == "hello"
    wrong = run("s3api", "put-bucket-policy", "--bucket", "by-hand", "--policy", "{}")
    assert "MalformedPolicy" in wrong.stderr


def test_a_second_lab_starts_empty_and_shares_nothing():
    # Runs in a process of its own: a process has one lab at a time.
    code = """
import boto3
from logkeep.lab.server import Lab
seen = []
for accounts in (None, {"444444444444": "only"}):
    with Lab(accounts) as lab:
        ada = lab.credentials["ada"]
        s3 = boto3.client("s3", "us-east-1", endpoint_url=lab.endpoint_url,
            aws_access_key_id=ada.access_key_id, aws_secret_access_key=ada.secret_access_key)
        seen.append((ada.account, len(s3.list_buckets()["Buckets"])))
        s3.create_bucket(Bucket="mine")
print(seen)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "[('111111111111', 0), ('444444444444', 0)]", ran.stderr


def test_environment_is_enough_for_boto3(lab, monkeypatch):
    for name, value in lab.environment("admin@production").items():
        monkeypatch.setenv(name, value)
    identity = boto3.session.Session().client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::222222222222:user/admin"


def test_a_connection_stays_open_from_request_to_request(lab):
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as reached:
        answers = reached.makefile("rb")

        def asked(said: bytes) -> tuple[bytes, bytes]:
            reached.sendall(said)
            status, length = answers.readline(), 0
            while (line := answers.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            return status, b"" if said.startswith(b"HEAD") else answers.read(length)

        host = f"Host: 127.0.0.1:{lab.port}\r\n".encode()
        refused = b"HTTP/1.1 403"
        status, body = asked(b"GET /bucket/key HTTP/1.1\r\n" + host + b"\r\n")
        assert status.startswith(refused)
        assert b"<Code>AccessDenied</Code>" in body
        with_body = b"PUT /bucket/key HTTP/1.1\r\nContent-Length: 5\r\n" + host + b"\r\nhello"
        assert asked(with_body)[0].startswith(refused)
        in_pieces = b"Transfer-Encoding: chunked\r\n" + host + b"\r\n5\r\nhello\r\n0\r\n\r\n"
        assert asked(b"PUT /bucket/key HTTP/1.1\r\n" + in_pieces)[0].startswith(refused)
        assert asked(b"HEAD /bucket/key HTTP/1.1\r\n" + host + b"\r\n")[0].startswith(refused)
        assert asked(b"GET /bucket/key HTTP/1.1\r\n" + host + b"\r\n")[0].startswith(refused)


def raw(lab, headers, path="/", method="GET"):
    """The status of a request with just these headers."""
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as connection:
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1]), answer


METHODS = ["GET", "POST", "OPTIONS", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "CONNECT", "FOO"]
PATHS = ["/", "/_lab/now", "/_lab/state", "/some-bucket/key", "/moto-api/reset", "/moto-api/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "["},
        {},
        {"Host": "127.0.0.1", "Origin": "http://evil.example"},
        {"Host": "127.0.0.1", "Origin": "null"},
        {"Host": "127.0.0.1", "Origin": "http://127.0.0.1"},
        {"Host": "localhost", "Sec-Fetch-Site": "cross-site"},
        {"Host": "localhost", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_page_in_a_browser_reaches_the_lab(lab, path, headers):
    token = {"X-Lab-Token": lab.token}
    for method in METHODS:
        status, answer = raw(lab, {**headers, **token}, path, method)
        assert status == 403, method
        assert b"access-control" not in answer.lower()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:9", "bucket.localhost"])
def test_whoever_has_no_key_of_the_lab_is_turned_away(lab, path, host):
    """As another user of this machine: he cannot read the lab's file."""
    status, answer = raw(lab, {"Host": host}, path)
    assert status == 403
    assert any(word in answer for word in (b"X-Lab-Token", b"AccessDenied", b"Authentication"))


def test_a_page_is_told_nothing_by_any_answer(lab, client):
    answer = client("s3").list_buckets()
    headers = {name.lower() for name in answer["ResponseMetadata"]["HTTPHeaders"]}
    assert not any(name.startswith("access-control") for name in headers)
    assert lab.port
