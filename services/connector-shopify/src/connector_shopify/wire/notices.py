"""Webhook bodies that tell that something is to be looked at, not what it is."""

from __future__ import annotations

from connector_shopify.wire.base import Id, Text, Wire


class FulfillmentNotice(Wire):
    """The body of fulfillments/create and fulfillments/update, which tell a parcel but not the order it is of."""

    id: Id
    order_id: Id


class BulkNotice(Wire):
    """The body of bulk_operations/finish."""

    admin_graphql_api_id: Id
    status: Text | None = None
    type: Text | None = None
    error_code: Text | None = None
