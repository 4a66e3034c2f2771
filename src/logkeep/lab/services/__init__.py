"""Where moto is wrong or silent: single operations as AWS has them, one module a service."""

from __future__ import annotations

from logkeep.lab.call import Overlay
from logkeep.lab.services import ec2, kms, logs, organizations, s3, sts, vended

OVERLAYS: dict[tuple[str, str], Overlay] = {
    **ec2.OVERLAYS,
    **kms.OVERLAYS,
    **logs.OVERLAYS,
    **organizations.OVERLAYS,
    **s3.OVERLAYS,
    **sts.OVERLAYS,
    **vended.OVERLAYS,
}
"""By service and operation."""
