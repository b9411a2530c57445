"""The connector on real PostgreSQL against the sandbox: notifications, one sale by every door, delisting."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from connector_ebay.wire.lines import read_order
from connector_kit.marketplace import OrdersPage, UnmappableError, UnreadableOrder
from connector_kit.store import load_accounts, take_webhooks
from connector_kit.usecases import CLOSED, record_page
from ebay_stack import Stack
from kit import dead_letters
from kit.ids import new_id
from soldwire_contracts.ids import sale_id
from soldwire_contracts.listings import (
    ListingAdjusted,
    ListingDelisted,
    ListingFailed,
    ListingObserved,
    ListingRelisted,
    ListingTarget,
)
from soldwire_contracts.sales import SaleDetected, SaleState
from soldwire_contracts.sync import AccountStatus, SyncProgress, SyncRequested
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope, TargetCause
from testkit.http import http_to
from testkit.samples.ebay import confirmation
from testkit.sandbox import Json


async def delivered(stack: Stack, attempts: int) -> list[Json]:
    async with asyncio.timeout(10):
        while True:
            sent = list((await stack.sandbox.get("truth/webhooks", platform="ebay"))["webhooks"])
            if len(sent) >= attempts and not (await stack.sandbox.get("truth/summary"))["deliveries_pending"]:
                return sent
            await asyncio.sleep(0.02)


async def forge(stack: Stack, signature: str, body: bytes) -> int:
    sent = await stack.sandbox.post(
        "webhooks/forge",
        {
            "platform": "ebay",
            "account": stack.seller,
            "uri": f"{stack.url}/hooks/ebay",
            "topic": "ORDER_CONFIRMATION",
            "body": httpx.Response(200, content=body).json(),
            "signature": signature,
        },
    )
    return int(sent["status"])


async def sales(stack: Stack) -> list[SaleState]:
    topics = ("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")
    return [event.data for event in await stack.said(*topics) if isinstance(event.data, SaleState)]


# Notifications


async def test_the_challenge_is_answered_as_ebay_asks(stack: Stack) -> None:
    assert (await stack.subscribe())["challenge"] == "ok"
    answer = await stack.http.get("/hooks/ebay", params={"challenge_code": "abc"})
    wanted = hashlib.sha256(
        f"abcverification-token-of-the-tests-0001{stack.url}/hooks/ebay".encode()
    ).hexdigest()
    assert answer.json() == {"challengeResponse": wanted}
    assert answer.headers["content-type"] == "application/json"


async def test_a_two_line_order_pushed_by_ebay_is_two_sales(stack: Stack) -> None:
    account = await stack.connect()
    await stack.subscribe()
    for sku in ("AA-1", "AA-2"):
        await stack.sandbox.listing("ebay", stack.seller, sku)
    sold = await stack.sandbox.sell("ebay", stack.seller, "AA-1", "AA-2", shipping="3.50")
    await stack.stored(1)
    await stack.turn("webhooks")
    said = await sales(stack)
    assert {s.sale_id for s in said} == {
        sale_id(account, str(sold["order_id"]), str(line["line_id"])) for line in sold["lines"]
    }
    assert [(s.sku, s.revision, s.found_by, s.payment) for s in said] == [
        ("AA-1", 1, "webhook", "paid"),
        ("AA-2", 1, "webhook", "paid"),
    ]
    assert all(isinstance(s, SaleDetected) and s.listing_id is not None for s in said)


async def test_the_same_notification_ten_times_and_every_other_door_is_one_sale_a_line(stack: Stack) -> None:
    account = await stack.connect()
    await stack.subscribe()
    for sku in ("AA-1", "AA-2"):
        await stack.sandbox.listing("ebay", stack.seller, sku)
    sold = await stack.sandbox.sell("ebay", stack.seller, "AA-1", "AA-2", duplicates=10)
    assert {row["status"] for row in await delivered(stack, 10)} == {200}
    assert await stack.count("raw_webhooks") == 1
    await stack.sandbox.post(f"ebay/orders/{sold['order_id']}/notify", {"duplicates": 2})
    await delivered(stack, 12)
    await stack.turn("webhooks", "polls")
    await stack.take("runs", requested(stack, account, SyncScope.SALES))
    await stack.turn("runs", "webhooks")
    assert [(s.line_id, s.revision) for s in await sales(stack)] == [
        (line["line_id"], 1) for line in sold["lines"]
    ]


@pytest.mark.parametrize("signature", ["wrong", "missing"])
async def test_a_forged_notification_is_refused_and_leaves_nothing(stack: Stack, signature: str) -> None:
    await stack.connect()
    body = confirmation("25-1", "1", user_id=str(stack.keys["seller_id"]))
    assert await forge(stack, signature, body) == 412
    assert await stack.count("raw_webhooks") == 0
    assert await stack.count("dead_letters") == 0


async def test_a_made_up_key_id_is_forged_and_costs_few_fetches(stack: Stack) -> None:
    statuses = []
    for number in range(40):
        fields = {"alg": "ecdsa", "kid": f"made-up-key-{number}", "signature": "AA==", "digest": "SHA1"}
        header = base64.b64encode(json.dumps(fields).encode()).decode()
        answer = await stack.http.post("/hooks/ebay", content=b"{}", headers={"X-EBAY-SIGNATURE": header})
        statuses.append(answer.status_code)
    assert statuses == [412] * 20 + [503] * 20
    assert len(await stack.sandbox.calls(operation="getPublicKey")) == 20


async def test_a_signed_body_that_is_not_what_it_says_is_set_aside_and_its_neighbours_pass(
    stack: Stack,
) -> None:
    await stack.connect()
    await stack.sandbox.listing("ebay", stack.seller, "A")
    sold = await stack.sandbox.sell("ebay", stack.seller, "A", deliver_webhook=False)
    good = confirmation(
        str(sold["order_id"]), "1", user_id=str(stack.keys["seller_id"]), notification="n-good"
    )
    bad = good.replace(b'"orderId"', b'"orderNumber"').replace(b"n-good", b"n-bad")
    assert await forge(stack, "valid", bad) == 200
    assert await forge(stack, "valid", good) == 200
    await stack.turn("webhooks")
    assert len(await sales(stack)) == 1
    async with stack.service.database.bus() as uow:
        rows = await uow.conn.execute_sql("select reason, error from dead_letters")
        letter = rows.one()
    assert letter.reason == "unmappable"
    assert "orderId" in letter.error


async def test_a_notification_of_nobody_connected_is_acknowledged_and_dropped(stack: Stack) -> None:
    assert await forge(stack, "valid", confirmation("25-1", "1", user_id="stranger")) == 200
    assert await stack.count("raw_webhooks") == 0


async def test_a_seller_who_leaves_is_nobody_at_once_also_for_a_process_that_knew_him(stack: Stack) -> None:
    account = await stack.connect()
    body = confirmation("25-1", "1", user_id=str(stack.keys["seller_id"]), notification="n-1")
    assert await forge(stack, "valid", body) == 200
    async with stack.service.database.bus() as uow:  # as another process does when he disconnects there
        await uow.conn.execute_sql("update account_directory set active = false")
    assert await forge(stack, "valid", body.replace(b"n-1", b"n-2")) == 200
    assert await stack.count("raw_webhooks") == 1
    await stack.connect()
    assert await forge(stack, "valid", body.replace(b"n-1", b"n-3")) == 200
    gone = await stack.http.delete(f"/v1/accounts/{account}", headers=stack.headers())
    assert gone.status_code == 204
    assert await forge(stack, "valid", body.replace(b"n-1", b"n-4")) == 200
    assert await stack.count("raw_webhooks") == 2


async def test_a_seller_whose_sign_in_can_t_be_opened_any_more_is_told_and_may_leave(stack: Stack) -> None:
    account = await stack.connect()
    async with stack.service.database.bus([stack.tenant]) as uow:
        await uow.conn.execute_sql("update accounts set key_id = 'lost'")
    await stack.take("runs", requested(stack, account, SyncScope.SALES))
    await stack.turn("runs")
    [progress] = [e.data for e in await stack.said("sync.progress") if isinstance(e.data, SyncProgress)]
    assert (progress.outcome, progress.reason) == (RunState.FAILED, CLOSED)
    body = confirmation("25-1", "1", user_id=str(stack.keys["seller_id"]))
    assert await forge(stack, "valid", body) == 200
    await stack.turn("webhooks")
    assert (
        await stack.count("raw_webhooks where mapped_at is null and due_at > now() + interval '4 minutes'")
        == 1
    )
    gone = await stack.http.delete(f"/v1/accounts/{account}", headers=stack.headers())
    assert gone.status_code == 204


async def test_a_sale_whose_notification_was_lost_is_found_by_the_poll(stack: Stack) -> None:
    await stack.connect()
    await stack.turn("polls")
    await stack.sandbox.listing("ebay", stack.seller, "A")
    await stack.sandbox.sell("ebay", stack.seller, "A", deliver_webhook=False)
    async with stack.service.database.bus() as uow:
        await uow.conn.execute_sql("update due_polls set due_at = now() - interval '1 second'")
    await stack.turn("polls")
    [sale] = await sales(stack)
    assert sale.found_by == "poll"


async def test_an_order_that_is_none_is_set_aside_once_and_its_neighbours_pass(stack: Stack) -> None:
    await stack.connect()
    reason = read_order({"orderId": "25-9", "creationDate": "yesterday", "lineItems": []})
    assert isinstance(reason, UnreadableOrder)
    await stack.sandbox.listing("ebay", stack.seller, "A")
    await stack.sandbox.sell("ebay", stack.seller, "A", deliver_webhook=False)
    async with stack.service.database.bus([stack.tenant]) as uow:
        [account] = (await load_accounts(uow, [await account_of(stack)])).values()
    for _ in range(2):
        async with stack.service.database.bus() as uow:
            page = OrdersPage((), None, datetime.now(UTC), unreadable=(reason,))
            await record_page(uow, account, page, "poll")
    await stack.turn("polls")
    assert len(await sales(stack)) == 1
    async with stack.service.database.bus() as uow:
        [letter] = await dead_letters.listed(uow)
    assert (letter.source, "creationDate" in letter.error) == ("orders:ebay", True)
    with pytest.raises(UnmappableError):
        async with stack.service.database.bus() as uow:
            await stack.service.redrivers["orders"](uow, letter)


async def account_of(stack: Stack) -> UUID:
    [account] = (await stack.http.get("/v1/accounts", headers=stack.headers())).json()
    return UUID(account["account_id"])


async def test_what_becomes_of_an_order_follows_with_revisions(stack: Stack) -> None:
    account = await stack.connect()
    await stack.sandbox.listing("ebay", stack.seller, "A")
    sold = await stack.sandbox.sell("ebay", stack.seller, "A")
    steps: list[tuple[str, Json]] = [
        ("ship", {"courier": "USPS", "tracking": "9405"}),
        ("refund", {"amount": "5.00"}),
        ("cancel", {}),
    ]
    await read_orders(stack, account)
    for verb, body in steps:
        await asyncio.sleep(0.01)
        await stack.sandbox.post(f"ebay/orders/{sold['order_id']}/{verb}", body)
        await read_orders(stack, account)
    said = await stack.said("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")
    assert [event.type for event in said] == [
        "sale.detected.v1",
        "sale.updated.v1",
        "sale.refunded.v1",
        "sale.cancelled.v1",
    ]
    assert [s.revision for s in await sales(stack)] == [1, 2, 3, 4]


async def read_orders(stack: Stack, account: UUID) -> None:
    await stack.take("runs", requested(stack, account, SyncScope.SALES))
    await stack.turn("runs")


def requested(stack: Stack, account: UUID, scope: SyncScope) -> SyncRequested:
    return SyncRequested(
        tenant_id=stack.tenant,
        platform=Platform.EBAY,
        account_id=account,
        run_id=new_id(),
        revision=1,
        scope=scope,
        desired=RunState.RUNNING,
        requested_at=datetime.now(UTC),
    )


async def test_a_resumed_run_is_complete_only_up_to_when_it_began(stack: Stack) -> None:
    """getOrders promises no order: what changed meanwhile may be on a page that was read before."""
    account = await stack.connect()
    began = datetime.now(UTC) - timedelta(hours=2)
    run = requested(stack, account, SyncScope.SALES)
    await stack.take("runs", run)
    cursor = f"{began.isoformat()}|{(began - timedelta(days=2)).isoformat()}|180"
    async with stack.service.database.bus([stack.tenant]) as uow:
        await uow.conn.execute_sql(
            f"update runs set started_at = now(), phase = 'sales', cursor = '{cursor}'"
        )
    await stack.turn("runs")
    last = [e.data for e in await stack.said("sync.progress") if isinstance(e.data, SyncProgress)][-1]
    assert (last.outcome, last.complete_up_to) == (RunState.COMPLETE, began)


# Accounts


async def test_an_account_is_one_account_however_often_it_connects_and_its_token_is_sealed(
    stack: Stack,
) -> None:
    assert await stack.connect() == await stack.connect()
    states = [e.data.state for e in await stack.said("account.status") if isinstance(e.data, AccountStatus)]
    assert states == [AccountState.CONNECTED, AccountState.CONNECTED]
    async with stack.service.database.bus([stack.tenant]) as uow:
        sealed = (await uow.conn.execute_sql("select sealed from accounts")).scalar_one()
    assert str(stack.keys["refresh_token"]).encode() not in bytes(sealed)


async def test_another_tenant_cannot_take_it_or_see_it(stack: Stack) -> None:
    await stack.connect()
    other = stack.headers(tenant=uuid4())
    body = {"refresh_token": stack.keys["refresh_token"]}
    taken = await stack.http.post("/v1/accounts", json=body, headers=other)
    assert (taken.status_code, taken.json()["code"]) == (409, "account_taken")
    assert (await stack.http.get("/v1/accounts", headers=other)).json() == []
    assert len((await stack.http.get("/v1/accounts", headers=stack.headers())).json()) == 1


async def test_a_refresh_token_that_is_none_is_refused_in_plain_words(stack: Stack) -> None:
    answer = await stack.http.post(
        "/v1/accounts", json={"refresh_token": "nonsense"}, headers=stack.headers()
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "token_refused")


async def test_signing_in_at_ebay_connects_in_the_session_that_started_it(stack: Stack) -> None:
    url = (await stack.http.post("/v1/oauth/start", headers=stack.headers())).json()["url"]
    async with http_to() as browser:
        consent = await browser.get(url)
    query = parse_qs(urlsplit(consent.headers["location"]).query)
    body = {"code": query["code"][0], "state": query["state"][0]}
    stolen = await stack.http.post("/v1/oauth/complete", json=body, headers=stack.headers(user=uuid4()))
    assert stolen.status_code == 403
    answer = await stack.http.post("/v1/oauth/complete", json=body, headers=stack.headers())
    assert (answer.status_code, answer.json()["name"]) == (201, "demo_seller")
    again = await stack.http.post("/v1/oauth/complete", json=body, headers=stack.headers())
    assert again.status_code == 422


async def test_a_disconnected_account_takes_no_notifications(stack: Stack) -> None:
    account = await stack.connect()
    gone = await stack.http.delete(f"/v1/accounts/{account}", headers=stack.headers())
    assert gone.status_code == 204
    await forge(stack, "valid", confirmation("25-1", "1", user_id=str(stack.keys["seller_id"])))
    assert await stack.count("raw_webhooks") == 0


# Targets


@pytest.fixture
async def listed(stack: Stack) -> tuple[UUID, UUID, Json]:
    """An account with one listing of three units, seen by a sync: account, listing id, the sandbox's own."""
    account = await stack.connect()
    made = await stack.sandbox.listing("ebay", stack.seller, "A", quantity=3)
    await stack.take("runs", requested(stack, account, SyncScope.ARTICLES))
    await stack.turn("runs")
    [seen] = [e.data for e in await stack.said("listing.observed") if isinstance(e.data, ListingObserved)]
    assert (seen.sku, seen.quantity, seen.state) == ("A", 3, "live")
    return account, seen.listing_id, made


