"""Buyers' data forgotten, as Shopify asks."""

from __future__ import annotations

from collections.abc import Collection

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.sealing import Sealer
from connector_kit.store import Known
from kit.unit_of_work import UnitOfWork

from connector_shopify import store


async def forget_buyer(uow: UnitOfWork, known: Known, ids: Collection[str]) -> int:
    """Forget what names one buyer: mapped webhooks, of all buyers, and dead ones that hold one of the ids.

    One still to be mapped is in use; it is pruned with its kind (raw_webhook_days, Shopify's own time for this).
    """
    emptied = await store.forget_dead_webhooks(uow, known.account_id, ids)
    return emptied + await store.forget_raw_webhooks(uow, known.account_id)


async def forget_shop(uow: UnitOfWork, sealer: Sealer, known: Known) -> int:
    """Forget all buyers of a shop and, unless it is connected again, its keys too."""
    emptied = await store.forget_dead_webhooks(uow, known.account_id, None)
    account = (await shared_store.load_accounts(uow, [known.account_id])).get(known.account_id)
    if account is not None and account.state == "revoked":
        await shared.keep_credentials(uow, sealer, account, {})
    return emptied + await store.forget_raw_webhooks(uow, known.account_id)
