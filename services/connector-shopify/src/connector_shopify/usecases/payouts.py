"""Payouts: how far they are read, each said once as what it is, its fees on the sales of its orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account, LineFee
from connector_kit.sealing import Sealer
from connector_kit.store import Chore, LeasedChore, Run
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ledger import PayoutSettled

from connector_shopify import store
from connector_shopify.store import SaidPayout
from connector_shopify.wire.payments import Movement, Payout
from connector_shopify.wire.payouts import content_of, nothing_paid, payout_facts
from connector_shopify.wire.scopes import PAYOUTS_SCOPE

PAYOUTS = "payouts"
"""The kind of chore: one an account."""
FIRST = timedelta(days=60)
"""How long before its connection an account's payouts are read the first time."""
LOOKBACK = timedelta(days=7)
"""How long payouts are read again: their status moves, and orders of theirs come in late."""


@dataclass(frozen=True, slots=True)
class PayoutReading:
    """A reading that begins: payouts issued `since`; before it they were read up to `held`."""

    account: Account
    since: datetime
    held: datetime | None
    begun_at: datetime


async def want_payouts(uow: UnitOfWork, account: Account) -> None:
    """Have an account's payouts read now."""
    await shared_store.want_chores(uow, [Chore(account.tenant_id, account.account_id, PAYOUTS)], uow.now)


async def want_payouts_once_allowed(uow: UnitOfWork, account: Account, granted: Collection[str]) -> None:
    """Read payouts now when the shop lets us again, or the account works again; to be called before that is on record."""
    before = await store.scopes_of(uow, account.account_id)
    is_news = before is not None and PAYOUTS_SCOPE not in before
    if PAYOUTS_SCOPE in granted and (is_news or account.state != "connected"):
        await want_payouts(uow, account)


async def want_payouts_after_run(uow: UnitOfWork, run: Run, account: Account) -> None:
    """After a run that read sales: they may be what payouts read before had no sale for, so those are read again."""
    if "sales" not in shared.PHASES[run.scope]:
        return
    await want_payouts(uow, account)
    held = await store.payouts_read_up_to(uow, account.account_id)
    up_to = shared.since_of(run, account) + LOOKBACK
    if up_to < (held or account.connected_at - FIRST + LOOKBACK):
        await store.set_payouts_back(uow, account.tenant_id, account.account_id, up_to)


async def begin_payouts(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> PayoutReading | None:
    """What is to be read; None when the account is no longer there."""
    chore = leased.chore
    await uow.allow([chore.tenant_id])
    account = (await shared_store.load_accounts(uow, [chore.account_id], sealer)).get(chore.account_id)
    if account is None:
        return None
    held = await store.payouts_read_up_to(uow, account.account_id)
    since = account.connected_at - FIRST if held is None else held - LOOKBACK
    return PayoutReading(account, since, held, uow.now)


async def settle_payout(
    uow: UnitOfWork, leased: LeasedChore, account: Account, payout: Payout, movements: Sequence[Movement]
) -> None:
    """Say a payout that has ended, unless it was said as it is now. Raises UnbalancedError, LeaseLost.

    Said once, and again at a higher revision when Shopify restates it; a part that is no more is said as nothing paid.
    """
    await _hold(uow, leased)
    facts = payout_facts(account, payout, movements)
    said = await store.said_of_payout(uow, account.account_id, payout.payout_id)
    gone = {name: nothing_paid(account, payout, name) for name in said.keys() - facts.keys()}
    news = [
        (fact, now)
        for name, fact in sorted((facts | gone).items())
        if (now := _said_as(fact, said.get(name))) is not None
    ]
    await store.keep_said(uow, [now for _, now in news])
    test = bool(movements) and all(movement.test for movement in movements)
    for fact, now in news:
        uow.emit(fact.model_copy(update={"revision": now.revision}), test=test)


def _said_as(fact: PayoutSettled, before: SaidPayout | None) -> SaidPayout | None:
    """What is to be kept of it; None when that was said already."""
    content = content_of(fact)
    if before is not None and before.content_hash == content:
        return None
    return SaidPayout(
        account_id=fact.account_id,
        payout_id=fact.payout_id,
        tenant_id=fact.tenant_id,
        revision=before.revision + 1 if before else 1,
        content_hash=content,
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        issued_at=fact.paid_at,
    )


async def record_payout_fees(
    uow: UnitOfWork, leased: LeasedChore, account: Account, fees: Mapping[str, Sequence[LineFee]]
) -> frozenset[str]:
    """Put orders' fees on their sales. Returns the orders that are not held. Raises LeaseLost."""
    await _hold(uow, leased)
    return await shared.record_fees(uow, account, fees)


async def keep_payouts_read(
    uow: UnitOfWork, leased: LeasedChore, held: datetime | None, up_to: datetime
) -> datetime | None:
    """Payouts are read up to there; where that is on record now, None when they were set back. Raises LeaseLost."""
    await _hold(uow, leased)
    chore = leased.chore
    return await store.advance_payouts(uow, chore.tenant_id, chore.account_id, held, up_to)


async def keep_payouts_error(uow: UnitOfWork, leased: LeasedChore, error: str | None) -> None:
    """Why an account's payouts can't be read as they should, None when they can. Raises LeaseLost."""
    await _hold(uow, leased)
    await store.keep_payouts_error(uow, leased.chore.tenant_id, leased.chore.account_id, error)


async def _hold(uow: UnitOfWork, leased: LeasedChore) -> None:
    if not await shared_store.hold_chore(uow, leased):
        raise shared.LeaseLost(str(leased.chore.chore_id))
