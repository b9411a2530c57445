"""SQL of the brake: lowerings counted per account and minute, and those whose orders may still come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from delist_orchestrator import tables
from delist_orchestrator.domain import Demand, Key, Pause, Unexplained, Wanted
from delist_orchestrator.store import rows

_ORDERS_COME = timedelta(days=1)
"""How long a drop waits for the orders behind it; every marketplace has been read again by then."""
_BRAKE_LOCK = 7_302
_DROP = tuple(field.name for field in fields(Unexplained))
_COUNT = text(
    "insert into lowerings (account_id, minute, tenant_id, backed, unbacked) "
    "select a, m, t, b, greatest(0, u) from unnest(cast(:accounts as uuid[]), cast(:minutes as timestamptz[]), "
    "cast(:tenants as uuid[]), cast(:backed as int[]), cast(:unbacked as int[])) as n(a, m, t, b, u) order by a, m "
    "on conflict (account_id, minute) do update set backed = lowerings.backed + excluded.backed, "
    "unbacked = greatest(0, lowerings.unbacked + (select c.u from unnest(cast(:accounts as uuid[]), "
    "cast(:minutes as timestamptz[]), cast(:unbacked as int[])) as c(a, m, u) "
    "where c.a = lowerings.account_id and c.m = lowerings.minute))"
)
_SUM = text(
    "select account_id, sum(backed) as backed, sum(unbacked) as unbacked from lowerings "
    "where account_id = any(:accounts) and minute > :since group by account_id"
)
_UNBACKED = text(
    "select w.a as account_id, coalesce(sum(l.unbacked), 0) as unbacked "
    "from unnest(cast(:accounts as uuid[]), cast(:since as timestamptz[])) as w(a, s) "
    "left join lowerings l on l.account_id = w.a and l.minute > w.s group by w.a"
)
_PRUNE = text(
    "delete from lowerings l using (select account_id, minute from lowerings "
    "where account_id = any(:accounts) and minute <= :since order by account_id, minute for update) old "
    "where l.account_id = old.account_id and l.minute = old.minute"
)
_FORGET = text("delete from lowerings where account_id = :account")
_FORGET_DROPS = text("delete from unexplained_drops where account_id = :account")
_LIVE = text(
    "select account_id, count(*) as live from listings "
    "where account_id = any(:accounts) and target_quantity > 0 group by account_id"
)
_TURN = text("select pg_advisory_xact_lock(:key, hashtext(:account))")
_DROPS = text(
    "select d.* from unexplained_drops d join "
    "unnest(cast(:articles as uuid[]), cast(:moments as timestamptz[])) as w(article_id, dropped_at) "
    "using (article_id, dropped_at) order by d.listing_id, d.version for update of d"
)
_EXPLAINED = text(
    "delete from unexplained_drops where (listing_id, version) in "
    "(select * from unnest(cast(:listings as uuid[]), cast(:versions as int[])))"
)
_OLD_DROPS = text(
    "delete from unexplained_drops where (listing_id, version) in (select listing_id, version from unexplained_drops "
    "where account_id = any(:accounts) and counted_at < :before order by listing_id, version for update skip locked)"
)
_WATCHED = text("select account_id, tenant_id from braked_accounts")
_UNWATCH = text("delete from braked_accounts where account_id = any(:accounts)")
_STANDING = text(
    "select * from pauses where account_id = any(:accounts) and resumed_at is null and unbacked_only "
    "order by paused_at, id"
)


@dataclass(frozen=True, slots=True)
class Count:
    """Lowerings of one account within the window, and how many of its listings are for sale by our targets."""

    backed: int
    unbacked: int
    live: int


async def load_drops(uow: UnitOfWork, demands: Iterable[Demand]) -> list[Unexplained]:
    """The counted lowerings that orders of a batch explain, locked."""
    named = sorted({(demand.article_id, drop.at) for demand in demands for drop in demand.explains})
    if not named:
        return []
    values = {"articles": [article for article, _ in named], "moments": [at for _, at in named]}
    return [_drop(row) for row in await uow.conn.execute(_DROPS, values)]


def _drop(row: Row) -> Unexplained:
    return Unexplained(**{name: row[name] for name in _DROP})


async def save_drops(uow: UnitOfWork, changed: Mapping[Key, Unexplained]) -> None:
    """Write what is left of these, and forget what waits for an order for too long."""
    open_ = [one for one in changed.values() if one.units]
    done = [one.key for one in changed.values() if not one.units]
    if done:
        await uow.conn.execute(
            _EXPLAINED, {"listings": [key[0] for key in done], "versions": [key[1] for key in done]}
        )
    if open_:
        accounts = sorted({one.account_id for one in open_})
        await uow.conn.execute(_OLD_DROPS, {"accounts": accounts, "before": uow.now - _ORDERS_COME})
        await bulk.upsert(uow.conn, tables.unexplained_drops, [_drop_row(one) for one in open_])


def _drop_row(one: Unexplained) -> dict[str, object]:
    return {name: getattr(one, name) for name in _DROP}


async def count_lowerings(
    uow: UnitOfWork, new: Iterable[tuple[Demand, Wanted]], explained: Iterable[Unexplained]
) -> None:
    """Count a batch's lowerings now, and those explained no more, each in the minute it was counted in.

    In one statement and in order: whoever counts for two accounts at once waits for nobody who waits for him.
    """
    counts: dict[tuple[UUID, datetime], list[int]] = {}
    tenants: dict[UUID, UUID] = {}
    for demand, wanted in new:
        tenants[wanted.account_id] = demand.tenant_id
        row = counts.setdefault((wanted.account_id, _minute(uow.now)), [0, 0])
        row[0 if demand.order_backed else 1] += 1
    for one in explained:
        tenants[one.account_id] = one.tenant_id
        counts.setdefault((one.account_id, _minute(one.counted_at)), [0, 0])[1] -= 1
    if not counts:
        return
    ordered = sorted(counts.items())
    await uow.conn.execute(
        _COUNT,
        {
            "accounts": [account for (account, _), _ in ordered],
            "minutes": [minute for (_, minute), _ in ordered],
            "tenants": [tenants[account] for (account, _), _ in ordered],
            "backed": [backed for _, (backed, _) in ordered],
            "unbacked": [unbacked for _, (_, unbacked) in ordered],
        },
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


async def counts_above(
    uow: UnitOfWork, accounts: Collection[UUID], since: datetime, floor: int
) -> dict[UUID, Count]:
    """The counts since a time, of those of these accounts above `floor`."""
    if not accounts:
        return {}
    sums = await uow.conn.execute(_SUM, {"accounts": list(accounts), "since": since})
    above = {row.account_id: row for row in sums if max(row.backed, row.unbacked) > floor}
    if not above:
        return {}
    live = {row.account_id: row.live for row in await uow.conn.execute(_LIVE, {"accounts": list(above)})}
    return {account: Count(row.backed, row.unbacked, live.get(account, 0)) for account, row in above.items()}


async def prune_lowerings(uow: UnitOfWork, accounts: Collection[UUID], since: datetime) -> None:
    """Forget what no window of these accounts reaches back to."""
    if accounts:
        await uow.conn.execute(_PRUNE, {"accounts": list(accounts), "since": since})


async def take_turns(uow: UnitOfWork, accounts: Iterable[UUID]) -> None:
    """Decide about these accounts' brakes alone, and with what others have committed."""
    for account in sorted(accounts):
        await uow.conn.execute(_TURN, {"key": _BRAKE_LOCK, "account": str(account)})


