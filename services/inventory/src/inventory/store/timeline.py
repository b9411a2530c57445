"""One article's timeline: sales, journal, listing log and questions merged by time, and what the next action needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import func, select, text

from inventory.domain import Article, AskedQuestion, Moment, Place, Source
from inventory.store.reading import article, question_of
from inventory.store.rows import hold_of
from inventory.tables import articles, holds, questions

_FIRST: Place = (datetime(9999, 1, 1, tzinfo=UTC), len(Source), "")

# Each part takes what it needs of one page by itself; of the log, which has an index by time, no more than that is read.
# The numbers are those of `Source`, and a row's own number goes as text of one width.
_TIMELINE = text("""
with place as (
  select cast(:at as timestamptz) as at, cast(:source as int) as source, cast(:id as text) collate "C" as id
), mine as (
  select unnest(cast(:articles as uuid[])) as id
), sales as (
  select m.at, m.source, cast(h.sale_id as text) collate "C" as id, m.what, m.units, h.sale_id, h.listing_id,
    h.account_id, h.platform
  from mine join holds h on h.article_id = mine.id cross join lateral (values
    (h.sold_at, 0, 'sold', h.quantity), (h.paid_at, 1, 'paid', null), (h.shipped_at, 2, 'shipped', null),
    (case when h.cancelled > 0 then h.cancelled_at end, 3, 'cancelled', h.cancelled),
    (case when h.given_back > 0 then h.given_back_at end, 4, 'refunded', h.given_back)
  ) as m(at, source, what, units)
  where m.at is not null
), stock as (
  select j.at, 6 as source, lpad(cast(j.id as text), 19, '0') collate "C" as id, j.entry, j.units, j.sale_id,
    j.listing_id, j.user_id, j.note
  from mine join stock_journal j on j.article_id = mine.id
), log as (
  select o.* from mine cross join lateral (
    select l.at, 7 as source, lpad(cast(l.id as text), 19, '0') collate "C" as id, l.what, l.quantity, l.version,
      l.sale_id, l.listing_id, l.user_id, l.note
    from listing_log l, place p
    where l.article_id = mine.id and l.at <= p.at
      and (l.at, 7, lpad(cast(l.id as text), 19, '0') collate "C") < (p.at, p.source, p.id)
    order by l.at desc, l.id desc limit cast(:limit as int)
  ) o
), matters as (
  select m.at, m.source, cast(q.id as text) collate "C" as id, q.kind, q.units, q.id as question_id, q.subject,
    m.user_id, m.note
  from mine join questions q on q.article_id = mine.id cross join lateral (values
    (q.asked_at, 8, null, null), (q.answered_at, 5, q.user_id, q.answer)
  ) as m(at, source, user_id, note)
  where m.at is not null
), everything as (
  select at, source, id, what, units, cast(null as int) as version, sale_id, listing_id, cast(null as uuid) as question_id,
    account_id, platform, cast(null as uuid) as user_id, cast(null as text) as note from sales
  union all
  select at, source, id, entry, units, null, sale_id, listing_id, null, null, null, user_id, note from stock
  union all
  select at, source, id, what, quantity, version, sale_id, listing_id, null, null, null, user_id, note from log
  union all
  select at, source, id, kind, units, null, case when kind in ('not_restocked', 'refunded') then subject end,
    case when kind in ('surplus', 'deficit') then subject end, question_id, null, null, user_id, note from matters
), page as (
  select e.* from everything e, place p where (e.at, e.source, e.id) < (p.at, p.source, p.id)
  order by e.at desc, e.source desc, e.id desc limit cast(:limit as int)
)
select page.at, page.source, page.id, page.what, page.units, page.version, page.sale_id, page.listing_id,
  page.question_id, page.user_id, page.note, coalesce(page.account_id, l.account_id) as account_id,
  coalesce(page.platform, l.platform) as platform
from page left join listings l on l.id = page.listing_id
order by page.at desc, page.source desc, page.id desc
""")


async def timeline(
    uow: UnitOfWork, article_ids: Sequence[UUID], *, before: Place | None, limit: int
) -> list[Moment]:
    """A page of what happened to these articles, latest first, from after this place on."""
    at, source, row_id = before or _FIRST
    asked = {"articles": list(article_ids), "at": at, "source": source, "id": row_id, "limit": limit}
    return [
        Moment(
            at=row.at,
            source=Source(row.source),
            id=row.id,
            what=row.what,
            units=row.units,
            version=row.version,
            sale_id=row.sale_id,
            listing_id=row.listing_id,
            question_id=row.question_id,
            account_id=row.account_id,
            platform=row.platform,
            user_id=row.user_id,
            note=row.note,
        )
        for row in await uow.conn.execute(_TIMELINE, asked)
    ]


async def merged_in(uow: UnitOfWork, article_id: UUID) -> list[UUID]:
    """The articles that turned out to be this one."""
    query = select(articles.c.id).where(articles.c.merged_into == article_id).order_by(articles.c.id)
    return list((await uow.conn.execute(query)).scalars())


async def standing_of(uow: UnitOfWork, article_id: UUID) -> Article | None:
    """An article with its listings and the sales that contention can still move, without locks; or None."""
    found = await article(uow, article_id)
    if found is None:
        return None
    open_sales = select(holds).where(holds.c.article_id == article_id, holds.c.is_open)
    for hold in await uow.conn.execute(open_sales):
        found.holds[hold.sale_id] = hold_of(hold)
    return found


async def open_questions(uow: UnitOfWork, article_id: UUID) -> list[AskedQuestion]:
    """What waits for an answer about an article, oldest first."""
    query = select(questions).where(questions.c.article_id == article_id, questions.c.answered_at.is_(None))
    rows = await uow.conn.execute(query.order_by(questions.c.asked_at, questions.c.id))
    return [question_of(row) for row in rows]


async def count_sales(
    uow: UnitOfWork, article_id: UUID, *, listing_ids: Collection[UUID] | None = None
) -> int:
    """How many sales are on an article, or those of them that these listings made."""
    query = select(func.count()).select_from(holds).where(holds.c.article_id == article_id)
    if listing_ids is not None:
        query = query.where(holds.c.listing_id == among(listing_ids))
    return int((await uow.conn.execute(query)).scalar_one())
