"""As which account did CloudTrail come in each Region, before it had a name of its own?

CloudTrail User Guide, "Troubleshooting the Amazon S3 bucket policy", names them: such a policy lets
logs of those Regions come and of no other. Which is whose is on "CloudTrail supported regions".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from logkeep.value import AccountId, Region

OLD_ACCOUNTS: Final[Mapping[Region, AccountId]] = MappingProxyType(
    {
        "ap-northeast-1": "216624486486",
        "ap-southeast-1": "903692715234",
        "ap-southeast-2": "284668455005",
        "eu-central-1": "035351147821",
        "eu-west-1": "859597730677",
        "sa-east-1": "814480443879",
        "us-east-1": "086441151436",
        "us-west-1": "388731089494",
        "us-west-2": "113285607260",
    }
)
