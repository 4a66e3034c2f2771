"""Real failures that others reported, set up in the lab, diagnosed and mended."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest
from botocore.exceptions import ClientError

from cases.acts import (
    ACCOUNTS,
    BOTH,
    BUCKET,
    PRODUCTION,
    act_for_hours,
    add_trail,
    case,
    copies,
    first_broken,
    make_reader,
    nearest,
    of_production,
    opened,
    put_bucket_policy,
)
from logkeep.fleet import Fleet
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.paint import Paint
from support.labs import Bench, bench, broken, route
from support.worlds import asking, fleet_of


def fleet() -> Fleet:
    made = fleet_of(ACCOUNTS, ("us-east-1",))
    archive = msgspec.structs.replace(made.archive, account="222222222222")
    return msgspec.structs.replace(made, archive=archive)


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet(), regions=("us-east-1",)) as made:
        made.mend()
        made.pass_hours(2.2)
        yield made


@pytest.fixture
def well(lab: Bench) -> Iterator[Bench]:
    """The lab, all well before; after the case mended and all well again."""
    yield lab
    lab.mend()
    lab.pass_hours(2.2)
    found = lab.diagnose()
    for each in found.routes:
        aspects = each.aspects
        assert aspects["configured"] == aspects["permitted"] == "holds", each.first
        assert aspects["arriving"] == "holds", each.first


def test_ct01_an_account_missing_from_the_bucket_policy(well: Bench) -> None:
    put_bucket_policy(well, case("CT01")["broken_config"]["bucket_policy"])
    well.pass_hours(1.5)
    finding = first_broken(well)
    assert finding.code == "bucket-refuses"
    assert finding.evidence["action"] == "s3:PutObject"
    assert nearest(finding)["statement"] == "AWSCloudTrailWrite"
    assert nearest(finding)["element"] == "Resource"
    listed = route(well.diagnose(), "cloudtrail/111111111111/us-east-1")
    assert listed.aspects["permitted"] == "holds"
    assert listed.aspects["arriving"] == "holds"
    silent = route(well.diagnose(), PRODUCTION)
    assert "delivery-error" in {f.code for f in broken(silent)}


def test_ct04_a_prefix_that_the_policy_does_not_grant(well: Bench) -> None:
    told = case("CT04")["broken_config"]
    anything = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": ["s3:GetBucketAcl", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            }
        ],
    }
    put_bucket_policy(well, anything)
    trails = well.client("333333333333", "cloudtrail")
    trails.update_trail(Name="logkeep", S3KeyPrefix=told["trail"]["S3KeyPrefix"])
    put_bucket_policy(well, told["bucket_policy"])
    finding = first_broken(well)
    assert finding.code == "bucket-refuses"
    assert "/cloudtrail/AWSLogs/333333333333/" in finding.evidence["resource"]
    assert nearest(finding)["element"] == "Resource"
    assert f"arn:aws:s3:::{BUCKET}/AWSLogs/333333333333/*" in nearest(finding)["wanted"]


def test_ct05_principal_org_id_asked_of_a_service(well: Bench) -> None:
    put_bucket_policy(well, case("CT05")["broken_config"]["bucket_policy"])
    finding = first_broken(well, "cloudtrail/444444444444/us-east-1")
    assert finding.code == "bucket-refuses"
    near = nearest(finding)
    assert near["element"] == "Condition"
    assert near["key"].lower().endswith("aws:principalorgid")
    assert near["got"] is None


def test_ct08_the_acl_check_granted_on_the_objects(well: Bench) -> None:
    put_bucket_policy(well, case("CT08")["broken_config"]["bucket_policy"])
    finding = first_broken(well)
    assert finding.code == "bucket-refuses"
    assert finding.evidence["action"] == "s3:GetBucketAcl"
    assert nearest(finding)["element"] == "Resource"
    assert nearest(finding)["wanted"] == [f"arn:aws:s3:::{BUCKET}/*"]
    assert finding.evidence["never"][0]["near"] == f"arn:aws:s3:::{BUCKET}"


def test_ct10_a_deny_of_unencrypted_uploads_stops_a_trail_without_a_key(well: Bench) -> None:
    document = case("CT10")["broken_config"]["bucket_policy"]
    well.client("111111111111", "cloudtrail").update_trail(Name="logkeep", KmsKeyId="")
    put_bucket_policy(well, document)
    found = broken(route(well.diagnose(), "cloudtrail/111111111111/us-east-1"))
    codes = [finding.code for finding in found]
    assert codes[0] == "trail-no-key"
    forced = next(finding for finding in found if finding.code == "header-forced")
    assert forced.evidence["statement"] == "DenyUnencryptedObjectUploads"


def test_ct12_data_events_arrive_and_management_events_do_not(well: Bench) -> None:
    told = case("CT12")
    trails = well.client("333333333333", "cloudtrail")
    trails.put_event_selectors(TrailName="logkeep", **told["broken_config"])
    well.pass_hours(1.2)
    found = well.diagnose()
    silent = route(found, PRODUCTION)
    assert silent.aspects["arriving"] == "holds"  # its symptom: all looks healthy
    assert trails.get_trail_status(Name="logkeep")["IsLogging"]
    codes = [finding.code for finding in broken(silent)]
    assert codes == ["management-events-off", "data-events-off", "data-events-off"]
    text = diagnosis_text(well.fleet, found, Paint(), Around())
    assert "the trail of production leaves out management events" in text
    assert "its event selectors take none, and the fleet wants all" in text
    assert "take `arn:aws:s3:::some-bucket/`, and none of any other" in " ".join(text.split())
    (change,) = well.mend().changes
    assert change.call == "cloudtrail:PutEventSelectors"
    (wanted,) = told["fix"]["EventSelectors"]
    (mended,) = trails.get_event_selectors(TrailName="logkeep")["EventSelectors"]
    assert wanted.items() <= mended.items()


def test_ck01_the_key_names_its_own_account_only(well: Bench) -> None:
    document = case("CK01")["broken_config"]["key_policy"]
    keys = well.archive("kms")
    key_id = keys.describe_key(KeyId="alias/logkeep")["KeyMetadata"]["KeyId"]
    keys.put_key_policy(KeyId=key_id, PolicyName="default", Policy=json.dumps(document))
    finding = first_broken(well)
    assert finding.code == "key-refuses"
    assert finding.evidence["action"] == "kms:GenerateDataKey"
    near = nearest(finding)
    assert near["statement"] == "AllowCloudTrailEncrypt"
    assert near["key"].lower().endswith("kms:encryptioncontext:aws:cloudtrail:arn")
    assert near["wanted"] == ["arn:aws:cloudtrail:*:222222222222:trail/*"]
    own = broken(route(well.diagnose(), "cloudtrail/222222222222/us-east-1"))
    assert "kms:GenerateDataKey" not in {f.evidence.get("action") for f in own}


def test_ck03_readers_elsewhere_than_the_key() -> None:
    told = case("CK03")
    reader = "arn:aws:iam::222222222222:role/LogReader"
    with bench(ACCOUNTS, fleet(), regions=("us-east-1",)) as made:
        keys = made.client("111111111111", "kms")
        administer = {
            "Sid": "Administer",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*"],
            "Resource": "*",
        }
        pinned = told["broken_config"]["key_policy"]["Statement"]
        document = {"Version": "2012-10-17", "Statement": [administer, *pinned]}
        arn = keys.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
        make_reader(made, arn)
        archive = msgspec.structs.replace(made.fleet.archive, key=arn, readers=(reader,))
        made.fleet = msgspec.structs.replace(made.fleet, archive=archive)
        made_bucket_first(made)
        found = route(made.diagnose(), PRODUCTION)
        cannot = [f for f in broken(found) if f.code == "reader-cannot-decrypt"]
        assert cannot
        assert nearest(cannot[0])["key"].lower().endswith("kms:calleraccount")
        assert nearest(cannot[0])["wanted"] == ["111111111111"]
        made.mend()
        made.pass_hours(2.2)
        after = route(made.diagnose(), PRODUCTION)
        assert "reader-cannot-decrypt" not in {f.code for f in broken(after)}
        assert after.aspects["permitted"] == after.aspects["arriving"] == "holds"


def made_bucket_first(made: Bench) -> None:
    """The bucket is there before Logkeep comes."""
    made.client("222222222222", "s3").create_bucket(Bucket=BUCKET)


def test_cw01_the_roles_policy_names_the_log_group_and_not_its_streams() -> None:
    told = case("CW01")
    regions = ("us-east-1", "eu-west-1")
    wanted = msgspec.structs.replace(fleet(), regions=regions)
    wanted = asking(
        wanted,
        organization=True,
        log_group="SecurityTrail",
        log_role="CloudTrail_CloudWatchLogs",
    )
    with bench(ACCOUNTS, wanted, regions=regions) as made:
        made.mend()
        iam = made.client("111111111111", "iam")
        role = told["probes"][0]["principal"].rpartition("/")[2]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
        document = json.dumps(told["broken_config"]["role_policy"])
        iam.put_role_policy(RoleName=role, PolicyName="logs", PolicyDocument=document)
        act_for_hours(made, 2)
        found = route(made.diagnose(), CW01_ROUTE)
        finding = broken(found)[0]
        assert finding.code == "role-refuses"
        assert finding.evidence["action"] == "logs:CreateLogStream"
        stream = told["probes"][0]["resource"].rpartition("_333333333333_")[2]
        assert finding.evidence["resource"].endswith(f"_333333333333_{stream}")
        assert nearest(finding)["element"] == "Resource"
        assert nearest(finding)["wanted"] == [
            "arn:aws:logs:us-east-1:111111111111:log-group:SecurityTrail"
        ]
        assert route(made.diagnose(), PRODUCTION).aspects["permitted"] == "holds"
        changes = made.mend().changes
        assert [change.call for change in changes] == ["iam:PutRolePolicy"]
        act_for_hours(made, 1)
        assert route(made.diagnose(), CW01_ROUTE).verdict == "holds"
        assert made.plan().changes == ()


CW01_ROUTE = "cloudwatch/333333333333/us-east-1"


def organization_fleet() -> Fleet:
    return asking(fleet(), organization=True, trail="SecurityTrailMaster")


def test_ct02_the_organizations_prefix_is_missing_in_the_bucket_policy() -> None:
    told = case("CT02")
    with bench(ACCOUNTS, organization_fleet(), regions=("us-east-1",)) as made:
        made.mend()
        act_for_hours(made, 2)
        put_bucket_policy(made, told["broken_config"]["bucket_policy"])
        act_for_hours(made, 1)
        silent = broken(route(made.diagnose(), PRODUCTION))
        finding = next(f for f in silent if f.aspect == "permitted")
        assert finding.code == "bucket-refuses"
        sent = told["probes"][0]["resource"].rpartition("/2026/")[0]
        assert finding.evidence["resource"].startswith(sent)
        assert nearest(finding)["statement"] == "AWSCloudTrailWrite"
        assert nearest(finding)["element"] == "Resource"
        assert nearest(finding)["wanted"] == [f"arn:aws:s3:::{BUCKET}/AWSLogs/111111111111/*"]
        assert "delivery-error" in {f.code for f in silent}
        text = " ".join(diagnosis_text(made.fleet, made.diagnose(), Paint(), Around()).split())
        root = f"arn:aws:s3:::{BUCKET}/AWSLogs"
        assert f"may s3:PutObject on {root}/o-exampleorg1/111111111111/CloudTrail/" in text
        assert f"`AWSCloudTrailWrite`, whose Resource names `{root}/111111111111/*`" in text
        with pytest.raises(ClientError, match="InsufficientS3BucketPolicyException"):
            made.client("111111111111", "cloudtrail").update_trail(
                Name="SecurityTrailMaster", EnableLogFileValidation=True
            )
        assert [change.call for change in made.mend().changes] == ["s3:PutBucketPolicy"]
        act_for_hours(made, 2)
        for each in made.diagnose().routes:
            assert each.aspects["permitted"] == each.aspects["arriving"] == "holds", each.first


@pytest.fixture(scope="module")
def wide() -> Iterator[Bench]:
    """Two Regions, and an archive open to every trail of production, whatever it is called."""
    wanted = msgspec.structs.replace(fleet(), regions=BOTH)
    with bench(ACCOUNTS, wanted, regions=BOTH) as made:
        made.mend()
        made.pass_hours(1)
        s3, kms = made.archive("s3"), made.archive("kms")
        key_id = kms.describe_key(KeyId="alias/logkeep")["KeyMetadata"]["KeyId"]
        document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
        put_bucket_policy(made, opened(document, ["s3:GetBucketAcl", "s3:PutObject"]))
        document = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
        text = json.dumps(opened(document, ["kms:GenerateDataKey*", "kms:DescribeKey"]))
        kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=text)
        yield made


def test_ct14_a_shadow_of_one_multi_region_trail_is_no_duplicate(wide: Bench) -> None:
    """The negative control: the same flag in every Region, and one trail only (rule 1.11)."""
    assert case("CT14")["fix"]["trails"][0]["IsMultiRegionTrail"]
    for region in BOTH:
        trails = wide.client("333333333333", "cloudtrail", region)
        (shown,) = trails.describe_trails()["trailList"]
        assert shown["IncludeGlobalServiceEvents"]
        assert shown["HomeRegion"] == "us-east-1"
    assert of_production(wide) == set()
    assert wide.plan().changes == ()
    assert copies(wide, "control") == 1


def test_ct14_a_single_region_trail_elsewhere_gets_none(wide: Bench) -> None:
    """Since 2021 the case's own trails double nothing: global events are us-east-1's (1.11.1)."""
    a, b = case("CT14")["broken_config"]["trails"]
    assert (a["HomeRegion"], b["HomeRegion"]) == BOTH
    wide.client("333333333333", "cloudtrail").delete_trail(Name="logkeep")
    for each in (a, b):
        flags = {k: each[k] for k in ("IsMultiRegionTrail", "IncludeGlobalServiceEvents")}
        add_trail(wide, each["Name"] * 3, each["HomeRegion"], **flags)
    assert "global-events-doubled" not in of_production(wide)
    assert copies(wide, "once") == 1
    for each in (a, b):
        trails = wide.client("333333333333", "cloudtrail", each["HomeRegion"])
        trails.delete_trail(Name=each["Name"] * 3)
    wide.mend()


@pytest.mark.parametrize("beside", ["single", "multi"])
def test_ct14_two_that_really_record_them_twice(wide: Bench, beside: str) -> None:
    trails = wide.client("333333333333", "cloudtrail")
    if beside == "single":
        trails.update_trail(
            Name="logkeep", IsMultiRegionTrail=False, IncludeGlobalServiceEvents=True
        )
        add_trail(wide, "theirs-abroad", "eu-west-1", IncludeGlobalServiceEvents=False)
    add_trail(wide, "theirs", "us-east-1", IncludeGlobalServiceEvents=True)
    wide.pass_hours(1.2)
    assert of_production(wide) == {"global-events-doubled"}
    assert copies(wide, f"twice-{beside}") == 2
    (change,) = wide.mend().changes
    assert change.call == "cloudtrail:UpdateTrail"
    assert change.arguments["IncludeGlobalServiceEvents"] is False
    assert copies(wide, f"mended-{beside}") == 1
    assert of_production(wide) == set()
    for name, home in (("theirs", "us-east-1"), ("theirs-abroad", "eu-west-1")):
        if beside == "single" or name == "theirs":
            wide.client("333333333333", "cloudtrail", home).delete_trail(Name=name)
    wide.mend()
