"""SQL of the brake: lowerings counted per account and minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

_ADD = text(
    "insert into lowerings (account_id, minute, tenant_id, backed, unbacked) "
    "select a, cast(:minute as timestamptz), t, b, u "
    "from unnest(cast(:accounts as uuid[]), cast(:tenants as uuid[]), "
    "cast(:backed as int[]), cast(:unbacked as int[])) as n(a, t, b, u) order by a "
    "on conflict (account_id, minute) do update set backed = lowerings.backed + excluded.backed, "
    "unbacked = lowerings.unbacked + excluded.unbacked"
)
_EXPLAIN = text(
    "update lowerings l set unbacked = greatest(0, l.unbacked - h.n) from ("
    "select d.account_id, d.minute, e.n from lowerings d "
    "join unnest(cast(:accounts as uuid[]), cast(:minutes as timestamptz[]), cast(:counts as int[])) as e(a, m, n) "
    "on d.account_id = e.a and d.minute = e.m order by d.account_id, d.minute for update of d) h "
    "where l.account_id = h.account_id and l.minute = h.minute"
)
_SUM = text(
    "select account_id, sum(backed) as backed, sum(unbacked) as unbacked from lowerings "
    "where account_id = any(:accounts) and minute > :since group by account_id"
)
_PRUNE = text("delete from lowerings where account_id = any(:accounts) and minute <= :since")
_FORGET = text("delete from lowerings where account_id = :account")
_LIVE = text(
    "select account_id, count(*) as live from listings "
    "where account_id = any(:accounts) and target_quantity > 0 group by account_id"
)


@dataclass(frozen=True, slots=True)
class Count:
    """Lowerings of one account within the window, and how many of its listings are for sale by our targets."""

    tenant_id: UUID
    backed: int
    unbacked: int
    live: int


async def count_lowerings(
    uow: UnitOfWork,
    new: Mapping[UUID, tuple[UUID, int, int]],
    explained: Mapping[tuple[UUID, datetime], int],
    window: timedelta,
    floor: int,
) -> dict[UUID, Count]:
    """Add the batch's (tenant, backed, unbacked) per account; returns the counts of accounts above `floor`.

    What is `explained` of an account, by the time it was counted at as unbacked, does not count any more.
    """
    if not new:
        return {}
    accounts = sorted(new)
    since = uow.now - window
    await uow.conn.execute(
        _ADD,
        {
            "minute": _minute(uow.now),
            "accounts": accounts,
            "tenants": [new[account][0] for account in accounts],
            "backed": [new[account][1] for account in accounts],
            "unbacked": [new[account][2] for account in accounts],
        },
    )
    await _explain(uow, explained, since)
    sums = (await uow.conn.execute(_SUM, {"accounts": accounts, "since": since})).all()
    above = {row.account_id: row for row in sums if max(row.backed, row.unbacked) > floor}
    if not above:
        return {}
    live = await _live(uow, list(above), since)
    return {
        account: Count(new[account][0], row.backed, row.unbacked, live.get(account, 0))
        for account, row in above.items()
    }


async def _explain(uow: UnitOfWork, explained: Mapping[tuple[UUID, datetime], int], since: datetime) -> None:
    """Take back what is still counted. An older minute is summed no more: who prunes it shall not wait for us."""
    counts: Counter[tuple[UUID, datetime]] = Counter()
    for (account, at), count in explained.items():
        if _minute(at) > since:
            counts[account, _minute(at)] += count
    if counts:
        values = {
            "accounts": [account for account, _ in counts],
            "minutes": [minute for _, minute in counts],
            "counts": list(counts.values()),
        }
        await uow.conn.execute(_EXPLAIN, values)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


async def _live(uow: UnitOfWork, accounts: list[UUID], since: datetime) -> dict[UUID, int]:
    await uow.conn.execute(_PRUNE, {"accounts": accounts, "since": since})
    return {row.account_id: row.live for row in await uow.conn.execute(_LIVE, {"accounts": accounts})}


async def forget_lowerings(uow: UnitOfWork, account_id: UUID) -> None:
    """Start the window anew, after a person let the account go on."""
    await uow.conn.execute(_FORGET, {"account": account_id})
