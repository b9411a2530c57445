"""What the front desk and the control API ask of each stand-in, whichever marketplace it plays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from sandbox.calls import Visit
from sandbox.truth import Account, Delivery, Listing, Order, Refund, Shipment
from sandbox.web import Reply, Request


class BadRequest(ValueError):
    """The control API was asked for something that cannot be; its text says what."""


class Pushes(Protocol):
    """A stand-in that sends webhooks."""

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        """Headers and raw body of the attempt now due."""

    def gave_up(self, delivery: Delivery) -> None:
        """A delivery has used up its attempts."""


@dataclass(slots=True)
class Errand:
    """How the webhooks of one happening travel."""

    deliver: bool = True
    duplicates: int = 1
    delay: float = 0.0


@dataclass(slots=True)
class ListingSpec:
    """An article to be put up for sale."""

    account: Account
    sku: str
    title: str
    price: Decimal
    quantity: int
    policy: str = "DENY"
    product: str | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    """Shopify: units by location, instead of `quantity`."""
    state: str | None = None
    vendor: str = ""
    product_type: str = ""


@dataclass(slots=True)
class ListingRules:
    """What a seller may change of one listing besides its quantity, price, title and state; only Shopify has these."""

    levels: Mapping[str, int] = field(default_factory=dict)
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that became of an order: created, paid, shipped, tracked, called back, edited, cancelled or refunded."""

    name: str
    refund: Refund | None = None
    shipment: Shipment | None = None


class Marketplace(Protocol):
    """One stand-in."""

    platform: str
    outside: frozenset[str]

    async def look_outside(self, request: Request) -> None:
        """For operations in `outside`: ask the world before `answer`, and leave what was found on the request."""

    def describe(self, account: Account, base_url: str) -> dict[str, object]:
        """An account without its credentials."""

    def identify(self, request: Request) -> tuple[str, str, str | None, int | None]:
        """Account, operation, listing and requested quantity of a request, as far as they can be told."""

    def answer(self, request: Request, visit: Visit) -> Reply:
        """Do what is asked, synchronously: no other request is answered in between."""

    def failure(self, request: Request, status: int, retry_after: int | None) -> Reply:
        """The marketplace's own error body for that status."""

    def throttled(self, request: Request, retry_after: int | None) -> Reply:
        """How the marketplace says: too fast."""

    def open_account(self, fields: Mapping[str, object], base_url: str) -> dict[str, object]:
        """A new seller, with all credentials in the answer."""

    def open_listing(self, spec: ListingSpec) -> Listing:
        """Put an article up for sale."""

    def opened(self, listing: Listing, errand: Errand) -> None:
        """Tell whoever subscribed that it is there."""

    def new_order_ids(self, account: Account, lines: int) -> tuple[str, str, list[str]]:
        """Order id, order name and line ids of the account's next order."""

    def set_listing(self, listing: Listing, quantity: int | None, state: str | None) -> None:
        """Apply a seller's own edit to quantity and state, under the marketplace's rules."""

    def set_rules(self, listing: Listing, rules: ListingRules) -> None:
        """Apply a seller's own edit of stock by location and of what happens at 0. Raises BadRequest where there is no such thing."""

    def set_published(self, listing: Listing, published: bool) -> None:
        """Apply a seller's own word that it is, or is not, on show in every channel. Raises BadRequest as above."""

    def facts(self, listing: Listing) -> dict[str, object]:
        """What only this marketplace knows of a listing."""

    def end_listing(self, listing: Listing) -> None:
        """The seller takes it down."""

    def stock_moved(self, listings: Sequence[Listing], errand: Errand) -> None:
        """Tell whoever subscribed that these listings' stock changed."""

    def sold(self, listings: Sequence[Listing]) -> None:
        """Do what the marketplace does when a sale took units of these."""

    def announce(self, order: Order, happening: Happening, errand: Errand) -> None:
        """Send the webhooks of it."""

    def identifiers(self, listing: Listing) -> dict[str, str]:
        """Every id the marketplace has for a listing."""


class PlainListings:
    """What a stand-in says whose listings have no locations, policies and channels of their own."""

    def set_rules(self, listing: Listing, rules: ListingRules) -> None:  # noqa: ARG002
        raise BadRequest(f"{listing.platform} has no locations and no policy at 0")

    def set_published(self, listing: Listing, published: bool) -> None:  # noqa: ARG002
        raise BadRequest(f"{listing.platform} has no channels")

    def opened(self, listing: Listing, errand: Errand) -> None:
        """Nobody is told."""

    def facts(self, listing: Listing) -> dict[str, object]:  # noqa: ARG002
        return {}
