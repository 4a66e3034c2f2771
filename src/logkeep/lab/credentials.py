"""Whose key is it? An access key of the lab, and the role by which an account is entered.

Apart from what makes them, so that another process speaks to a running lab without being one.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCESS_ROLE = "OrganizationAccountAccessRole"


@dataclass(frozen=True)
class Credentials:
    """An access key of the lab, with whose it is."""

    account: str
    name: str
    access_key_id: str
    secret_access_key: str
