"""Signing in at Shopify: each refusal by its code and with nothing kept, the state good once, the account the same."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest
import shopify_signing_in as at
from connector_shopify.config import Settings
from connector_shopify.wire.oauth import read_callback
from connector_shopify.wire.scopes import ASKED, NEEDED, missing_scopes, scopes_of
from hypothesis import given
from hypothesis import strategies as st
from shopify_signing_in import SHOP, Seller
from testkit.connector import Bench
from testkit.sandbox import Sandbox


@pytest.fixture
async def seller(settings: Settings, sandbox: Sandbox) -> AsyncIterator[Seller]:
    """A seller whose shop has not installed our app."""
    await at.new_shop(sandbox)
    async with at.seller_of(at.settings_of(settings, sandbox.url), sandbox) as one:
        yield one


async def kept(seller: Seller) -> tuple[int, int]:
    """Accounts there are, and sign-ins that were used."""
    bench = seller.bench
    return await bench.count("accounts"), await bench.count("oauth_states where used_at is not null")


async def test_a_seller_signs_in(seller: Seller) -> None:
    started = await seller.start(stock_master=True)
    url = urlsplit(started.json()["url"])
    asked = dict(parse_qsl(url.query))
    assert asked["scope"].split(",") == list(ASKED)
    assert (asked["client_id"], asked["redirect_uri"]) == (at.CLIENT_ID, at.BACK)
    assert await seller.bench.count(f"oauth_states where hash = '{asked['state']}'") == 0
    answer = await seller.complete(await seller.consent(started.json()["url"]))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["address"], body["state"], body["stock_master"]) == (SHOP, "connected", True)
    held = await seller.held(UUID(body["account_id"]))
    assert (held.grant, held.renewable, held.client_secret) == ("offline", True, None)
    assert held.expires_at is not None
    bench = seller.bench
    assert (
        await bench.count("due_chores where kind = 'token' and due_at > now() + interval '45 minutes'") == 1
    )
    assert await bench.count("due_chores where kind = 'scopes' and due_at > now()") == 1
    assert await bench.count("account_health where scopes ? 'read_inventory' and scopes_at is not null") == 1
    assert await seller.asks_the_shop() == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hmac": "0" * 64}, 401, "callback_forged"),
        ({"state": "forged-too"}, 401, "callback_forged"),
        ({"timestamp": at.now(-91)}, 401, "callback_late"),
        ({"timestamp": at.now(+3600)}, 401, "callback_late"),
        ({"timestamp": "soon"}, 401, "callback_late"),
        ({"shop": "evil.example.com"}, 422, "wrong_shop"),
        ({"shop": "signing-in.myshopify.com.evil.example"}, 422, "wrong_shop"),
        ({"shop": "another.myshopify.com"}, 422, "wrong_shop"),
        ({"state": "x" * 43}, 403, "state_unknown"),
    ],
)
async def test_a_callback_that_is_not_what_it_should_be_is_refused(
    seller: Seller, change: dict[str, str], status: int, code: str
) -> None:
    query = await seller.agree()
    if code == "callback_forged":
        wrong = urlencode({**dict(parse_qsl(query)), **change})
    else:
        wrong = at.changed(query, **change)
    answer = await seller.complete(wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await kept(seller) == (0, 0)
    assert (await seller.complete(query)).status_code == 201, "nothing of it was used up"


async def test_what_is_wrong_is_told_in_the_order_of_trust(seller: Seller) -> None:
    """Signature, then time, then shop, then state: what nobody vouched for is not looked at."""
    wrong = {"timestamp": "1", "shop": "evil.example.com", "state": "x", "code": "y"}
    expected = ["callback_forged", "callback_late", "wrong_shop", "state_unknown"]
    told = [(await seller.complete(at.signed(wrong, "another secret"))).json()["code"]]
    told.append((await seller.complete(at.signed(wrong))).json()["code"])
    wrong["timestamp"] = at.now()
    told.append((await seller.complete(at.signed(wrong))).json()["code"])
    wrong["shop"] = SHOP
    told.append((await seller.complete(at.signed(wrong))).json()["code"])
    assert told == expected


async def test_a_state_is_of_one_user_in_one_session(seller: Seller) -> None:
    query = await seller.agree()
    for other in (
        Seller(seller.bench, "another-session-of-his", seller.user),
        Seller(seller.bench, seller.session, uuid4()),
    ):
        answer = await other.complete(query)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_session")
    tenant, seller.bench.tenant = seller.bench.tenant, uuid4()
    assert (await seller.complete(query)).json()["code"] == "other_session"
    seller.bench.tenant = tenant
    assert await kept(seller) == (0, 0)
    assert (await seller.complete(query)).status_code == 201


async def test_a_state_is_good_once_however_many_come_at_once(seller: Seller) -> None:
    query = await seller.agree()
    answers = await asyncio.gather(*(seller.complete(query) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]
    assert {a.json()["code"] for a in answers if a.status_code == 403} == {"state_used"}
    exchanged = await seller.bench.sandbox.calls(operation="token", account=SHOP)
    assert len(exchanged) == 1, "the code went to Shopify once"


async def test_a_state_is_good_for_ten_minutes_and_forgotten_after_a_day(seller: Seller) -> None:
    query = await seller.agree()
    bench = seller.bench
    minutes = "interval '9 minutes' and now() + interval '10 minutes'"
    assert await bench.count(f"oauth_states where expires_at between now() + {minutes}") == 1
    await bench.execute("update oauth_states set expires_at = now()")
    assert (await seller.complete(query)).json()["code"] == "state_expired"
    await bench.execute("update oauth_states set expires_at = now() - interval '25 hours'")
    await seller.start()
    assert await bench.count("oauth_states") == 1


async def test_a_seller_who_declines_is_told_so(seller: Seller) -> None:
    await seller.bench.sandbox.control.patch(f"/control/shopify/accounts/{SHOP}", json={"decline": True})
    answer = await seller.complete(await seller.agree())
    assert (answer.status_code, answer.json()["code"]) == (422, "seller_declined")
    assert await kept(seller) == (0, 1)


async def test_a_code_that_was_used_is_refused(seller: Seller) -> None:
    first = await seller.agree()
    assert (await seller.complete(first)).status_code == 201
    used = dict(parse_qsl(first))["code"]
    answer = await seller.complete(at.changed(await seller.agree(), code=used))
    assert (answer.status_code, answer.json()["code"]) == (422, "code_refused")


async def test_a_shop_that_does_not_answer_is_nobodys_fault(seller: Seller) -> None:
    query = await seller.agree()
    await seller.bench.sandbox.fault("shopify", "token", "status", status=503)
    answer = await seller.complete(query)
    assert (answer.status_code, answer.json()["code"]) == (503, "answer_lost")
    assert await seller.bench.count("accounts") == 0


async def test_a_needed_scope_that_is_missing_refuses_and_is_named(seller: Seller) -> None:
    only = "read_orders,read_products,read_inventory,read_locations"
    await seller.bench.sandbox.control.patch(f"/control/shopify/accounts/{SHOP}", json={"grant_only": only})
    answer = await seller.complete(await seller.agree())
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_missing")
    assert answer.json()["details"]["missing"] == ["write_products", "write_inventory"]
    assert "write_products, write_inventory" in answer.json()["message"]
    assert await seller.bench.count("accounts") == 0
    await seller.bench.sandbox.control.patch(
        f"/control/shopify/accounts/{SHOP}", json={"grant_only": ",".join(NEEDED)}
    )
    assert (await seller.complete(await seller.agree())).status_code == 201, "wanted ones may be missing"


async def test_another_tenants_shop_is_taken(seller: Seller) -> None:
    await seller.connect()
    mine, seller.bench.tenant = seller.bench.tenant, uuid4()
    answer = await seller.complete(await seller.agree())
    assert (answer.status_code, answer.json()["code"]) == (409, "account_taken")
    seller.bench.tenant = mine


async def test_without_our_app_s_keys_there_is_no_sign_in(bench: Bench) -> None:
    for door, body in (
        ("start", {"shop": SHOP, "session": at.SESSION}),
        ("complete", {"query": "a=b", "session": at.SESSION}),
    ):
        answer = await Seller(bench).ask(f"/v1/oauth/{door}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "oauth_not_configured")


@pytest.mark.parametrize(
    "body",
    [
        {"shop": "evil.example.com", "session": at.SESSION},
        {"shop": f"{'x' * 100}.myshopify.com", "session": at.SESSION},
        {"shop": SHOP, "session": "short"},
        {"shop": SHOP, "session": "x" * 129},
    ],
)
async def test_what_can_be_no_shop_or_session_is_refused(seller: Seller, body: dict[str, object]) -> None:
    assert (await seller.ask("/v1/oauth/start", body)).status_code == 422
    assert (await seller.complete("x" * 8193)).status_code == 422
    assert await seller.bench.count("oauth_states") == 0


async def test_both_secrets_are_good_while_one_is_rotated(seller: Seller) -> None:
    """The new one first, though Shopify signs with the old one for a while, and takes either."""
    bench = seller.bench
    made = await bench.sandbox.post(f"shopify/applications/{at.CLIENT_ID}/rotate-secret")
    assert isinstance(bench.settings, Settings)
    both = f"{made['next_secret']},{at.SECRET}"
    settings = at.settings_of(bench.settings, bench.sandbox.url, shopify_client_secret=both)
    async with at.seller_of(settings, bench.sandbox) as rotating:
        account = await rotating.connect()
        await bench.sandbox.post(f"shopify/applications/{at.CLIENT_ID}/use-new-secret")
        assert await rotating.connect() == account
    old_first = f"{at.SECRET},{made['next_secret']}"
    settings = at.settings_of(bench.settings, bench.sandbox.url, shopify_client_secret=old_first)
    async with at.seller_of(settings, bench.sandbox) as late:
        late.bench.tenant = rotating.bench.tenant
        assert await late.connect() == account


async def test_connecting_again_is_the_same_account(seller: Seller) -> None:
    first = await seller.connect()
    before = await seller.held()
    connected_at = "select connected_at from accounts"
    async with seller.bench.service.database.bus([seller.bench.tenant]) as uow:
        at_first = (await uow.conn.execute_sql(connected_at)).scalar_one()
    assert await seller.connect() == first
    async with seller.bench.service.database.bus([seller.bench.tenant]) as uow:
        assert (await uow.conn.execute_sql(connected_at)).scalar_one() == at_first
    assert (await seller.held()).access_token != before.access_token
    assert await seller.asks_the_shop() == 0
    assert await seller.bench.count("accounts") == 1


async def test_connecting_again_undoes_nothing_the_seller_chose(seller: Seller) -> None:
    """The page that Shopify leads to, and the form for a new token, do not know whether stock is counted here."""
    account = await seller.connect(stock_master=True)
    assert await seller.connect() == account
    assert await seller.bench.count("accounts where stock_master") == 1
    answer = await seller.ask(
        "/v1/accounts", {"shop": SHOP, "access_token": (await seller.held()).access_token}
    )
    assert (answer.status_code, answer.json()["stock_master"]) == (201, True)


async def test_a_fresh_token_alone_leaves_the_secret_that_signs_webhooks(bench: Bench) -> None:
    seller, keys = Seller(bench), bench.connect_body
    answer = await seller.ask("/v1/accounts", {**keys, "client_secret": "of-its-own-app"})
    assert answer.status_code == 201, answer.text
    assert (await seller.ask("/v1/accounts", keys)).status_code == 201
    assert (await seller.held(UUID(answer.json()["account_id"]))).client_secret == "of-its-own-app"
    assert await at.tell(bench, "products/delete", {"id": 1}, "of-its-own-app") == 200


async def test_a_tenant_has_several_shops(seller: Seller) -> None:
    """Two by OAuth, one by its own app; each is called with its own token."""
    bench, second, third = seller.bench, "second.myshopify.com", "third.myshopify.com"
    await at.new_shop(bench.sandbox, second)
    own = {"client_id": "its-own", "client_secret": "shpss_its_own"}
    await bench.sandbox.account("shopify", third, **own)
    accounts = [await seller.connect(), await seller.connect(second)]
    answer = await seller.ask("/v1/accounts", {"shop": third, **own})
    assert answer.status_code == 201, answer.text
    accounts.append(UUID(answer.json()["account_id"]))
    listed = (await seller.ask("/v1/accounts", {}, "GET")).json()
    assert {row["account_id"] for row in listed} == {str(account) for account in accounts}
    tokens = {(await seller.held(account)).access_token for account in accounts}
    assert len(tokens) == 3
    for shop in (SHOP, second, third):
        await bench.sandbox.listing("shopify", shop, f"OF-{shop}")
        await bench.sandbox.sell("shopify", shop, f"OF-{shop}")
    assert await seller.asks_the_shop() == 0
    assert {sale.account_id for sale in await bench.sales()} == set(accounts)
    await bench.sandbox.post(f"shopify/accounts/{second}/uninstall")
    assert await seller.asks_the_shop() == 1, "the others go on"


async def test_a_shop_s_own_app_gets_its_tokens_by_itself(seller: Seller) -> None:
    bench, shop = seller.bench, "own.myshopify.com"
    keys = {"client_id": "own-app", "client_secret": "shpss_own"}
    await bench.sandbox.account("shopify", shop, token_ttl=60, **keys)
    wrong = await seller.ask("/v1/accounts", {"shop": shop, **keys, "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "token_refused")
    for body in (
        {"shop": shop},
        {"shop": shop, "client_id": "own-app"},
        {"shop": shop, "access_token": "shpat_123456", **keys},
    ):
        assert (await seller.ask("/v1/accounts", body)).status_code == 422
    answer = await seller.ask("/v1/accounts", {"shop": shop, **keys})
    assert answer.status_code == 201, answer.text
    account = UUID(answer.json()["account_id"])
    first = await seller.held(account)
    assert (first.grant, first.client_secret, first.refresh_token) == (
        "client_credentials",
        "shpss_own",
        None,
    )
    await bench.execute("update due_chores set due_at = now() where kind = 'token'")
    await bench.turn("token")
    second = await seller.held(account)
    assert second.access_token != first.access_token
    assert (second.client_id, second.client_secret) == ("own-app", "shpss_own")
    bench.seller = shop
    assert await at.tell(bench, "products/delete", {"id": 1}, "shpss_own") == 200


async def test_a_token_without_a_needed_scope_is_refused(seller: Seller) -> None:
    bench, shop = seller.bench, "few-scopes.myshopify.com"
    await at.new_shop(bench.sandbox, shop)
    await bench.sandbox.control.patch(f"/control/shopify/accounts/{shop}", json={"grant_only": "read_orders"})
    query = dict(parse_qsl(await seller.agree(shop)))
    granted = await bench.sandbox.control.post(
        f"/shopify/{shop}/admin/oauth/access_token",
        json={"client_id": at.CLIENT_ID, "client_secret": at.SECRET, "code": query["code"]},
    )
    answer = await seller.ask("/v1/accounts", {"shop": shop, "access_token": granted.json()["access_token"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_missing")
    assert answer.json()["details"]["missing"] == [scope for scope in NEEDED if scope != "read_orders"]


async def test_a_scope_that_goes_signs_out_and_its_return_brings_the_account_back(seller: Seller) -> None:
    bench = seller.bench
    await seller.connect()
    await _regrant(seller, "read_orders,write_products,read_locations")
    await bench.execute("update due_chores set due_at = now() where kind = 'scopes'")
    await bench.turn("scopes")
    assert await bench.count("accounts where state = 'needs_login'") == 1
    rows = (await seller.ask("/v1/accounts", {}, "GET")).json()
    assert "read_inventory, write_inventory" in rows[0]["reason"]
    assert "Connect the shop again and accept all" in rows[0]["reason"]
    assert (
        await bench.count("due_chores where kind = 'scopes' and due_at > now() + interval '50 minutes'") == 1
    )
    await _regrant(seller, ",".join(ASKED))
    await bench.execute("update due_chores set due_at = now() where kind = 'scopes'")
    await bench.turn("scopes")
    states = [event.data.state for event in await bench.said("account.status")]  # type: ignore[attr-defined]
    assert states == ["connected", "needs_login", "connected"]
    assert await bench.count("accounts where state = 'connected' and reason is null") == 1


async def _regrant(seller: Seller, scopes: str) -> None:
    """The seller accepts other scopes at Shopify; we keep the token we have."""
    bench = seller.bench
    await bench.sandbox.control.patch(f"/control/shopify/accounts/{SHOP}", json={"grant_only": scopes})
    code = dict(parse_qsl(await seller.agree()))["code"]
    keys = {"client_id": at.CLIENT_ID, "client_secret": at.SECRET}
    answer = await bench.sandbox.control.post(
        f"/shopify/{SHOP}/admin/oauth/access_token", json={**keys, "code": code}
    )
    assert answer.status_code == 200, answer.text


async def test_accounts_of_before_are_looked_at_too(bench: Bench) -> None:
    await bench.connect()
    await bench.execute("delete from due_chores")
    await bench.turn("scopes-planned")
    await bench.turn("scopes-planned")
    assert await bench.count("due_chores where kind = 'scopes' and due_at < now() + interval '1 hour'") == 1
    await bench.execute("update due_chores set due_at = now()")
    await bench.turn("scopes")
    assert await bench.count("account_health where scopes_at is not null") == 1


def test_a_callback_is_read_from_its_raw_query() -> None:
    told = {"code": "a b/~*", "shop": "Demo.myshopify.com", "state": "s+t", "timestamp": "17", "host": "YQ=="}
    query = at.signed(told, "new")
    assert query.count("%") >= 4
    for raw in (query, f"?{query}", query.replace("hmac=", "signature=x&hmac=")):
        found = read_callback(raw, ["old", "new"])
        assert found is not None
        assert (found.code, found.shop, found.state, found.timestamp) == (
            "a b/~*", "demo.myshopify.com", "s+t", 17
        )  # fmt: skip
    assert read_callback(query, []) is None
    assert read_callback(at.signed(told, ""), [""]) is None, "an empty secret signs nothing"
    assert read_callback(f"{query}&state=other", ["new"]) is None, "a parameter twice"
    assert read_callback(f"{query}&more=1", ["new"]) is None
    assert read_callback(query.replace("%2F", "%ff"), ["new"]) is None
    assert read_callback("&".join("a=b" for _ in range(100)), ["new"]) is None


def test_the_signature_is_made_as_shopify_writes_it_down() -> None:
    """The example of Shopify's documentation of this signature."""
    query = "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173"
    digest = hmac.new(b"hush", query.encode(), hashlib.sha256).hexdigest()
    found = read_callback(f"hmac={digest}&{query}", ["hush"])
    assert found is not None
    assert found.shop == "some-shop.myshopify.com"


@given(st.text(max_size=300))
def test_no_query_raises_or_passes(raw: str) -> None:
    assert read_callback(raw, ["a secret"]) is None


def test_writing_a_thing_is_reading_it_too() -> None:
    assert scopes_of("write_products, read_orders,") == {"write_products", "read_products", "read_orders"}
    missing = missing_scopes(["write_products", "write_inventory", "read_orders", "read_locations"])
    assert [one.scope for one in missing if one.needed] == []
    assert {one.scope for one in missing} == set(ASKED) - set(NEEDED)
    assert all(one.without.endswith(".") for one in missing_scopes([]))
