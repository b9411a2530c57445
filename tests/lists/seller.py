"""A made-up seller: what each of a thousand articles is, where it lies and whose it is, by its number."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from soldwire_contracts import ids
from soldwire_contracts.values import Money, Platform

TENANT = UUID("0198c1a2-7b10-7c3e-9f51-2a64d07be511")
ORIGINALS = 1000
"""Articles, each with one sale, that are made by the services themselves."""
CODES = 100
"""Consignors; those of the second half have sold nothing yet."""
PLATFORMS = (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)
CONNECTED = datetime(2020, 1, 1, tzinfo=UTC)
BETWEEN = timedelta(minutes=7)
"""From one of the thousand sales to the next."""
COLOURS = ("red", "navy", "black", "cream", "olive", "grey", "pink", "brown")
KINDS = ("jacket", "dress", "jeans", "jumper", "boots", "coat", "shirt", "bag", "skirt", "trainers")
BRANDS = ("Levi's", "Barbour", "Ganni", "Carhartt", "Burberry", "Nike", "Toast", "Ralph Lauren", "Uniqlo")
SHELVES = 40
_COLUMNS = ("sku", "title", "price", "cost", "currency", "quantity", "location", "brand", "owner")


@dataclass(frozen=True)
class Item:
    """One article by its number, 0 the one that sold last."""

    number: int
    brand: str
    title: str

    @property
    def is_alone(self) -> bool:
        """Whether its listing on Depop shows no SKU, so that what sold there waits for a person."""
        return self.number % 10 == 9

    @property
    def is_uncounted(self) -> bool:
        """Whether nobody has said how many there are, and no listing of its SKU either."""
        return self.number % 50 == 49

    @property
    def consignor(self) -> int | None:
        """Of which consignor, by number; None when it is the shop's, or nobody knows."""
        return self.number // 4 % (CODES // 2) if self.number % 4 == 1 else None

    @property
    def sku(self) -> str:
        """Owner rules know a consignor's by its beginning."""
        prefix = "SKU" if self.consignor is None else code_of(self.consignor)
        return f"{prefix}-{self.number:05}"

    @property
    def price(self) -> Money:
        """In euros of one in twenty."""
        return money(self.number, 12 + self.number % 90)

    @property
    def platform(self) -> Platform:
        """Where it sold."""
        return PLATFORMS[2 if self.is_alone else self.number % 3]

    @property
    def quantity(self) -> int:
        """How many there were."""
        return 1 + self.number % 3

    def row(self) -> dict[str, object]:
        """As a line of the seller's own file."""
        return {
            "sku": self.sku,
            "title": self.title,
            "price": self.price.amount,
            "cost": Decimal(5),
            "currency": self.price.currency,
            "quantity": "" if self.is_uncounted else self.quantity,
            "location": f"Shelf {self.number % SHELVES}",
            "brand": self.brand,
            "owner": "unknown" if self.number % 8 == 7 else "",
        }


def code_of(consignor: int) -> str:
    """How files and rules name a consignor."""
    return f"C{consignor:02}"


def money(number: int, amount: Decimal | int) -> Money:
    """An amount in the currency of an article."""
    return Money(amount=Decimal(amount), currency="GBP" if number % 20 else "EUR")


@dataclass
class Seller:
    """One tenant with an account on each marketplace."""

    tenant: UUID = TENANT
    latest: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))
    """When the last sale was made."""
    items: Sequence[Item] = field(default_factory=lambda: list(_items(random.Random(5))))

    def account(self, platform: Platform) -> UUID:
        """The account on a marketplace."""
        return ids.account_id(self.tenant, platform, "seller")

    def sold_at(self, item: Item) -> datetime:
        """When an article sold."""
        return self.latest - BETWEEN * item.number

    def sale_id(self, item: Item) -> UUID:
        """Of its sale."""
        return ids.sale_id(self.account(item.platform), order_id(item), "1")

    def listing_id(self, item: Item, platform: Platform) -> UUID:
        """Of its listing on a marketplace."""
        return ids.listing_id(self.account(platform), f"listing-{item.number:05}")

    def sheet(self) -> str:
        """All articles as a file."""
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows(item.row() for item in self.items)
        return text.getvalue()


def order_id(item: Item) -> str:
    """The marketplace's id of the order an article was sold by."""
    return f"order-{item.number:05}"


def _items(draw: random.Random) -> Iterator[Item]:
    """Titles as sellers write them: words that many articles share, and a style that is its own."""
    for number in range(ORIGINALS):
        brand, colour, kind = draw.choice(BRANDS), draw.choice(COLOURS), draw.choice(KINDS)
        title = f"{brand} {colour} {kind} size {draw.randint(6, 18)} ax{number:05}"
        yield Item(number, brand, title)
