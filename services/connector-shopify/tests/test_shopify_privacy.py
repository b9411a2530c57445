"""What Shopify asks about buyers' data: answered at once, carried out whole, and nothing of anybody else's is touched."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from connector_kit import store as shared_store
from connector_shopify import usecases
from connector_shopify.usecases import Place
from connector_shopify.wire.compliance import names
from kit.tokens import Caller, sign
from testkit.connector import Bench
from testkit.http import http_to

SECRET = "the-shop-s-own-app"
BUYER, ORDER = 77001, 5550001
EMAIL = "buyer@example.com"


@pytest.fixture
async def shop(bench: Bench) -> Bench:
    """A shop that is connected through an app of its own."""
    bench.connect_body = {**bench.connect_body, "client_secret": SECRET}
    await bench.connect()
    return bench


async def _post(bench: Bench, topic: str, body: object, *, delivery: str | None = None) -> int:
    raw = json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": bench.seller,
        "X-Shopify-Webhook-Id": delivery or hashlib.sha256(topic.encode() + raw).hexdigest()[:32],
        "X-Shopify-Hmac-Sha256": base64.b64encode(
            hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()
        ).decode(),
    }
    async with http_to(bench.url) as http:
        return (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code


async def _kept(bench: Bench, body: dict[str, object], topic: str = "products/delete") -> None:
    """A webhook that is stored and mapped: what else its body holds does not hinder that."""
    assert await _post(bench, topic, {"id": 1, **body}) == 200
    await bench.turn("webhooks")


def _notice(**more: object) -> dict[str, object]:
    customer = {"id": BUYER, "email": EMAIL, "phone": "555-625-1199"}
    return {"shop_id": 954889, "shop_domain": "demo.myshopify.com", "customer": customer, **more}


async def _due_again(bench: Bench) -> None:
    await bench.execute("update due_chores set due_at = now() where kind = 'privacy'")
    await bench.turn("privacy")


async def _left(bench: Bench, table: str = "raw_webhooks", column: str = "body") -> list[Any]:
    """The bodies that are left, by what they were marked with."""
    async with bench.service.database.bus([bench.tenant]) as uow:
        rows = await uow.conn.execute_sql(f"select {column} as body from {table} where {column} <> ''")
        return sorted(json.loads(bytes(row.body)).get("mark", "") for row in rows)


async def test_a_buyer_is_forgotten_and_nobody_else(shop: Bench) -> None:
    await _kept(shop, {"mark": "by number", "customer": {"id": BUYER, "email": EMAIL}})
    await _kept(
        shop, {"mark": "by gid", "buyer": [{"admin_graphql_api_id": f"gid://shopify/Customer/{BUYER}"}]}
    )
    await _kept(shop, {"mark": "by text", "customer_id": str(BUYER)})
    await _kept(shop, {"mark": "an order of his", "order_id": ORDER})
    await _kept(shop, {"mark": "a longer number", "customer": {"id": int(f"{BUYER}2")}})
    await _kept(shop, {"mark": "inside a number", "customer": {"id": int(f"1{BUYER}")}, "note": f"x{BUYER}"})
    for mark, buyer in (("his dead one", BUYER), ("another's dead one", int(f"3{BUYER}"))):
        await _kept(shop, {"mark": mark, "customer": {"id": buyer, "email": EMAIL}}, "orders/create")
    notice = _notice(orders_to_redact=[ORDER])
    assert await _post(shop, "customers/redact", notice) == 200
    assert await shop.count("raw_webhooks") == 8, "answered before it is carried out"
    await shop.turn("privacy")
    assert await _left(shop) == ["a longer number", "another's dead one", "inside a number"]
    assert await _left(shop, "dead_letters", "payload") == ["another's dead one"]
    assert await shop.count("dead_letters where state = 'open'") == 1, "another's can still be redriven"
    done = "privacy_requests where done_at is not null and forgotten = 6 and due_by = received_at + interval '30 days'"
    assert await shop.count(done) == 1
    assert await shop.count("due_chores where kind = 'privacy'") == 0


async def test_no_notice_is_kept_only_ids(shop: Bench) -> None:
    assert await _post(shop, "customers/redact", _notice(orders_to_redact=[ORDER])) == 200
    assert (
        await shop.count("privacy_requests where customer_id = '77001' and order_ids = '[\"5550001\"]'") == 1
    )
    for table in ("privacy_requests", "due_chores", "raw_webhooks", "dead_letters"):
        assert (
            await shop.count(f"{table} x where x::text like '%example.com%' or x::text like '%555-625%'") == 0
        )


async def test_what_waits_to_be_mapped_is_forgotten_once_it_is(shop: Bench) -> None:
    assert await _post(shop, "products/delete", {"id": 1, "customer": {"id": BUYER}}) == 200
    assert await _post(shop, "customers/redact", _notice()) == 200
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 1, "in use"
    assert await shop.count("privacy_requests where done_at is null") == 1
    waits = "due_chores where kind = 'privacy' and due_at > now() and due_at < now() + interval '61 seconds'"
    assert await shop.count(waits) == 1
    await shop.turn("webhooks")
    await _due_again(shop)
    assert await shop.count("raw_webhooks") == 0
    assert await shop.count("privacy_requests where done_at is not null and forgotten = 1") == 1
    assert await shop.count("due_chores where kind = 'privacy'") == 0


async def test_a_notice_sent_again_is_one_request(shop: Bench) -> None:
    for _ in range(3):
        assert await _post(shop, "customers/redact", _notice(), delivery="d-1") == 200
    await shop.turn("privacy")
    assert await _post(shop, "customers/redact", _notice(), delivery="d-1") == 200
    assert await shop.count("privacy_requests") == 1
    assert await shop.count("due_chores where kind = 'privacy'") == 0, "it was carried out"
    assert await _post(shop, "customers/redact", _notice(), delivery="d-2") == 200
    assert await shop.count("privacy_requests") == 2


async def test_a_notice_that_names_nobody_is_done_and_one_that_is_none_is_refused(shop: Bench) -> None:
    await _kept(shop, {"customer": {"id": BUYER}})
    assert await _post(shop, "customers/redact", {"shop_domain": shop.seller}) == 200
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 1
    assert await shop.count("privacy_requests where done_at is not null and forgotten = 0") == 1
    assert await _post(shop, "customers/redact", [1]) == 400
    assert await _post(shop, "customers/redact", {"customer": "him"}) == 400
    assert await shop.count("privacy_requests") == 1


async def test_a_shop_nobody_here_has_is_answered_and_nothing_is_kept(bench: Bench) -> None:
    secret = bench.settings.webhook_secrets()[0]  # type: ignore[attr-defined]
    raw = json.dumps(_notice()).encode()
    for topic in ("customers/redact", "customers/data_request", "shop/redact"):
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": "nobody-s.myshopify.com",
            "X-Shopify-Webhook-Id": topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(
                hmac.new(secret.encode(), raw, hashlib.sha256).digest()
            ).decode(),
        }
        async with http_to(bench.url) as http:
            assert (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code == 200
    assert await bench.count("privacy_requests") == 0
    assert await bench.count("due_chores") == 0


async def test_a_removed_shop_is_forgotten_with_its_keys(shop: Bench) -> None:
    await _kept(shop, {"customer": {"id": BUYER}})
    await _kept(shop, {"customer": {"id": 88}}, "orders/create")
    assert await _post(shop, "app/uninstalled", {}) == 200
    await shop.turn("webhooks")
    before = await _sealed(shop)
    assert await _post(shop, "shop/redact", {"shop_id": 954889, "shop_domain": shop.seller}) == 200
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 0
    assert await shop.count("dead_letters where state = 'open' or payload <> ''") == 0
    assert len(await _sealed(shop)) < len(before)
    assert await shop.count("privacy_requests where done_at is not null and forgotten = 4") == 1


async def test_a_shop_that_came_back_keeps_its_keys_and_what_came_since(shop: Bench) -> None:
    await _kept(shop, {"mark": "before", "customer": {"id": BUYER}})
    assert await _post(shop, "shop/redact", {"shop_domain": shop.seller}) == 200
    before = await _sealed(shop)
    assert await _post(shop, "products/delete", {"id": 2, "mark": "since"}) == 200
    await shop.turn("privacy")
    assert await _left(shop) == ["since"]
    assert await _sealed(shop) == before
    assert await shop.count("privacy_requests where done_at is not null") == 1, (
        "what came since is not waited for"
    )


async def _sealed(bench: Bench) -> bytes:
    async with bench.service.database.bus([bench.tenant]) as uow:
        return bytes((await uow.conn.execute_sql("select sealed from accounts")).scalar_one())


async def test_many_webhooks_are_looked_through_page_by_page_and_a_zombie_changes_nothing(
    shop: Bench,
) -> None:
    await shop.execute(f"""
        insert into raw_webhooks (id, account_id, tenant_id, topic, delivery_id, headers, body, accepted_at, due_at, mapped_at)
        select gen_random_uuid(), '{shop.account}', '{shop.tenant}', 'orders/updated', 'd' || n, '{{}}',
          convert_to('{{"id": ' || n || ', "customer": {{"id": ' || case when n % 3 = 0 then {BUYER} else n end || '}}}}', 'UTF8'),
          now(), now(), now() from generate_series(1, 1000) n""")
    assert await _post(shop, "customers/redact", _notice()) == 200
    async with shop.service.database.bus([shop.tenant]) as uow:
        (zombie,) = await shared_store.lease_chores(uow, usecases.PRIVACY, most=1)
        (request,), _ = await usecases.privacy_requests(uow, shop.tenant, None, 1)
    await shop.execute(
        "update due_chores set lease_no = lease_no + 1, lease_until = null where kind = 'privacy'"
    )
    async with shop.service.database.bus([shop.tenant]) as uow:
        assert (await usecases.forget_page(uow, zombie, request, Place())).place is None
    assert await shop.count("raw_webhooks") == 1000, "whoever took it over does it"
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 1000 - 333
    assert await shop.count("privacy_requests where forgotten = 333 and done_at is not null") == 1


async def _get(bench: Bench, path: str, caller: Caller | None = None) -> httpx.Response:
    headers = bench.caller
    if caller is not None:
        token = sign(bench.settings, caller, audience=bench.service.name)
        headers = {"Authorization": f"Bearer {token}"}
    async with http_to(bench.url) as http:
        return await http.get(f"/v1/privacy-requests{path}", headers=headers)


async def test_of_many_that_are_carried_out_those_that_ask_for_an_answer_are_found(shop: Bench) -> None:
    for n in range(3):
        assert await _post(shop, "customers/redact", _notice(orders_to_redact=[n])) == 200
    assert await _post(shop, "customers/data_request", _notice(data_request={"id": 1})) == 200
    assert await _post(shop, "customers/redact", _notice(orders_to_redact=[9])) == 200
    found = (await _get(shop, "?topic=customers/data_request&limit=1")).json()
    assert [one["topic"] for one in found["requests"]] == ["customers/data_request"]
    assert found["next"] is None


async def test_the_seller_fetches_what_is_held_of_a_buyer(shop: Bench) -> None:
    await _kept(shop, {"mark": "his", "customer": {"id": BUYER, "email": EMAIL, "last_name": "Zoë"}})
    await _kept(shop, {"mark": "his order", "order_id": ORDER})
    await _kept(shop, {"mark": "another's", "customer": {"id": int(f"{BUYER}1")}})
    await _kept(shop, {"mark": "his dead one", "customer": {"id": BUYER}}, "orders/create")
    await shop.execute(f"update dead_letters set payload = convert_to('not json {BUYER} at all', 'UTF8')")
    notice = _notice(orders_requested=[ORDER], data_request={"id": 9999})
    assert await _post(shop, "customers/data_request", notice) == 200
    assert await shop.count("due_chores where kind = 'privacy'") == 0, "nothing is to be carried out"
    (listed,) = (await _get(shop, "")).json()["requests"]
    assert (listed["topic"], listed["done_at"], listed["forgotten"]) == ("customers/data_request", None, 0)
    answer = await _get(shop, f"/{listed['request_id']}/data")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    told = answer.json()
    assert (told["customer_id"], told["order_ids"], told["shopify_request_id"]) == (
        "77001",
        ["5550001"],
        "9999",
    )
    bodies = [one["body"] for one in told["webhooks"]]
    marks = sorted(body["mark"] for body in bodies if isinstance(body, dict))
    assert marks == ["his", "his dead one", "his order"]
    assert [body for body in bodies if isinstance(body, str)] == [f"not json {BUYER} at all"]
    assert "Zoë" in json.dumps(bodies, ensure_ascii=False)
    (listed,) = (await _get(shop, "")).json()["requests"]
    assert listed["done_at"] is not None


async def test_only_the_seller_fetches_it_and_only_what_was_asked_for(shop: Bench) -> None:
    assert await _post(shop, "customers/data_request", _notice()) == 200
    assert await _post(shop, "customers/redact", _notice()) == 200
    by_topic = {one["topic"]: one["request_id"] for one in (await _get(shop, "")).json()["requests"]}
    path = f"/{by_topic['customers/data_request']}/data"
    other = Caller(uuid4(), uuid4(), "seller")
    assert (await _get(shop, path, other)).json()["code"] == "no_such_request"
    assert (await _get(shop, "", other)).json() == {"requests": [], "next": None}
    assert (await _get(shop, path, Caller(shop.tenant, uuid4(), "viewer"))).status_code == 403
    refused = await _get(shop, f"/{by_topic['customers/redact']}/data")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_data_request")
    assert (await _get(shop, f"/{uuid4()}/data")).status_code == 404


async def test_requests_are_listed_newest_first_in_pages(shop: Bench) -> None:
    for n in range(5):
        assert await _post(shop, "customers/redact", _notice(), delivery=f"d-{n}") == 200
    await shop.execute(
        "update privacy_requests set received_at = now() - interval '1 hour' * cast(right(delivery_id, 1) as int)"
    )
    whole = [one["request_id"] for one in (await _get(shop, "")).json()["requests"]]
    found: list[str] = []
    after = ""
    while True:
        page = (await _get(shop, f"?limit=2{after}")).json()
        found += [one["request_id"] for one in page["requests"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole
    assert len(whole) == 5
    assert (await _get(shop, "?after=nonsense")).json()["code"] == "bad_cursor"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"customer": {"id": 77001}}', True),
        (b'{"customer": {"id": "77001"}}', True),
        (b'{"a": [{"b": "gid://shopify/Customer/77001"}]}', True),
        (b'{"a": "gid://shopify/Order/77001?x=1"}', True),
        (b'{"a": "gid://shopify/Product/77001"}', False),
        (b'{"customer": {"id": "\\u00377001"}}', True),
        (b'{"customer": {"id": 770011}}', False),
        (b'{"customer": {"id": 177001}}', False),
        (b'{"note": "call 77001 now"}', False),
        (b'{"price": 77001.5}', False),
        (b"not json, of 77001.", True),
        (b"not json, of 770011", False),
        (b'{"deep": ' + b"[" * 5000 + b"77001" + b"]" * 5000 + b"}", True),
        (b"9" * 5000, False),
        (b"", False),
        (b"\xff\xfe77001", True),
    ],
)
def test_whether_a_body_names_a_buyer(body: bytes, named: bool) -> None:
    assert names(body, frozenset({"77001"})) is named


async def test_what_only_a_connected_shop_could_tell_holds_up_no_redact(shop: Bench) -> None:
    """A refund names an order that can't be read once the app is gone."""
    refund = {"id": 1, "order_id": ORDER, "customer": {"id": BUYER}}
    assert await _post(shop, "app/uninstalled", {"id": 1}) == 200
    assert await _post(shop, "refunds/create", refund) == 200
    level = {"inventory_item_id": 99, "location_id": 98, "available": 3, "updated_at": "2026-11-29T10:00:00Z"}
    assert await _post(shop, "inventory_levels/update", level) == 200
    await shop.turn("webhooks")
    await shop.execute("update raw_webhooks set due_at = now() where mapped_at is null")
    await shop.turn("webhooks")
    assert await shop.count("raw_webhooks where mapped_at is null") == 0, "nobody will ever read these"
    assert await _post(shop, "shop/redact", {"shop_id": 954889, "shop_domain": shop.seller}) == 200
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 0
    assert await shop.count("privacy_requests where done_at is not null") == 1


async def test_what_was_held_while_another_tenant_had_the_shop_is_forgotten_too(shop: Bench) -> None:
    before = shop.tenant
    await _kept(shop, {"customer": {"id": BUYER}})
    await shop.disconnect()
    shop.tenant = uuid4()
    await shop.connect()
    assert await _post(shop, "customers/redact", _notice()) == 200
    await shop.turn("privacy")
    assert await shop.count("raw_webhooks") == 0
    for tenant, forgotten in ((shop.tenant, 0), (before, 1)):
        shop.tenant = tenant
        done = f"privacy_requests where done_at is not null and forgotten = {forgotten}"
        assert await shop.count(done) == 1
