"""What the control API is asked."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Platform = Literal["shopify", "ebay", "depop"]
Policy = Literal["DENY", "CONTINUE", "UNTRACKED"]
Currency = Literal["AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "NZD", "PLN", "SEK", "USD"]
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
    deliver_webhook: bool = False
    """Whether Shopify tells of the new product; by default it was there before anybody listened."""


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
    deliver_webhook: bool = False


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


class Customer(Asked):
    """The buyer; whoever names the same id again is the same one."""

    id: int = Field(ge=1)
    email: str = "buyer@example.com"
    first_name: str = "Example"
    last_name: str = "Buyer"
    phone: str | None = None


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
    shipping_tax: Money = Decimal(0)
    """Shopify: with the shop's setting `taxes_included` it is in the shipping, as each line's tax is in its price."""
    buyer: str = "example_buyer"
    customer: Customer | None = None
    """Shopify: by default every order has one of its own."""
    channel: str = "web"
    """Shopify: web, pos, shopify_draft_order, or another one's own name."""
    authorized: bool = False
    """Shopify: the money is promised, not taken."""
    presentment_currency: Currency | None = None
    """Shopify: the buyer's currency, and how many of it one of the shop's is."""
    presentment_rate: Decimal = Field(default=Decimal(1), gt=0, le=100_000)


class NewSales(Asked):
    sales: list[NewSale]


class LineUnits(Asked):
    line_id: str
    quantity: int = Field(default=1, ge=1)


class Ship(Travel):
    courier: str = "Royal Mail"
    tracking: str = ""
    lines: list[LineUnits] = []


class EditedLine(Asked):
    line_id: str
    quantity: int = Field(ge=0)
    """How many there are to be; 0 takes the line out."""


class Edit(Travel):
    lines: list[EditedLine] = []
    add: list[BasketLine] = []
    restock: bool = True


class Track(Travel):
    shipment: str | None = None
    courier: str = "Royal Mail"
    tracking: str


class CallBack(Travel):
    shipment: str | None = None


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


class NewApplication(Asked):
    client_id: str = Field(min_length=1)
    client_secret: str | None = None
    redirect_uris: list[str] = []


class ApplicationEdit(Asked):
    redirect_uris: list[str] | None = None
    compliance_uri: str | None = None


class Compliance(Asked):
    """A notice that the law demands; `uri` by default the application's."""

    topic: Literal["customers/data_request", "customers/redact", "shop/redact"]
    customer: Customer | None = None
    orders: list[int] | None = None
    """By default every order of that customer."""
    uri: str | None = None
    duplicates: int = Field(default=1, ge=1)


class PayOut(Asked):
    status: Literal["SCHEDULED", "PAID", "FAILED", "CANCELED"] | None = None
    """Without it: gathers what is pending, or pays the payout that is scheduled. The last two are said of one that is
    scheduled, FAILED also of the last one paid: its money is pending again."""
    issued_at: AwareDatetime | None = None


class Adjustment(Asked):
    amount: Decimal = Field(ge=-1_000_000_000, le=1_000_000_000, decimal_places=2)
    type: Literal[
        "ADJUSTMENT",
        "CHARGE_ADJUSTMENT",
        "DISPUTE_WITHDRAWAL",
        "DISPUTE_REVERSAL",
        "RESERVED_FUNDS",
        "SHIPPING_LABEL",
    ] = "ADJUSTMENT"


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
