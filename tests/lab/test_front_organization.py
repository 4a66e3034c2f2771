"""The organization: its accounts, and policies that bind its members and not its management."""

import json

import pytest

SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"


@pytest.fixture(scope="module")
def organizations(client):
    return client("organizations")


@pytest.fixture
def attach(organizations):
    """Attach a policy to a target while the test runs."""
    made = []

    def attach_policy(kind, target, *statements):
        content = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        made_policy = organizations.create_policy(
            Content=content, Description="", Name=f"{kind}-{len(made)}", Type=kind
        )
        number = made_policy["Policy"]["PolicySummary"]["Id"]
        organizations.attach_policy(PolicyId=number, TargetId=target)
        made.append((number, target))

    yield attach_policy
    for number, target in made:
        organizations.detach_policy(PolicyId=number, TargetId=target)
        organizations.delete_policy(PolicyId=number)


def test_members_see_the_organization_and_only_management_its_accounts(client, refused):
    seen = client("organizations", "admin@staging").describe_organization()["Organization"]
    assert (seen["Id"], seen["MasterAccountId"]) == ("o-exampleorg1", SECURITY)
    accounts = client("organizations").list_accounts()["Accounts"]
    assert {one["Id"]: one["Name"] for one in accounts} == {
        SECURITY: "security",
        PRODUCTION: "production",
        STAGING: "staging",
    }
    member = client("organizations", "admin@staging")
    assert refused(member.list_accounts) == "AccessDeniedException"
    outside = client("organizations", "admin@stranger")
    assert refused(outside.describe_organization) == "AWSOrganizationsNotInUseException"


def test_member_accounts_can_be_entered_and_the_management_account_not(client, session, refused):
    role = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"
    for account in (PRODUCTION, STAGING):
        there = client("sts", session(role.format(account))).get_caller_identity()
        assert there["Account"] == account
    assert refused(session, role.format(SECURITY)) == "AccessDenied"
    assert refused(session, role.format("999999999999")) == "AccessDenied"


def test_scp_binds_members_with_their_roots_and_not_management(
    client, organizations, attach, refusal
):
    # Rule 5.1.6.
    root = organizations.list_roots()["Roots"][0]["Id"]
    no_keys = {"Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"}
    attach("SERVICE_CONTROL_POLICY", root, no_keys)
    for who in ("admin@staging", "root@production"):
        code, said = refusal(client("kms", who).create_key)
        assert code == "AccessDeniedException"
        assert "with an explicit deny in a service control policy" in said
    client("kms", "ada").create_key()
    client("kms", "admin@stranger").create_key()


def test_scp_of_a_unit_binds_the_accounts_in_it(client, organizations, attach, refused):
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="sandbox")
    number = unit["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=STAGING, SourceParentId=root, DestinationParentId=number)
    organizations.attach_policy(PolicyId="p-FullAWSAccess", TargetId=number)
    no_keys = {"Effect": "Deny", "Action": "kms:ListKeys", "Resource": "*"}
    attach("SERVICE_CONTROL_POLICY", number, no_keys)
    assert refused(client("kms", "admin@staging").list_keys) == "AccessDeniedException"
    client("kms", "admin@production").list_keys()


def test_every_scp_level_must_allow(client, organizations, attach, refused):
    # Policies of one level are together what the level allows; an account without any denies.
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=STAGING)
    try:
        sqs_only = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
        attach("SERVICE_CONTROL_POLICY", STAGING, sqs_only)
        client("sqs", "admin@staging").list_queues()
        assert refused(client("kms", "admin@staging").list_keys) == "AccessDeniedException"
    finally:
        organizations.attach_policy(PolicyId="p-FullAWSAccess", TargetId=STAGING)
    client("kms", "admin@staging").list_keys()


