"""Imports and exports of articles: checked, applied whole or not at all, read back unchanged; over HTTP."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import pytest
from inventory_shop import EVERYWHERE, Shop, Stack, list_everywhere
from prometheus_client import REGISTRY
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import Platform, StockCause

pytestmark = pytest.mark.bus

Json = dict[str, Any]


async def check(client: httpx.AsyncClient, text: str | bytes) -> Json:
    answer = await client.post("/v1/imports", content=text, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def counts(made: Json) -> tuple[int, int, int, int]:
    return (made["create"], made["change"], made["same"], made["errors"])


async def apply(client: httpx.AsyncClient, made: Json) -> httpx.Response:
    return await client.post(f"/v1/imports/{made['id']}/apply")


async def state(stack: Stack) -> list[tuple[object, ...]]:
    """All that an import may touch."""
    found: list[tuple[object, ...]] = []
    for table in ("articles", "article_terms", "listings", "holds", "stock_journal", "unmatched"):
        found += [tuple(row) for row in await stack.rows(f"select * from {table} order by 1, 2, 3")]
    return found


async def test_a_check_changes_nothing_and_tells_what_it_would_do(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3), shop.seen(sku="A-2", quantity=1))
    before = await state(stack)
    text = "sku,title,quantity,price,currency\nA-1,Jacket A-1,3,,\nA-2,Coat,5,20,GBP\nB-1,Hat,2,,\n"
    async with stack.http() as client:
        made = await check(client, text)
        assert counts(made) == (1, 1, 1, 0)
        first = (await client.get(f"/v1/imports/{made['id']}", params={"limit": 1})).json()
        rest = (await client.get(f"/v1/imports/{made['id']}", params={"after": first["next"]})).json()
    assert [(one["line"], one["action"], one["sku"]) for one in first["items"] + rest["items"]] == [
        (3, "change", "A-2"),
        (4, "create", "B-1"),
    ]
    assert first["items"][0]["changes"] == {
        "title": {"was": "Jacket A-2", "becomes": "Coat"},
        "quantity": {"was": "1", "becomes": "5"},
        "price": {"was": None, "becomes": "20.00 GBP"},
    }
    assert rest["made"] == made
    assert await state(stack) == before
    assert [fact.cause for fact in await stack.said(StockChanged)] == [StockCause.OPENED] * 2


async def test_an_import_makes_changes_counts_and_says_so(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"))
    await list_everywhere(stack, shop, 3)
    text = (
        "\ufeffsku;title;quantity;owner;consignor;location;brand;cost;currency;thumbnail_url\r\n"
        "A-1;Blue jacket;5;consigned;ANNE;Shelf 3;=Levi's;1.5;GBP;https://pictures/1\r\n"
        "B-1;Hat;2;;;;;;;\r\n"
    )
    async with stack.http() as client:
        made = await check(client, text)
        done = (await apply(client, made)).json()
        assert (done["applied_by"] is not None, counts(done)) == (True, (1, 1, 0, 0))
        (found,) = (await client.get("/v1/articles", params={"search": "blue"})).json()["items"]
    assert (found["quantity"], found["location"], found["brand"]) == (5, "Shelf 3", "=Levi's")
    assert found["owner"]["consignor_id"] == str(shop.consignor_id("ANNE"))
    edited = (await stack.said(StockChanged))[-2:]
    assert {fact.cause for fact in edited} == {StockCause.EDITED, StockCause.OPENED}
    raised = [t for fact in edited for t in fact.targets]
    assert [(t.quantity, t.may_raise) for t in raised] == [(5, True)] * len(EVERYWHERE)
    assert await stack.one("select count(*) from stock_journal where user_id is not null") == 2
    assert await stack.free("B-1") == 2
    assert await stack.broken_invariants() == []


async def test_new_articles_draw_listings_and_sales_of_their_skus(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        await client.put("/v1/settings", json={"create_articles": False, "default_owner": "own"})
        await stack.listings(*(shop.seen(sku=f"N-{n}", quantity=4) for n in range(5)))
        await stack.sales(*(shop.sale(Platform.EBAY, sku=f"N-{n}", order=str(n)) for n in range(5)))
        lines = "".join(f"N-{n},Coat {n},4\n" for n in range(5))
        made = await check(client, f"sku,title,quantity\n{lines}")
        assert (await apply(client, made)).status_code == 200
    assert await stack.one("select count(*) from unmatched") == 0
    rows = await stack.rows("select free, held from articles")
    assert [tuple(row) for row in rows] == [(3, 1)] * 5
    assert len(await stack.said(ListingSold)) == 5
    assert await stack.one("select count(*) from listings where article_id is not null") == 10
    assert await stack.broken_invariants() == []


async def test_a_file_with_errors_is_not_applied(stack: Stack) -> None:
    before = await state(stack)
    async with stack.http() as client:
        made = await check(client, "sku,title,price,colour\nB-1,Hat,5,red\nB-2,,1.2.3,\n")
        assert counts(made) == (0, 0, 0, 4)
        assert [(one["line"], one["column"]) for one in made["first_errors"]] == [
            (1, "colour"),
            (2, "currency"),
            (3, "price"),
            (3, "title"),
        ]
        refused = await apply(client, made)
        assert (refused.status_code, refused.json()["code"]) == (409, "has_errors")
    assert await state(stack) == before


async def test_errors_are_counted_beyond_those_told(stack: Stack) -> None:
    async with stack.http() as client:
        made = await check(client, "sku,quantity\n" + "".join(f"B-{n},x\n" for n in range(700)))
    assert (made["errors"], len(made["first_errors"])) == (1400, 1000)


async def test_an_import_is_applied_once(stack: Stack) -> None:
    async with stack.http() as client:
        made = await check(client, "sku,title,quantity\nB-1,Hat,2\n")
        answers = await asyncio.gather(*(apply(client, made) for _ in range(4)))
        assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
        refused = next(one.json() for one in answers if one.status_code == 409)
        assert refused["code"] == "already_applied"
        assert {"applied_by", "applied_at"} <= refused["details"].keys()
        assert (await client.delete(f"/v1/imports/{made['id']}")).json()["code"] == "already_applied"
        assert counts(await check(client, "sku,title,quantity\nB-1,Hat,2\n")) == (0, 0, 1, 0)
    assert await stack.one("select count(*) from articles") == 1


async def test_what_has_changed_since_refuses_the_whole(stack: Stack, shop: Shop) -> None:
    """A sale changes the quantity, a person the title, another makes the article; a price alone is nobody's business."""
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=3) for n in range(3)))
    async with stack.http() as client:
        text = "sku,title,quantity,price,currency\nS-0,,5,,\nS-1,Coat,,,\nS-2,,,9,GBP\nB-1,Hat,,,\n"
        made = await check(client, text)
        fine = await check(client, "sku,price,currency\nS-0,7,GBP\n")
        await stack.sales(
            shop.sale(Platform.SHOPIFY, sku="S-0"), shop.sale(Platform.SHOPIFY, sku="S-2", order="2")
        )
        article = await stack.one("select id from articles where sku = 'S-1'")
        await client.patch(f"/v1/articles/{article}", json={"title": "Cape"})
        await client.post("/v1/articles", json={"sku": "B-1", "title": "Cap"})
        before = await state(stack)
        refused = await apply(client, made)
        assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
        assert refused.json()["details"]["lines"] == [2, 3, 5]
        assert "2, 3, 5" in refused.json()["message"]
        assert await state(stack) == before
        assert (await apply(client, fine)).status_code == 200
    assert await stack.broken_invariants() == []


