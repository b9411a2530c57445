"""The listing log: what listings were asked, what became of it, and what was seen of them; it only grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from inventory.domain import Article, Changed, Fact, Happened, LogRow, Outcome, Sold


@dataclass(frozen=True, slots=True)
class Logged:
    """A row with whose it is."""

    tenant_id: UUID
    article_id: UUID
    row: LogRow


def rows_of(articles: Iterable[Article]) -> list[Logged]:
    """What happened to the listings of articles in one transaction; of several targets of a listing the last."""
    return [
        Logged(article.tenant_id, article.id, row)
        for article in articles
        for row in (*article.changes.log, *_targets(article.changes.facts))
    ]


def _targets(facts: Sequence[Fact]) -> list[LogRow]:
    last: dict[tuple[Happened, UUID], LogRow] = {}
    for fact in facts:
        if not isinstance(fact, Sold | Changed):
            continue
        proposed = isinstance(fact, Sold) and fact.outcome is Outcome.HISTORY
        what = Happened.PROPOSED if proposed else Happened.ASKED
        sale_id = fact.line.sale_id if isinstance(fact, Sold) else fact.sale_id
        for target in fact.targets:
            row = LogRow(what, target.listing_id, target.version, target.quantity, sale_id)
            last[what, target.listing_id] = row
    return list(last.values())


_WRITE = text(
    "insert into listing_log "
    "(tenant_id, article_id, listing_id, at, what, version, quantity, sale_id, user_id, note) "
    "select t, a, l, coalesce(m, cast(:at as timestamptz)), w, v, q, s, cast(:user_id as uuid), n "
    "from unnest(cast(:t as uuid[]), cast(:a as uuid[]), cast(:l as uuid[]), cast(:m as timestamptz[]), "
    "cast(:w as text[]), cast(:v as int[]), cast(:q as int[]), cast(:s as uuid[]), cast(:n as text[])) "
    "with ordinality as row(t, a, l, m, w, v, q, s, n, position) order by position"
)


async def write(uow: UnitOfWork, logged: Sequence[Logged], *, user_id: UUID | None = None) -> None:
    """Write rows in their order, all in one statement."""
    if not logged:
        return
    rows = [one.row for one in logged]
    columns = {
        "t": [one.tenant_id for one in logged],
        "a": [one.article_id for one in logged],
        "l": [row.listing_id for row in rows],
        "m": [row.at for row in rows],
        "w": [row.what for row in rows],
        "v": [row.version for row in rows],
        "q": [row.quantity for row in rows],
        "s": [row.sale_id for row in rows],
        "n": [row.note for row in rows],
    }
    await uow.conn.execute(_WRITE, {**columns, "at": uow.now, "user_id": user_id})
