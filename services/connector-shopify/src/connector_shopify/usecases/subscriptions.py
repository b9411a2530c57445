"""What shops are subscribed to: on record, and looked at when it is due or a sale was not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit.domain import Account
from connector_kit.sealing import Sealer
from connector_kit.store import Chore
from connector_kit.usecases import Sighting
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.domain import Arrivals
from connector_shopify.usecases.tokens import on_record

SUBSCRIPTIONS = "subscriptions"
"""The chore that looks at what a shop is subscribed to."""
SUBSCRIPTIONS_EVERY = timedelta(hours=1)
SOON = timedelta(minutes=1)
LATE = timedelta(minutes=5)
"""A webhook not come so long after its sale is missing."""


async def watch_subscriptions(uow: UnitOfWork, account: Account) -> None:
    """Have a shop's subscriptions looked at from now on; connecting it makes them at once, if it can."""
    await shared_store.want_chores(uow, [_chore(account)], uow.now + SOON)


async def connected_account(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> Account | None:
    """An account with its credentials; None when it is not connected."""
    account = await on_record(uow, sealer, account_id)
    return account if account is not None and account.state == "connected" else None


async def record_topics(
    uow: UnitOfWork,
    account_id: UUID,
    topics: Sequence[str] | None,
    *,
    began: datetime | None,
    problem: str | None,
) -> None:
    """Keep what a shop sends us, and why not more. None for both where it could not be asked: what is held stays."""
    await store.save_topics(uow, account_id, topics=topics, at=began, error=problem)


async def look_for_missing(uow: UnitOfWork, account: Account, found: Sequence[Sighting]) -> None:
    """A webhook should have told these sales first: its subscription may be gone. One that is looked at again since is not.

    Shopify may tell them still, so it is looked at when they are five minutes old.
    """
    since = await store.topics_looked_at(uow, account.account_id)
    if since is None:
        return
    whole = since.replace(microsecond=0)  # as orders tell their time
    untold = [s.line.sold_at for s in found if s.line.sold_at >= whole]
    if untold:
        await shared_store.want_chores(uow, [_chore(account)], max(uow.now, min(untold) + LATE))


async def record_arrivals(uow: UnitOfWork, arrivals: Mapping[UUID, Arrivals]) -> None:
    """Keep when a genuine webhook came last, and when one was refused, by account."""
    await store.save_arrivals(uow, arrivals)


def _chore(account: Account) -> Chore:
    return Chore(account.tenant_id, account.account_id, SUBSCRIPTIONS)
