"""Articles in hand: locked in id order with their listings and the sales that matter, saved in few statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text, update

from inventory.domain import Article, Draft, Hold, Listing, ListingState, Observation, standing_of
from inventory.store import log
from inventory.store.drafts import index_listing_words, lock_drafts, save_drafts
from inventory.store.owners import bring_rules
from inventory.store.rows import article_of, article_row, hold_of, hold_row, listing_of, listing_row
from inventory.tables import articles, holds, listings, questions

EVERY_SALE = 2**31 - 1
"""Asked of `lock` for an article where anything may happen: its open sales are loaded in any case."""

_HOLDS = text(
    "select * from holds where sale_id = any(cast(:sales as uuid[])) "
    "union "
    "select h.* from unnest(cast(:ids as uuid[]), cast(:units as int[])) as w(id, units) "
    "join articles a on a.id = w.id join holds h on h.article_id = a.id "
    "where h.is_open and (a.short > 0 or a.free < w.units)"
)


class MovedMeanwhileError(Exception):
    """Articles were merged, split or unlinked between looking and locking: nothing is done, and the whole is tried again
    at once, as after any conflict of two transactions (`kit.batches`).
    """

    sqlstate = "40001"


@dataclass(slots=True)
class Stock:
    """The articles of one transaction, and named listings that show none of them."""

    articles: dict[UUID, Article] = field(default_factory=dict)
    alone: dict[UUID, Listing] = field(default_factory=dict)
    home: dict[UUID, UUID] = field(default_factory=dict)
    """The article in hand that each linked listing shows."""
    drafts: dict[UUID, Draft] = field(default_factory=dict)
    """Named ones that are no listings, unless they have become one."""
    drafted: set[UUID] = field(default_factory=set)
    """Those of which something new was seen."""
    renamed: dict[UUID, Listing] = field(default_factory=dict)
    """Listings that are new, or called otherwise than before."""
    strays: set[UUID] = field(default_factory=set)
    """Sales asked for that are on an article that is not in hand."""

    def article_showing(self, listing_id: UUID) -> Article | None:
        """The article in hand that the listing shows."""
        article_id = self.home.get(listing_id)
        return self.articles[article_id] if article_id else None

    def settle_in(self, listing: Listing, article: Article) -> None:
        """Note that a listing shows this article from now on."""
        self.alone.pop(listing.id, None)
        self.home[listing.id] = article.id

    def knows(self, listing_id: UUID) -> bool:
        """Whether it is a listing already."""
        return listing_id in self.home or listing_id in self.alone

    def keeps_as_draft(self, seen: Observation) -> bool:
        """Whether what was seen makes no listing: it has only ever been a draft, or was one and is gone."""
        if self.knows(seen.listing_id):
            return False
        draft = self.drafts.get(seen.listing_id)
        if draft is None and seen.state is not ListingState.DRAFT:
            return False
        if draft is None:
            self.drafts[seen.listing_id] = Draft.of(seen)
        elif draft.leaves_by(seen):
            return False
        elif seen.revision <= draft.revision:
            return True
        else:
            draft.see(seen)
        self.drafted.add(seen.listing_id)
        return True

    def new_listing(self, listing: Listing) -> Listing:
        """A listing that was not known before; it goes on from its draft, if there is one."""
        draft = self.drafts.get(listing.id)
        made = draft.as_listing() if draft else listing
        self.alone[made.id] = self.renamed[made.id] = made
        return made

    def move_out(self, listing: Listing) -> None:
        """Note that a listing shows no article any more."""
        self.home.pop(listing.id, None)
        self.alone[listing.id] = listing


async def lock(
    uow: UnitOfWork,
    wanted: Mapping[UUID, int],
    *,
    sales: Collection[UUID] = (),
    named: Collection[UUID] = (),
) -> Stock:
    """Lock articles, then listings, each in id order.

    `wanted`: the articles, and how many units at most are about to be taken of each. Sales that could win or lose by
    that are loaded, and those in `sales`; when there is enough for all, no other sale can be touched.
    `named`: listings to lock besides the linked ones.
    """
    stock = Stock()
    query = select(articles).where(articles.c.id == among(wanted)).order_by(articles.c.id).with_for_update()
    for row in await uow.conn.execute(query):
        stock.articles[row.id] = article_of(row)
    await bring_rules(uow, stock.articles.values())
    await _lock_listings(uow, stock, named)
    missing = {listing_id for listing_id in named if not stock.knows(listing_id)}
    if missing:
        stock.drafts = await lock_drafts(uow, missing)
    found = {"sales": sorted(sales), "ids": list(wanted), "units": list(wanted.values())}
    for row in await uow.conn.execute(_HOLDS, found):
        article = stock.articles.get(row.article_id)
        if article is not None:
            article.holds[row.sale_id] = hold_of(row)
        else:
            stock.strays.add(row.sale_id)
    return stock


async def load_holds(
    uow: UnitOfWork, inhand: Mapping[UUID, Article], *, listing_ids: Collection[UUID] | None = None
) -> None:
    """Load every sale of articles in hand, or those of these listings; those in hand already stay as they are."""
    query = select(holds).where(holds.c.article_id == among(inhand))
    if listing_ids is not None:
        query = query.where(holds.c.listing_id == among(listing_ids))
    for row in await uow.conn.execute(query):
        inhand[row.article_id].holds.setdefault(row.sale_id, hold_of(row))


async def _lock_listings(uow: UnitOfWork, stock: Stock, named: Collection[UUID]) -> None:
    linked = listings.c.article_id == among(stock.articles)
    query = select(listings).where(linked | (listings.c.id == among(named)))
    for row in await uow.conn.execute(query.order_by(listings.c.id).with_for_update()):
        listing = listing_of(row)
        article = stock.articles.get(row.article_id)
        if article is not None:
            article.linked.add(listing)
            stock.home[listing.id] = article.id
        else:
            stock.alone[listing.id] = listing


async def lock_listings(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Lock listings alone, in id order."""
    query = select(listings).where(listings.c.id == among(ids)).order_by(listings.c.id).with_for_update()
    return {row.id: listing_of(row) for row in await uow.conn.execute(query)}