async def standing_brakes(uow: UnitOfWork, accounts: Collection[UUID]) -> list[Pause]:
    """The pauses that the brake made of these accounts and nobody has lifted, oldest first."""
    return [rows.pause(row) for row in await uow.conn.execute(_STANDING, {"accounts": list(accounts)})]


async def watch_brakes(uow: UnitOfWork, pauses: Collection[Pause]) -> None:
    """Remember which accounts the brake paused."""
    watched = [{"account_id": pause.account_id, "tenant_id": pause.tenant_id} for pause in pauses]
    await bulk.upsert(uow.conn, tables.braked_accounts, watched)


async def watched_accounts(uow: UnitOfWork) -> dict[UUID, UUID]:
    """The accounts that the brake paused, with their tenants."""
    return {row.account_id: row.tenant_id for row in await uow.conn.execute(_WATCHED)}


async def unbacked_since(uow: UnitOfWork, since: Mapping[UUID, datetime]) -> dict[UUID, int]:
    """How many unbacked lowerings each account has had since its time."""
    values = {"accounts": list(since), "since": list(since.values())}
    return {row.account_id: row.unbacked for row in await uow.conn.execute(_UNBACKED, values)}


async def forget_brakes(uow: UnitOfWork, accounts: Collection[UUID]) -> None:
    """These accounts go on."""
    await uow.conn.execute(_UNWATCH, {"accounts": list(accounts)})


async def forget_lowerings(uow: UnitOfWork, account_id: UUID) -> None:
    """Start the window anew, after a person let the account go on; no order has anything to explain then."""
    await uow.conn.execute(_FORGET, {"account": account_id})
    await uow.conn.execute(_FORGET_DROPS, {"account": account_id})
