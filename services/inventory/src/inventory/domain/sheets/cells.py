"""The columns of a file of articles: how an article is shown in them, and what may be written into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from inventory.domain.articles import Article
from inventory.domain.consignors import Consignors
from inventory.domain.money import Money
from inventory.domain.owners import Owner
from inventory.domain.words import OwnerKind

COLUMNS = (
    "article_id",
    "sku",
    "title",
    "price",
    "cost",
    "currency",
    "quantity",
    "location",
    "brand",
    "owner",
    "consignor",
    "thumbnail_url",
)
"""In the order of an export; an import takes them in any. `article_id` names an article that has no SKU."""

MOST_UNITS = 1_000_000
LONGEST_SKU = 200


class Mark(Enum):
    """What a cell may say instead of a value."""

    CLEAR = "-"


CLEAR = Mark.CLEAR
"""Take away what is there."""
Cell = str | Literal[Mark.CLEAR]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number there and its cells by column, those left empty not among them."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cell of a column may hold, and what to tell whoever wrote something else."""

    pattern: re.Pattern[str]
    message: str
    may_clear: bool = True


_AMOUNT = "Write an amount as 1234.50: digits and one point, nothing else, at most six places."
RULES: Mapping[str, Rule] = {
    "title": Rule(
        re.compile(r"(?s).{1,500}"), "A title has 1 to 500 characters and can't be cleared.", may_clear=False
    ),
    "price": Rule(re.compile(r"[0-9]{1,14}(\.[0-9]{1,6})?"), _AMOUNT),
    "cost": Rule(re.compile(r"[0-9]{1,14}(\.[0-9]{1,6})?"), _AMOUNT),
    "currency": Rule(
        re.compile(r"[A-Z]{3}"), "Write the currency as three capital letters, such as GBP.", may_clear=False
    ),
    "quantity": Rule(
        re.compile(r"0*([0-9]{1,6}|1000000)"),
        f"Write a whole number from 0 to {MOST_UNITS}; a quantity can't be cleared.",
        may_clear=False,
    ),
    "location": Rule(re.compile(r"(?s).{1,200}"), "A location has at most 200 characters."),
    "brand": Rule(re.compile(r"(?s).{1,200}"), "A brand has at most 200 characters."),
    "owner": Rule(re.compile(r"own|consigned|unknown"), "Write own, consigned or unknown."),
    "consignor": Rule(re.compile(r"(?s).{1,100}"), "A consignor's code has at most 32 characters."),
    "thumbnail_url": Rule(
        re.compile(r"https?://\S{1,1900}"), "Write a web address that begins with https:// or http://."
    ),
}


def fields_of(article: Article, consignors: Consignors) -> dict[str, str | None]:
    """What a line may change of an article, each in one text; None where there is nothing."""
    return {
        "title": article.title,
        "price": _money(article.price),
        "cost": _money(article.cost),
        "quantity": str(article.free) if article.is_open else None,
        "location": article.location,
        "brand": article.brand,
        "owner": owner_text(article.owner, consignors),
        "thumbnail_url": article.thumbnail_url,
    }


def cells_of(article: Article, consignors: Consignors) -> dict[str, str]:
    """An article's cells by column; where there is nothing, an empty one."""
    amount = article.price or article.cost
    shown = {
        **fields_of(article, consignors),
        "article_id": str(article.id),
        "sku": article.sku,
        "price": _amount(article.price),
        "cost": _amount(article.cost),
        "currency": amount.currency if amount else None,
        "owner": article.owner.kind.value,
        "consignor": consignors.code_of(article.owner.consignor_id),
    }
    return {name: shown[name] or "" for name in COLUMNS}


def owner_text(owner: Owner, consignors: Consignors) -> str:
    """`own`, `unknown` or `consigned MARG`."""
    if owner.kind is not OwnerKind.CONSIGNED:
        return owner.kind.value
    return f"{owner.kind.value} {consignors.code_of(owner.consignor_id) or owner.consignor_id}"


def _money(amount: Money | None) -> str | None:
    return str(amount) if amount else None


def _amount(amount: Money | None) -> str:
    return str(amount).partition(" ")[0] if amount else ""
