"""`logkeep init` from what is there, typed against the lab; and that `diagnose` takes its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.organizations.models import organizations_backends

from logkeep.aws.founding import asked
from logkeep.aws.permissions import of_call, permits_of
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.sources import foundings, kinds
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, READER, asking, fleet_of

REGIONS = ("us-east-1",)
FLEET = fleet_of(regions=REGIONS)


@pytest.fixture
def empty(folder: Path) -> Iterator[Bench]:
    """An organization in which nobody has a trail."""
    assert folder.exists()
    with bench(ACCOUNTS, FLEET, regions=REGIONS) as made:
        yield made


@pytest.fixture
def lab(empty: Bench) -> Bench:
    """The same with everything centralised."""
    empty.mend()
    empty.pass_hours(2.2)
    return empty


def written(folder: Path) -> Fleet:
    """The fleet file that was written."""
    text = (folder / "logkeep.toml").read_text(encoding="utf-8")
    found = read_fleet(text, kinds())
    assert isinstance(found, Fleet), found
    return found


def member_named(account: str, **state: str) -> Any:
    """An account as the lab's organization holds it, changed."""
    backend: Any = organizations_backends["111111111111"]["aws"]
    found = next(each for each in backend.accounts if each.id == account)
    for name, value in state.items():
        setattr(found, name, value)
    return found


def test_both_together_make_a_file_that_diagnose_takes(
    logkeep: Run, lab: Bench, folder: Path
) -> None:
    said = logkeep("init", "--from-organization", "--from-existing", "--name", "acme")
    assert said.code == 0
    assert "3 of 3 trails deliver to `secprod-multiaccount-logs`, a bucket of security" in said.out
    assert "asking AWS" in said.err
    fleet = written(folder)
    assert fleet.accounts == ACCOUNTS
    assert fleet.archive.bucket == lab.fleet.archive.bucket
    assert fleet.archive.key.startswith("arn:aws:kms:us-east-1:111111111111:key/")
    assert fleet.archive.readers == (READER,)
    assert fleet.logs[0].options.data_events == ("s3", "lambda")
    summary = json.loads(logkeep("diagnose", "--json").out)["summary"]
    # Not verified yet, all else well.
    assert summary == {"holds": 0, "fails": 0, "unknown": 3, "accepted": 0}


def entered(lab: Bench, name: str) -> Any:
    """S3 as a new role of the archive's account that may change buckets."""
    iam, sts = lab.archive("iam"), lab.archive("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    texts = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, own)]
    made = iam.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=texts[0])
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=texts[1])
    given = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="run")["Credentials"]
    named = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    chosen = {key: given[name] for key, name in zip(keys, named, strict=True)}
    return boto3.client("s3", "us-east-1", endpoint_url=lab.lab.endpoint_url, **chosen)


def test_a_pipeline_that_changed_the_archive_is_proposed_and_told_before_it_is_shut_out(
    logkeep: Run, lab: Bench, folder: Path
) -> None:
    """What plan closes and init finds is asked of the lab's event history by the real client."""
    admin, bucket = lab.archive("s3"), lab.fleet.archive.bucket
    policy = json.loads(admin.get_bucket_policy(Bucket=bucket)["Policy"])
    policy["Statement"] = [s for s in policy["Statement"] if s["Sid"] != "LogkeepKeepSettings"]
    admin.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    on = {"VersioningConfiguration": {"Status": "Enabled"}}
    for name in ("Terraform", "Gone"):
        entered(lab, name).put_bucket_versioning(Bucket=bucket, **on)
    lab.archive("iam").delete_role_policy(RoleName="Gone", PolicyName="own")
    lab.archive("iam").delete_role(RoleName="Gone")
    role = f"arn:aws:iam::{ACCOUNTS['security']}:role/ci/Terraform"
    said = logkeep("init", "--from-existing", "--from-organization")
    own = lab.session.identity().arn
    assert (
        f"proposed as administrators of the archive, commented out: `{own}` and 1 principal that "
        "changed the archive lately" in said.out
    )
    assert not written(folder).archive.administrators  # nobody is trusted for having been there
    text = (folder / "logkeep.toml").read_text(encoding="utf-8")
    assert f"# {role}: PutBucketVersioning at" in text
    assert f"# {role.replace('Terraform', 'Gone')}: PutBucketVersioning at" in text
    assert "left out: it is not there any more" in text
    told = " ".join(logkeep("plan").out.split())
    assert f"`{role}` (PutBucketVersioning at" in told
    assert "and will lose that access: to keep that access, name it under `[archive] adm" in told
    assert "ci/Gone" not in told
    of_key = text[text.index("# administrators = [") :].partition("# ]")[0]
    rows = of_key.replace("# ", "")
    (folder / "logkeep.toml").write_text(text.replace(f"{of_key}# ]", f"{rows}]"))
    assert written(folder).archive.administrators == (own, role)
    told = " ".join(logkeep("plan").out.split())
    assert "changed the archive's settings or key, and will lose" not in told


