"""Routes x snapshot -> plan: the changes that mend what is ours, proven before any is made."""

from logkeep.plan.plan import Blocked, Flip, Plan, plan

__all__ = ["Blocked", "Flip", "Plan", "plan"]
