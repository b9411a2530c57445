"""A shop's locations and publications: the first of each is the account's own, the others were opened with it."""

from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import Page, paginate
from sandbox.truth import Account, Listing

Row = dict[str, object]
CHANNELS = ("Online Store", "Point of Sale", "Shop", "Google & YouTube")


def places_of(account: Account) -> dict[str, int]:
    """The number of each location by the name that listings have for it; "" is the first."""
    return {"": account.location, **{str(number): number for number in account.locations}}


def place_named(account: Account, given: str) -> str | None:
    """The location that a number, a place in the list or a global id names, as listings have it."""
    bare = given.removeprefix("gid://shopify/Location/").partition("?")[0]
    numbers = list(places_of(account).values())
    if bare.isdecimal() and int(bare) < len(numbers):
        bare = str(numbers[int(bare)])
    return next((place for place, number in places_of(account).items() if str(number) == bare), None)


def location_of(account: Account, identifier: str) -> str | None:
    """The location of a global id, as listings have it."""
    return place_named(account, identifier) if naming.number_of(identifier, "Location") else None


def location_row(account: Account, place: str = "") -> Row:
    number = places_of(account)[place]
    at = naming.graph_time(account.opened_at)
    order = list(places_of(account)).index(place)
    return {
        "id": naming.gid("Location", number),
        "legacyResourceId": str(number),
        "name": "Shop location" if order == 0 else f"Location {order + 1}",
        "isActive": True,
        "fulfillsOnlineOrders": True,
        "shipsInventory": True,
        "createdAt": at,
        "updatedAt": at,
    }


def levels_of(account: Account, listing: Listing) -> dict[str, int]:
    """Stock by location number, as the truth tells it."""
    return {str(number): listing.at(place) for place, number in places_of(account).items()}


def location_page(_root: object, info: Info, **args: Any) -> Page:
    """`locations`."""
    account = context_of(info).account
    rows = [location_row(account, place) for place in places_of(account)]
    return paginate(rows, args, lambda row: (number_in(row), number_in(row)))


def location(_root: object, info: Info, id: str | None = None) -> Row | None:
    """`location`; without an id the shop's first one."""
    account = context_of(info).account
    place = location_of(account, id) if id is not None else ""
    return None if place is None else location_row(account, place)


def publications_of(account: Account) -> list[int]:
    return [account.location, *account.publications]


def publication_row(account: Account, number: int) -> Row:
    order = publications_of(account).index(number)
    return {
        "id": naming.gid("Publication", number),
        "name": CHANNELS[order] if order < len(CHANNELS) else f"Channel {order + 1}",
        "autoPublish": order == 0,
        "supportsFuturePublishing": order == 0,
    }


def publication_page(_root: object, info: Info, **args: Any) -> Page:
    """`publications`."""
    account = context_of(info).account
    rows = [publication_row(account, number) for number in publications_of(account)]
    return paginate(rows, args, lambda row: (number_in(row), number_in(row)))


def number_in(row: Row) -> int:
    return int(str(row["id"]).rpartition("/")[2])


def shown_on(account: Account, listing: Listing) -> list[int]:
    """The publications a listing's product is on."""
    on = publications_of(account) if listing.published else []
    return [number for number in on if str(number) not in listing.hidden_on]


def show_on(account: Account, listing: Listing, numbers: set[int], *, show: bool) -> None:
    """Put a listing on those publications, or take it off them."""
    before = set(shown_on(account, listing))
    after = before | numbers if show else before - numbers
    listing.hidden_on = [str(x) for x in publications_of(account) if x not in after]
    listing.published = bool(after)
