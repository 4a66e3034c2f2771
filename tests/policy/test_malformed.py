"""What AWS refuses as a policy, each mistake in its place (IAM User Guide, "Grammar")."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Kind, Layers, Malformed, Policy, decide, lint, read_policy, request

GOOD: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def without(*names: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name not in names} | changes


def on(operator: str, block: Any) -> dict[str, Any]:
    return without(Condition={operator: block})


REFUSED: list[tuple[Kind, Any, str]] = [
    ("resource", without("Effect"), "Statement[0].Effect: must be `Allow` or `Deny`, not a JSON"),
    ("resource", without(Effect="allow"), "Statement[0].Effect: must be `Allow` or `Deny`, not `a"),
    ("resource", without("Principal"), "Statement[0]: has no Principal"),
    ("resource", without("Action"), "Statement[0]: has no Action"),
    ("resource", without("Resource"), "Statement[0]: has no Resource"),
    ("resource", without(Resource=[]), "Statement[0].Resource: is empty"),
    ("resource", without(NotAction="s3:*"), "Statement[0]: has both Action and NotAction"),
    ("resource", without(Action="s3"), "Statement[0].Action: `s3` is no action"),
    ("resource", without(Resource="b/*"), "Statement[0].Resource: `b/*` is neither an ARN nor `*`"),
    ("resource", without(Actions="s3:*"), "unknown element `Actions`; did you mean `Action`?"),
    ("resource", without(Principal={"Aws": "*"}), "Principal.Aws: unknown principal type; did you"),
    ("resource", without(Principal={"AWS": "bob"}), "Principal.AWS: invalid principal `bob`"),
    ("resource", without(Principal={"AWS": "arn:aws:iam::111111111111:role/*"}), "invalid princ"),
    ("resource", without("Principal", NotPrincipal="*"), "NotPrincipal: is not supported with All"),
    ("resource", on("StringEqual", {"aws:a": "b"}),
     "Statement[0].Condition.StringEqual: unknown operator; did you mean `StringEquals`?"),
    ("resource", on("NullIfExists", {"aws:a": "true"}), "unknown operator; did you mean"),
    ("resource", on("StringEquals", {"SourceArn": "x"}), "`SourceArn` is no condition key"),
    ("resource", on("StringEquals", {"aws:a": {"b": 1}}), "StringEquals.aws:a: must be a string"),
    ("resource", on("StringEquals", "x"), "Condition.StringEquals: is not an object of keys"),
    ("identity", GOOD, "Statement[0].Principal: has no place in a policy of kind identity"),
    ("scp", GOOD, "Statement[0].Principal: has no place in a policy of kind scp"),
    ("trust", GOOD, "Statement[0].Resource: has no place in a policy of kind trust"),
    ("trust", without("Resource"), "`s3:*` is not an action of sts"),
    ("rcp", GOOD, "Statement[0].Effect: an RCP can only deny"),
    ("rcp", without(Effect="Deny", Principal={"AWS": "111111111111"}), "must be `*` in an RCP"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "statement", "says"), REFUSED, ids=[r[2][:60] for r in REFUSED])
def test_refused(kind: Kind, statement: dict[str, Any], says: str):
    read = read_policy({"Statement": [statement]}, kind)
    assert isinstance(read, Malformed)
    assert any(says in mistake for mistake in read.mistakes), read.mistakes


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "policy: is not JSON"),
        ("[]", "policy: is not a JSON object"),
        ('{"Statement": [], "Statement": []}', "policy: `Statement` stands twice in one object"),
        ('{"Version": "2012-10-18", "Statement": []}', "Version: is `2012-10-18`; AWS knows"),
        ('{"Statment": []}', "unknown element `Statment`; did you mean `Statement`?"),
        ('{"Statement": []}', "Statement: is missing or empty"),
        ('{"Statement": ["x"]}', "Statement[0]: is not an object"),
    ],
)
def test_refused_documents(document: str, says: str):
    read = read_policy(document)
    assert isinstance(read, Malformed)
    assert any(says in mistake for mistake in read.mistakes), read.mistakes


def test_all_mistakes_are_told_at_once():
    read = read_policy({"Statement": [{"Effect": "Allow"}, {"Action": 7}]})
    assert isinstance(read, Malformed)
    assert len(read.mistakes) == 7


def test_a_repeated_sid_is_refused_of_identity_policies():
    statement = without("Principal", Sid="A")
    read = read_policy({"Statement": [statement, statement]}, "identity")
    assert read == Malformed(("Statement[1].Sid: `A` stands twice",))


def test_rcp_full_access_is_read():
    full = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    assert isinstance(read_policy({"Statement": [full]}, "rcp"), Policy)


def test_variables_are_literal_in_the_old_version():
    statement = without(Resource="arn:aws:s3:::${aws:username}")
    assert isinstance(read_policy({"Version": "2008-10-17", "Statement": statement}), Policy)


@pytest.mark.parametrize(("kind", "statement", "_says"), REFUSED)
def test_what_aws_holds_is_valid_and_its_other_statements_count(
    kind: Kind, statement: Any, _says: str
) -> None:
    """A policy that AWS holds it accepted: one statement that is not understood is in doubt."""
    if not isinstance(statement, dict) or kind not in ("resource", "key"):
        return
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    for place in ([statement, GOOD], [GOOD, statement], [{**statement, "Effect": "Deny"}, GOOD]):
        if isinstance(read_policy({"Statement": place}, kind), Policy):
            continue  # what was wrong is put right by the other Effect
        held = read_policy({"Version": "2012-10-17", "Statement": place}, kind, held=True)
        assert isinstance(held, Policy)
        stopped = read_policy(
            {"Version": "2012-10-17", "Statement": [*place, deny]}, kind, held=True
        )
        assert isinstance(stopped, Policy)
        asked = request("cloudtrail.amazonaws.com", "s3:PutObject", "arn:aws:s3:::b/k", "1" * 12)
        assert decide(asked, Layers(resource=held)).outcome in ("Allowed", "Unknown")
        assert decide(asked, Layers(resource=stopped)).outcome == "ExplicitlyDenied"


def test_an_action_that_no_request_has_matches_nothing() -> None:
    """A Deny of it stops nothing and an Allow of it lets nothing pass; both are pointed at."""
    asked = request("cloudtrail.amazonaws.com", "kms:GenerateDataKey", "*", "1" * 12)
    odd = without(Action="kms=GenerateDataKey")
    for statements, outcome in (
        ([odd], "ImplicitlyDenied"),
        ([odd, without(Action="kms:*")], "Allowed"),
        ([{**odd, "Effect": "Deny"}, without(Action="kms:*")], "Allowed"),
    ):
        held = read_policy({"Statement": statements}, "key", held=True)
        assert isinstance(held, Policy)
        assert decide(asked, Layers(resource=held)).outcome == outcome
    (found,) = lint({"Statement": [odd]}, "key")
    assert found.code == "action-unknown"
    assert "`kms=GenerateDataKey` is no action" in found.says


def test_what_is_no_policy_at_all_stays_malformed() -> None:
    for document in ("<html>", "[]", "null", {"Statement": []}, {}):
        assert isinstance(read_policy(document, "resource", held=True), Malformed)
