"""How people ask for lists: what they are narrowed to, how many rows, and after which."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from kit.paging import decode_cursor, encode_cursor, id_of
from pydantic import BaseModel, Field, StringConstraints
from soldwire_contracts.values import Platform

from inventory.domain import (
    ArticleFilter,
    ListingFilter,
    OwnerKind,
    Standing,
    StockState,
    clean_sku,
    terms_of,
)

Short = Annotated[str, StringConstraints(max_length=200)]


class ListQuery(BaseModel):
    """A page of a list."""

    after: str | None = Field(None, description="`next` of the page before; leave it out for the first page.")
    limit: int = Field(50, ge=1, le=200, description="Rows on a page at most.")

    def place(self) -> UUID | str | None:
        """What the page starts after: an id, or what else the list is sorted by. Raises Invalid."""
        return id_of(decode_cursor(self.after, 1)[0]) if self.after is not None else None


class ArticleQuery(ListQuery):
    """Which articles."""

    search: Short | None = Field(
        None, description="Words of title or SKU; each may be the beginning of one. The eight longest count."
    )
    sku: Short | None = Field(
        None, description="What the SKU begins with; the list is then in the order of SKUs."
    )
    owner: OwnerKind | None = None
    consignor_id: UUID | None = None
    location: Short | None = Field(None, description="Where they lie, exactly as written.")
    stock: StockState | None = None
    open: bool | None = Field(
        None, description="Whether anybody, or a live listing, has said how many there are."
    )
    short: bool = Field(False, description="Only articles that were sold beyond what there is.")

    def filter(self) -> ArticleFilter:
        """As the domain has it."""
        return ArticleFilter(
            words=terms_of(*(self.search or "").split()),
            sku_prefix=clean_sku(self.sku),
            owner=self.owner,
            consignor_id=self.consignor_id,
            location=self.location,
            stock=self.stock,
            is_open=self.open,
            only_short=self.short,
        )

    def place(self) -> UUID | str | None:
        """An id, or a SKU in a list by SKU. Raises Invalid."""
        if self.after is None or clean_sku(self.sku) is None:
            return super().place()
        return str(decode_cursor(self.after, 1)[0])


class ListingQuery(ListQuery):
    """Which listings."""

    search: Short | None = Field(
        None, description="Words of title or SKU; each may be the beginning of one. The eight longest count."
    )
    standing: Standing | None = Field(None, description="As its seller sees it.")
    account_id: UUID | None = None
    platform: Platform | None = None
    unlinked: bool = Field(False, description="Only listings that show no article.")

    def filter(self) -> ListingFilter:
        """As the domain has it."""
        return ListingFilter(
            words=terms_of(*(self.search or "").split()),
            standing=self.standing,
            account_id=self.account_id,
            platform=self.platform,
            unlinked=self.unlinked,
        )


class DraftQuery(ListQuery):
    """Which drafts."""

    search: Short | None = Field(None, description="Words of title or SKU; each may be the beginning of one.")
    account_id: UUID | None = None

    def words(self) -> frozenset[str]:
        """The words."""
        return terms_of(*(self.search or "").split())


def cursor_at(place: UUID | str | None) -> str | None:
    """The cursor of the page that starts after this one; None when there is none."""
    return None if place is None else encode_cursor(str(place))
