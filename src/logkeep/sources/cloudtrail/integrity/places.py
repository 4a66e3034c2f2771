"""Where in an archive do trails write, or have they written? Found by looking, not by asking them.

A trail that is gone has left its folders behind, and so has one of another organization or prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import DIGESTS, LOGS, Folder
from logkeep.value import AccountId

LOGS_ROOT = "AWSLogs"
DEPTH_MAX = 4
"""How many folders deep a trail's own prefix is looked for."""
LOOKS_MAX = 200
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}", re.ASCII)


def roots(reader: Reader, known: Iterable[str]) -> Iterator[str]:
    """Every key prefix under which accounts have folders; raises CannotList."""
    found = dict.fromkeys([*known, *_prefixes(reader)])
    for root in found:
        yield root
        if root.endswith(f"{LOGS_ROOT}/"):
            for name in reader.folders(root):
                if _ORGANIZATION.fullmatch(name) and f"{root}{name}/" not in found:
                    yield f"{root}{name}/"


def _prefixes(reader: Reader) -> Iterator[str]:
    """The prefixes that trails write under, the shallowest first."""
    looks = 0
    level = [""]
    for _ in range(DEPTH_MAX):
        deeper: list[str] = []
        for prefix in level:
            looks += 1
            if looks > LOOKS_MAX:
                return
            names = list(reader.folders(prefix))
            if LOGS_ROOT in names:
                yield f"{prefix}{LOGS_ROOT}/"
            deeper += [f"{prefix}{name}/" for name in names if name != LOGS_ROOT]
        level = deeper


def accounts(reader: Reader, root: str) -> list[AccountId]:
    """The accounts that have a folder under a root; raises CannotList."""
    return [name for name in reader.folders(root) if _ACCOUNT.fullmatch(name)]


def folders(reader: Reader, bucket: str, root: str, account: AccountId) -> list[Folder]:
    """An account's folders under a root, one a Region; raises CannotList."""
    kinds = {DIGESTS, LOGS} & set(reader.folders(f"{root}{account}/"))
    names = {name for kind in kinds for name in reader.folders(f"{root}{account}/{kind}/")}
    return [Folder(bucket, account, region, root) for region in sorted(names)]
