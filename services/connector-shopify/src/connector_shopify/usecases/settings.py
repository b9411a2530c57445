"""What a seller chooses for a shop."""

from __future__ import annotations

from uuid import UUID

from connector_kit import store as shared_store
from kit.errors import NotFound
from kit.unit_of_work import UnitOfWork

from connector_shopify import store


async def set_sold_out(uow: UnitOfWork, account_id: UUID, sold_out: str) -> None:
    """Say what becomes of a product none of whose variants can be bought. Raises NotFound."""
    account = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such account.")
    await store.save_sold_out(uow, account_id, account.tenant_id, sold_out)
