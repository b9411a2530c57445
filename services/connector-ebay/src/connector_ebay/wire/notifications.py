"""Notifications: the signature header, the public key, and the ORDER_CONFIRMATION payload."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from connector_ebay.wire.base import Several, Wire


class SignatureHeader(Wire):
    """X-EBAY-SIGNATURE once its base64 is undone. `alg` and `digest` are lower- or upper-case by mood."""

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

    topic: str = Field(min_length=1)
    schema_version: str | None = None


class Seller(Wire):
    """The account it is about; the user id never changes."""

    user_id: str = Field(min_length=1)
    username: str | None = None


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
    """Whose order was confirmed."""

    user: Seller
    order: ConfirmedOrder


class OrderNotification(Wire):
    """One push of a confirmed order."""

    notification_id: str = Field(min_length=1)
    event_date: AwareDatetime | None = None
    data: OrderData


class OrderConfirmation(Wire):
    """The whole body of an ORDER_CONFIRMATION push: one or more lines of one order."""

    metadata: Metadata
    notification: OrderNotification


class Head(Wire):
    """The part every notification has, whatever its topic."""

    class Notification(Wire):
        """The envelope's id."""

        notification_id: str = Field(min_length=1)

    metadata: Metadata
    notification: Notification