def target(
    stack: Stack, account: UUID, listing: UUID, quantity: int, version: int = 1, **more: object
) -> ListingTarget:
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "tenant_id": stack.tenant,
        "platform": Platform.EBAY,
        "account_id": account,
        "listing_id": listing,
        "article_id": uuid4(),
        "version": version,
        "quantity": quantity,
        "cause": TargetCause.SALE,
        "requested_at": now,
        "deadline": now + timedelta(minutes=5),
    }
    return ListingTarget.model_validate(fields | more)


async def withdrawals(stack: Stack, made: Json) -> list[Json]:
    return await stack.sandbox.calls(listing=made["listing"], changed="true")


async def test_an_order_that_is_slow_to_read_does_not_hold_up_the_next(stack: Stack) -> None:
    await stack.connect()
    await stack.subscribe()
    for sku in ("SLOW-1", "QUICK-1"):
        await stack.sandbox.listing("ebay", stack.seller, sku)
    await stack.sandbox.fault("ebay", "getOrder", "latency", ms=800)
    slow = await stack.sandbox.sell("ebay", stack.seller, "SLOW-1")
    await stack.stored(1)
    mapping = asyncio.create_task(stack.turn("webhooks"))
    await asyncio.sleep(0.2)
    quick = await stack.sandbox.sell("ebay", stack.seller, "QUICK-1")
    await mapping
    assert [sale.order_id for sale in await sales(stack)] == [quick["order_id"], slow["order_id"]]


