"""Check: what becomes of a need, by what evidence, and for an unknown what would settle it."""

from logkeep.check.need import check
from logkeep.check.result import Result, behind
from logkeep.legs import layers_of, policy_of

__all__ = ["Result", "behind", "check", "layers_of", "policy_of"]
