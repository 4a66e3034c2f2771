"""By which calls could somebody end the logging of a trail, and why are all others left out?"""

from __future__ import annotations

from typing import Final

from logkeep.sources import On

SILENCES: Final[dict[str, On]] = {
    "cloudtrail:StopLogging": "capture",
    "cloudtrail:DeleteTrail": "capture",
    "cloudtrail:UpdateTrail": "capture",
    "cloudtrail:PutEventSelectors": "capture",
    "organizations:DisableAWSServiceAccess": "organization",
    "organizations:RemoveAccountFromOrganization": "organization",
    "organizations:LeaveOrganization": "member",
}
"""CloudTrail API Reference of each; user guide, "Preparing for creating a trail for your
organization": without trusted access, or outside the organization, its trail records nothing."""
LEFT_OUT: Final = {
    "cloudtrail:AddTags": "changes no event",
    "cloudtrail:CreateTrail": "makes another trail",
    "cloudtrail:PutInsightSelectors": "changes what is told besides the events",
    "cloudtrail:PutEventConfiguration": "changes what is added to events, not which there are",
    "cloudtrail:RemoveTags": "changes no event",
    "cloudtrail:StartLogging": "begins to log",
}
"""All else that writes to a trail."""
