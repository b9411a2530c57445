"""What was taken down, on record: the memory of the client that changes variants and products."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit.domain import Account
from kit.database import Database
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.domain import OwnSettings, TakenProduct


async def note_off_show(
    uow: UnitOfWork,
    account_id: UUID,
    product_ids: Collection[str],
    status: str,
    known_at: datetime | None = None,
) -> None:
    """Let listings know that their product is off show, shown as this status, so that a webhook about it says nothing new.

    "": it is its seller's again. Another status told after `known_at` ends it; None: no webhook does, it is under way.
    """
    if product_ids:
        of = ("product", sorted(product_ids))
        marks = {"off_show": status, "off_show_at": known_at.isoformat() if known_at else ""}
        await shared_store.mark_listings(uow, account_id, of, marks)


class KeptTakedowns:
    """Implements connector_shopify.client.memory.Takedowns; each call is a transaction of its own.

    `settle`: how long after its call a take-down may still take effect, so that nothing of it is forgotten before.
    """

    def __init__(self, database: Database, settle: timedelta) -> None:
        self._database = database
        self._settle = settle

    async def variant(self, account: Account, variant_id: str) -> OwnSettings | None:
        """A variant's own settings, while it is taken down."""
        async with self._database.bus([account.tenant_id]) as uow:
            return await store.taken_variant(uow, account.account_id, variant_id)

    async def remember_variant(self, account: Account, variant_id: str, own: OwnSettings) -> None:
        """Before a variant is taken down."""
        async with self._database.bus([account.tenant_id]) as uow:
            await store.take_variant(uow, account.tenant_id, account.account_id, variant_id, own)

    async def give_back_variant(self, account: Account, variant_id: str) -> None:
        """Before its settings are given back."""
        async with self._database.bus([account.tenant_id]) as uow:
            await store.release_variant(uow, account.account_id, variant_id, self._settle)

    async def forget_variants(self, account: Account, variant_ids: Collection[str], at: datetime) -> None:
        """At that time they showed their seller's settings."""
        if variant_ids:
            async with self._database.bus([account.tenant_id]) as uow:
                await store.forget_variants(uow, account.account_id, variant_ids, at - self._settle)

    async def products(self, account: Account, product_ids: Collection[str]) -> Mapping[str, TakenProduct]:
        """Those of the products that are taken off show."""
        if not product_ids:
            return {}
        async with self._database.bus([account.tenant_id]) as uow:
            return await store.taken_products(uow, account.account_id, product_ids)

    async def give_back_product(self, account: Account, product_id: str) -> None:
        """Before a product is put on show again."""
        async with self._database.bus([account.tenant_id]) as uow:
            await store.release_product(uow, account.account_id, product_id)

    async def account_for(self, account: Account, product_id: str, at: datetime) -> None:
        """What changed of a product up to then was nothing of its seller's."""
        async with self._database.bus([account.tenant_id]) as uow:
            await store.account_for_product(uow, account.account_id, product_id, at)

    async def forget_products(self, account: Account, product_ids: Collection[str], at: datetime) -> None:
        """At that time they no longer showed what was set."""
        if product_ids:
            async with self._database.bus([account.tenant_id]) as uow:
                settled = at - self._settle, at
                gone = await store.forget_products(uow, account.account_id, product_ids, settled)
                await note_off_show(uow, account.account_id, gone, "")
