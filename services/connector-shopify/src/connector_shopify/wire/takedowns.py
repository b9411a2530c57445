"""What was taken down and what is given back, as Shopify's inputs and answers write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from connector_shopify.domain import ON_SHOW as ON_SHOW
from connector_shopify.domain import Changed as Changed
from connector_shopify.domain import OwnSettings as OwnSettings
from connector_shopify.domain import ShownProduct as ShownProduct
from connector_shopify.domain import SoldOut as SoldOut
from connector_shopify.domain import TakenProduct as TakenProduct
from connector_shopify.wire.base import Id, Stock
from connector_shopify.wire.graphql import Connection, Node, Ref


class TrackedItem(Node):
    """Whether stock is counted at all."""

    tracked: bool
    updated_at: AwareDatetime | None = None


class VariantOfProduct(Node):
    """A variant, as far as taking its product off show needs it."""

    id: Id
    available_for_sale: bool
    inventory_quantity: Stock | None = None
    inventory_policy: str
    inventory_item: TrackedItem
    updated_at: AwareDatetime | None = None

    @property
    def changed_at(self) -> datetime | None:
        """When it, or its stock, was last changed."""
        told = (self.updated_at, self.inventory_item.updated_at)
        return max((at for at in told if at), default=None)

    @property
    def for_sale(self) -> bool:
        """Whether it could be bought; Shopify's own word counts beside ours."""
        sells_anyway = self.inventory_policy == "CONTINUE" or not self.inventory_item.tracked
        return self.available_for_sale or sells_anyway or (self.inventory_quantity or 0) > 0


class ProductNode(Node):
    """A product with a page of its variants."""

    status: str
    updated_at: AwareDatetime | None = None
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


class PublishedOneNode(PublishedNode):
    """One of several products."""

    id: Id


class PublishedSeveralData(Node):
    """Answer of PublicationsOfSeveral; a product the shop does not know is null."""

    nodes: tuple[PublishedOneNode | None, ...]


def shown_product(pages: Sequence[ProductNode], publications: frozenset[str]) -> ShownProduct:
    """A product by all pages of its variants, the last of which is the newest."""
    variants = [variant for page in pages for variant in page.variants.nodes]
    newest = pages[-1]
    stock_at = max((at for variant in variants if (at := variant.changed_at)), default=None)
    changed = Changed(newest.updated_at, stock_at) if newest.updated_at else None
    return ShownProduct(newest.status, publications, any(one.for_sale for one in variants), changed)


def status_given(product_id: str, status: str) -> dict[str, object]:
    """The variables that set a product's status."""
    return {"product": {"id": f"gid://shopify/Product/{product_id}", "status": status}}


def publications_named(product_id: str, publications: tuple[str, ...]) -> dict[str, object]:
    """The variables that put a product into publications, or take it out of them."""
    named = [{"publicationId": f"gid://shopify/Publication/{one}"} for one in publications]
    return {"product_id": f"gid://shopify/Product/{product_id}", "publications": named}
