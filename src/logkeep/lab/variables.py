"""Which variables lead a program to the lab, and nowhere else?"""

from __future__ import annotations

import os

from logkeep.aws.pace import UNPACED
from logkeep.lab.credentials import Credentials
from logkeep.value import Region


def environment(
    url: str, region: Region, found: Credentials, *, paced: bool = False
) -> dict[str, str]:
    """What makes an SDK or the `aws` command one of the lab's people.

    A lab that is not `paced` takes calls as fast as they come, and says so to Logkeep.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": found.access_key_id,
        "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        UNPACED: "" if paced else url,
    }
