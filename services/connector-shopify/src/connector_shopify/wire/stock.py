"""Products and inventory levels in the REST shapes of Shopify's webhooks."""

from __future__ import annotations

from pydantic import AwareDatetime

from connector_shopify.wire.base import Id, Several, Stock, Text, Wire


class VariantBody(Wire):
    """A variant of a product. Its price comes without a currency, so a webhook's is not read."""

    id: Id
    inventory_policy: Text | None = None
    inventory_management: Text | None = None
    inventory_quantity: Stock | None = None

    @property
    def sells_anyway(self) -> bool:
        """Whether it can be bought without stock."""
        return self.inventory_policy == "continue" or self.inventory_management is None


class ProductBody(Wire):
    """The body of products/update."""

    id: Id
    status: Text
    updated_at: AwareDatetime
    variants: Several[VariantBody] = ()


class DeletedBody(Wire):
    """The body of products/delete."""

    id: Id


class LevelBody(Wire):
    """The body of inventory_levels/update; `available` is null where stock is not counted."""

    inventory_item_id: Id
    location_id: Id
    available: Stock | None
    updated_at: AwareDatetime
