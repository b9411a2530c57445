"""Lists narrowed to anything, in whole pages or short ones; and listings without SKU that become articles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from inventory.store.searching import MOST_LOOKED_AT
from inventory_shop import Shop, Stack, list_everywhere
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import ListingState, Platform
from sqlalchemy import text

pytestmark = pytest.mark.bus

Json = dict[str, Any]


async def pages(stack: Stack, path: str, **params: str) -> AsyncIterator[Json]:
    """Every page of a list, of ten rows at most."""
    after: str | None = None
    async with stack.http() as client:
        while True:
            asked = {"limit": "10"} | params | ({"after": after} if after else {})
            answer = await client.get(path, params=asked)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            after = answer.json()["next"]
            if after is None:
                return


async def whole(stack: Stack, path: str, **params: str) -> list[Json]:
    return [one async for page in pages(stack, path, **params) for one in page["items"]]


_SEED = text(
    "insert into articles (id, tenant_id, sku, title, owner_kind, consignor_id, location, opened_at, free, created_at) "
    "select cast(lpad(to_hex(n), 32, '0') as uuid), :tenant, 'S' || n, 'Jacket ' || n, "
    "(array['own', 'consigned', 'unknown'])[1 + n % 3], case n % 3 when 1 then cast(:consignor as uuid) end, "
    "case when n % 5 = 0 then 'Shelf ' || n % 10 end, case when n % 4 > 0 then now() end, "
    "case when n % 4 > 1 then 1 else 0 end, now() from generate_series(1, :count) as n"
)
_WORDS = text(
    "insert into article_terms (tenant_id, term, article_id) select tenant_id, word, id from articles, "
    "lateral regexp_split_to_table(lower(title || ' ' || sku), ' ') as word"
)


async def seed(stack: Stack, count: int, consignor: UUID) -> None:
    values = {"tenant": stack.shop.tenant, "count": count, "consignor": consignor}
    async with stack.database.bus([stack.shop.tenant]) as uow:
        await uow.conn.execute(_SEED, values)
        await uow.conn.execute(_WORDS)


def fits(n: int, params: Json) -> bool:
    """What the seeded article has, by its number."""
    opened, free = n % 4 > 0, n % 4 > 1
    stock = ("in_stock" if free else "sold_out") if opened else "not_open"
    has = {
        "owner": ("own", "consigned", "unknown")[n % 3],
        "stock": stock,
        "location": f"Shelf {n % 10}" if n % 5 == 0 else None,
        "open": str(opened).lower(),
        "consignor_id": params.get("consignor_id") if n % 3 == 1 else None,
    }
    narrowed = all(has[name] == value for name, value in params.items() if name in has)
    return (
        narrowed and f"S{n}".startswith(params.get("sku", "")) and f"{n}".startswith(params.get("search", ""))
    )


async def test_articles_are_narrowed_to_anything_together(stack: Stack) -> None:
    consignor = uuid4()
    await seed(stack, 120, consignor)
    choices = {
        "owner": [None, "consigned"],
        "stock": [None, "in_stock", "not_open"],
        "location": [None, "Shelf 5"],
        "open": [None, "true"],
        "sku": [None, "S1"],
        "search": [None, "1"],
        "consignor_id": [None, str(consignor)],
    }
    for chosen in product(*choices.values()):
        params = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        found = [int(one["sku"][1:]) for one in await whole(stack, "/v1/articles", **params)]
        expected = [n for n in range(1, 121) if fits(n, params)]
        by_sku = sorted(expected, key=lambda n: f"S{n}")
        assert found == (by_sku if "sku" in params else expected[::-1]), params


async def test_short_pages_go_on_until_everything_was_looked_at(stack: Stack) -> None:
    """Nothing is in stock and not open at once: each page looks at so many rows and says where to go on."""
    count = 3 * MOST_LOOKED_AT
    await seed(stack, count, uuid4())
    found = [page async for page in pages(stack, "/v1/articles", owner="own", open="false", search="jacket")]
    numbers = [int(one["sku"][1:]) for page in found for one in page["items"]]
    assert numbers == [n for n in range(count, 0, -1) if n % 12 == 0]
    nothing = [page async for page in pages(stack, "/v1/articles", stock="in_stock", open="false")]
    assert [page["items"] for page in nothing] == [[], []]
    rare = [page async for page in pages(stack, "/v1/articles", search=f"jacket s{count}", open="true")]
    assert [len(page["items"]) for page in rare] == [0], "found by the rarest word, at once"


async def test_short_articles_are_found(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    await stack.sales(shop.sale(order="1"), shop.sale(order="2"))
    assert [one["short"] for one in await whole(stack, "/v1/articles", short="true")] == [1]
    assert await whole(stack, "/v1/articles", short="true", owner="unknown") == []


async def test_listings_are_narrowed_and_found_by_words(stack: Stack, shop: Shop) -> None:
    await stack.listings(
        *(shop.seen(platform, quantity=1) for platform in (Platform.SHOPIFY, Platform.EBAY)),
        shop.seen(Platform.DEPOP, sku=None, alias="d", title="Suede coat, brown"),
        shop.seen(Platform.EBAY, sku="E-9", state=ListingState.ENDED, title="Suede hat"),
    )
    await stack.sales(shop.sale(Platform.SHOPIFY))
    (sold,) = await stack.said(ListingSold)
    await stack.outcomes(*(shop.delisted(sold, t) for t in sold.targets if t.platform is Platform.SHOPIFY))

    async def titles(**params: str) -> set[tuple[str, str]]:
        found = await whole(stack, "/v1/listings", **params)
        return {(one["platform"], one["title"]) for one in found}

    assert await titles(standing="sold") == {("shopify", "Jacket A-1")}
    assert await titles(standing="delist") == {("ebay", "Jacket A-1")}
    assert await titles(standing="live") == {("depop", "Suede coat, brown")}
    assert await titles(standing="ended") == {("ebay", "Suede hat")}
    assert len(await titles()) == 4
    assert await titles(search="suede") == {("depop", "Suede coat, brown"), ("ebay", "Suede hat")}
    assert await titles(search="suede", standing="ended") == {("ebay", "Suede hat")}
    assert await titles(search="a-1", platform="ebay") == {("ebay", "Jacket A-1")}
    assert await titles(unlinked="true", platform="depop") == {("depop", "Suede coat, brown")}
    account = str(shop.account(Platform.EBAY))
    assert await titles(account_id=account, standing="delist") == {("ebay", "Jacket A-1")}
    assert await titles(account_id=account, search="suede") == {("ebay", "Suede hat")}
    await stack.listings(shop.seen(Platform.DEPOP, sku=None, alias="d", title="Wool coat", revision=2))
    assert await titles(search="suede", platform="depop") == set()
    assert await titles(search="wool") == {("depop", "Wool coat")}


async def test_a_listing_shows_its_price_brand_and_standing(stack: Stack, shop: Shop) -> None:
    price = {"amount": "30.00", "currency": "GBP"}
    await stack.listings(
        shop.seen(price=price, brand="Levi's", vendor="Anne", thumbnail_url="https://pictures/1")
    )
    (shown,) = await whole(stack, "/v1/listings")
    assert (shown["brand"], shown["vendor"], shown["standing"]) == ("Levi's", "Anne", "live")
    assert (shown["price"]["amount"], shown["thumbnail_url"]) == ("30.000000", "https://pictures/1")


async def test_a_failed_listing_is_found(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    await stack.sales(shop.sale())
    (sold,) = await stack.said(ListingSold)
    await stack.outcomes(shop.failed(sold, sold.targets[0]))
    (failed,) = await whole(stack, "/v1/listings", standing="failed")
    assert failed["failure"] == "eBay refused to end the offer."


@pytest.mark.parametrize(
    "params", [{"standing": "sleeping"}, {"limit": "201"}, {"account_id": "x"}, {"search": "x" * 201}]
)
async def test_a_list_that_cannot_be_is_refused(stack: Stack, params: Json) -> None:
    async with stack.http() as client:
        assert (await client.get("/v1/listings", params=params)).status_code == 422


def all_of(**more: str) -> Json:
    return {"create_articles": True, "default_owner": "own", "create_from": "all"} | more


async def made(stack: Stack) -> int:
    found = await stack.one("select count(*) from articles")
    assert isinstance(found, int)
    return found


def depop(shop: Shop, title: str, alias: str | None = None, revision: int = 1) -> Any:
    return shop.seen(Platform.DEPOP, sku=None, alias=alias or title, title=title, revision=revision)


async def test_a_listing_without_sku_waits_for_a_person_unless_the_seller_wants_otherwise(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(depop(shop, "Suede coat"))
    assert await made(stack) == 0
    sale = shop.sale(Platform.DEPOP, sku=None).model_copy(
        update={"listing_id": shop.listing(Platform.DEPOP, "Suede coat")}
    )
    await stack.sales(sale)
    async with stack.http() as client:
        assert (await client.put("/v1/settings", json=all_of())).json() == all_of()
    await stack.listings(
        depop(shop, "Suede coat", revision=2), depop(shop, "Felt hat"), depop(shop, "Felt hat", "2")
    )
    assert await made(stack) == 3, "two of one title on one account are two"
    assert [fact.sale_id for fact in await stack.said(ListingSold)] == [sale.sale_id]
    async with stack.http() as client:
        await client.put("/v1/settings", json=all_of() | {"create_articles": False})
    await stack.listings(depop(shop, "Silk tie"))
    assert await made(stack) == 3
    assert await stack.broken_invariants() == []


async def test_what_may_be_an_article_of_another_account_waits_for_a_person(stack: Stack, shop: Shop) -> None:
    """The same title elsewhere is most likely the same item: as two articles it would be sold twice."""
    async with stack.http() as client:
        await client.put("/v1/settings", json=all_of())
    await stack.listings(shop.seen(sku="A-1", title="Suede coat"))
    await stack.listings(depop(shop, "suede COAT"))
    assert await made(stack) == 1
    await stack.listings(depop(shop, "Felt hat"), shop.seen(Platform.EBAY, sku="E-1", title="Felt hat"))
    assert await made(stack) == 2, "in one batch, the one with a SKU first"
    await stack.listings(depop(shop, "Silk tie"))
    await stack.listings(shop.seen(Platform.EBAY, sku="E-2", title="Silk tie"))
    assert await made(stack) == 3, "one without SKU was there first"
    await stack.listings(shop.seen(Platform.EBAY, sku="E-3", title="Suede coat"))
    assert await made(stack) == 4, "another SKU is another article"
    assert {one["title"] for one in await whole(stack, "/v1/listings", unlinked="true")} == {
        "suede COAT",
        "Felt hat",
        "Silk tie",
    }
