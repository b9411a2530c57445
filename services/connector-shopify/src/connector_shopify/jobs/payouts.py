"""Reads what Shopify Payments paid out: each payout said, its fees on its orders' sales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector_kit.domain import LineFee
from connector_kit.errors import DENIED, CallFailed
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedChore
from connector_kit.usecases import LeaseLost
from kit.database import Database
from kit.logs import logger
from kit.unit_of_work import UnitOfWork

from connector_shopify import usecases
from connector_shopify.client import Payments
from connector_shopify.usecases import LOOKBACK, PayoutReading
from connector_shopify.wire.payments import Movement, Payout
from connector_shopify.wire.payouts import UnbalancedError, fees_of_orders

log = logger(__name__)

EVERY = timedelta(hours=6)
REFUSED_EVERY = timedelta(days=1)
PATIENCE = timedelta(days=30)
"""How long a payout that is not done with is read again."""
NO_SCOPE = (
    "Shopify does not let Soldwire read payouts and fees: the permission read_shopify_payments_payouts is missing. "
    "Connect the shop again and accept it."
)
_ORDERS_AT_ONCE = 500


@dataclass
class _Progress:
    """A reading on its way. `open_since`: when the oldest payout was issued that is to be read again."""

    leased: LeasedChore
    reading: PayoutReading
    held: datetime | None
    open_since: datetime | None = None
    error: str | None = None

    def leave_open(self, payout: Payout) -> None:
        """Have it read again; one that stays so is given up in the end."""
        if payout.issued_at < self.reading.begun_at - PATIENCE:
            log.warning("a payout is given up", payout=payout.payout_id, status=payout.status)
        elif self.open_since is None:
            self.open_since = payout.issued_at

    def up_to(self, moment: datetime) -> datetime:
        """Up to when payouts are read once all before `moment` are: the next reading begins a while before."""
        return min(moment, self.open_since + LOOKBACK) if self.open_since else moment


class ReadPayouts:
    """The chore `payouts` of an account."""

    def __init__(self, database: Database, sealer: Sealer, payments: Payments) -> None:
        self._database = database
        self._sealer = sealer
        self._payments = payments

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Read what may have changed since the last time. Killed anywhere, the next one says what this one did not. Raises CallFailed."""
        async with self._database.bus() as uow:
            reading = await usecases.begin_payouts(uow, self._sealer, leased)
        if reading is None:
            return None
        if reading.account.state != "connected":
            return REFUSED_EVERY
        try:
            return await self._read(_Progress(leased, reading, reading.held))
        except LeaseLost:
            log.info("reading payouts was taken over", account=str(reading.account.account_id))
            return EVERY

    async def _read(self, progress: _Progress) -> timedelta:
        reading, leased = progress.reading, progress.leased
        try:
            async for page in self._payments.payouts(reading.account, reading.since):
                for payout in page:
                    await self._take(progress, payout)
                if page:
                    await self._keep(progress, page[-1].issued_at)
        except CallFailed as failed:
            if failed.problem.code != DENIED.code:
                raise
            async with self._transaction(leased) as uow:
                await usecases.keep_payouts_error(uow, leased, NO_SCOPE)
            return REFUSED_EVERY
        await self._keep(progress, reading.begun_at)
        async with self._transaction(leased) as uow:
            await usecases.keep_payouts_error(uow, leased, progress.error)
        return EVERY

    async def _take(self, progress: _Progress, payout: Payout) -> None:
        if not payout.ended:
            progress.leave_open(payout)
            return
        account = progress.reading.account
        movements = await self._payments.movements(account, payout.payout_id)
        try:
            async with self._transaction(progress.leased) as uow:
                await usecases.settle_payout(uow, progress.leased, account, payout, movements)
        except UnbalancedError as error:
            log.error("a payout does not add up", account=str(account.account_id), payout=payout.payout_id)
            progress.error = progress.error or str(error)
            progress.leave_open(payout)
            return
        if await self._fees(progress, movements):
            progress.leave_open(payout)

    async def _fees(self, progress: _Progress, movements: Sequence[Movement]) -> bool:
        """Put the fees on their sales; whether one is missing that should be here: money came in for it since the account
        was connected. An older one is not waited for: the run that reads it has payouts read again.
        """
        account = progress.reading.account
        expected = {m.order_id for m in movements if m.at >= account.connected_at}
        missing: set[str] = set()
        for some in _in_parts(fees_of_orders(movements)):
            async with self._transaction(progress.leased) as uow:
                missing |= await usecases.record_payout_fees(uow, progress.leased, account, some)
        if missing:
            log.info("orders of a payout are not held", account=str(account.account_id), orders=len(missing))
        return not missing.isdisjoint(expected)

    async def _keep(self, progress: _Progress, moment: datetime) -> None:
        """Move the mark on, unless it was set back meanwhile: then the chore is wished for again."""
        async with self._transaction(progress.leased) as uow:
            kept = await usecases.keep_payouts_read(
                uow, progress.leased, progress.held, progress.up_to(moment)
            )
        progress.held = kept or progress.held

    def _transaction(self, leased: LeasedChore) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._database.bus([leased.chore.tenant_id], keep=True)


def _in_parts(fees: Mapping[str, Sequence[LineFee]]) -> list[dict[str, Sequence[LineFee]]]:
    orders = sorted(fees)
    return [
        {order: fees[order] for order in orders[start : start + _ORDERS_AT_ONCE]}
        for start in range(0, len(orders), _ORDERS_AT_ONCE)
    ]
