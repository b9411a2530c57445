"""Consignors, owner rules and what they do to articles and sales, on real PostgreSQL and over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from inventory import usecases
from inventory_shop import SOLD, Shop, Stack
from prometheus_client import REGISTRY
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Platform

pytestmark = pytest.mark.bus

Json = dict[str, object]


def rule(kind: str, value: str, /, **owner: str) -> Json:
    return {"kind": kind, "value": value, "owner": owner}


def prefix(value: str, code: str) -> Json:
    return rule("sku_prefix", value, kind="consigned", consignor=code)


async def put_rules(stack: Stack, *rules: Json) -> httpx.Response:
    async with stack.http() as client:
        return await client.put("/v1/owner-rules", json={"rules": list(rules)})


async def owner(stack: Stack, sku: str = "A-1") -> tuple[object, ...]:
    (row,) = await stack.rows(
        "select owner_kind, consignor_id, owner_given from articles where sku = :sku", sku=sku
    )
    return tuple(row)


async def test_an_older_word_on_a_consignor_changes_nothing(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE", revision=3, active=False))
    await stack.consignors(shop.consignor("ANNE", revision=2), shop.consignor("BEN", revision=2))
    await stack.consignors(shop.consignor("BEN", revision=4, active=False), shop.consignor("BEN", revision=3))
    rows = await stack.rows("select code, active, revision from consignors order by code")
    assert [tuple(row) for row in rows] == [("ANNE", False, 3), ("BEN", False, 4)]


async def test_sales_go_by_the_rules_of_their_time(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("BEN"))
    await stack.listings(shop.seen(quantity=3))
    assert (await put_rules(stack, prefix("A-", "ANNE"))).status_code == 200
    await stack.sales(shop.sale(Platform.SHOPIFY, order="1"))
    assert (await put_rules(stack, prefix("A-1", "BEN"), prefix("A-", "ANNE"))).status_code == 200
    await stack.sales(shop.sale(Platform.SHOPIFY, order="2"))
    sold = await stack.said(ListingSold)
    assert [fact.owner.consignor_id for fact in sold] == [shop.consignor_id("ANNE"), shop.consignor_id("BEN")]


async def test_a_rule_goes_on_for_a_consignor_who_takes_nothing_new(stack: Stack, shop: Shop) -> None:
    """Whose the articles are that are there does not change by it; only a person makes a rule anew."""
    await stack.consignors(shop.consignor("ANNE"))
    await stack.listings(shop.seen())
    await put_rules(stack, prefix("A-", "ANNE"))
    await stack.consignors(shop.consignor("ANNE", active=False, revision=2))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    (sold,) = await stack.said(ListingSold)
    assert sold.owner.consignor_id == shop.consignor_id("ANNE")


async def test_what_is_said_again_of_a_sale_keeps_its_owner(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"))
    await stack.listings(shop.seen(quantity=1))
    await put_rules(stack, prefix("A-", "ANNE"))
    later = SOLD + timedelta(minutes=1)
    await stack.sales(
        shop.sale(Platform.SHOPIFY, order="1"), shop.sale(Platform.SHOPIFY, order="2", at=later)
    )
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        await client.patch(f"/v1/articles/{article}", json={"owner": {"kind": "own"}})
        await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 1})
    said = await stack.said(ListingSold)
    assert len(said) == 3
    assert {fact.owner.consignor_id for fact in said} == {shop.consignor_id("ANNE")}


async def test_new_articles_follow_the_rules_and_the_vendor_of_their_listing(
    stack: Stack, shop: Shop
) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("BEN"))
    by_vendor = rule("vendor", " Ben & Sons ", kind="consigned", consignor="BEN")
    await put_rules(stack, prefix("A-", "ANNE"), by_vendor)
    await stack.listings(
        shop.seen(), shop.seen(sku="X-1", vendor="BEN & SONS"), shop.seen(sku="Y-1", vendor="Ben")
    )
    assert await owner(stack) == ("consigned", shop.consignor_id("ANNE"), False)
    assert await owner(stack, "X-1") == ("consigned", shop.consignor_id("BEN"), False)
    assert await owner(stack, "Y-1") == ("own", None, False)
    await stack.listings(shop.seen(sku="Y-1", vendor="ben & sons", revision=2))
    assert await owner(stack, "Y-1") == ("consigned", shop.consignor_id("BEN"), False)


async def test_articles_are_told_of_other_rules_and_of_another_default(stack: Stack, shop: Shop) -> None:
    other = Shop()
    await stack.consignors(shop.consignor("ANNE"))
    await stack.listings(*(shop.seen(sku=f"A-{n}") for n in range(1, 1200)), shop.seen(sku="X-1"))
    await stack.listings(other.seen(sku="A-1"))
    async with stack.http() as client:
        given = await stack.one("select id from articles where sku = 'A-7'")
        await client.patch(f"/v1/articles/{given}", json={"owner": {"kind": "own"}})
        await put_rules(stack, prefix("A-", "ANNE"))
        assert (await client.get("/v1/owner-rules")).json()["told"] is False
        await stack.sweep()
        assert (await client.get("/v1/owner-rules")).json()["told"] is True
        anne = {"consignor_id": str(shop.consignor_id("ANNE")), "limit": 1}
        assert len((await client.get("/v1/articles", params=anne)).json()["items"]) == 1
        await client.put("/v1/settings", json={"create_articles": True, "default_owner": "unknown"})
        await stack.sweep()
    rows = await stack.rows("select owner_kind, owner_given, count(*) from articles group by 1, 2")
    assert {tuple(row) for row in rows} == {
        ("consigned", False, 1198),
        ("own", True, 1),
        ("unknown", False, 1),
    }
    rows = await stack.rows("select owner_kind from articles", other.tenant)
    assert [row[0] for row in rows] == ["own"]


async def test_rules_are_replaced_whole_or_not_at_all(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("GONE", active=False))
    assert (await put_rules(stack, prefix("A-", "ANNE"))).json()["rules"] == [
        {
            "kind": "sku_prefix",
            "value": "A-",
            "owner": {"kind": "consigned", "consignor_id": str(shop.consignor_id("ANNE"))},
        }
    ]
    for wrong, code in [
        ([prefix("B-", "NOBODY")], "no_such_consignor"),
        ([prefix("B-", "GONE")], "no_such_consignor"),
        ([prefix("B-", "ANNE"), prefix(" B- ", "ANNE")], "rule_twice"),
        ([rule("vendor", "X", kind="own"), rule("vendor", " x", kind="unknown")], "rule_twice"),
        ([rule("vendor", " ", kind="own")], "invalid_request"),
        ([rule("colour", "X", kind="own")], "invalid_request"),
        ([rule("vendor", "X", kind="own", consignor="ANNE")], "invalid_request"),
        ([prefix(f"{n}", "ANNE") for n in range(1001)], "invalid_request"),
    ]:
        refused = await put_rules(stack, *wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await stack.one("select count(*) from owner_rules") == 1
    await stack.consignors(shop.consignor("ANNE", active=False, revision=2))
    assert (await put_rules(stack, prefix("A-", "ANNE"))).status_code == 200, "what was given stays"
    assert (await put_rules(stack, prefix("AA-", "ANNE"))).status_code == 422
    assert (await put_rules(stack)).json()["rules"] == []


async def test_a_preview_counts_and_changes_nothing(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"))
    await stack.listings(
        *(shop.seen(sku=f"A-{n}") for n in range(5)),
        shop.seen(sku="A-X-1"),
        shop.seen(sku="V-1", vendor="Vera"),
        shop.seen(sku="O-1"),
    )
    rules = [
        prefix("A-", "ANNE"),
        rule("sku_prefix", "A-X", kind="own"),
        rule("vendor", "vera", kind="unknown"),
    ]
    async with stack.http("viewer") as client:
        seen = (await client.post("/v1/owner-rules/preview", json={"rules": rules})).json()
    assert [(one["value"], one["takes"]) for one in seen["rules"]] == [("A-", 5), ("A-X", 1), ("vera", 1)]
    assert (seen["default_takes"], seen["changes"], seen["looked_at"], seen["all_looked_at"]) == (
        1,
        6,
        8,
        True,
    )
    assert await stack.one("select count(*) from owner_rules") == 0


async def test_an_owner_is_given_by_code_and_cleared(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("BEN", active=False))
    await stack.listings(shop.seen())
    article = await stack.one("select id from articles")
    async with stack.http() as client:

        async def give(body: Json | None) -> httpx.Response:
            return await client.patch(f"/v1/articles/{article}", json={"owner": body})

        given = (await give({"kind": "consigned", "consignor": "ANNE"})).json()
        assert (given["owner"]["consignor_id"], given["owner_given"]) == (
            str(shop.consignor_id("ANNE")),
            True,
        )
        for nobody in ("BEN", "NOBODY"):
            refused = await give({"kind": "consigned", "consignor": nobody})
            assert (refused.status_code, refused.json()["code"]) == (422, "no_such_consignor")
        await stack.consignors(shop.consignor("ANNE", active=False, revision=2))
        assert (await give({"kind": "consigned", "consignor": "ANNE"})).status_code == 200
        cleared = (await give(None)).json()
        assert (cleared["owner"]["kind"], cleared["owner_given"]) == ("own", False)
        assert (await give({"kind": "consigned", "consignor": "ANNE"})).status_code == 422


async def test_a_batch_asks_for_rules_once_and_only_when_somebody_follows_them(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=3) for n in range(50)))

    async def statements(turn: str) -> float:
        before = REGISTRY.get_sample_value("soldwire_statements_total") or 0
        await stack.sales(*(shop.sale(Platform.SHOPIFY, sku=f"S-{n}", order=f"{turn}{n}") for n in range(50)))
        return (REGISTRY.get_sample_value("soldwire_statements_total") or 0) - before

    await statements("first")
    following = await statements("a")
    await stack.rows("update articles set owner_given = true returning id")
    assert await statements("b") == following - 1


async def test_a_sale_meets_its_article_while_rules_change_without_a_deadlock(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(*(shop.seen(sku=f"A-{n}", quantity=5) for n in range(40)))
    await put_rules(stack, rule("sku_prefix", "A-", kind="unknown"))
    async with stack.database.bus([shop.tenant]) as selling:
        await selling.conn.execute_sql("select 1 from articles order by id for update")
        with pytest.raises(Exception, match="lock timeout"):
            async with stack.database.bus() as sweeping:
                await sweeping.conn.execute_sql("set local lock_timeout = '200ms'")
                await usecases.sweep_owners(sweeping)
    await stack.sweep()
    assert await owner(stack) == ("unknown", None, False)


async def test_a_strangers_consignor_is_nobodys(stack: Stack, shop: Shop) -> None:
    other = Shop()
    await stack.consignors(other.consignor("ANNE"))
    by_id = rule("sku_prefix", "A-", kind="consigned", consignor_id=str(other.consignor_id("ANNE")))
    for wrong in (prefix("A-", "ANNE"), by_id):
        assert (await put_rules(stack, wrong)).json()["code"] == "no_such_consignor"
