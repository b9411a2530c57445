"""SQL of steps and of the listings whose row locks order all work on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from delist_orchestrator import tables
from delist_orchestrator.domain import COMMANDS, Board, Command, Demand, Key, Result, Wanted
from delist_orchestrator.store import rows
from delist_orchestrator.store.due import dequeue, enqueue

_LOCK = text(
    "select listing_id, version from listings where listing_id = any(:ids) order by listing_id for update"
)
LOAD = text(
    "select * from steps where listing_id = any(:ids) and not ended union all "
    "select s.* from unnest(cast(:listings as uuid[]), cast(:versions as int[])) as w(listing_id, version) "
    "join steps s on s.listing_id = w.listing_id and s.version >= w.version where s.ended order by listing_id, version"
)
_EARLY = text("select * from early_results where listing_id = any(:ids)")
_FORGET_EARLY = text(
    "delete from early_results where (listing_id, version) in "
    "(select * from unnest(cast(:listings as uuid[]), cast(:versions as int[])))"
)
_RAISE_VERSION = text(
    "update listings l set version = n.version, target_quantity = n.quantity from "
    "(select * from unnest(cast(:listings as uuid[]), cast(:versions as int[]), cast(:quantities as int[])) "
    "as t(listing_id, version, quantity)) n "
    "where l.listing_id = n.listing_id and l.version < n.version"
)
_KEYS_OF_SALES = text(
    "select listing_id, version from steps where sale_id = any(:sales) and state = any(:states) "
    "order by listing_id, version"
)

EXPOSURE = text(
    "select count(*), percentile_cont(0.5) within group "
    "(order by greatest(applied_at - sold_at, interval '0')) from steps "
    "where tenant_id = :tenant and state = 'done' and applied_at >= :since and sold_at is not null "
    "and target_quantity = 0 and not sold_here and not history"
)


async def lock_listings(
    uow: UnitOfWork, demands: Sequence[Demand], results: Sequence[Result]
) -> dict[UUID, int]:
    """Lock the listings they speak of, in id order, making rows for those seen for the first time: the newest version of each."""
    found: dict[UUID, dict[str, object]] = {}
    for demand in demands:
        for wanted in demand.wanted:
            found[wanted.listing_id] = _listing(
                wanted.listing_id, demand.tenant_id, demand.article_id, wanted
            )
    for result in results:
        found.setdefault(
            result.listing_id, _listing(result.listing_id, result.tenant_id, result.article_id, result)
        )
    held = await lock_known(uow, found)
    new = [row for listing_id, row in found.items() if listing_id not in held]
    if new:
        await bulk.upsert(uow.conn, tables.listings, new, replace=False)
        held |= await lock_known(uow, found.keys() - held.keys())
    return held


def _listing(listing_id: UUID, tenant_id: UUID, article_id: UUID, of: Wanted | Result) -> dict[str, object]:
    return {
        "listing_id": listing_id,
        "tenant_id": tenant_id,
        "account_id": of.account_id,
        "platform": of.platform,
        "article_id": article_id,
        "version": 0,
        "target_quantity": 0,
    }


async def lock_known(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock those of these listings that have a row, in id order: the newest version of each."""
    found = await uow.conn.execute(_LOCK, {"ids": list(ids)})
    return {row.listing_id: row.version for row in found}


async def load_board(uow: UnitOfWork, listings: Mapping[UUID, int], keys: Collection[Key]) -> Board:
    """Every step of these listings that may still change, their newest, and all from the named ones on.

    The listings are locked and come with their newest versions. What is older and comes late has to meet all that came
    after it.
    """
    first = dict(listings)
    for listing, version in keys:
        if listing in first:
            first[listing] = min(version, first[listing])
    steps = await uow.conn.execute(LOAD, {"ids": list(listings), **_pairs(first.items())})
    early = await uow.conn.execute(_EARLY, {"ids": list(listings)})
    return Board.of(
        uow.now,
        [rows.step(row) for row in steps],
        [rows.result(row) for row in early],
    )


def _pairs(keys: Iterable[Key]) -> dict[str, list[object]]:
    ordered = sorted(keys)
    return {"listings": [k[0] for k in ordered], "versions": [k[1] for k in ordered]}


async def save_board(uow: UnitOfWork, board: Board) -> None:
    """Write what changed: steps, the listings' newest versions, early results, the due queue."""
    changed = list(board.changed.values())
    await bulk.upsert(uow.conn, tables.steps, [rows.step_row(step) for step in changed])
    newest = {step.listing_id: step for step in sorted(board.opened(), key=lambda s: s.version)}
    if newest:
        await uow.conn.execute(
            _RAISE_VERSION,
            {
                "listings": list(newest),
                "versions": [step.version for step in newest.values()],
                "quantities": [step.target_quantity for step in newest.values()],
            },
        )
    await bulk.upsert(uow.conn, tables.early_results, [rows.result_row(r) for r in board.kept_early.values()])
    if board.used_early:
        await uow.conn.execute(_FORGET_EARLY, _pairs(board.used_early))
    await enqueue(uow, [step for step in changed if step.is_watched])
    await dequeue(uow, [step for step in changed if not step.is_watched])


async def keys_of_sales(uow: UnitOfWork, sales: Collection[UUID], command: Command) -> list[Key]:
    """The steps of these sales that the command is allowed on."""
    states = [str(state) for state in COMMANDS[command][1]]
    found = await uow.conn.execute(_KEYS_OF_SALES, {"sales": list(sales), "states": states})
    return [(row.listing_id, row.version) for row in found]


async def save_decisions(
    uow: UnitOfWork,
    tenant_id: UUID,
    keys: Iterable[Key],
    move: str,
    by: str,
    reason: str | None,
    at: datetime,
) -> None:
    """Keep who moved which steps, when and why."""
    await bulk.upsert(
        uow.conn,
        tables.decisions,
        [
            {
                "id": new_id(),
                "tenant_id": tenant_id,
                "listing_id": listing_id,
                "version": version,
                "move": move,
                "decided_by": by,
                "reason": reason,
                "decided_at": at,
            }
            for listing_id, version in keys
        ],
    )


async def median_exposure(uow: UnitOfWork, tenant_id: UUID, since: datetime) -> tuple[int, timedelta | None]:
    """How many listings were taken down since a time, and the middle one's time for sale after the sale."""
    found = await uow.conn.execute(EXPOSURE, {"tenant": tenant_id, "since": since})
    count, median = found.one()
    return count, median