def test_without_an_organization_the_archive_names_the_accounts(
    logkeep: Run, lab: Bench, folder: Path
) -> None:
    assert lab.fleet.name == "acme"
    assert logkeep("init", "--from-existing").code == 0
    assert sorted(written(folder).accounts.values()) == sorted(ACCOUNTS.values())
    assert logkeep("diagnose").code == 3


def test_an_organization_without_trails_is_listed(logkeep: Run, empty: Bench, folder: Path) -> None:
    assert empty.fleet.name == "acme"
    member_named(ACCOUNTS["staging"], name='x"\n[evil]', state="SUSPENDED", status="SUSPENDED")
    member_named(ACCOUNTS["production"], name="Produktion (EU) ‮")
    said = logkeep("init", "--from-organization", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["accounts"] == {
        "security": ACCOUNTS["security"],
        "produktion-eu": ACCOUNTS["production"],
    }
    text = (folder / "logkeep.toml").read_text(encoding="utf-8")
    assert '# left out, suspended: x-evil = "333333333333"' in text
    assert "# Produktion (EU) \\u202e" in text
    assert logkeep("diagnose").out.startswith("Nothing is centralised yet")


def test_an_organization_trail_is_told_once_and_kept(logkeep: Run, folder: Path) -> None:
    fleet = fleet_of()
    fleet = asking(fleet, organization=True)
    assert folder.exists()
    with bench(ACCOUNTS, fleet) as lab:
        lab.mend()
        said = logkeep("init", "--from-organization", "--from-existing")
        assert "1 of 1 trail delivers to" in said.out
        assert written(folder).logs[0].options.organization is True
        assert logkeep("diagnose", "--json").code in (1, 3)


@pytest.mark.parametrize(
    ("options", "accounts"),
    [
        (["--from-existing"], "1 account"),
        (["--from-existing", "--from-organization"], "3 accounts"),
    ],
)
def test_where_no_trail_was_found_that_is_said_and_no_archive_guessed(
    logkeep: Run, empty: Bench, folder: Path, options: list[str], accounts: str
) -> None:
    assert empty.fleet.name == "acme"
    said = logkeep("init", *options)
    assert (said.code, said.out) == (1, "")
    assert f"error: nothing delivers logs yet: no trail was found in {accounts}\n" in said.err
    assert "hint: run `logkeep init --from-organization`, or `logkeep init`" in said.err
    assert not (folder / "logkeep.toml").exists()


def test_a_new_file_leaves_data_events_off_and_says_how_to_ask_for_them(
    logkeep: Run, empty: Bench, folder: Path
) -> None:
    assert empty.fleet.name == "acme"
    for options in ([], ["--from-organization"]):
        assert logkeep("init", *options).code == 0
        text = (folder / "logkeep.toml").read_text(encoding="utf-8")
        assert 'they are off unless they are asked for, such as by ["s3", "lambda"]' in " ".join(
            text.replace("# ", " ").split()
        )
        assert written(folder).logs[0].options.data_events == ()
        (folder / "logkeep.toml").unlink()


def test_the_only_account_is_not_called_a_guess(logkeep: Run, folder: Path) -> None:
    assert folder.exists()
    with bench({"security": "111111111111"}, fleet_of({"security": "111111111111"})):
        said = logkeep("init", "--from-organization")
    assert said.code == 0
    assert "guess" not in said.out
    text = (folder / "logkeep.toml").read_text(encoding="utf-8")
    assert "# The only account there is.\naccount = " in text


def test_a_file_that_is_there_is_not_even_asked_about(
    logkeep: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (folder / "logkeep.toml").write_text("mine")
    said = logkeep("init", "--from-organization")
    assert said.code == 2
    assert said.err.startswith("error: logkeep.toml is there already")
    assert (folder / "logkeep.toml").read_text() == "mine"


def be(monkeypatch: pytest.MonkeyPatch, lab: Bench, who: str) -> None:
    """Be somebody else of the lab."""
    for name, value in lab.lab.environment(who).items():
        monkeypatch.setenv(name, value)


def test_a_member_is_told_who_may_list_the_accounts(
    logkeep: Run, empty: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, empty, "admin@production")
    said = logkeep("init", "--from-organization")
    assert said.code == 3
    assert "error: the organization's accounts could not be listed" in said.err
    assert "organizations:ListAccounts in 222222222222" in said.err
    assert "hint: use credentials of the management account or of a delegated" in said.err
    assert not (folder / "logkeep.toml").exists()
    for width in (80, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        folded = logkeep("init", "--from-organization").err
        assert folded.split() == said.err.split()
        assert max(map(len, folded.splitlines())) <= width


def test_whoever_may_see_no_trails_is_told_the_call(
    logkeep: Run, empty: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, empty, "intern@production")
    said = logkeep("init", "--from-existing")
    assert said.code == 3
    assert "no account's trails could be listed: cloudtrail:DescribeTrails" in said.err


def test_an_account_outside_any_organization_is_told_so(
    logkeep: Run, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    assert folder.exists()
    with bench(ACCOUNTS, FLEET, regions=REGIONS, extra={"999999999999": "stranger"}) as lab:
        be(monkeypatch, lab, "admin@stranger")
        said = logkeep("init", "--from-organization")
    assert said.code == 2
    assert "error: there is no organization" in said.err


def test_no_credentials_no_file(logkeep: Run, folder: Path) -> None:
    said = logkeep("init", "--from-existing")
    assert said.code == 2
    assert "no AWS credentials" in said.err
    assert not (folder / "logkeep.toml").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--role", "arn:aws:iam::111111111111:role/x"), ("--name", "Acme!")]
)
def test_an_option_that_cannot_stand_in_the_file_is_refused(
    logkeep: Run, folder: Path, option: str, value: str
) -> None:
    said = logkeep("init", option, value)
    assert said.code == 2
    assert f"error: {option} `{value}`" in said.err
    assert not (folder / "logkeep.toml").exists()


def test_the_shipped_permissions_are_just_the_calls_made(lab: Bench) -> None:
    lab.client(ACCOUNTS["staging"], "cloudtrail").update_trail(
        Name="logkeep", IsMultiRegionTrail=False
    )
    _, _, calls = asked(
        "us-east-1",
        FLEET.role,
        foundings(),
        organization=True,
        existing=True,
        progress=lambda _: None,
    )
    used = {permit for call in calls.counts for permit in of_call(call)}
    assert {p.action for p in used} == {p.action for p in permits_of("init")}


def test_a_file_to_fill_in_names_a_reader(logkeep: Run, folder: Path) -> None:
    assert logkeep("init").code == 0
    found = written(folder).archive
    assert found.readers == (f"arn:aws:iam::{found.account}:role/LogReader",)
    assert "# A proposal, because without a reader" in (folder / "logkeep.toml").read_text("utf-8")
