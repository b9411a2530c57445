"""What the control API is asked."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Platform = Literal["shopify", "ebay", "depop"]
Policy = Literal["DENY", "CONTINUE", "UNTRACKED"]
Share = Annotated[float, Field(ge=0, le=1)]
Units = Annotated[int, Field(ge=0, le=1_000_000_000)]
Money = Annotated[Decimal, Field(ge=0, le=1_000_000_000)]


class Asked(BaseModel):
    """A request body; a field it does not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class NewAccounts(BaseModel):
    """Several accounts at once; whatever else is given goes to each."""

    model_config = ConfigDict(extra="allow")

    count: int = Field(default=1, ge=1, le=10_000)
    prefix: str = "bench"


class NewListing(Asked):
    account: str
    sku: str
    title: str = "Example article"
    price: Money = Decimal("25.00")
    quantity: int = Field(default=1, ge=0)
    policy: Policy = "DENY"
    product: str | None = None
    levels: dict[str, Units] = {}
    """Shopify: units by location (its number, or its place in the shop's list), instead of `quantity`."""
    state: str | None = None
    vendor: str = ""
    product_type: str = ""


class ListingEdit(Asked):
    quantity: int | None = Field(default=None, ge=0)
    price: Money | None = None
    title: str | None = None
    state: str | None = None
    levels: dict[str, Units] = {}
    policy: Policy | None = None
    published: bool | None = None
    """Shopify: on show in every channel, or in none."""
    deliver_webhook: bool = True


class Place(Asked):
    platform: Platform
    account: str


class NewArticles(Asked):
    on: list[Place]
    count: int = Field(default=1, ge=1, le=200_000)
    sku_prefix: str = "A-"
    start: int = 1
    quantity: int = Field(default=1, ge=0)
    price: Money = Decimal("25.00")
    title: str = "Example article"


class Travel(Asked):
    """How the webhooks of a happening travel."""

    deliver_webhook: bool = True
    duplicates: int = Field(default=1, ge=1)
    delay_ms: float = Field(default=0, ge=0)


class BasketLine(Asked):
    sku: str | None = None
    listing: str | None = None
    quantity: int = Field(default=1, ge=1)
    price: Money | None = None
    discount: Money = Decimal(0)
    tax: Money = Decimal(0)


class NewSale(Travel):
    account: str
    lines: list[BasketLine] = Field(min_length=1)
    sold_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    unpaid: bool = False
    test: bool = False
    affects_stock: bool = True
    shipping: Money = Decimal(0)
    shipping_discount: Money = Decimal(0)
    """Shopify: a code's part of the listed shipping; `shipping` is what is left to pay."""
    buyer: str = "example_buyer"


class NewSales(Asked):
    sales: list[NewSale]


class LineUnits(Asked):
    line_id: str
    quantity: int = Field(default=1, ge=1)


class Ship(Travel):
    courier: str = "Royal Mail"
    tracking: str = ""
    lines: list[LineUnits] = []


class Cancel(Travel):
    reason: Literal["CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"] = "CUSTOMER"
    restock: bool = True


class GiveBack(Travel):
    amount: Money | None = Field(default=None, gt=0)
    lines: list[LineUnits] = []
    restock: bool = False
    note: str = ""


class Notify(Travel):
    topic: str = "orders/create"


class Subscribe(Asked):
    account: str
    uri: str
    topics: list[str] = []


class Destination(Asked):
    endpoint: str
    verification_token: str
    client_id: str = "sandbox-ebay-app"


class Challenge(Asked):
    endpoint: str
    verification_token: str


class Forge(Asked):
    platform: Literal["shopify", "ebay"]
    account: str
    uri: str
    topic: str = "orders/create"
    body: dict[str, object]
    signature: Literal["valid", "wrong", "missing"] = "wrong"


class NewFault(Asked):
    mode: str
    platform: Platform | None = None
    operation: str | None = None
    account: str | None = None
    listing: str | None = None
    count: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    ms: float = Field(default=0, ge=0)
    status: int = Field(default=500, ge=400, le=599)
    retry_after: int | None = None
    seconds: float = Field(default=30, ge=0)
    effect: bool = False


class NewLoad(Asked):
    rate: float = Field(gt=0, le=5000)
    seconds: float = Field(gt=0)
    platforms: list[Platform] = ["shopify", "ebay"]
    accounts: list[str] | None = None
    seed: int = 1
    deliver_webhook: bool = True
    duplicates: Share = 0
    """How many of the sales are told twice, too late for the next ones, far too late, not at all."""
    disorder: Share = 0
    late: Share = 0
    lost: Share = 0
    races: Share = 0
    """How many last units somebody else tries to buy within `race_ms`, where else they are for sale."""
    race_ms: float = Field(default=1000, ge=0)


class SettingsEdit(Asked):
    time_factor: float = Field(ge=0)
