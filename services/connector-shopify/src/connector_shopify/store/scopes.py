"""SQL of the scopes each shop was seen to give us."""

from __future__ import annotations

from collections.abc import Collection

from connector_kit.domain import Account
from kit.unit_of_work import UnitOfWork
from sqlalchemy.dialects.postgresql import insert

from connector_shopify.tables import account_health


async def save_scopes(uow: UnitOfWork, account: Account, granted: Collection[str]) -> None:
    """What was granted as of now; nothing else of the account's health changes."""
    seen = {"scopes": sorted(granted), "scopes_at": uow.now, "changed_at": uow.now}
    statement = insert(account_health).values(
        account_id=account.account_id, tenant_id=account.tenant_id, **seen
    )
    await uow.conn.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=seen))
