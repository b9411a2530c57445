"""SQL of what is known of a shop's webhooks: what it is subscribed to, when one came last, and when one was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from connector_kit.store.codec import as_rows
from kit.unit_of_work import UnitOfWork
from pydantic_core import to_json
from sqlalchemy import select, text

from connector_shopify.domain import Arrivals
from connector_shopify.tables import account_health

# Rows are made of accounts that are there: those of an erased tenant are not made again.
_TOPICS = text(
    """
insert into account_health (account_id, tenant_id, topics, topics_at, topics_error, changed_at)
select account_id, tenant_id, cast(:topics as jsonb), :at, :error, :now from accounts where account_id = :account
on conflict (account_id) do update set topics = coalesce(excluded.topics, account_health.topics),
  topics_at = coalesce(excluded.topics_at, account_health.topics_at), topics_error = excluded.topics_error,
  changed_at = excluded.changed_at
"""
)
_HEARD = text(
    """
insert into account_health (account_id, tenant_id, webhook_at, refused_at, changed_at)
select a.account_id, a.tenant_id, r.webhook_at, r.refused_at, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(account_id uuid, webhook_at timestamptz, refused_at timestamptz)
join accounts a using (account_id) order by a.account_id
on conflict (account_id) do update set webhook_at = greatest(account_health.webhook_at, excluded.webhook_at),
  refused_at = greatest(account_health.refused_at, excluded.refused_at), changed_at = excluded.changed_at
"""
)


async def save_topics(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    topics: Sequence[str] | None,
    at: datetime | None,
    error: str | None,
) -> None:
    """Keep what a shop sends us, as looked at since `at`; None where it could not be looked at leaves what is held."""
    values = {
        "account": account_id,
        "topics": None if topics is None else to_json(list(topics)).decode(),
        "at": at,
        "error": error,
        "now": uow.now,
    }
    await uow.conn.execute(_TOPICS, values)


async def topics_looked_at(uow: UnitOfWork, account_id: UUID) -> datetime | None:
    """When the last look at a shop's subscriptions began that came to its end."""
    query = select(account_health.c.topics_at).where(account_health.c.account_id == account_id)
    found: datetime | None = (await uow.conn.execute(query)).scalar()
    return found


async def save_arrivals(uow: UnitOfWork, arrivals: Mapping[UUID, Arrivals]) -> None:
    """Keep when each account's last genuine webhook came, and the last that was refused; neither ever goes back."""
    rows = [
        {"account_id": account, "webhook_at": news.heard_at, "refused_at": news.refused_at}
        for account, news in arrivals.items()
    ]
    await uow.conn.execute(_HEARD, {"rows": as_rows(rows), "now": uow.now})
