"""Connected accounts: what a seller reads of each, does with it, and how a shop is connected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup, Tag
from connector_shopify.domain import STATES
from gateway.config import Settings
from gateway.domain import words as said
from gateway.domain.shops import shop_domain
from gateway_fixtures.day import busy_shop, empty_shop
from gateway_fixtures.owners import Owners
from gateway_fixtures.reading import panel, soup, words
from gateway_fixtures.shop import Shop
from hypothesis import given
from hypothesis import strategies as st
from kit.database import Database
from kit.errors import Invalid, Refused, Unauthorized
from soldwire_contracts.topics import CONNECTED

PAGE = "/settings/accounts"
SHOP = "northlane-vintage.myshopify.com"
NEW = "a-new-one.myshopify.com"
LINK = f"hmac=00ff&host=YWRtaW4&shop={NEW}&timestamp=1"
Proof = Callable[[str], str]
SignIn = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Shop:
    """The busy one, or the one a test names."""
    made = {"busy": busy_shop, "empty": empty_shop}[getattr(request, "param", "busy")](datetime.now(UTC))
    if getattr(request, "param", "") == "empty":
        made.accounts.clear()
    return made


def card(page: BeautifulSoup, shop: Shop, platform: str) -> Tag:
    """One account's card."""
    found = page.find(id=f"account-{shop.account(platform)['account_id']}")
    assert isinstance(found, Tag)
    return found


def at(shop: Shop, platform: str = "shopify", then: str = "") -> str:
    """Where an account's commands go."""
    return f"{PAGE}/{platform}/{shop.account(platform)['account_id']}{then}"


async def send(browser: httpx.AsyncClient, path: str, proof: Proof, **fields: str) -> httpx.Response:
    """A form of the page."""
    right = proof((await browser.get(PAGE)).text)
    return await browser.post(path, data={"csrf": right, **fields})


