"""How many variants a shop counts, and whether a reading brought them."""

from __future__ import annotations

from dataclasses import replace

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed, Nature, Problem

from connector_shopify.client.http import Admin
from connector_shopify.wire.listings import VariantsCountData

_FEW, _PART = 5, 0.02
"""Variants that a reading may miss of those counted: so many, or this part of them."""
_SHORT = Problem(Action.FAIL, Nature.TRANSIENT, "articles_missing", "")


class Counting:
    """Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def variants(self, account: Account) -> int | None:
        """All of the shop's; None where it does not count them to the end."""
        data = await self._admin.read(account, "CountVariants", {}, VariantsCountData, Lane.SYNC)
        counted = data.product_variants_count
        return counted.count if counted is not None and counted.precision == "EXACT" else None


def is_short(brought: int, counted: int | None, *, elsewhere: int | None = None) -> bool:
    """Whether a reading brought far fewer variants than the shop counts.

    Where another way of reading brought as many (`elsewhere`), it is the count that is wrong.
    """
    if counted is None:
        return False
    may_miss = max(_FEW, round(counted * _PART))
    agreed = elsewhere is not None and elsewhere > 0 and abs(brought - elsewhere) <= may_miss
    return brought + may_miss < counted and not agreed


def read_too_few(brought: int, counted: int | None) -> CallFailed:
    """A reading that must end nothing."""
    words = (
        f"Shopify counts {counted} variants in this shop but shows only {brought}, so Soldwire ended no listing. "
        "Refresh data again later; if it stays so, ask Shopify's support."
    )
    return CallFailed(replace(_SHORT, reason=words))
