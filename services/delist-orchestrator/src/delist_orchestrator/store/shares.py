"""SQL of how soon listings came down after their article sold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from delist_orchestrator.domain import WITHIN, Platform, Share

_COUNTS = ", ".join(
    f"count(*) filter (where down_at - sold_at <= interval '{span.total_seconds()} seconds') as within_{n}"
    for n, span in enumerate(WITHIN)
)
# A listing counts once for a sale, however often the sale's target for it was said again. One that was put back for
# sale before it came down did not have to come down any more. The time leads the groups as it leads the index, so that
# nothing is sorted or hashed whole; a sale told again with another time counts again.
SHARES = text(
    "with had_to as (select sold_at, sale_id, listing_id, min(platform) as platform, "  # noqa: S608 - our own numbers
    "min(applied_at) filter (where state = 'done') as down_at, bool_or(waited) as waited from steps s "
    "where tenant_id = :tenant and sold_at >= :since and sold_at < :until "
    "and target_quantity = 0 and not sold_here and not history and not (state = 'superseded' and not follows "
    "and exists (select 1 from steps n where n.listing_id = s.listing_id and n.version > s.version "
    "and n.target_quantity > 0)) group by sold_at, sale_id, listing_id) "
    f"select platform, count(*) as listings, count(down_at) as down, {_COUNTS}, "
    "count(*) filter (where waited) as waited, percentile_cont(array[0.5, 0.95]) within group "
    "(order by greatest(down_at - sold_at, interval '0')) filter (where down_at is not null) as exposures "
    "from had_to group by grouping sets ((platform), ()) order by platform nulls first"
)


async def load_shares(uow: UnitOfWork, tenant_id: UUID, since: datetime, until: datetime) -> list[Share]:
    """Of sales from a time until before another: all platforms together first, then each that had any."""
    span = {"tenant": tenant_id, "since": since, "until": until}
    return [_share(row) for row in await uow.conn.execute(SHARES, span)]


def _share(row: Row) -> Share:
    median, p95 = row["exposures"] or (None, None)
    return Share(
        platform=None if row["platform"] is None else Platform(row["platform"]),
        listings=row["listings"],
        down=row["down"],
        within=tuple(row[f"within_{n}"] for n in range(len(WITHIN))),
        waited=row["waited"],
        median=median,
        p95=p95,
    )
