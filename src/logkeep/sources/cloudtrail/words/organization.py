"""The words of findings about an organization's trail and the accounts it speaks of."""

from __future__ import annotations

from logkeep.value import account_of, arn_name
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, texts
from logkeep.words.wording import Keeper


def _doubled_why(finding: Described) -> str:
    arns = texts(finding.evidence.get("recorders"))
    names = [f"`{clean(arn_name(arn))}`" for arn in arns]
    return (
        f"{len(names)} trails bring IAM, STS and CloudFront events into the archive: "
        f"{', '.join(names)}; each event is stored once a trail, with an event id of its own"
    )


def _outside_why(finding: Described) -> str:
    found = finding.evidence.get("is")
    where = "is in no organization" if found == "none" else f"is in {clean(str(found))}"
    wanted = clean(str(finding.evidence.get("should")))
    return f"the account {where}, and the trail speaks for {wanted}"


def _is_managements(finding: Described) -> bool:
    """Whether it is about an organization's trail whose owner is not in the fleet (rule 1.2.1)."""
    owner = account_of(finding.arn)
    mine = finding.role == "trail" and owner != "" and not finding.fleet.has(owner)
    return mine and finding.code not in ("organization-missing", "trail-limit", "selectors-full")


def keeper(finding: Described) -> Keeper | None:
    """The management account, where the organization's trail is wanted and only it can help."""
    if not _is_managements(finding):
        return None
    who = f"the organization's management account, {account_of(finding.arn)}"
    return Keeper(who, _asked_of_management(finding))


def _asked_of_management(finding: Described) -> str:
    """What the management account may do, so that the fleet can have the organization's trail."""
    if finding.code == "organization-features-off":
        return WORDS[finding.code].fix(finding)
    archive = finding.fleet.archive.account
    untrusted = finding.code == "organization-access-off"
    trust = "trust CloudTrail in the organization and " if untrusted else ""
    return (
        f"{trust}register {archive} as a delegated administrator of CloudTrail, "
        "or list the management account in the fleet file"
    )


WORDS: dict[str, Words] = {
    "organization-missing": worded(
        "there is no organization",
        "the fleet file wants an organization trail, and the accounts are in no organization",
        "make one, or write `organization = false` for a trail in each account",
        step="organization",
    ),
    "organization-features-off": worded(
        "the organization only shares its bills",
        "its features are {is_}; organization trails need {should}",
        "enable all features in AWS Organizations, which every account has to agree to",
        step="organization",
    ),
    "organization-access-off": worded(
        "the organization does not trust CloudTrail",
        "trusted access for `cloudtrail.amazonaws.com` is off, so no trail can speak for members",
        "`logkeep plan` switches it on, from the management account",
        step="organization",
    ),
    "account-outside": Words(
        template("{who} is outside the organization"),
        _outside_why,
        template("invite the account, or give it a trail of its own: `organization = false`"),
    ),
    "home-region-off": worded(
        "{who} has not enabled the trail's home Region",
        "members that did not opt into the home Region of an organization trail send nothing",
        "enable the Region in the account, or make the trail in one that is always enabled",
    ),
    "global-events-doubled": Words(
        template("global events of {who} are recorded twice"),
        _doubled_why,
        template("`logkeep plan` keeps them on one trail, and switches them off on the others"),
        step="global events",
        stops=False,
    ),
}
