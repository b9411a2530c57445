"""What people narrow lists to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from inventory.domain.standing import Standing
from inventory.domain.words import OwnerKind


class StockState(StrEnum):
    """Whether an article can be sold."""

    IN_STOCK = "in_stock"
    SOLD_OUT = "sold_out"
    NOT_OPEN = "not_open"
    """Nobody has counted it, and no live listing has shown how many there are."""


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What a list of articles is narrowed to; each word must begin one of the article's."""

    words: frozenset[str] = frozenset()
    sku_prefix: str | None = None
    owner: OwnerKind | None = None
    consignor_id: UUID | None = None
    location: str | None = None
    stock: StockState | None = None
    is_open: bool | None = None
    only_short: bool = False


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """What a list of listings is narrowed to; each word must begin one of the listing's."""

    words: frozenset[str] = frozenset()
    standing: Standing | None = None
    account_id: UUID | None = None
    platform: str | None = None
    unlinked: bool = False
