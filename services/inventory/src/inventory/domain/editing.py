"""What a person changes of an article: only what is given changes."""

from __future__ import annotations

from typing import TypedDict

from inventory.domain.money import Money
from inventory.domain.owners import Owner


class Edit(TypedDict, total=False):
    """New values by name; None clears. An owner of None lets the article follow the owner rules."""

    sku: str | None
    title: str
    price: Money | None
    cost: Money | None
    brand: str | None
    location: str | None
    thumbnail_url: str | None
    owner: Owner | None
