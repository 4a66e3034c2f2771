"""Who could have a service do it that already runs as a reader, without passing a role?

Whoever changes the code of a function, or runs commands on an instance, acts as the role that is
attached. Logkeep reads no functions, instances or builds, so what runs as a role is not known: such
a step is in doubt, and says which listing would settle it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from logkeep.access import organization
from logkeep.access.policies.speaking import layers_for, own_layers
from logkeep.policy import Policy, Unread, decide, request
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Arn
from logkeep.who.candidates import Candidate, people_of
from logkeep.who.values import Holder, Step

ACTING: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "lambda.amazonaws.com": (
        ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
        "lambda:ListFunctions",
    ),
    "ec2.amazonaws.com": (
        (
            "ssm:SendCommand",
            "ssm:StartSession",
            "ec2:ModifyInstanceAttribute",
            "ec2-instance-connect:SendSSHPublicKey",
            "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
            "elasticmapreduce:AddJobFlowSteps",
        ),
        "ec2:DescribeInstances",
    ),
    "codebuild.amazonaws.com": (
        ("codebuild:UpdateProject", "codebuild:StartBuild", "codebuild:StartBuildBatch"),
        "codebuild:BatchGetProjects",
    ),
    "cloudformation.amazonaws.com": (
        (
            "cloudformation:UpdateStack",
            "cloudformation:CreateChangeSet",
            "cloudformation:UpdateStackSet",
        ),
        "cloudformation:DescribeStacks",
    ),
    "glue.amazonaws.com": (
        ("glue:UpdateJob", "glue:StartJobRun", "glue:UpdateDevEndpoint", "glue:RunStatement"),
        "glue:GetJobs",
    ),
    "ecs-tasks.amazonaws.com": (("ecs:ExecuteCommand", "batch:SubmitJob"), "ecs:DescribeTasks"),
    "states.amazonaws.com": (("states:UpdateStateMachine",), "states:ListStateMachines"),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:CreatePresignedDomainUrl"),
        "sagemaker:ListNotebookInstances",
    ),
    "tasks.apprunner.amazonaws.com": (("apprunner:UpdateService",), "apprunner:ListServices"),
    "appstream.amazonaws.com": (("appstream:CreateStreamingURL",), "appstream:DescribeFleets"),
}
"""For each service that runs code: what has it run a caller's, and what lists where it does.

API References of Lambda, Systems Manager, EC2, EC2 Instance Connect, EMR, CodeBuild,
CloudFormation, Glue, ECS, AWS Batch, Step Functions, SageMaker, App Runner and AppStream.
"""
ASSUME_ROOT: Final = "sts:AssumeRoot"
CENTRAL_ROOT: Final = "whether root access is managed centrally (iam:ListOrganizationsFeatures)"


def of_any_partition(service: str) -> str:
    """The name that a service has in the partition `aws`: China's end in `.cn` (IAM guide)."""
    return service.lower().removesuffix(".cn")


def through_services(
    facts: Facts, who: Candidate, role: Holder, services: frozenset[str]
) -> Iterator[Step]:
    """The actions by which somebody of its account could act as a reader's role."""
    if role.kind != "role" or role.principal == who.principal or who.account != role.account:
        return
    own = own_layers(facts, who.principal).identity
    for service in sorted(services):
        # What stands in no table is in doubt by whom it lets in (`let_in`).
        actions, listing = ACTING.get(of_any_partition(service), ((), ""))
        for action in actions:
            if _is_allowed(own, action.lower()) and not _is_denied(facts, who, action):
                doubt = f"what runs as {role.principal}: {listing} was not asked"
                unknown = tuple(dict.fromkeys((doubt, *role.unknown)))
                yield Step(who.principal, action, role.principal, False, None, unknown, who.kind)


def _is_allowed(own: Sequence[Policy] | Unread, action: str) -> bool:
    """Whether its own policies allow an action, in lower case, on anything at all."""
    return isinstance(own, Unread) or any(
        each.allows and each.accepts_action(action) for policy in own for each in policy.statements
    )


def _is_denied(facts: Facts, who: Candidate, action: str) -> bool:
    """Whether a Deny keeps it from all."""
    managed = organization.is_management(facts, who.account)
    asked = request(
        who.principal, action, "*", who.account, unknown=("*",), in_management_account=managed
    )
    return decide(asked, layers_for(facts, asked)).outcome == "ExplicitlyDenied"


def as_root(facts: Facts, on: Arn) -> Iterator[Step]:
    """Who of the management account could take the bucket's policy away as a member's root user.

    STS API Reference, "AssumeRoot"; the task policy S3UnlockBucketPolicy deletes a bucket's policy.
    """
    account = facts.fleet.archive.account
    found = seen(organization.membership(facts, account))
    if found is None or found.management == account:
        return
    root = f"arn:{facts.fleet.partition}:iam::{account}:root"
    for who in people_of(facts, found.management):
        if who.kind == "root":  # no root user may assume (AssumeRoot)
            continue
        asked = request(
            # The caller's own account decides: a root user has no policy that could let anybody in.
            *(who.principal, ASSUME_ROOT, root, who.account),
            unknown=("*",),
            in_management_account=True,
        )
        decision = decide(asked, layers_for(facts, asked))
        if decision.outcome in ("Allowed", "Unknown"):
            unknown = tuple(dict.fromkeys((CENTRAL_ROOT, *decision.unknown)))
            yield Step(who.principal, ASSUME_ROOT, on, False, None, unknown, who.kind)
