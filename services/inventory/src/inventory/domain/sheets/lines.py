"""A line of a file once it was read: what it would do, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import cast
from uuid import UUID

from inventory.domain.articles import Article
from inventory.domain.consignors import Consignors, OwnerWish
from inventory.domain.editing import Edit
from inventory.domain.money import Money
from inventory.domain.owners import Owner
from inventory.domain.sheets.cells import fields_of
from inventory.domain.words import OwnerKind


class Action(StrEnum):
    """What a line does."""

    CREATE = "create"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and what to write instead; without a column it is the whole line."""

    line: int
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a field is and what it becomes; None is nothing, and for an owner: whom the owner rules say."""

    was: str | None
    becomes: str | None


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """What a line would do to its article."""

    number: int
    action: Action
    sku: str | None
    article_id: UUID | None
    changes: Mapping[str, Change]

    def is_stale(self, article: Article, consignors: Consignors) -> bool:
        """Whether somebody or something has changed what the line is about to change."""
        now = fields_of(article, consignors)
        renamed = self.sku is not None and self.sku != article.sku
        return renamed or any(now[name] != change.was for name, change in self.changes.items())

    def edit(self, kept: Owner | None, consignors: Consignors) -> Edit:
        """The change, without the quantity; `kept` is who was given the article. Raises NoSuchConsignor."""
        made: dict[str, object] = {}
        for name, change in self.changes.items():
            if name in ("price", "cost"):
                made[name] = _money_of(change.becomes)
            elif name == "owner":
                made[name] = _owner_of(change.becomes, kept, consignors)
            elif name != "quantity":
                made[name] = change.becomes
        return cast("Edit", made)

    @property
    def quantity(self) -> int | None:
        """How many there are, if the line says so."""
        change = self.changes.get("quantity")
        return int(change.becomes) if change and change.becomes else None

    @property
    def consignor(self) -> str | None:
        """The code of the consignor it gives the article to."""
        change = self.changes.get("owner")
        return (change.becomes or "").partition(" ")[2] or None if change else None


def _money_of(said: str | None) -> Money | None:
    amount, _, currency = (said or "").partition(" ")
    return Money(Decimal(amount), currency) if said else None


def _owner_of(said: str | None, kept: Owner | None, consignors: Consignors) -> Owner | None:
    if said is None:
        return None
    kind, _, code = said.partition(" ")
    return consignors.owner(OwnerWish(OwnerKind(kind), code=code or None), kept)