async def test_every_account_of_every_platform_has_a_card(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    page = soup(await signed_in.get(PAGE))
    shopify = words(card(page, owners.shop, "shopify"))
    assert "All well All is well. Orders are read as they come." in shopify
    assert "Permissions All granted" in shopify
    assert "Connected by Signing in at Shopify" in shopify
    assert "May read orders, change products" in shopify
    assert "Nothing here needs you." in words(card(page, owners.shop, "ebay"))
    depop = words(card(page, owners.shop, "depop"))
    assert "Sign in again Depop signed the browser out at 13:40." in depop
    assert "Orders read up to" not in depop
    assert page.select_one("nav a[href='/settings/accounts'][aria-current=page]")


@pytest.mark.parametrize("shop", ["empty"], indirect=True)
async def test_first_use_says_what_to_do(signed_in: httpx.AsyncClient) -> None:
    page = soup(await signed_in.get(PAGE))
    assert words(panel(page, "connected")).startswith(
        "No marketplace connected Connect your first shop below."
    )
    assert page.select_one("form[action='/connect/shopify'] input[name=shop]")


async def test_what_is_wrong_is_said_with_what_to_do(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    account = owners.shop.account("shopify")
    account["health"] = {
        "state": "scope_missing",
        "sentence": "Soldwire lacks a permission it needs: write_inventory.",
        "action": "Connect this shop again and accept every permission.",
        "since": None,
    }
    account["last_error"] = {
        "code": "access_denied",
        "reason": "Refused.",
        "at": owners.shop.at(3),
        "failures": 4,
    }
    account["scopes"]["missing"] = [
        {"scope": "write_inventory", "needed": True, "without": "Stock can't be changed."}
    ]
    account["webhooks"]["missing"] = ["orders/create", "refunds/create"]
    read = words(card(soup(await signed_in.get(PAGE)), owners.shop, "shopify"))
    assert "Permission missing Soldwire lacks a permission it needs" in read
    assert "Connect this shop again and accept every permission." in read
    assert "Refused. (access_denied, 4 times in a row)" in read
    assert "Change stock write_inventory, needed. Stock can't be changed." in read
    assert "Notifications 2 missing" in read


def test_every_state_of_health_has_a_word() -> None:
    assert set(said.HEALTH) == set(STATES)


async def test_a_connector_that_is_away_leaves_the_other_cards(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.away.add("connector-shopify")
    page = soup(await signed_in.get(PAGE))
    read = words(panel(page, "connected"))
    assert "Shopify does not answer right now" in read
    assert "northlane_vintage" in read
    owners.away.update({"connector-ebay", "connector-depop-ingest"})
    page = soup(await signed_in.get(PAGE))
    assert page.select_one("#panel-connected [data-failed]")
    assert page.select_one("form[action='/connect/shopify']"), "a shop can be connected all the same"


@pytest.mark.parametrize("settings", [0.0], indirect=True)
async def test_a_slow_one_leaves_its_shape_and_loads_itself(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.slow["connector-ebay"] = 0.3
    late = panel(soup(await signed_in.get(PAGE)), "connected")
    assert late.select_one(".skeleton")
    assert "load" in str(late["hx-trigger"])
    assert "northlane_vintage" in (await signed_in.get("/panels/connected")).text


async def test_settings_of_a_shop_are_saved_as_they_are_chosen(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    await send(signed_in, at(owners.shop), proof, sold_out="draft", stock_master="yes")
    assert owners.commands[-1][1] == {"stock_master": True, "sold_out": "draft"}
    answer = await send(signed_in, at(owners.shop), proof, sold_out="archive")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert owners.commands[-1][1] == {"stock_master": False, "sold_out": "archive"}
    chosen = card(soup(await signed_in.get(PAGE)), owners.shop, "shopify").select_one("option[selected]")
    assert chosen is not None
    assert chosen["value"] == "archive"
    assert (await send(signed_in, at(owners.shop), proof, sold_out="burn")).status_code == 422


async def test_a_test_shows_each_step(signed_in: httpx.AsyncClient, owners: Owners, proof: Proof) -> None:
    right = proof((await signed_in.get(PAGE)).text)
    answer = await signed_in.post(
        at(owners.shop, then="/test"), headers={"hx-request": "true", "x-csrf-token": right}
    )
    read = words(soup(answer))
    assert read.startswith("Not everything works.")
    assert "Notifications : does not work. Shopify does not notify Soldwire of refunds/create." in read
    assert "88 ms" in read
    whole = await send(signed_in, at(owners.shop, then="/test"), proof)
    assert "Back to the accounts" in words(soup(whole))


async def test_a_test_that_is_refused_says_why(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    owners.refusal = Refused("too_fast", "This shop was tested 6 times within a minute.", status=429)
    answer = await send(signed_in, at(owners.shop, then="/test"), proof)
    assert answer.status_code == 429
    assert "tested 6 times" in answer.text


async def test_disconnecting_asks_first_and_is_done(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    path = at(owners.shop, "ebay", "/disconnect")
    page = soup(await signed_in.get(path))
    assert "Disconnect northlane_vintage?" in words(page)
    assert owners.commands == []
    answer = await send(signed_in, path, proof)
    assert answer.headers["location"] == PAGE
    assert owners.shop.account("ebay")["state"] == "revoked"
    assert "Disconnected" in words(card(soup(await signed_in.get(PAGE)), owners.shop, "ebay"))


async def test_what_is_no_account_is_not_found(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert (await signed_in.get(f"{PAGE}/shopify/{nobody}/disconnect")).status_code == 404
    assert (await send(signed_in, f"{PAGE}/shopify/{nobody}", proof, sold_out="keep")).status_code == 404
    assert (await send(signed_in, f"{PAGE}/etsy/{nobody}/test", proof)).status_code == 404


async def test_a_form_without_its_proof_is_refused(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    for path in (at(owners.shop), at(owners.shop, then="/test"), at(owners.shop, then="/disconnect")):
        assert (await signed_in.post(path, data={"sold_out": "keep"})).status_code == 403
    for path in ("/connect/shopify", "/connect/shopify/own-app"):
        assert (await signed_in.post(path, data={"shop": SHOP})).status_code == 403
    assert owners.commands == []


async def test_a_viewer_reads_and_is_offered_nothing(
    signed_in: httpx.AsyncClient, owners: Owners, settings: Settings
) -> None:
    database = Database(settings, source="/gateway")
    async with database.bus([owners.shop.tenant_id]) as uow:
        await uow.conn.execute_sql("update users set role = 'viewer'")
    await database.dispose()
    page = soup(await signed_in.get(PAGE))
    assert "All is well." in words(card(page, owners.shop, "shopify"))
    assert page.select("main form") == []
    assert (await signed_in.get("/connect/shopify/callback?code=1")).status_code == 403
    assert owners.commands == []


async def test_connecting_sends_the_seller_to_shopify_by_a_page_of_ours(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    """A form may lead nowhere but to us (form-action 'self'), so the way on is a link, taken by itself."""
    answer = await send(signed_in, "/connect/shopify", proof, shop="Northlane-Vintage", stock_master="yes")
    page = soup(answer)
    url = f"https://{SHOP}/admin/oauth/authorize?state=of-a-test"
    link = page.select_one("main a.button-primary")
    refresh = page.select_one("meta[http-equiv=refresh]")
    assert link is not None
    assert refresh is not None
    assert link["href"] == url
    assert refresh["content"] == f"0; url={url}"
    path, body = owners.commands[-1]
    assert path == "/v1/oauth/start"
    assert (body["shop"], body["stock_master"]) == (SHOP, True)
    assert len(body["session"]) == 64


async def test_shopify_s_answer_goes_on_as_it_came_with_the_same_session(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    await send(signed_in, "/connect/shopify", proof, shop=SHOP)
    session = owners.commands[-1][1]["session"]
    query = f"code=a%2Bb&hmac=00ff&shop={SHOP}&state=s&timestamp=1"
    answer = await signed_in.get(f"/connect/shopify/callback?{query}")
    assert owners.commands[-1] == ("/v1/oauth/complete", {"query": query, "session": session})
    assert answer.headers["location"] == f"{PAGE}?connected={SHOP}"
    assert f"{SHOP} is connected." in words(soup(await signed_in.get(answer.headers["location"])))
    cookie = next(iter(signed_in.cookies.jar)).value or ""
    assert cookie not in str(owners.commands), "the session itself leaves nowhere"


@pytest.mark.parametrize("code", sorted(said.CONNECT_FAILED.keys() - {"no_shop", "unavailable"}))
async def test_each_refusal_comes_back_in_words_with_its_code(
    signed_in: httpx.AsyncClient, owners: Owners, code: str
) -> None:
    owners.refusal = Invalid(code, "In the owner's words.")
    answer = await signed_in.get(f"/connect/shopify/callback?shop={SHOP}&code=1")
    assert answer.headers["location"] == f"{PAGE}?failed={code}"
    read = words(soup(await signed_in.get(answer.headers["location"])))
    assert said.CONNECT_FAILED[code] in read
    assert f"Reference: {code}." in read


async def test_shopify_s_connector_away_is_said_and_may_be_tried_again(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.away.add("connector-shopify")
    answer = await signed_in.get(f"/connect/shopify/callback?shop={SHOP}&code=1")
    assert "try again in a minute" in words(soup(await signed_in.get(answer.headers["location"])))


async def test_the_address_puts_no_words_of_its_own_on_the_page(signed_in: httpx.AsyncClient) -> None:
    read = words(soup(await signed_in.get(f"{PAGE}?failed=Call+0900-SCAM&connected=evil.example/pay")))
    assert "SCAM" not in read
    assert "evil" not in read
    assert "The shop could not be connected." in read


async def test_a_shop_is_said_to_be_connected_only_if_it_is(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    for told in (NEW, owners.shop.account("ebay")["name"]):
        assert "is connected." not in words(soup(await signed_in.get(f"{PAGE}?connected={told}")))
    account = owners.shop.account("shopify")
    asked = f"{PAGE}?connected={account['address']}"
    assert f"{account['address']} is connected." in words(soup(await signed_in.get(asked)))
    account["state"] = "revoked"
    assert "is connected." not in words(soup(await signed_in.get(asked)))
    owners.away.update(CONNECTED.values())
    assert "is connected." not in words(soup(await signed_in.get(asked)))


async def test_where_sign_in_is_not_set_up_the_shop_s_own_app_is_offered(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    owners.refusal = Refused("oauth_not_configured", "Not set up.")
    answer = await send(signed_in, "/connect/shopify", proof, shop=SHOP)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert "Signing in at Shopify is not set up in this installation." in words(page)
    assert page.select_one("details#own-app[open]")
    assert page.select_one(f"#own-shop[value='{SHOP}']")


async def test_an_app_of_the_shop_s_own(signed_in: httpx.AsyncClient, owners: Owners, proof: Proof) -> None:
    path = "/connect/shopify/own-app"
    answer = await send(signed_in, path, proof, shop=SHOP, access_token=" shpat_1234567 ")
    assert answer.headers["location"] == f"{PAGE}?connected={SHOP}"
    given = {"shop": SHOP, "access_token": "shpat_1234567", "stock_master": False}
    assert owners.commands[-1] == ("/v1/accounts", given)
    await send(signed_in, path, proof, shop=SHOP, access_token="shpat_1234567", client_secret=" shpss_1 ")
    given = {"shop": SHOP, "access_token": "shpat_1234567", "client_secret": "shpss_1", "stock_master": False}
    assert owners.commands[-1] == ("/v1/accounts", given)
    await send(signed_in, path, proof, shop=SHOP, client_id="id", client_secret="secret", stock_master="yes")
    given = {"shop": SHOP, "client_id": "id", "client_secret": "secret", "stock_master": True}
    assert owners.commands[-1] == ("/v1/accounts", given)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"shop": "not a shop!", "access_token": "t"}, "This is no Shopify shop’s name."),
        ({"shop": SHOP}, "Give the access token of your shop’s app"),
        ({"shop": SHOP, "client_id": "id"}, "Give the access token of your shop’s app"),
        ({"shop": SHOP, "access_token": "t", "client_id": "id"}, "not both"),
    ],
)
async def test_what_the_form_lacks_is_said_and_no_secret_is_shown_again(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof, fields: dict[str, str], why: str
) -> None:
    secret = "shpss_never_shown"
    if "client_id" not in fields:
        fields = {**fields, "client_secret": secret}
    answer = await send(signed_in, "/connect/shopify/own-app", proof, **fields)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    told = page.select_one("#connect [role=alert]")
    assert told is not None, "beside the form"
    assert why in words(told)
    assert page.select_one("#own-shop[autofocus][aria-describedby=problem]")
    assert secret not in answer.text
    assert owners.commands == []


async def test_a_refused_token_is_said_beside_the_form(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    owners.refusal = Invalid("token_refused", f"{SHOP} does not accept this access token. Copy it again.")
    fields = {"shop": SHOP, "access_token": "shpat_wrong_one"}
    answer = await send(signed_in, "/connect/shopify/own-app", proof, **fields)
    assert "does not accept this access token." in answer.text
    assert "shpat_wrong_one" not in answer.text


async def test_a_shop_that_can_t_be_reached_is_said_beside_the_form_and_may_be_tried_again(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Proof
) -> None:
    """Nobody tries again by himself for who is connecting."""
    owners.away.add("connector-shopify")
    fields = {"shop": SHOP, "access_token": "shpat_1234567", "client_secret": "shpss_1234567"}
    answer = await send(signed_in, "/connect/shopify/own-app", proof, **fields)
    assert answer.status_code == 503
    page = BeautifulSoup(answer.text, "html.parser")
    told = page.select_one("#connect [role=alert]")
    assert told is not None
    assert "try again in a minute" in words(told)
    assert page.select_one(f"#own-shop[value='{SHOP}']")
    assert "1234567" not in answer.text


async def test_an_unsigned_link_asks_before_it_starts(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    """Anybody can send a link: connecting begins with the seller's own click."""
    named = NEW
    page = soup(await signed_in.get(f"/connect/shopify?shop={named}&timestamp=1"))
    assert f"Connect {named}?" in words(page)
    assert "is not signed by Shopify, so Soldwire asks you first." in words(page)
    assert owners.commands == []
    form = page.select_one("main form[action='/connect/shopify'] input[name=shop]")
    assert form is not None
    assert form["value"] == named
    odd = await signed_in.get("/connect/shopify?shop=evil.example")
    assert odd.headers["location"] == f"{PAGE}?failed=no_shop"
    assert (await signed_in.get("/connect/shopify")).headers["location"] == PAGE


@pytest.mark.parametrize("code", ["link_forged", "link_late"])
async def test_a_link_whose_signature_does_not_hold_asks_in_words(
    signed_in: httpx.AsyncClient, owners: Owners, code: str
) -> None:
    owners.refusal = Unauthorized(code, "No.")
    page = soup(await signed_in.get(f"/connect/shopify?{LINK}"))
    assert f"Connect {NEW}?" in words(page)
    assert said.DOUBT[code] in words(page)
    assert [path for path, _ in owners.commands] == ["/v1/oauth/open"]
    owners.away.add("connector-shopify")
    assert said.DOUBT["unavailable"] in words(soup(await signed_in.get(f"/connect/shopify?{LINK}")))


async def test_what_else_is_in_the_way_is_said_on_the_page_of_accounts(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.refusal = Refused("oauth_not_configured", "Not set up.")
    answer = await signed_in.get(f"/connect/shopify?{LINK}")
    assert answer.headers["location"] == f"{PAGE}?failed=oauth_not_configured"


async def test_a_signed_link_goes_on_to_shopify_at_once(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    answer = await signed_in.get(f"/connect/shopify?{LINK}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://{NEW}/admin/oauth/authorize?state=of-a-test"
    path, body = owners.commands[-1]
    assert (path, body["query"], body["arrived_at"]) == ("/v1/oauth/open", LINK, None)
    query = f"code=1&hmac=00ff&shop={NEW}&state=s&timestamp=1"
    await signed_in.get(f"/connect/shopify/callback?{query}")
    assert owners.commands[-1][1]["session"] == body["session"], "the same session comes back"


async def test_who_has_to_sign_in_first_goes_on_at_once_after(
    browser: httpx.AsyncClient, owners: Owners, sign_in: SignIn
) -> None:
    """Typing a password takes longer than a link is good for: when he came is what counts, and his browser keeps that."""
    before = datetime.now(UTC).replace(microsecond=0)
    answer = await browser.get(f"/connect/shopify?{LINK}")
    back = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    way = (await sign_in(next=back)).headers["location"]
    assert way == f"/connect/shopify?{LINK}"
    page = soup(await browser.get(way))
    link = page.select_one("main a.button-primary")
    assert link is not None
    assert link["href"] == f"https://{NEW}/admin/oauth/authorize?state=of-a-test"
    path, body = owners.commands[-1]
    assert (path, body["query"]) == ("/v1/oauth/open", LINK)
    assert before <= datetime.fromisoformat(body["arrived_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize("way", ["another link", "a forged mark"])
async def test_when_he_came_is_known_of_this_link_alone_and_from_us_alone(
    browser: httpx.AsyncClient, owners: Owners, sign_in: SignIn, way: str
) -> None:
    await browser.get(f"/connect/shopify?{LINK}")
    await sign_in()
    [mark] = [cookie for cookie in browser.cookies.jar if cookie.name == "soldwire_arrival"]
    if way == "a forged mark":
        seconds, _, proof = (mark.value or "").partition(".")
        browser.cookies.set("soldwire_arrival", f"{int(seconds) + 60}.{proof}", mark.domain, mark.path)
    link = LINK if way == "a forged mark" else LINK.replace("hmac=00ff", "hmac=00fe")
    await browser.get(f"/connect/shopify?{link}")
    assert owners.commands[-1][1]["arrived_at"] is None


async def test_who_opens_the_app_of_a_connected_shop_is_shown_its_account(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    """Shopify sends him here whenever he opens the app, not only to install it."""
    account = owners.shop.account("shopify")
    asked = f"/connect/shopify?shop={account['address']}&hmac=1&timestamp=1"
    page = soup(await signed_in.get(asked))
    assert f"{account['name']} is connected" in words(page)
    assert page.select_one(f"main a[href='{PAGE}#account-{account['account_id']}']")
    assert owners.commands == []
    account["state"] = "revoked"
    again = await signed_in.get(asked)
    assert again.headers["location"].startswith(f"https://{account['address']}/admin/oauth/authorize")
    owners.away.update(CONNECTED.values())
    assert f"Connect {account['address']}?" in words(soup(await signed_in.get(asked)))


async def test_who_is_not_signed_in_comes_back_after(browser: httpx.AsyncClient, sign_in: SignIn) -> None:
    answer = await browser.get(f"/connect/shopify?shop={SHOP}")
    way = urlsplit(answer.headers["location"])
    assert way.path == "/sign-in"
    back = parse_qs(way.query)["next"][0]
    assert (await sign_in(next=back)).headers["location"] == f"/connect/shopify?shop={SHOP}"


@pytest.mark.parametrize(
    ("given_as", "domain"),
    [
        ("demo", "demo.myshopify.com"),
        (" Demo.MyShopify.com ", "demo.myshopify.com"),
        ("https://demo.myshopify.com/admin", "demo.myshopify.com"),
        ("https://admin.shopify.com/store/demo/settings/apps", "demo.myshopify.com"),
        ("demo.com", None),
        ("https://evil.example/demo.myshopify.com", None),
        ("demo.myshopify.com.evil.example", None),
        ("-demo", None),
        ("", None),
    ],
)
def test_a_shop_s_name_however_it_is_at_hand(given_as: str, domain: str | None) -> None:
    assert shop_domain(given_as) == domain


@given(st.text(max_size=200))
def test_nothing_else_becomes_a_shop(text: str) -> None:
    found = shop_domain(text)
    assert found is None or (found.endswith(".myshopify.com") and found.count(".") == 2 and "/" not in found)


async def test_a_buyer_who_asked_for_his_data_is_shown_until_it_is_fetched_and_after(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    assert "asked for their data" not in words(soup(await signed_in.get(PAGE)))
    asked = owners.shop.ask_for_data("shopify")
    page = soup(await signed_in.get(PAGE))
    assert "Buyers who asked for their data" in words(page)
    assert "To be answered by" in words(page)
    link = page.select_one(f"#asked-{asked} a")
    assert link is not None
    answer = await signed_in.get(str(link["href"]))
    assert answer.json() == {"request_id": asked, "webhooks": []}
    assert answer.headers["content-disposition"] == f'attachment; filename="customer-data-{asked}.json"'
    assert answer.headers["cache-control"] == "no-store"
    unknown = f"/settings/data-requests/{owners.shop.id('nothing')}"
    assert (await signed_in.get(unknown)).status_code == 404
    owners.shop.asked[0]["done_at"] = owners.shop.at(1)
    assert "Fetched" in words(soup(await signed_in.get(PAGE)))