async def sellers_of(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, UUID | None]:
    """The listing that made each sale."""
    query = select(holds.c.sale_id, holds.c.listing_id).where(holds.c.sale_id == among(sales))
    return {row.sale_id: row.listing_id for row in await uow.conn.execute(query)}


async def save(uow: UnitOfWork, changed: Iterable[Article], *, user_id: UUID | None = None) -> None:
    """Write what happened to articles: their rows, listings, holds, journal and questions."""
    touched = sorted(changed, key=lambda article: article.id)
    await bulk.upsert(
        uow.conn, articles, [article_row(a) for a in touched if a.changes.stock], keep=("created_at",)
    )
    await save_listings(
        uow, [a.linked.by_id[i] for a in touched for i in a.linked.touched if i in a.linked.by_id]
    )
    aimed = [
        a.linked.by_id[i] for a in touched for i in a.linked.aimed - a.linked.touched if i in a.linked.by_id
    ]
    await _save_targets(uow, aimed)
    await bulk.upsert(uow.conn, holds, [hold_row(a.id, hold) for a in touched for hold in _moved(a)])
    await _write_journal(uow, touched, user_id)
    await log.write(uow, log.rows_of(touched), user_id=user_id)
    await _write_questions(uow, touched)


def _moved(article: Article) -> list[Hold]:
    return [article.holds[sale_id] for sale_id in article.changes.holds]


async def save_listings(uow: UnitOfWork, changed: Iterable[Listing]) -> None:
    """Write listings."""
    await bulk.upsert(uow.conn, listings, [listing_row(listing) for listing in changed])


_TARGETS = text(
    "update listings l set version = w.version, target_version = w.target_version, target_quantity = w.target_quantity, "
    "sold_here = w.sold_here, standing = w.standing from unnest(cast(:ids as uuid[]), cast(:versions as int[]), "
    "cast(:target_versions as int[]), cast(:quantities as int[]), cast(:sold_here as boolean[]), "
    "cast(:standings as text[])) as w(id, version, target_version, target_quantity, sold_here, standing) "
    "where l.id = w.id"
)