async def test_of_a_seller_no_more_is_taken_than_may_be_under_way(stack: Stack) -> None:
    account = await stack.connect()
    await stack.subscribe()
    for sku in ("A-1", "A-2", "A-3"):
        await stack.sandbox.listing("ebay", stack.seller, sku)
        await stack.sandbox.sell("ebay", stack.seller, sku)
    await stack.stored(3)
    for load, taken in ((0, 2), (1, 1), (2, 0)):
        async with stack.service.database.bus() as uow:
            found = await take_webhooks(uow, after=UUID(int=0), most=10, each=2, load={account: load})
        assert len(found) == taken


async def test_target_zero_withdraws_the_offer_and_reads_it_back(
    stack: Stack, listed: tuple[UUID, UUID, Json]
) -> None:
    account, listing, made = listed
    await stack.take("targets", target(stack, account, listing, 0))
    await stack.turn("intents")
    [event] = await stack.said("listing.delisted")
    assert isinstance(event.data, ListingDelisted)
    assert event.data.called_at is not None
    assert not event.data.evidence.buyable
    assert not (await stack.sandbox.shown(str(made["listing"])))["buyable"]
    assert len(await withdrawals(stack, made)) == 1


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("lose_reply", {}),
        ("garbage_200", {"effect": True}),
        ("garbage_200", {"effect": False}),
        ("status", {"status": 500}),
        ("timeout_before_effect", {"seconds": 3}),
        ("timeout_after_effect", {"seconds": 3}),
        ("throttle", {"retry_after": 0}),
    ],
)
async def test_whatever_the_answer_one_call_changes_the_listing(
    stack: Stack, listed: tuple[UUID, UUID, Json], mode: str, more: Json
) -> None:
    account, listing, made = listed
    await stack.sandbox.fault("ebay", "withdrawOffer", mode, **more)
    await stack.take("targets", target(stack, account, listing, 0))
    async with asyncio.timeout(20):
        while not await stack.said("listing.delisted"):
            await stack.turn("intents")
            await asyncio.sleep(0.1)
    assert not (await stack.sandbox.shown(str(made["listing"])))["buyable"]
    async with asyncio.timeout(5):
        while not await withdrawals(stack, made):  # a silenced call is on record once its silence is over
            await asyncio.sleep(0.1)
    assert len(await withdrawals(stack, made)) == 1
    assert await stack.said("listing.failed") == []