async def test_a_sku_that_names_another_article_by_now_refuses(stack: Stack) -> None:
    async with stack.http() as client:
        one = (await client.post("/v1/articles", json={"sku": "B-1", "title": "Hat"})).json()
        made = await check(client, "sku,title\nB-1,Cap\n")
        await client.patch(f"/v1/articles/{one['id']}", json={"sku": "B-9"})
        assert (await apply(client, made)).json()["details"]["lines"] == [2]


async def test_a_consignor_who_takes_nothing_new_by_now_refuses(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"))
    async with stack.http() as client:
        made = await check(client, "sku,title,owner,consignor\nB-0,Cap,,\nB-1,Hat,consigned,ANNE\n")
        await stack.consignors(shop.consignor("ANNE", active=False, revision=2))
        refused = await apply(client, made)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_consignor")
    assert "Line 3" in refused.json()["message"]
    assert await stack.one("select count(*) from articles") == 0


async def test_new_articles_follow_the_owner_rules(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"))
    owner = {"kind": "consigned", "consignor": "ANNE"}
    rules = {"rules": [{"kind": "sku_prefix", "value": "AN-", "owner": owner}]}
    async with stack.http() as client:
        await client.put("/v1/owner-rules", json=rules)
        made = await check(client, "sku,title,owner\nAN-1,Hat,\nAN-2,Cap,own\n")
        await apply(client, made)
    rows = await stack.rows("select owner_kind, owner_given from articles order by sku")
    assert [tuple(row) for row in rows] == [("consigned", False), ("own", True)]


async def test_a_count_that_races_sales_sells_nothing_twice(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=5) for n in range(10)))
    async with stack.http() as client:
        made = await check(client, "sku,quantity\n" + "".join(f"S-{n},2\n" for n in range(10)))
        sales = [shop.sale(Platform.SHOPIFY, sku=f"S-{n}", order=f"{n}") for n in range(10)]
        answer, _ = await asyncio.gather(apply(client, made), stack.sales(*sales))
    free = {row[0] for row in await stack.rows("select free from articles")}
    assert free == ({1} if answer.status_code == 200 else {4})
    assert await stack.broken_invariants() == []


