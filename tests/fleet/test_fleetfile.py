"""Reading logkeep.toml: the design's example, its defaults, and every mistake at once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from fleet.files import EXAMPLE, MINIMAL, SOURCES, changed, fleet_of, mistakes_of, mistakes_text
from logkeep.fleet import Accepted, Archive, Fleet, Logs
from logkeep.fleet.draft import EXAMPLE_ACCOUNTS, Draft, draft_text, started
from logkeep.fleet.file import read_fleet
from logkeep.fleet.naming import bucket_objection
from logkeep.sources.cloudtrail.options import TrailOptions
from support.places import shared


def template(
    home: str = "us-east-1",
    accounts: Mapping[str, str] = EXAMPLE_ACCOUNTS,
    archive: str = "security",
) -> str:
    """The file that `logkeep init` writes to be filled in."""
    draft = Draft(started(SOURCES), home_region=home, accounts=accounts, archive=archive)
    return draft_text(draft, SOURCES)


def test_the_designs_example_reads() -> None:
    assert fleet_of(EXAMPLE) == Fleet(
        name="acme",
        home_region="us-east-1",
        regions=("us-east-1", "eu-west-1"),
        accounts=dict(EXAMPLE_ACCOUNTS),
        role="OrganizationAccountAccessRole",
        archive=Archive(
            account="111111111111",
            bucket="secprod-multiaccount-logs",
            readers=("arn:aws:iam::111111111111:role/LogReader",),
        ),
        logs=(
            Logs(
                "cloudtrail",
                ("111111111111", "222222222222", "333333333333"),
                TrailOptions(data_events=("s3", "lambda")),
            ),
            Logs("vpc-flow", ("222222222222",)),
        ),
        accepted=(
            Accepted(
                "trail-single-region",
                datetime.date(2027, 3, 31),
                "moving to eu-west-1",
                "333333333333",
            ),
        ),
    )


def test_the_example_is_the_designs_own() -> None:
    block = re.search(r"```toml\n(.*?)```", shared("DESIGN.md").read_text(), re.DOTALL)
    assert block
    assert fleet_of(block[1]) == fleet_of(EXAMPLE)


def test_what_is_left_out_has_its_default() -> None:
    fleet = fleet_of(MINIMAL)
    assert fleet.role == "OrganizationAccountAccessRole"
    assert fleet.regions is None
    assert fleet.archive == Archive("111111111111", "acme-logs-111111111111-us-east-1-an")
    assert fleet.logs == (Logs("cloudtrail", ("111111111111", "333333333333"), TrailOptions()),)
    assert fleet.accepted == ()


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(["us-east-1", "ap-northeast-1", "us-gov-west-1", "us-isob-east-1"]),
)
def test_a_bucket_made_up_is_a_name_s3_takes(name: str, region: str) -> None:
    text = MINIMAL.replace('"acme"', f'"{name}"').replace("us-east-1", region)
    found = read_fleet(text, SOURCES)
    if not isinstance(found, Fleet):
        assert name.startswith(("xn--", "sthree-", "amzn-s3-demo-"))
        return
    assert bucket_objection(found.archive.bucket) is None
    assert found.archive.bucket.endswith(f"-logs-111111111111-{region}-an")


def test_an_account_is_named_by_name_or_by_listed_id() -> None:
    assert fleet_of(changed('account = "security"', 'account = "111111111111"')) == fleet_of(
        MINIMAL
    )


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(
            lambda name: not re.fullmatch(r"\d{12}", name)
        ),
        st.from_regex(r"[0-9]{12}", fullmatch=True),
        min_size=1,
        max_size=5,
    ).filter(lambda accounts: len(set(accounts.values())) == len(accounts))
)
def test_a_template_reads_with_the_accounts_it_was_given(accounts: dict[str, str]) -> None:
    first = next(iter(accounts))
    fleet = fleet_of(template("eu-west-1", accounts, first))
    assert fleet.accounts == accounts
    assert fleet.archive.account == accounts[first]
    assert fleet.home_region == "eu-west-1"


def test_the_template_and_its_commented_lines_read(snapshot: SnapshotAssertion) -> None:
    text = template()
    assert text == snapshot
    fleet_of(text)
    uncommented = re.sub(r"(?m)^# (?=[a-z]+ = |\[)", "", text)
    fleet = fleet_of(uncommented)
    assert fleet.accepted
    assert fleet.archive.prefix == "trails"
    assert fleet.logs[0].options.organization is True
    assert fleet.logs[0].options.trail_name(fleet.archive.account) == "audit"


TWELVE_MISTAKES = """
name = "acme"
home-region = "us-east-1"
regions = "us-east-1"
colour = "blue"

[accounts]
security = "111111111111"
production = 222222222222
staging = "3333-3333-3333"

[access]
role = "arn:aws:iam::111111111111:role/Audit"

[archive]
account = "securty"
bucket = "Secprod_Logs"
readers = ["arn:aws:iam:111111111111:role/LogReader"]

[[logs]]
source = "cloudtrial"
data-events = ["s3", "lamda"]

[[accepted]]
code = "trail-single-region"
until = "2027-03-31"
"""


def test_mistakes_are_reported_all_at_once(snapshot: SnapshotAssertion) -> None:
    found = mistakes_of(TWELVE_MISTAKES)
    assert len(found) == 12
    assert mistakes_text(found) == snapshot