async def test_an_offer_its_seller_withdrew_is_success_and_the_orders_are_read_at_once(
    stack: Stack, listed: tuple[UUID, UUID, Json]
) -> None:
    account, listing, made = listed
    await stack.turn("polls")
    await stack.sandbox.control.patch(
        f"/control/ebay/listings/{made['listing']}", json={"state": "UNPUBLISHED"}
    )
    await stack.take("targets", target(stack, account, listing, 0))
    await stack.turn("intents")
    [event] = await stack.said("listing.delisted")
    assert isinstance(event.data, ListingDelisted)
    assert not event.data.ended_by_us
    assert await withdrawals(stack, made) == []
    before = len(await stack.sandbox.calls(operation="getOrders"))
    await stack.turn("polls")
    assert len(await stack.sandbox.calls(operation="getOrders")) == before + 1


async def test_selling_one_of_three_elsewhere_sets_two(stack: Stack, listed: tuple[UUID, UUID, Json]) -> None:
    account, listing, made = listed
    await stack.take("targets", target(stack, account, listing, 2))
    await stack.turn("intents")
    [event] = await stack.said("listing.adjusted")
    assert isinstance(event.data, ListingAdjusted)
    shown = await stack.sandbox.shown(str(made["listing"]))
    assert (shown["quantity"], shown["buyable"]) == (2, True)