async def _save_targets(uow: UnitOfWork, aimed: Sequence[Listing]) -> None:
    """Write what a target changes of listings that are locked: most of what is written of listings, and a third of the
    work of whole rows.
    """
    if aimed:
        columns = {
            "ids": [listing.id for listing in aimed],
            "versions": [listing.version for listing in aimed],
            "target_versions": [listing.target_version for listing in aimed],
            "quantities": [listing.target_quantity for listing in aimed],
            "sold_here": [listing.sold_here for listing in aimed],
            "standings": [standing_of(listing) for listing in aimed],
        }
        await uow.conn.execute(_TARGETS, columns)


async def save_seen(uow: UnitOfWork, stock: Stock) -> None:
    """Write what was seen of drafts, forget those that have become listings, and index the words of what has new ones."""
    left = {listing_id for listing_id in stock.drafts if stock.knows(listing_id)}
    changed = [stock.drafts[draft_id] for draft_id in sorted(stock.drafted - left)]
    await save_drafts(uow, changed, left)
    await index_listing_words(uow, [*changed, *stock.renamed.values()])


_JOURNAL = text(
    "insert into stock_journal (tenant_id, article_id, entry, units, sale_id, listing_id, note, user_id, at) "
    "select t, a, e, u, s, l, n, :user_id, :at from unnest(cast(:t as uuid[]), cast(:a as uuid[]), cast(:e as text[]), "
    "cast(:u as int[]), cast(:s as uuid[]), cast(:l as uuid[]), cast(:n as text[])) with ordinality "
    "as row(t, a, e, u, s, l, n, position) order by position"
)


async def _write_journal(uow: UnitOfWork, touched: Iterable[Article], user_id: UUID | None) -> None:
    rows = [(article, row) for article in touched for row in article.changes.journal]
    if not rows:
        return
    columns = {
        "t": [article.tenant_id for article, _ in rows],
        "a": [article.id for article, _ in rows],
        "e": [row.entry for _, row in rows],
        "u": [row.units for _, row in rows],
        "s": [row.sale_id for _, row in rows],
        "l": [row.listing_id for _, row in rows],
        "n": [row.note for _, row in rows],
    }
    await uow.conn.execute(_JOURNAL, {**columns, "user_id": user_id, "at": uow.now})


_ASK = text(
    "insert into questions (id, tenant_id, article_id, kind, subject, units, free, asked_at) "
    "select gen_random_uuid(), t, a, k, s, u, f, :at from unnest(cast(:t as uuid[]), cast(:a as uuid[]), "
    "cast(:k as text[]), cast(:s as uuid[]), cast(:u as int[]), cast(:f as int[])) as row(t, a, k, s, u, f) "
    "order by k, s on conflict (kind, subject) where answered_at is null "
    "do update set units = excluded.units, free = excluded.free"
)
_RESOLVE = text(
    "update questions q set answered_at = :at, answer = 'resolved' "
    "from unnest(cast(:k as text[]), cast(:s as uuid[])) as row(k, s) "
    "where q.kind = row.k and q.subject = row.s and q.answered_at is null"
)


async def _write_questions(uow: UnitOfWork, touched: Iterable[Article]) -> None:
    entries = [(a, key, asked) for a in touched for key, asked in a.changes.questions.items()]
    asked = [(article, question) for article, _, question in entries if question is not None]
    if asked:
        columns = {
            "t": [article.tenant_id for article, _ in asked],
            "a": [article.id for article, _ in asked],
            "k": [question.kind for _, question in asked],
            "s": [question.subject for _, question in asked],
            "u": [question.units for _, question in asked],
            "f": [question.free for _, question in asked],
        }
        await uow.conn.execute(_ASK, {**columns, "at": uow.now})
    resolved = [key for _, key, question in entries if question is None]
    if resolved:
        kinds, subjects = [kind for kind, _ in resolved], [subject for _, subject in resolved]
        await uow.conn.execute(_RESOLVE, {"k": kinds, "s": subjects, "at": uow.now})


async def close_question(uow: UnitOfWork, question_id: UUID, answer: str, user_id: UUID) -> None:
    """Keep who answered what."""
    change = update(questions).where(questions.c.id == question_id)
    await uow.conn.execute(change.values(answered_at=uow.now, answer=answer, user_id=user_id))
