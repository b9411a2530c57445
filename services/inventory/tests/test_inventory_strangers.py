"""Every route there is, called by another tenant with everything the shop has: nothing is seen, nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from inventory import tables
from inventory_links import accepted, preview, shelf
from inventory_shop import Shop, Stack, later, list_everywhere
from soldwire_contracts.sales import SaleRefunded
from soldwire_contracts.values import ListingState, Payment, Platform

pytestmark = pytest.mark.bus

Json = dict[str, Any]


@dataclass
class Known:
    """Ids of one shop's things, as a stranger may have come by them."""

    article: UUID
    other: UUID
    listing: UUID
    question: UUID
    batch: UUID
    waiting: UUID
    made: UUID
    consignor: UUID

    def address(self, path: str) -> list[str]:
        """A route's address with each id that fits."""
        named = {
            "{article_id}": [self.article],
            "{listing_id}": [self.listing],
            "{question_id}": [self.question],
            "{batch_id}": [self.batch, self.waiting],
            "{import_id}": [self.made],
        }
        found = [path]
        for name, ids in named.items():
            found = [one.replace(name, str(i)) for one in found for i in ids]
        return sorted(set(found))


async def fill(stack: Stack, shop: Shop) -> Known:
    """An article that sold and was refunded, another one, batches of links, a draft, an import, a consignor with a rule."""
    await stack.consignors(shop.consignor("ANNE"))
    await list_everywhere(stack, shop, 3)
    await shelf(stack, shop)
    await stack.listings(shop.seen(alias="draft", state=ListingState.DRAFT))
    sold = shop.sale()
    await stack.sales(sold, later(sold, SaleRefunded, 2, payment=Payment.REFUNDED))
    await stack.sales(shop.sale(Platform.DEPOP, sku="nowhere", order="2"))
    owner = {"kind": "consigned", "consignor": "ANNE"}
    async with stack.http() as client:
        done = await accepted(client)
        await stack.listings(shop.seen(Platform.EBAY, sku=None, alias="d9", title="Carhartt Detroit jacket"))
        waiting = await preview(client)
        made = (await client.post("/v1/imports", content="sku,title\nA-1,Cape\n")).json()
        rules = {"rules": [{"kind": "sku_prefix", "value": "A-", "owner": owner}]}
        assert (await client.put("/v1/owner-rules", json=rules)).status_code == 200
        (asked,) = (await client.get("/v1/questions")).json()["items"]
    ids = await stack.rows("select id from articles order by sku nulls last, id")
    assert len(waiting["pairs"]) == 1
    return Known(
        article=UUID(str(ids[0][0])),
        other=UUID(str(ids[1][0])),
        listing=shop.listing(Platform.SHOPIFY, "A-1"),
        question=UUID(asked["id"]),
        batch=UUID(done["id"]),
        waiting=UUID(waiting["id"]),
        made=UUID(made["id"]),
        consignor=shop.consignor_id("ANNE"),
    )


async def everything(stack: Stack) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the shop, read under its own policy."""
    return {
        name: [tuple(row) for row in await stack.rows(f"select * from {name} order by 1, 2, 3")]
        for name, table in tables.metadata.tables.items()
        if "tenant_id" in table.c and name not in ("erased_tenants", "owner_sweeps")
    }


def bodies(known: Known) -> dict[tuple[str, str], Json]:
    """What a stranger sends that would do something in the shop itself."""
    price = {"amount": "9", "currency": "GBP"}
    article, listing = str(known.article), str(known.listing)
    owner = {"kind": "consigned", "consignor_id": str(known.consignor)}
    rule = {"rules": [{"kind": "sku_prefix", "value": "A-", "owner": owner}]}
    return {
        ("post", "/v1/articles"): {"title": "Hat", "owner": owner},
        ("post", "/v1/articles/edit"): {"article_ids": [article], "changes": {"quantity": 9}},
        ("patch", "/v1/articles/{article_id}"): {"title": "Stolen"},
        ("put", "/v1/articles/{article_id}/quantity"): {"quantity": 9},
        ("post", "/v1/articles/{article_id}/sold-elsewhere"): {"price": price},
        ("post", "/v1/articles/{article_id}/merge"): {"from_id": str(known.other), "quantity": 1},
        ("post", "/v1/articles/{article_id}/split"): {"listing_ids": [listing], "title": "Hat"},
        ("put", "/v1/listings/{listing_id}/article"): {"article_id": str(known.other)},
        ("post", "/v1/listings/disconnect"): {"listing_ids": [listing]},
        ("post", "/v1/suggestions/preview"): {"min_score": 0},
        ("post", "/v1/questions/{question_id}/answer"): {"answer": "restock"},
        ("put", "/v1/owner-rules"): rule,
        ("post", "/v1/owner-rules/preview"): rule,
        ("put", "/v1/settings"): {"create_articles": False, "default_owner": "unknown"},
    }


async def calls(client: httpx.AsyncClient, stack: Stack, known: Known) -> dict[str, httpx.Response]:
    """Every route's answer, by verb and address."""
    sent, answers = bodies(known), {}
    for path, verbs in stack.service.app().openapi()["paths"].items():
        for verb in verbs if path.startswith("/v1/") else ():
            body = sent.get((verb, path))
            assert (
                body or verb in ("get", "delete") or path.endswith(("/imports", "/apply", "/accept", "/undo"))
            ), f"say what a stranger sends to {verb} {path}"
            content = "sku,title\n\n" if path == "/v1/imports" else None
            params = {"from_id": str(known.other)} if path.endswith("/merge") else {}
            for address in known.address(path):
                answers[f"{verb} {address}"] = await client.request(
                    verb, address, json=body, content=content, params=params
                )
    return answers


async def test_a_stranger_finds_and_changes_nothing_by_any_route(stack: Stack, shop: Shop) -> None:
    known = await fill(stack, shop)
    before = await everything(stack)
    async with stack.http(tenant=uuid4()) as stranger:
        answers = await calls(stranger, stack, known)
    assert len(answers) > 35
    assert await everything(stack) == before
    seen = {name: answer for name, answer in answers.items() if str(shop.tenant) in answer.text}
    assert seen == {}
    told = "\n".join(answer.text for answer in answers.values())
    for word in ("Jacket A-1", "Carhartt", "ANNE", "A-1"):
        assert word not in told
    named = {name: answer for name, answer in answers.items() if any(c.isdigit() for c in name[9:])}
    assert {answer.status_code for answer in named.values()} == {404}
    assert answers["post /v1/articles"].json()["code"] == "no_such_consignor"
    assert answers["put /v1/owner-rules"].json()["code"] == "no_such_consignor"
    (edited,) = answers["post /v1/articles/edit"].json()
    assert (edited["done"], edited["code"]) == (False, "no_such_article")
    (disconnected,) = answers["post /v1/listings/disconnect"].json()["items"]
    assert (disconnected["result"], disconnected["reason"]) == ("refused", "There is no such listing.")


async def test_a_viewer_changes_nothing_by_any_route(stack: Stack, shop: Shop) -> None:
    known = await fill(stack, shop)
    before = await everything(stack)
    async with stack.http("viewer") as viewer:
        answers = await calls(viewer, stack, known)
    assert await everything(stack) == before
    refused = {name for name, answer in answers.items() if answer.status_code == 403}
    changing = {name for name in answers if not name.startswith("get ")}
    assert changing - refused == {"post /v1/owner-rules/preview"}
    assert {name for name in refused if name.startswith("get ")} == set()
