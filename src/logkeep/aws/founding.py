"""What AWS says where there is no fleet file yet: the caller's own Region, and his own account."""

from __future__ import annotations

from logkeep.archive.founding.offer import Founding, Seed, provisional
from logkeep.archive.founding.seek import wanted
from logkeep.aws.collect import OnCollectProgress, collect
from logkeep.aws.errors import NO_CREDENTIALS, no_credentials
from logkeep.aws.session import CallLog, Session, open_sdk
from logkeep.snapshot import Snapshot
from logkeep.value import Region


def usual_region() -> Region:
    """The Region that the SDK's own settings name; nothing where they name none."""
    try:
        return open_sdk().get_config_variable("region") or ""
    except NO_CREDENTIALS as error:  # such as a profile that is not there
        raise no_credentials(error) from error


def asked(
    region: Region,
    role: str,
    offers: tuple[Founding, ...],
    *,
    organization: bool,
    existing: bool,
    progress: OnCollectProgress,
) -> tuple[Seed, Snapshot, CallLog]:
    """Who asked for what, all answers, and which calls it took."""
    stranger = Seed("", region, role, organization, existing, offers)
    session = Session(provisional(stranger))
    seed = Seed(session.identity().account, region, role, organization, existing, offers)
    snapshot = collect(provisional(seed), wanted(seed), session, progress)
    return seed, snapshot, session.calls
