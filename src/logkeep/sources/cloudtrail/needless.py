"""Which calls that change trails the fleet's wishes never lead to in an account?"""

from __future__ import annotations

from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.value import AccountId


def needless(facts: Facts, logs: tuple[TrailLogs, ...], account: AccountId) -> frozenset[str]:
    """The calls that no plan makes there, whatever is found.

    Only the organization's management account may enable access for a service (AWS Organizations
    API, EnableAWSServiceAccess), so while that account is not known, none does.
    """
    here = [each for each in logs if account in each.accounts or each.options.organization]
    management = organization_trail.identity(facts).management
    is_asked = {
        "organizations:EnableAWSServiceAccess": account == management
        and organization_trail.wanted(facts.fleet),
        "cloudtrail:PutInsightSelectors": any(each.options.insights for each in here),
        # A trail goes only where the fleet says which kind is to stay.
        "cloudtrail:DeleteTrail": any(each.options.organization is not None for each in here),
        "logs:CreateLogGroup": any(each.options.log_group for each in here),
    }
    return frozenset(call for call, asked in is_asked.items() if not asked)
