"""Installing from Shopify's app store: a link that Shopify signed just now leads on at once, no other does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import shopify_signing_in as at
from connector_shopify.config import Settings
from shopify_signing_in import SHOP, Seller
from testkit.connector import Bench


@pytest.fixture
async def seller(bench: Bench) -> AsyncIterator[Seller]:
    """A seller whose shop has not installed our app."""
    assert isinstance(bench.settings, Settings)
    await at.new_shop(bench.sandbox)
    async with at.seller_of(at.settings_of(bench.settings, bench.sandbox.url), bench.sandbox) as one:
        yield one


async def test_who_installs_the_app_at_shopify_agrees_and_is_connected(seller: Seller) -> None:
    opened = await seller.open_app(await at.link(seller.bench.sandbox))
    assert opened.status_code == 200, opened.text
    url = urlsplit(opened.json()["url"])
    assert url.path.endswith(f"/{SHOP}/admin/oauth/authorize")
    assert dict(parse_qsl(url.query))["redirect_uri"] == at.BACK
    query = await seller.consent(opened.json()["url"])
    other = Seller(seller.bench, "another-session-of-his", seller.user)
    assert (await other.complete(query)).json()["code"] == "other_session", "as bound as one he began himself"
    answer = await seller.complete(query)
    assert (answer.status_code, answer.json()["address"]) == (201, SHOP), answer.text


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hmac": "0" * 64}, 401, "link_forged"),
        ({"shop": "another.myshopify.com"}, 401, "link_forged"),
        ({"timestamp": at.now(-91)}, 401, "link_late"),
        ({"timestamp": at.now(+3600)}, 401, "link_late"),
        ({"shop": "evil.example.com"}, 422, "wrong_shop"),
    ],
)
async def test_a_link_that_shopify_did_not_make_just_now_begins_nothing(
    seller: Seller, change: dict[str, str], status: int, code: str
) -> None:
    query = await at.link(seller.bench.sandbox)
    forged = code == "link_forged"
    wrong = urlencode({**dict(parse_qsl(query)), **change}) if forged else at.changed(query, **change)
    answer = await seller.open_app(wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    unsigned = urlencode({name: value for name, value in parse_qsl(wrong) if name != "hmac"})
    assert (await seller.open_app(unsigned)).json()["code"] == "link_forged"
    assert await seller.bench.count("oauth_states") == 0


async def test_a_link_of_while_a_secret_is_rotated_is_taken(seller: Seller) -> None:
    told = dict(parse_qsl(await at.link(seller.bench.sandbox)))
    old = at.settings_of(
        seller.bench.settings, seller.bench.sandbox.url, shopify_client_secret=f"shpss_new,{at.SECRET}"
    )  # type: ignore[arg-type]
    async with at.seller_of(old, seller.bench.sandbox) as rotating:
        for secret in ("shpss_new", at.SECRET):
            assert (await rotating.open_app(at.signed(told, secret))).status_code == 200


@pytest.mark.parametrize(
    ("signed_for", "link_age", "status"), [(300, 300, 200), (300, 391, 401), (300, 200, 401), (601, 601, 401)]
)
async def test_who_had_to_sign_in_first_is_judged_by_when_he_came(
    seller: Seller, signed_for: int, link_age: int, status: int
) -> None:
    """Seconds ago: when he followed the link, and when Shopify made it."""
    query = at.changed(await at.link(seller.bench.sandbox), timestamp=at.now(-link_age))
    arrived = datetime.now(UTC) - timedelta(seconds=signed_for)
    answer = await seller.open_app(query, arrived_at=arrived.isoformat())
    assert answer.status_code == status, answer.text
