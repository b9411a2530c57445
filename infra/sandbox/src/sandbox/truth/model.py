"""What the foreign world is made of: plain records, each with the kind and the key it is journalled under."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sandbox.truth.beside import BalanceTransaction, BulkOperation, Payout
from sandbox.truth.goods import Listing
from sandbox.truth.trade import Order


@dataclass(slots=True)
class Application:
    """A developer's application on a marketplace: the keys its sellers' tokens are issued to."""

    kind: ClassVar[str] = "application"
    platform: str
    client_id: str
    client_secret: str
    """The one it signs with; while a new one is brought in, the older."""
    next_secret: str = ""
    """The one that takes its place, good for the token endpoint already."""
    compliance_uri: str = ""
    """Where Shopify sends what the law demands, of every shop."""
    redirect_uris: list[str] = field(default_factory=list)
    """Where it may send sellers; empty: anywhere."""

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.client_id}"

    def opened_by(self, secret: str) -> bool:
        return bool(secret) and secret in (self.client_secret, self.next_secret)


@dataclass(slots=True)
class Account:
    """A seller's login; `settings` are the limits and habits the control API may change."""

    kind: ClassVar[str] = "account"
    platform: str
    name: str
    number: int
    seller_id: str
    client_id: str
    currency: str
    opened_at: datetime
    settings: dict[str, int | float | str | bool | None] = field(default_factory=dict)
    installed: bool = True
    scopes: list[str] | None = None
    """Shopify: what the installed app was granted; None: everything."""
    location: int = 0
    locations: list[int] = field(default_factory=list)
    """Shopify: the locations after the first, which is `location`."""
    publications: list[int] = field(default_factory=list)
    """Shopify: the publications after the first, whose number is the first location's."""

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.name}"

    def limit(self, name: str, default: float) -> float:
        value = self.settings.get(name)
        return default if value is None or isinstance(value, str) else float(value)


@dataclass(slots=True)
class Token:
    """A credential in somebody's hands; `use` is access, refresh, code, application or cookie."""

    kind: ClassVar[str] = "token"
    value: str
    use: str
    platform: str
    account: str
    client_id: str
    expires_at: float | None = None
    replaced_by: str | None = None
    revoked: bool = False
    replaces: str | None = None
    """Shopify: the refresh token that it was given for, dead once this one is used."""
    pair: list[str] = field(default_factory=list)
    """Shopify: what a refresh token was last given against."""
    scopes: list[str] | None = None
    """Shopify: what a code grants."""

    @property
    def key(self) -> str:
        return self.value


@dataclass(slots=True)
class Receipt:
    """What a call answered under an idempotency key, to answer the same again."""

    kind: ClassVar[str] = "receipt"
    scope: str
    fingerprint: str
    outcome: str
    settled_at: float

    @property
    def key(self) -> str:
        return self.scope


@dataclass(slots=True)
class Subscription:
    """Where a marketplace sends its webhooks; eBay's destination is one as well."""

    kind: ClassVar[str] = "subscription"
    platform: str
    id: str
    account: str
    client_id: str
    topic: str
    uri: str
    created_at: datetime
    secret: str = ""
    status: str = "ENABLED"
    removed: bool = False
    options: dict[str, str] = field(default_factory=dict)
    updated_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(slots=True)
class Delivery:
    """One webhook on its way, with the attempts it has left."""

    kind: ClassVar[str] = "delivery"
    id: str
    platform: str
    account: str
    topic: str
    uri: str
    subscription: str
    resource: str
    body: str
    headers: dict[str, str]
    attempts: int = 0
    due_at: float = 0.0
    state: str = "pending"

    @property
    def key(self) -> str:
        return self.id


@dataclass(slots=True)
class Attempt:
    """One try at one delivery."""

    kind: ClassVar[str] = "attempt"
    seq: int
    delivery: str
    platform: str
    account: str
    topic: str
    uri: str
    resource: str
    attempt: int
    at: datetime
    monotonic: float
    status: int | None
    error: str | None
    ms: float

    @property
    def key(self) -> str:
        return str(self.seq)


@dataclass(slots=True)
class Effect:
    """What one call did to one listing; quantities are what a buyer could take."""

    listing: str
    requested: int
    before: int
    after: int
    changed: bool
    at: datetime
    monotonic: float


@dataclass(slots=True)
class Call:
    """One request a marketplace got, and whether it changed anything."""

    kind: ClassVar[str] = "call"
    seq: int
    at: datetime
    monotonic: float
    platform: str
    account: str
    operation: str
    listing: str | None = None
    requested: int | None = None
    effects: list[Effect] = field(default_factory=list)
    status: int | None = None
    fault: str | None = None
    idempotency_key: str | None = None
    traceparent: str | None = None
    ms: float = 0.0
    cost: float = 0.0
    """What it took from the marketplace's limit: points at Shopify, calls at eBay."""
    throttled: bool = False
    """Refused for going over that limit."""

    @property
    def key(self) -> str:
        return str(self.seq)

    @property
    def took_effect(self) -> bool:
        return any(effect.changed for effect in self.effects)


@dataclass(slots=True)
class Refusal:
    """A buyer who came too late: what he wanted was no longer for sale."""

    kind: ClassVar[str] = "refusal"
    seq: int
    at: datetime
    platform: str
    account: str
    listing: str
    sku: str

    @property
    def key(self) -> str:
        return str(self.seq)


@dataclass(slots=True)
class SigningKey:
    """The key pair a marketplace signs its notifications with."""

    kind: ClassVar[str] = "signing_key"
    platform: str
    id: str
    private_pem: str

    @property
    def key(self) -> str:
        return self.platform


Entity = (
    Application
    | Account
    | Token
    | Listing
    | Order
    | Receipt
    | Subscription
    | Delivery
    | Attempt
    | Call
    | Refusal
    | SigningKey
    | BulkOperation
    | BalanceTransaction
    | Payout
)
