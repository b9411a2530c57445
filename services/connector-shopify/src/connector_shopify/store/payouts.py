"""SQL of payouts: what was said of them, up to when they are read, why they can't be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from sqlalchemy import func, select, text

from connector_shopify.tables import payout_readings, payouts

_FIRST = text(
    "insert into payout_readings (account_id, tenant_id, complete_up_to) values (:account, :tenant, :up_to) "
    "on conflict (account_id) do nothing returning complete_up_to"
)
_ADVANCE = text(
    "update payout_readings set complete_up_to = greatest(complete_up_to, :up_to) "
    "where account_id = :account and complete_up_to = :held returning complete_up_to"
)
_SET_BACK = text(
    "insert into payout_readings (account_id, tenant_id, complete_up_to) values (:account, :tenant, :up_to) "
    "on conflict (account_id) do update "
    "set complete_up_to = least(payout_readings.complete_up_to, excluded.complete_up_to)"
)
_ERROR = text(
    "insert into account_health (account_id, tenant_id, payouts_error, changed_at) "
    "values (:account, :tenant, :error, :now) on conflict (account_id) do update "
    "set payouts_error = excluded.payouts_error, changed_at = excluded.changed_at "
    "where account_health.payouts_error is distinct from excluded.payouts_error"
)


@dataclass(frozen=True, slots=True)
class SaidPayout:
    """A payout as it was said last; a part of one too long for an event has its number after the payout's id."""

    account_id: UUID
    payout_id: str
    tenant_id: UUID
    revision: int
    content_hash: str
    amount: Decimal
    currency: str
    issued_at: datetime


async def said_of_payout(uow: UnitOfWork, account_id: UUID, payout_id: str) -> dict[str, SaidPayout]:
    """What was said of a payout, by the id it was said under."""
    mine = func.split_part(payouts.c.payout_id, ":", 1) == payout_id
    rows = await uow.conn.execute(select(payouts).where(payouts.c.account_id == account_id, mine))
    return {
        row.payout_id: SaidPayout(
            account_id=row.account_id,
            payout_id=row.payout_id,
            tenant_id=row.tenant_id,
            revision=row.revision,
            content_hash=row.content_hash,
            amount=row.amount,
            currency=row.currency,
            issued_at=row.issued_at,
        )
        for row in rows
    }


async def keep_said(uow: UnitOfWork, said: Sequence[SaidPayout]) -> None:
    """Keep what was said now in place of what was said before."""
    await bulk.upsert(uow.conn, payouts, [{**asdict(one), "said_at": uow.now} for one in said])


async def payouts_read_up_to(uow: UnitOfWork, account_id: UUID) -> datetime | None:
    """Up to when an account's payouts are read; None before the first time."""
    query = select(payout_readings.c.complete_up_to).where(payout_readings.c.account_id == account_id)
    row = (await uow.conn.execute(query)).one_or_none()
    return row.complete_up_to if row else None


async def advance_payouts(
    uow: UnitOfWork, tenant_id: UUID, account_id: UUID, held: datetime | None, up_to: datetime
) -> datetime | None:
    """Move on from `held` to `up_to`, never back; where it is now. None, and nothing, where it is no longer `held`."""
    values = {"tenant": tenant_id, "account": account_id, "up_to": up_to}
    moved = await (
        uow.conn.execute(_FIRST, values)
        if held is None
        else uow.conn.execute(_ADVANCE, {"account": account_id, "up_to": up_to, "held": held})
    )
    row = moved.one_or_none()
    return row.complete_up_to if row else None


async def set_payouts_back(uow: UnitOfWork, tenant_id: UUID, account_id: UUID, up_to: datetime) -> None:
    """Payouts are read up to there only: what comes after is to be read again."""
    await uow.conn.execute(_SET_BACK, {"tenant": tenant_id, "account": account_id, "up_to": up_to})


async def keep_payouts_error(uow: UnitOfWork, tenant_id: UUID, account_id: UUID, error: str | None) -> None:
    """Why payouts can't be read as they should, in a seller's words; None when they can."""
    values = {"tenant": tenant_id, "account": account_id, "error": error, "now": uow.now}
    await uow.conn.execute(_ERROR, values)
