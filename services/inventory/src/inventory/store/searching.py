"""Search by words, and lists that stay quick whatever they are narrowed to, at a million rows of one tenant.

Under row-level security full-text indexes and LIKE go unused, so words are ranges over a b-tree of terms. Search begins
with the rarest word where that is rare enough to look at each row that has it. Everything else walks one index in the
order of the list and looks at no more than so many rows a page: such a page may be short, and says where to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, FromClause, Table, func, literal, select, true, union_all

MOST_LOOKED_AT = 5_000
"""Rows of a page that are looked at one by one."""
_MOST_WORDS = 8
_AFTER_EVERY_WORD = "\U0010ffff"

Conditions = Callable[[FromClause], list[ColumnElement[bool]]]
Place = UUID | str
"""The sort value of a list's row."""


@dataclass(frozen=True, slots=True)
class Words:
    """A table of terms, and its column that names whose they are."""

    table: Table
    of: str

    def begin(self, tenant_id: UUID, word: str) -> list[ColumnElement[bool]]:
        """Terms that begin with the word."""
        term = self.table.c.term
        return [self.table.c.tenant_id == tenant_id, *begins(term, word)]

    def has(self, tenant_id: UUID, word: str, row: FromClause) -> ColumnElement[bool]:
        """Whether a row has such a term; asked row by row, never by gathering all rows that have it."""
        mine = self.table.c[self.of] == row.c.id
        found = select(literal(1)).where(mine, *self.begin(tenant_id, word)).limit(1)
        return found.correlate(row).scalar_subquery().is_not(None)


def begins(column: ColumnElement[Any], prefix: str) -> list[ColumnElement[bool]]:
    """A column in C collation that begins with a text: a range, which row-level security lets the index answer."""
    return [column >= prefix, column < prefix + _AFTER_EVERY_WORD]


def chosen(words: Collection[str]) -> list[str]:
    """The words that are looked for: the longest, which are the rarest, when there are too many."""
    return sorted(words, key=lambda word: (-len(word), word))[:_MOST_WORDS]


async def rarest(
    uow: UnitOfWork, words: Words, tenant_id: UUID, wanted: Collection[str]
) -> list[UUID] | None:
    """The rows that have the rarest of the words; None when every word is too common for that."""
    counts = [
        select(literal(word).label("word"), _count(words, tenant_id, word).label("found")) for word in wanted
    ]
    if not counts:
        return None
    found = await uow.conn.execute(union_all(*counts))
    fewest = min(found, key=lambda row: row["found"])
    if fewest["found"] > MOST_LOOKED_AT:
        return None
    query = select(words.table.c[words.of]).where(*words.begin(tenant_id, fewest["word"]))
    return list((await uow.conn.execute(query)).scalars())


def _count(words: Words, tenant_id: UUID, word: str) -> Any:
    some = select(literal(1)).where(*words.begin(tenant_id, word)).limit(MOST_LOOKED_AT + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@dataclass(frozen=True, slots=True)
class List:
    """A list of one table's rows: in which order, through which index, and what else its rows must be."""

    table: Table
    walked: Sequence[ColumnElement[bool]]
    """What one index answers together with the order."""
    rest: Conditions
    """What is looked at row by row."""
    key: str = "id"
    by_sku: bool = False
    """In the order of SKUs; else the newest first."""

    def _order(self, row: FromClause) -> ColumnElement[Any]:
        column = row.c[self.key]
        return column.collate("C").asc() if self.by_sku else column.desc()

    def _after(self, place: Place | None) -> ColumnElement[bool]:
        column = self.table.c[self.key]
        if place is None:
            return true()
        return column.collate("C") > place if self.by_sku else column < place

    async def page(
        self, uow: UnitOfWork, after: Place | None, limit: int, *, among_ids: list[UUID] | None = None
    ) -> tuple[list[Row], Place | None]:
        """A page, and where the next begins; None when there is no more."""
        if among_ids is not None:
            return await self._among(uow, after, limit, among_ids)
        walk = select(self.table).where(*self.walked, self._after(after)).order_by(self._order(self.table))
        looked_at = walk.limit(MOST_LOOKED_AT).subquery("looked_at")
        query = select(looked_at).where(*self.rest(looked_at)).order_by(self._order(looked_at)).limit(limit)
        rows = (await uow.conn.execute(query)).all()
        if len(rows) == limit:
            return rows, rows[-1][self.key]
        last = await uow.conn.execute(
            walk.with_only_columns(self.table.c[self.key]).offset(MOST_LOOKED_AT - 1).limit(1)
        )
        return rows, last.scalar()

    async def _among(
        self, uow: UnitOfWork, after: Place | None, limit: int, ids: list[UUID]
    ) -> tuple[list[Row], Place | None]:
        query = select(self.table).where(
            self.table.c.id == among(ids), *self.walked, *self.rest(self.table), self._after(after)
        )
        rows = (await uow.conn.execute(query.order_by(self._order(self.table)).limit(limit))).all()
        return rows, rows[-1][self.key] if len(rows) == limit else None
