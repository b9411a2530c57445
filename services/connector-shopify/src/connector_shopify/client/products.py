"""Products as a whole: read with every variant, taken off show, and put there again."""

from __future__ import annotations

from collections.abc import Collection

from connector_kit.budget import Lane
from connector_kit.domain import Account

from connector_shopify.client.http import Admin
from connector_shopify.wire.takedowns import (
    ProductData,
    ProductNode,
    PublishedData,
    PublishedSeveralData,
    ShownProduct,
    SoldOut,
    TakenProduct,
    publications_named,
    shown_product,
    status_given,
)

FIELDS = {
    "SetStatus": "productUpdate",
    "Publish": "publishablePublish",
    "Unpublish": "publishableUnpublish",
}
_AT_ONCE, _EACH = 10, 20
"""Products whose publications are asked for together, and how many of each: 430 points at worst, where a query may take 1,000."""


class Products:
    """Each change is one request. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def read(
        self, account: Account, product_id: str, *, publications: bool, lane: Lane = Lane.ORDERS
    ) -> ShownProduct | None:
        """The product with all its variants; None when the shop does not know it. Publications need a scope of their own."""
        pages: list[ProductNode] = []
        cursor: str | None = None
        while not pages or cursor is not None:
            asked = {"id": f"gid://shopify/Product/{product_id}", "after": cursor}
            page = (await self._admin.read(account, "Product", asked, ProductData, lane)).product
            if page is None:
                return None
            pages.append(page)
            cursor = page.variants.cursor
        found = await self.publications(account, product_id, lane) if publications else frozenset()
        return shown_product(pages, found)

    async def publications_of(
        self, account: Account, product_ids: Collection[str], lane: Lane
    ) -> dict[str, frozenset[str]]:
        """The publications each of the products is in, by its id; a few products a request."""
        found: dict[str, frozenset[str]] = dict.fromkeys(product_ids, frozenset())
        ids = sorted(found)
        for some in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
            asked = {"ids": [f"gid://shopify/Product/{one}" for one in some], "each": _EACH}
            data = await self._admin.read(account, "PublicationsOfSeveral", asked, PublishedSeveralData, lane)
            for product in data.nodes:
                if product is None:
                    continue
                shown = product.resource_publications
                found[product.id] = (
                    await self.publications(account, product.id, lane)
                    if shown.cursor
                    else frozenset(one.publication.id for one in shown.nodes)
                )
        return found

    async def publications(self, account: Account, product_id: str, lane: Lane) -> frozenset[str]:
        """The publications it is in, by id."""
        found: set[str] = set()
        cursor: str | None = None
        while True:
            asked = {"id": f"gid://shopify/Product/{product_id}", "after": cursor}
            data = await self._admin.read(account, "ProductPublications", asked, PublishedData, lane)
            if data.product is None:
                return frozenset(found)
            found |= {one.publication.id for one in data.product.resource_publications.nodes}
            cursor = data.product.resource_publications.cursor
            if cursor is None:
                return frozenset(found)

    async def take_off_show(self, account: Account, taken: TakenProduct) -> None:
        """Change its status, or take it out of every publication it was in."""
        if taken.way.status is not None:
            name, variables = "SetStatus", status_given(taken.product_id, taken.way.status)
        else:
            name, variables = "Unpublish", publications_named(taken.product_id, taken.publications)
        await self._admin.change(account, name, FIELDS[name], variables, Lane.ORDERS)

    async def put_on_show(self, account: Account, taken: TakenProduct) -> None:
        """Give it back what it was."""
        name, variables = given_back(taken)
        await self._admin.change(account, name, FIELDS[name], variables, Lane.RAISE)


def given_back(taken: TakenProduct) -> tuple[str, dict[str, object]]:
    """The part of a request that puts a product on show as it was: its name and its variables."""
    if taken.way is SoldOut.UNPUBLISH:
        return "Publish", publications_named(taken.product_id, taken.publications)
    return "SetStatus", status_given(taken.product_id, taken.status)
