"""The Notification API's topics, destinations and subscriptions."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from connector_ebay.wire.base import Several, Wire

ENABLED = "ENABLED"
FORMAT, PROTOCOL = "JSON", "HTTPS"


class SupportedPayload(Wire):
    """A form a topic can be sent in."""

    format: Several[str] = ()
    schema_version: str
    delivery_protocol: str = PROTOCOL
    deprecated: bool = False

    @property
    def usable(self) -> bool:
        """Whether we can read it, now and for a while."""
        return not self.deprecated and FORMAT in self.format and self.delivery_protocol == PROTOCOL


class Topic(Wire):
    """What can be subscribed to, and whether an application does so or each user."""

    topic_id: str
    status: str
    scope: str = "USER"
    supported_payloads: Several[SupportedPayload] = ()

    @property
    def of_users(self) -> bool:
        """Whether each seller's token subscribes to it."""
        return self.scope != "APPLICATION"

    @property
    def payload(self) -> dict[str, str] | None:
        """The form to ask for; None when there is none for us."""
        usable = [payload.schema_version for payload in self.supported_payloads if payload.usable]
        if self.status != ENABLED or not usable:
            return None
        return {"format": FORMAT, "schemaVersion": usable[0], "deliveryProtocol": PROTOCOL}


class DeliveryConfig(Wire):
    """Where a destination is, and the token its challenge hashes."""

    endpoint: str
    verification_token: str | None = Field(default=None, repr=False)


class Destination(Wire):
    """An address eBay sends to; MARKED_DOWN once it did not answer for a day."""

    destination_id: str
    status: str
    delivery_config: DeliveryConfig


class _Page(Wire):
    next: str | None = None

    @property
    def token(self) -> str | None:
        """Where the next page begins; None at the end."""
        return parse_qs(urlsplit(self.next or "").query).get("continuation_token", [None])[0]


class DestinationPage(_Page):
    """Some of an application's destinations."""

    destinations: Several[Destination] = ()


class Subscription(Wire):
    """A topic that is sent to a destination."""

    subscription_id: str
    topic_id: str
    status: str
    destination_id: str | None = None


class SubscriptionPage(_Page):
    """Some of an application's or a seller's subscriptions."""

    subscriptions: Several[Subscription] = ()


class NotificationConfig(Wire):
    """Whom eBay writes to when it can't deliver."""

    alert_email: str | None = None
