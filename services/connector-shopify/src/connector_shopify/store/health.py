"""SQL of how it goes with each shop: reports of every replica merged, read back with the account's settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from connector_kit.reports import Report
from connector_kit.store.codec import as_rows
from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text

from connector_shopify.store.refusals import Refusals, refusals_of
from connector_shopify.tables import account_health

# Replicas write in any order, each what it saw since it last wrote: the later of two sightings counts, and whoever
# failed goes on failing from the first failure after the last success. A shop forgotten meanwhile is not brought back.
_MERGE = text(
    """
insert into account_health as h
  (account_id, tenant_id, ok_at, failing_since, error_at, error_code, error_reason, failures, bucket, changed_at)
select r.account_id, r.tenant_id, r.ok_at, r.failing_since, r.error_at, r.error_code, r.error_reason, r.failures,
  r.bucket, :now
from jsonb_populate_recordset(null\\:\\:account_health, cast(:rows as jsonb)) r
join accounts a on a.account_id = r.account_id
order by r.account_id
on conflict (account_id) do update set
  ok_at = greatest(h.ok_at, excluded.ok_at),
  error_at = greatest(h.error_at, excluded.error_at),
  error_code = case when h.error_at is null or excluded.error_at >= h.error_at
    then excluded.error_code else h.error_code end,
  error_reason = case when h.error_at is null or excluded.error_at >= h.error_at
    then excluded.error_reason else h.error_reason end,
  failing_since = case
    when greatest(h.error_at, excluded.error_at)
      > coalesce(greatest(h.ok_at, excluded.ok_at), '-infinity')
    then coalesce(
      least(
        case when h.failing_since > coalesce(excluded.ok_at, '-infinity') then h.failing_since end,
        case when excluded.failing_since > coalesce(h.ok_at, '-infinity') then excluded.failing_since end
      ), greatest(h.error_at, excluded.error_at)) end,
  failures = case
    when greatest(h.error_at, excluded.error_at)
      > coalesce(greatest(h.ok_at, excluded.ok_at), '-infinity')
    then greatest(1,
      case when h.failing_since > coalesce(excluded.ok_at, '-infinity') then h.failures else 0 end
      + case when excluded.failing_since > coalesce(h.ok_at, '-infinity') then excluded.failures else 0 end)
    else 0 end,
  bucket = case
    when h.bucket is null or cast(excluded.bucket ->> 'at' as timestamptz) >= cast(h.bucket ->> 'at' as timestamptz)
    then excluded.bucket else h.bucket end,
  changed_at = excluded.changed_at
"""
)


@dataclass(frozen=True, slots=True)
class HealthRow:
    """What is on record of one shop; all of it may be unknown yet."""

    ok_at: datetime | None = None
    failing_since: datetime | None = None
    error_at: datetime | None = None
    error_code: str | None = None
    error_reason: str | None = None
    failures: int = 0
    scopes: Sequence[str] | None = None
    scopes_at: datetime | None = None
    topics: Sequence[str] | None = None
    topics_at: datetime | None = None
    topics_error: str | None = None
    webhook_at: datetime | None = None
    refused_at: datetime | None = None
    bucket: Mapping[str, object] | None = None
    payouts_error: str | None = None
    refusals: Refusals | None = None
    """Of products."""


async def merge_reports(uow: UnitOfWork, reports: Sequence[Report]) -> None:
    """Take reports over, whatever other replicas wrote meanwhile, in one statement."""
    if reports:
        rows = [asdict(report) for report in reports]
        await uow.conn.execute(_MERGE, {"rows": as_rows(rows), "now": uow.now})


async def load_health(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, HealthRow]:
    """What is on record of these shops; one nothing was heard of is not among them."""
    rows = await uow.conn.execute(select(account_health).where(account_health.c.account_id == among(ids)))
    refused = await refusals_of(uow, ids)
    return {row["account_id"]: _row(row, refused.get(row["account_id"])) for row in rows}


def _row(r: Row, refusals: Refusals | None) -> HealthRow:
    held = {name: r[name] for name in HealthRow.__dataclass_fields__ if name != "refusals"}
    return HealthRow(**held, refusals=refusals)
