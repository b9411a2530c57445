"""Articles, listings that show none of them yet, and batches of links between the two."""

from __future__ import annotations

from typing import Any

import httpx
from inventory_shop import Shop, Stack, create_article, listed
from soldwire_contracts.listings import ListingObserved

TITLES = ("Carhartt Detroit jacket", "Barbour Bedale coat", "Patagonia Synchilla fleece")


async def shelf(stack: Stack, shop: Shop, titles: tuple[str, ...] = TITLES) -> list[ListingObserved]:
    """An article of each title, counted once, and a Depop listing of the same name that shows none."""
    async with stack.http() as client:
        for title in titles:
            await create_article(client, title)
    seen = [listed(shop, f"d{number}", title=title) for number, title in enumerate(titles)]
    await stack.listings(*seen)
    return seen


async def preview(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/v1/suggestions/preview", json={"min_score": 80, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def accepted(client: httpx.AsyncClient) -> dict[str, Any]:
    batch = await preview(client)
    answer = await client.post(f"/v1/suggestions/batches/{batch['id']}/accept")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def undone(client: httpx.AsyncClient, batch: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """What became of each listing's title."""
    answer = await client.post(f"/v1/suggestions/batches/{batch['id']}/undo")
    assert answer.status_code == 200, answer.text
    return {pair["listing_title"]: (pair["result"], pair["reason"]) for pair in answer.json()["pairs"]}


async def homes(stack: Stack) -> dict[str, Any]:
    """The article each Depop listing shows."""
    rows = await stack.rows(
        "select l.title, a.title from listings l left join articles a on a.id = l.article_id "
        "where l.platform = 'depop'"
    )
    return {str(title): home for title, home in rows}


async def shelf_in_bulk(stack: Stack, shop: Shop, titles: tuple[str, ...]) -> list[ListingObserved]:
    """Articles that Shopify listings have made, and a Depop listing of each title."""
    await stack.listings(
        *(shop.seen(sku=f"S-{n}").model_copy(update={"title": title}) for n, title in enumerate(titles))
    )
    seen = [listed(shop, f"d{number}", title=title) for number, title in enumerate(titles)]
    await stack.listings(*seen)
    return seen
