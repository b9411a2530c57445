"""What is for sale, where its units are, and what can be said of it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(slots=True)
class Listing:
    """One thing for sale; its id is what the marketplace's stock hangs on (variant, offer, slug)."""

    kind: ClassVar[str] = "listing"
    platform: str
    account: str
    id: str
    product: str
    sku: str
    title: str
    price: Decimal
    currency: str
    quantity: int
    state: str
    created_at: datetime
    updated_at: datetime
    policy: str = "DENY"
    published: bool = True
    sold: int = 0
    revision_day: str = ""
    revisions: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    tracked: bool = True
    """Shopify: whether stock counts for it at all."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """Shopify: the part of `quantity` at locations after the shop's first, by their numbers."""
    hidden_on: list[str] = field(default_factory=list)
    """Shopify: the publications it is not on, by their numbers; `published` says that it is on any."""
    vendor: str = ""
    product_type: str = ""
    moved: list[str] = field(default_factory=list)
    """Locations whose stock changed and of which nobody was told yet; "" is the first."""
    product_at: datetime | None = None
    """Shopify: when something of its product changed that is none of its own: title, status, publications."""

    def __post_init__(self) -> None:
        if (
            self.policy == "UNTRACKED"
        ):  # one word for two facts, as the control API and older journals have it
            self.policy, self.tracked = "DENY", False

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"

    @property
    def product_updated_at(self) -> datetime:
        """A product is as young as its youngest variant, or younger."""
        return max(self.updated_at, self.product_at or self.updated_at)

    def at(self, place: str) -> int:
        """Units at one location, of which "" is the first."""
        return self.elsewhere.get(place, 0) if place else self.quantity - sum(self.elsewhere.values())

    def put(self, place: str, quantity: int) -> None:
        """Let one location hold that many."""
        change = quantity - self.at(place)
        if place:
            self.elsewhere[place] = quantity
        self.quantity += change
        if change and place not in self.moved:
            self.moved.append(place)

    def take(self, quantity: int) -> None:
        """Take units from the first location that has them all, else from each in turn; the first one owes the rest."""
        places = ["", *sorted(self.elsewhere)]
        whole = next((place for place in places if self.at(place) >= quantity), None)
        for place in places if whole is None else [whole]:
            some = min(max(0, self.at(place)), quantity)
            self.put(place, self.at(place) - some)
            quantity -= some
        self.put("", self.at("") - quantity)

    def come_to(self, quantity: int) -> None:
        """Let all locations together hold that many: more goes to the first, fewer are taken."""
        if quantity < self.quantity:
            self.take(self.quantity - quantity)
        else:
            self.put("", self.at("") + quantity - self.quantity)

    @property
    def standing(self) -> tuple[object, ...]:
        """Everything of it that a marketplace shows and a seller or buyer can change."""
        return (
            self.quantity,
            self.state,
            self.published,
            self.price,
            self.policy,
            self.tracked,
            self.title,
            tuple(self.elsewhere.items()),
            tuple(self.hidden_on),
            self.vendor,
            self.product_type,
        )

    @property
    def on_show(self) -> bool:
        return self.published and self.state in ("ACTIVE", "UNLISTED", "PUBLISHED", "ONSALE")

    @property
    def sells_at_zero(self) -> bool:
        return self.policy == "CONTINUE" or not self.tracked

    @property
    def buyable(self) -> bool:
        return self.on_show and (self.sells_at_zero or self.quantity > 0)

    @property
    def offered(self) -> int:
        """Units a buyer could take now."""
        return self.quantity if self.buyable else 0
