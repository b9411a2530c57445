"""What was taken down and what is given back, as Shopify's inputs and answers write it."""

from __future__ import annotations

from connector_shopify.domain import OwnSettings as OwnSettings
from connector_shopify.domain import ShownProduct as ShownProduct
from connector_shopify.domain import SoldOut as SoldOut
from connector_shopify.domain import TakenProduct as TakenProduct
from connector_shopify.wire.base import Id, Stock
from connector_shopify.wire.graphql import Connection, Node, Ref


class TrackedItem(Node):
    """Whether stock is counted at all."""

    tracked: bool


class VariantOfProduct(Node):
    """A variant, as far as taking its product off show needs it."""

    id: Id
    available_for_sale: bool
    inventory_quantity: Stock | None = None
    inventory_policy: str
    inventory_item: TrackedItem

    @property
    def for_sale(self) -> bool:
        """Whether it could be bought; Shopify's own word counts beside ours."""
        sells_anyway = self.inventory_policy == "CONTINUE" or not self.inventory_item.tracked
        return self.available_for_sale or sells_anyway or (self.inventory_quantity or 0) > 0


class ProductNode(Node):
    """A product with a page of its variants."""

    status: str
    variants: Connection[VariantOfProduct]


class ProductData(Node):
    """Answer of Product."""

    product: ProductNode | None


class Published(Node):
    """A publication a product is in."""

    publication: Ref


class PublishedNode(Node):
    """A product's status and a page of the publications it is in."""

    status: str
    resource_publications: Connection[Published]


class PublishedData(Node):
    """Answer of ProductPublications."""

    product: PublishedNode | None


def status_given(product_id: str, status: str) -> dict[str, object]:
    """The variables that set a product's status."""
    return {"product": {"id": f"gid://shopify/Product/{product_id}", "status": status}}


def publications_named(product_id: str, publications: tuple[str, ...]) -> dict[str, object]:
    """The variables that put a product into publications, or take it out of them."""
    named = [{"publicationId": f"gid://shopify/Publication/{one}"} for one in publications]
    return {"product_id": f"gid://shopify/Product/{product_id}", "publications": named}
