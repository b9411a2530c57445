"""What only Shopify needs: the secret a shop's own app signs with."""

from __future__ import annotations

from connector_kit import store
from connector_kit.sealing import Sealer
from connector_kit.store import Known
from kit.unit_of_work import UnitOfWork


async def client_secret_of(uow: UnitOfWork, sealer: Sealer, known: Known) -> str | None:
    """The client secret of a shop that is connected through an app of its own."""
    accounts = await store.load_accounts(uow, [known.account_id], sealer)
    account = accounts.get(known.account_id)
    return account.credentials.get("client_secret") or None if account else None
