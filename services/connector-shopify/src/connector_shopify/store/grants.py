"""SQL of how shops were connected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connector_kit.sealing import Sealed, Sealer, SealError
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select

from connector_shopify.tables import accounts

_TOKEN = "token"  # noqa: S105 - how a shop was connected before there were other ways
_BY = {"offline": "oauth"}
"""Whose tokens Shopify calls offline came by OAuth."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How a shop gave access, and until when its token holds: of what is sealed, all that is ever shown."""

    by: str = _TOKEN
    expires_at: datetime | None = None


async def load_grants(uow: UnitOfWork, ids: Collection[UUID], sealer: Sealer) -> dict[UUID, Grant]:
    """How these shops gave access. One whose seal can't be opened is left out: the others are still shown."""
    table = accounts
    rows = await uow.conn.execute(
        select(table.c.account_id, table.c.tenant_id, table.c.key_id, table.c.sealed).where(
            table.c.account_id == among(ids)
        )
    )
    grants = {}
    for row in rows:
        try:
            opened = sealer.open(row["tenant_id"], Sealed(row["key_id"], row["sealed"]))
        except SealError:
            continue
        by = opened.get("grant", _TOKEN)
        grants[row["account_id"]] = Grant(_BY.get(by, by), _moment(opened.get("expires_at")))
    return grants


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
