"""Routes x snapshot -> plan: the changes that mend what is ours, proven before any is made."""

from logkeep.plan.blocked import Blocked
from logkeep.plan.plan import Flip, Plan, account_of_route, plan

__all__ = ["Blocked", "Flip", "Plan", "account_of_route", "plan"]