async def test_a_release_publishes_again_what_we_withdrew_and_a_sale_there_finds_its_listing(
    stack: Stack, listed: tuple[UUID, UUID, Json]
) -> None:
    account, listing, made = listed
    await stack.take("targets", target(stack, account, listing, 0))
    await stack.turn("intents")
    await asyncio.sleep(1.1)
    await stack.take(
        "targets", target(stack, account, listing, 1, 2, may_raise=True, cause=TargetCause.RELEASE)
    )
    async with asyncio.timeout(10):
        while not await stack.said("listing.relisted"):
            await stack.turn("intents")
            await asyncio.sleep(0.1)
    [event] = await stack.said("listing.relisted")
    assert isinstance(event.data, ListingRelisted)
    shown = await stack.sandbox.shown(str(made["listing"]))
    assert (shown["quantity"], shown["buyable"]) == (1, True)
    await stack.sandbox.sell("ebay", stack.seller, "A", deliver_webhook=False)
    await read_orders(stack, account)
    [sale] = await sales(stack)
    assert sale.listing_id == listing, "eBay gave it a new listing id, ours stays"


async def test_a_listing_its_seller_ended_is_not_raised(
    stack: Stack, listed: tuple[UUID, UUID, Json]
) -> None:
    account, listing, made = listed
    await stack.sandbox.control.patch(
        f"/control/ebay/listings/{made['listing']}", json={"state": "UNPUBLISHED"}
    )
    await stack.take("targets", target(stack, account, listing, 5, may_raise=True, cause=TargetCause.EDIT))
    await stack.turn("intents")
    [event] = await stack.said("listing.failed")
    assert isinstance(event.data, ListingFailed)
    assert event.data.code == "listing_ended"


async def test_a_sync_counts_what_it_read(stack: Stack, listed: tuple[UUID, UUID, Json]) -> None:
    progress = [e.data for e in await stack.said("sync.progress") if isinstance(e.data, SyncProgress)]
    assert (progress[-1].outcome, progress[-1].listings) == (RunState.COMPLETE, 1)
