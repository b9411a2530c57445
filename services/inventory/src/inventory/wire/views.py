"""What people read from the HTTP API."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from soldwire_contracts import stock
from soldwire_contracts.values import Money

from inventory.domain import (
    Article,
    AskedQuestion,
    Hold,
    JournalEntry,
    Listing,
    SaleLine,
    Standing,
    standing_of,
)
from inventory.wire.events import money_of, owner_of


class SaleAccepted(BaseModel):
    """The sale is on its way through inventory like any other."""

    sale_id: UUID


class ListingView(BaseModel):
    """A listing: what its marketplace shows, what it should show, and why it does not yet."""

    id: UUID
    account_id: UUID
    platform: str
    article_id: UUID | None
    sku: str | None
    title: str
    url: str | None
    thumbnail_url: str | None
    state: str
    observed_quantity: int | None
    observed_at: AwareDatetime | None
    version: int
    target_quantity: int | None
    applied_quantity: int | None
    withdrawn_by_seller: bool
    disconnecting: bool
    """It is being taken down, to be unlinked then."""
    failure: str | None
    vendor: str | None
    brand: str | None
    price: Money | None
    standing: Standing
    """As its seller sees it."""

    @classmethod
    def of(cls, listing: Listing) -> ListingView:
        """As people read it."""
        told = {
            "withdrawn_by_seller": listing.withdrawn,
            "disconnecting": listing.disconnecting_version > 0,
            "price": money_of(listing.price),
            "standing": standing_of(listing),
        }
        return cls(**told, **{name: getattr(listing, name) for name in cls.model_fields if name not in told})


class ArticleView(BaseModel):
    """An article and its stock: `quantity` is free for sale, `held` is sold, `short` is sold beyond what there is."""

    id: UUID
    sku: str | None
    title: str
    owner: stock.Owner
    cost: Money | None
    open: bool
    quantity: int
    held: int
    short: int
    opened_at: AwareDatetime | None
    created_at: AwareDatetime | None
    price: Money | None
    brand: str | None
    location: str | None
    """Where it lies."""
    thumbnail_url: str | None
    owner_given: bool
    """A person said whose it is; else the owner rules did."""
    merged_into: UUID | None
    """The article this one turned out to be: look there."""

    @classmethod
    def of(cls, article: Article) -> ArticleView:
        """As people read it."""
        return cls(
            id=article.id,
            sku=article.sku,
            title=article.title,
            owner=owner_of(article.owner),
            cost=money_of(article.cost),
            open=article.is_open,
            quantity=article.free,
            held=article.held,
            short=article.short,
            opened_at=article.opened_at,
            created_at=article.created_at,
            price=money_of(article.price),
            brand=article.brand,
            location=article.location,
            thumbnail_url=article.thumbnail_url,
            owner_given=article.owner_given,
            merged_into=article.merged_into,
        )


class ArticleWithListings(ArticleView):
    """An article and the listings that show it."""

    listings: list[ListingView]

    @classmethod
    def of(cls, article: Article) -> ArticleWithListings:
        """As people read it."""
        shown = [ListingView.of(listing) for listing in article.linked]
        return cls(**ArticleView.of(article).model_dump(), listings=shown)


class SaleView(BaseModel):
    """A sale as inventory knows it."""

    sale_id: UUID
    account_id: UUID
    platform: str
    listing_id: UUID | None
    sku: str | None
    title: str
    quantity: int
    cancelled: int
    given_back: int
    paid: bool
    shipped: bool
    sold_at: AwareDatetime

    @classmethod
    def of(cls, line: SaleLine) -> SaleView:
        """As people read it."""
        return cls(**{name: getattr(line, name) for name in SaleView.model_fields})


class HoldView(SaleView):
    """A sale on an article: what it claims of the stock and what it holds."""

    claims: int
    held: int
    outcome: str | None
    removed: bool

    @classmethod
    def of_hold(cls, hold: Hold) -> HoldView:
        """As people read it."""
        sale = SaleView.of(hold.line).model_dump()
        return cls(**sale, claims=hold.claim, held=hold.held, outcome=hold.outcome, removed=hold.removed)


class JournalView(BaseModel):
    """One change of the free stock and why; all of an article's rows add up to its quantity."""

    id: int
    entry: str
    units: int
    sale_id: UUID | None
    listing_id: UUID | None
    user_id: UUID | None
    note: str | None
    at: AwareDatetime

    @classmethod
    def of(cls, kept: JournalEntry) -> JournalView:
        """As people read it."""
        row = kept.row
        return cls(
            id=kept.id,
            entry=row.entry,
            units=row.units,
            sale_id=row.sale_id,
            listing_id=row.listing_id,
            user_id=kept.user_id,
            note=row.note,
            at=kept.at,
        )


class QuestionView(BaseModel):
    """What inventory asks: `subject` is the listing (surplus, deficit) or the sale (not_restocked, refunded)."""

    id: UUID
    article_id: UUID
    kind: str
    subject: UUID
    units: int
    free: int
    asked_at: AwareDatetime
    answered_at: AwareDatetime | None
    answer: str | None

    @classmethod
    def of(cls, asked: AskedQuestion) -> QuestionView:
        """As people read it."""
        question = asked.question
        return cls(
            id=asked.id,
            article_id=asked.article_id,
            kind=question.kind,
            subject=question.subject,
            units=question.units,
            free=question.free,
            asked_at=asked.asked_at,
            answered_at=asked.answered_at,
            answer=asked.answer,
        )


class ExplainedView(BaseModel):
    """Why an article has the quantity it has: its journal, latest sales, listings and questions, the newest first."""

    article: ArticleWithListings
    sales: list[HoldView]
    journal: list[JournalView]
    next_journal: str | None
    questions: list[QuestionView]


class ArticlePage(BaseModel):
    """Articles; `next` is the cursor of the following page, null on the last. A page may be short, even empty, before that."""

    items: list[ArticleView]
    next: str | None


class ListingPage(BaseModel):
    """Listings; `next` is the cursor of the following page, null on the last. A page may be short, even empty, before that."""

    items: list[ListingView]
    next: str | None


class QuestionPage(BaseModel):
    """Open questions; `next` is the cursor of the following page, null on the last."""

    items: list[QuestionView]
    next: str | None