async def test_imports_are_discarded_and_nobody_elses(stack: Stack) -> None:
    async with stack.http() as client:
        made = await check(client, "sku,title\nB-1,Hat\n")
        async with stack.http(tenant=uuid4()) as stranger:
            for call in (stranger.get, stranger.delete):
                assert (await call(f"/v1/imports/{made['id']}")).status_code == 404
            assert (await apply(stranger, made)).status_code == 404
        async with stack.http("viewer") as viewer:
            assert (await apply(viewer, made)).status_code == 403
        assert (await client.delete(f"/v1/imports/{made['id']}")).status_code == 204
        assert (await apply(client, made)).status_code == 404
    assert await stack.one("select count(*) from import_lines") == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"sku,title\nA,caf\xe9\n", 422, "not_utf8"),
        (b'sku,title\nA,"x\n', 422, "not_csv"),
        (b"sku\n" + b"x\n" * 20_001, 422, "too_many_lines"),
        (b"sku,title\n" + b"x" * 5 * 1024 * 1024, 413, "too_large"),
    ],
)
async def test_what_is_no_file_of_articles_is_refused(
    stack: Stack, body: bytes, status: int, code: str
) -> None:
    async with stack.http() as client:
        answer = await client.post("/v1/imports", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stack.one("select count(*) from imports") == 0


async def export(client: httpx.AsyncClient) -> str:
    answer = await client.get("/v1/articles/export.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.content.decode()


async def test_an_export_read_back_is_the_same_for_every_article(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("GONE"))
    odd = [
        "=1+1",
        "+44 20",
        "-",
        "-5",
        "@home",
        "'=1",
        "'Tis",
        " spaced ",
        'say "x"',
        "a,b;c",
        "two\nlines",
        "é",
    ]
    async with stack.http() as client:
        for number, text in enumerate(odd):
            owner = {"kind": "consigned", "consignor": ("ANNE", "GONE")[number % 2]}
            body = {
                "title": text,
                "brand": text,
                "location": text,
                "sku": text if number % 3 else None,
                "price": {"amount": "12.3456", "currency": "GBP"},
                "quantity": number if number % 2 else None,
                "owner": owner if number % 4 else None,
            }
            assert (await client.post("/v1/articles", json=body)).status_code == 201
        await stack.listings(shop.seen(quantity=3), shop.seen(sku="=A", title="@" + "t" * 600))
        await stack.consignors(shop.consignor("GONE", active=False, revision=2))
        text = await export(client)
        assert counts(await check(client, text)) == (0, 0, len(odd) + 2, 0)
        assert counts(await check(client, text.replace("\r\n", "\n").encode())) == (0, 0, len(odd) + 2, 0)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@"))] == []


async def test_an_export_of_many_pages_holds_every_article_once(stack: Stack) -> None:
    lines = "".join(f"M-{n},Hat {n}\n" for n in range(2_345))
    async with stack.http() as client:
        assert (await apply(client, await check(client, f"sku,title\n{lines}"))).status_code == 200
        rows = list(csv.DictReader(io.StringIO((await export(client)).removeprefix("\ufeff"))))
    assert sorted(row["sku"] for row in rows) == sorted(f"M-{n}" for n in range(2_345))


async def test_an_import_takes_few_statements_whatever_its_size(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=2) for n in range(500)))
    lines = "".join(f"S-{n},Coat {n},3\n" for n in range(1000))
    async with stack.http() as client:
        before = REGISTRY.get_sample_value("soldwire_statements_total")
        made = await check(client, f"sku,title,quantity\n{lines}")
        assert counts(made) == (500, 500, 0, 0)
        assert (await apply(client, made)).status_code == 200
        assert REGISTRY.get_sample_value("soldwire_statements_total") - before < 45
    assert await stack.one("select sum(free) from articles") == 3000
    assert await stack.broken_invariants() == []