def test_rcp_binds_members_resources_for_everyone_and_services(
    lab, client, organizations, attach, refused
):
    # Rule 5.1.7; the management account's own resources stay free.
    for who, name in (("admin@production", "members-bucket"), ("ada", "managements-bucket")):
        client("s3", who).create_bucket(Bucket=name)
        logs = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/*",
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [logs]})
        client("s3", who).put_bucket_policy(Bucket=name, Policy=text)
    root = organizations.list_roots()["Roots"][0]["Id"]
    no_writes = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "*",
    }
    attach("RESOURCE_CONTROL_POLICY", root, no_writes)

    def delivered(bucket):
        resource = f"arn:aws:s3:::{bucket}/k"
        return lab.world.authorize_service("cloudtrail.amazonaws.com", "s3:PutObject", resource, {})

    asked = {"Bucket": "members-bucket", "Key": "k", "Body": b""}
    assert refused(client("s3", "root@production").put_object, **asked) == "AccessDenied"
    client("s3").put_object(Bucket="managements-bucket", Key="k", Body=b"")
    ruling = delivered("members-bucket")
    assert (ruling.allowed, ruling.explicit) == (False, True)
    assert "resource control policy" in ruling.reason
    assert delivered("managements-bucket").allowed


def test_deny_outside_my_organization_silently_stops_services(lab, client):
    # Rule 5.2.7: a service principal has no aws:PrincipalOrgID.
    bucket = "fenced-bucket"
    client("s3").create_bucket(Bucket=bucket)
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": STAGING}},
    }
    fence = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    }
    gap = {**fence["Condition"], "Bool": {"aws:PrincipalIsAWSService": "false"}}

    def allowed(source, *statements):
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        client("s3").put_bucket_policy(Bucket=bucket, Policy=text)
        return lab.world.authorize_service(
            "cloudtrail.amazonaws.com",
            "s3:PutObject",
            f"arn:aws:s3:::{bucket}/k",
            {"aws:SourceAccount": source},
        ).allowed

    assert allowed(STAGING, allow)
    assert not allowed(PRODUCTION, allow)
    assert not allowed(STAGING, allow, fence)
    assert allowed(STAGING, allow, {**fence, "Condition": gap})
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"")


def test_delegated_administrator_can_be_registered(organizations):
    service = "cloudtrail.amazonaws.com"
    organizations.register_delegated_administrator(AccountId=PRODUCTION, ServicePrincipal=service)
    listed = organizations.list_delegated_administrators(ServicePrincipal=service)
    assert [one["Id"] for one in listed["DelegatedAdministrators"]] == [PRODUCTION]


def test_role_acts_for_a_service_only_where_it_trusts_it(lab):
    role = f"arn:aws:iam::{STAGING}:role/AppFunction"
    group = f"arn:aws:logs:us-east-1:{STAGING}:log-group:g:log-stream:s"

    def may(service, action):
        return lab.world.authorize_role(role, service, action, group, {}).allowed

    assert may("lambda.amazonaws.com", "logs:PutLogEvents")
    assert not may("lambda.amazonaws.com", "logs:DeleteLogStream")
    assert not may("cloudtrail.amazonaws.com", "logs:PutLogEvents")
    nobody = f"arn:aws:iam::{STAGING}:role/Nobody"
    assert not lab.world.authorize_role(
        nobody, "lambda.amazonaws.com", "logs:PutLogEvents", group, {}
    ).allowed


def test_tags_and_place_in_the_organization_are_conditions(client, organizations, refused):
    root = organizations.list_roots()["Roots"][0]["Id"]
    s3 = client("s3")
    s3.create_bucket(Bucket="blue-bucket")
    condition = {
        "StringEquals": {"aws:PrincipalTag/team": "blue"},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"o-exampleorg1/{root}/*"},
    }
    listing = {
        "Effect": "Allow",
        "Principal": {"AWS": [PRODUCTION, "999999999999"]},
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::blue-bucket",
        "Condition": condition,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [listing]})
    s3.put_bucket_policy(Bucket="blue-bucket", Policy=text)
    there = client("s3", "developer@production")
    assert refused(there.list_objects_v2, Bucket="blue-bucket") == "AccessDenied"
    for account in ("production", "stranger"):
        iam = client("iam", f"admin@{account}")
        iam.tag_user(UserName="developer", Tags=[{"Key": "team", "Value": "blue"}])
    there.list_objects_v2(Bucket="blue-bucket")
    outside = client("s3", "developer@stranger")
    assert refused(outside.list_objects_v2, Bucket="blue-bucket") == "AccessDenied"


def test_boundary_and_groups_have_their_say(client, refused):
    iam = client("iam", "admin@staging")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.create_group(GroupName="keepers")
    iam.put_group_policy(GroupName="keepers", PolicyName="All", PolicyDocument=text)
    intern = client("kms", "intern@staging")
    assert refused(intern.list_keys) == "AccessDeniedException"
    iam.add_user_to_group(GroupName="keepers", UserName="intern")
    intern.list_keys()
    iam.remove_user_from_group(GroupName="keepers", UserName="intern")
    iam.attach_user_policy(
        UserName="intern", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    intern.list_keys()
    iam.detach_user_policy(
        UserName="intern", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    assert refused(intern.list_keys) == "AccessDeniedException"


def test_role_boundary_limits_its_sessions(client, session, refused):
    iam = client("iam", "admin@staging")
    sqs = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [sqs]})
    limit = iam.create_policy(PolicyName="Limit", PolicyDocument=text)["Policy"]["Arn"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{STAGING}:user/admin"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(
        RoleName="Bounded",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        PermissionsBoundary=limit,
    )
    iam.attach_role_policy(
        RoleName="Bounded", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    there = session(f"arn:aws:iam::{STAGING}:role/Bounded", "admin@staging")
    client("sqs", there).list_queues()
    assert refused(client("kms", there).list_keys) == "AccessDeniedException"
