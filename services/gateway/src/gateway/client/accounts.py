"""The connectors: every marketplace account, whoever holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from kit.errors import Refused

from gateway.client.base import Owner, OwnerAwayError, Who
from gateway.wire.accounts import Account


@dataclass(frozen=True, slots=True)
class Found:
    """The accounts of the platforms that answered, and the platforms that did not."""

    accounts: tuple[Account, ...]
    missing: tuple[str, ...]


class Accounts:
    """Calls to every connector, by platform."""

    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._owners = owners

    async def listed(self, who: Who) -> Found:
        """Accounts of every platform. Raises OwnerAwayError only when no connector answers."""
        answers = await asyncio.gather(*(self._one(platform, who) for platform in self._owners))
        missing = tuple(
            platform for platform, found in zip(self._owners, answers, strict=True) if found is None
        )
        if len(missing) == len(self._owners):
            raise OwnerAwayError("connectors", "none answered")
        return Found(tuple(account for found in answers for account in found or ()), missing)

    async def _one(self, platform: str, who: Who) -> list[Account] | None:
        """One connector's accounts; each knows its own platform only."""
        try:
            found = await self._owners[platform].get(who, "/v1/accounts", tuple[Account, ...])
        except (OwnerAwayError, Refused):
            return None
        return [account.model_copy(update={"platform": platform}) for account in found]
