"""Notifications: the signature header, the public key, and the payloads of the topics we subscribe to."""

from __future__ import annotations

from pydantic import AliasChoices, AliasPath, AwareDatetime, Field

from connector_ebay.wire.base import Several, Wire


class SignatureHeader(Wire):
    """X-EBAY-SIGNATURE once its base64 is undone."""

    alg: str
    kid: str
    signature: str
    digest: str


class PublicKey(Wire):
    """One key of eBay's; `key` is PEM whose line breaks eBay leaves out."""

    algorithm: str
    digest: str
    key: str = Field(min_length=1)


class Metadata(Wire):
    """Which topic the notification is of."""

    topic: str = Field(min_length=1, max_length=255)
    schema_version: str | None = None


class Subject(Wire):
    """The part every notification has: its id and whose account it is about, the seller's immutable id."""

    notification_id: str = Field(min_length=1, max_length=255)
    user_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices(AliasPath("data", "user", "userId"), AliasPath("data", "userId")),
    )


class Head(Wire):
    """Any notification, read as far as its address."""

    metadata: Metadata
    notification: Subject


class Dated(Wire):
    """When what a notification tells of happened."""

    event_date: AwareDatetime | None = None


class Happening(Wire):
    """Any notification, read for its date alone."""

    notification: Dated


class OrderedLine(Wire):
    """One line of a confirmed order."""

    order_line_item_id: str
    listing_id: str | None = None
    quantity: int = 1


class ConfirmedOrder(Wire):
    """Which order; its content needs a getOrder call."""

    order_id: str = Field(min_length=1)
    order_line_items: Several[OrderedLine] = ()


class OrderData(Wire):
    """What an order notification carries."""

    order: ConfirmedOrder


class OrderNotification(Wire):
    """One push about an order; one or more lines of it, and it may come again."""

    event_date: AwareDatetime | None = None
    data: OrderData


class OrderPush(Wire):
    """The whole body of an ORDER_CONFIRMATION or ITEM_MARKED_SHIPPED push."""

    notification: OrderNotification
