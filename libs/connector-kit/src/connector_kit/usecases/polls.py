"""Reading orders again: every account in turn, whatever webhooks say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from kit import dead_letters, erasing
from kit.unit_of_work import UnitOfWork

from connector_kit import store
from connector_kit.domain import Account, FoundBy
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedPoll
from connector_kit.usecases.accounts import CLOSED_PAUSE, login_needed
from connector_kit.usecases.sales import FoundUntold, Recorded, Sighting, nothing_to_do, record_lines

UNREADABLE = "orders"
"""The dead letters' subscriber for orders that could not be read."""


async def lease_polls(uow: UnitOfWork, sealer: Sealer, *, most: int) -> list[tuple[LeasedPoll, Account]]:
    """Lease accounts whose orders are due to be read, with their credentials."""
    polls = await store.lease_polls(uow, most=most)
    await uow.allow({p.tenant_id for p in polls})
    accounts, closed = await store.load_openable(uow, (p.account_id for p in polls), sealer)
    for poll in polls:
        if poll.account_id in closed:
            await store.release_poll(uow, poll, uow.now + CLOSED_PAUSE)
        elif poll.account_id not in accounts:
            await store.stop_polling(uow, poll.account_id)
    return [(p, accounts[p.account_id]) for p in polls if p.account_id in accounts]


async def record_page(uow: UnitOfWork, account: Account, page: OrdersPage, found_by: FoundBy) -> Recorded:
    """Record one page of orders; nothing when the tenant was erased while it was read."""
    await uow.allow([account.tenant_id])
    if await erasing.erased_among(uow, [account.tenant_id]):
        return Recorded()
    await set_aside_unreadable(uow, account, page)
    return await record_lines(uow, sightings_of(account, page, found_by))


async def record_polled(
    uow: UnitOfWork,
    poll: LeasedPoll,
    account: Account,
    page: OrdersPage,
    found_untold: FoundUntold = nothing_to_do,
) -> bool:
    """Record a page of a poll and keep its lease; False, and nothing, when the lease was taken over."""
    held = await store.hold_poll(uow, poll)
    if held:
        recorded = await record_page(uow, account, page, "poll")
        if recorded.first:
            await found_untold(uow, account, recorded.first)
    return held


async def set_aside_unreadable(uow: UnitOfWork, account: Account, page: OrdersPage) -> None:
    """Keep a page's unreadable orders as dead letters; the same bytes, read again by the next poll, are kept once."""
    for order in page.unreadable:
        digest = hashlib.sha256(account.account_id.bytes + order.payload).digest()
        await dead_letters.set_aside(
            uow,
            subscriber=UNREADABLE,
            source=f"orders:{account.platform}",
            position=int.from_bytes(digest[:8]) >> 1,
            key=account.account_id.bytes,
            payload=order.payload,
            reason="unmappable",
            error=order.reason,
            tenant_id=account.tenant_id,
        )


def sightings_of(account: Account, page: OrdersPage, found_by: FoundBy) -> Sequence[Sighting]:
    """A page's lines as sightings."""
    return [Sighting(account, line, found_by, page.read_at) for line in page.lines]


async def finish_poll(
    uow: UnitOfWork, poll: LeasedPoll, *, complete_up_to: datetime, every: timedelta
) -> None:
    """All pages are recorded: the watermark goes up and the next poll is due after `every`, unless wanted sooner."""
    await uow.allow([poll.tenant_id])
    if await store.release_poll(uow, poll, uow.now + every):
        await store.advance_watermark(uow, poll.account_id, complete_up_to)


async def fail_poll(
    uow: UnitOfWork, poll: LeasedPoll, *, pause: timedelta, login_reason: str | None = None
) -> None:
    """The orders could not be read to the end: again after `pause`, from the old watermark."""
    await uow.allow([poll.tenant_id])
    await store.release_poll(uow, poll, uow.now + pause)
    if login_reason is not None:
        await login_needed(uow, poll.account_id, reason=login_reason)
