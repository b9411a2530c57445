"""Signing in and out over HTTP: cookies, proofs, limits, and what other sites can't do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI, Request
from gateway.domain.access import SIGN_IN_LIMITS
from gateway.routes import guard
from gateway_fixtures.owners import Owners
from gateway_fixtures.server import EMAIL, PASSWORD

SignIn = Callable[..., Awaitable[httpx.Response]]


async def test_a_right_password_leads_to_the_dashboard(browser: httpx.AsyncClient, sign_in: SignIn) -> None:
    answer = await sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("soldwire_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.get("/")).status_code == 200


async def test_a_wrong_password_says_what_to_do_and_keeps_the_address(sign_in: SignIn) -> None:
    answer = await sign_in(password="not the password")
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert f'value="{EMAIL}"' in answer.text


async def test_an_unknown_address_reads_the_same(sign_in: SignIn) -> None:
    answer = await sign_in(email="nobody@shop.example")
    assert (answer.status_code, "do not belong together" in answer.text) == (422, True)


@pytest.mark.parametrize("email", ["a\x00b@shop.example", "a\n@shop.example", "\u202e@shop.example"])
async def test_an_address_no_mailbox_has_is_just_wrong(sign_in: SignIn, email: str) -> None:
    assert (await sign_in(email=email)).status_code == 422


async def test_too_many_tries_are_refused_even_with_the_right_password(sign_in: SignIn) -> None:
    for _ in range(SIGN_IN_LIMITS["account"].most):
        await sign_in(password="not the password")
    answer = await sign_in(password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait ten minutes" in answer.text


@pytest.mark.parametrize(
    ("client", "forwarded", "trusted", "counted"),
    [
        ("203.0.113.7", "", False, "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::/64"),
        ("10.0.0.1", "198.51.100.9, 203.0.113.7", True, "203.0.113.7"),
        ("10.0.0.1", "198.51.100.9, 203.0.113.7", False, "10.0.0.1"),
        ("10.0.0.1", "not an address", True, "not an address"),
    ],
)
def test_tries_count_under_what_one_person_holds(
    app: FastAPI, client: str, forwarded: str, trusted: bool, counted: str
) -> None:
    manner = replace(app.state.context.manner, trust_forwarded_for=trusted)
    app.state.context = replace(app.state.context, manner=manner)
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "app": app, "client": (client, 1), "headers": headers}
    assert guard.address_of(Request(scope)) == counted


async def test_without_a_session_pages_lead_to_sign_in_and_back(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/automations/sync?status=paid")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/automations/sync%3Fstatus%3Dpaid"


async def test_htmx_is_sent_to_sign_in_by_header(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/panels/latest", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in")


async def test_htmx_names_the_page_to_come_back_to(browser: httpx.AsyncClient) -> None:
    headers = {"hx-request": "true", "hx-current-url": "http://gateway.test/automations/sync?status=paid"}
    answer = await browser.post("/refresh", headers=headers)
    assert answer.headers["hx-redirect"] == "/sign-in?next=/automations/sync%3Fstatus%3Dpaid"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
async def test_signing_in_never_leads_elsewhere(sign_in: SignIn, elsewhere: str) -> None:
    answer = await sign_in(next=elsewhere)
    assert answer.headers["location"] == "/"


async def test_signing_in_leads_back_to_a_path_of_ours(sign_in: SignIn) -> None:
    assert (await sign_in(next="/automations/delist")).headers["location"] == "/automations/delist"


async def test_sign_in_needs_the_forms_own_proof(browser: httpx.AsyncClient) -> None:
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", data={"csrf": "0" * 64, "email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 403


async def test_signing_out_ends_the_session_on_the_server(
    signed_in: httpx.AsyncClient, proof: Callable[[str], str]
) -> None:
    page = await signed_in.get("/")
    token = signed_in.cookies["soldwire_session"]
    assert (await signed_in.post("/sign-out", data={"csrf": proof(page.text)})).status_code == 303
    signed_in.cookies.set("soldwire_session", token)
    assert (await signed_in.get("/")).status_code == 303


@pytest.mark.parametrize("path", ["/refresh", "/sign-out", "/delists/approve"])
async def test_every_unsafe_request_needs_the_sessions_proof(
    signed_in: httpx.AsyncClient, owners: Owners, path: str
) -> None:
    assert (await signed_in.post(path, data={"scope": "sales"})).status_code == 403
    refused = await signed_in.post(path, headers={"x-csrf-token": "0" * 64, "hx-request": "true"})
    assert refused.status_code == 403
    assert owners.commands == []


async def test_a_proof_of_another_session_is_refused(
    signed_in: httpx.AsyncClient, sign_in: SignIn, proof: Callable[[str], str], owners: Owners
) -> None:
    old = proof((await signed_in.get("/")).text)
    await sign_in()
    assert (await signed_in.post("/refresh", data={"csrf": old})).status_code == 403
    assert owners.commands == []


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
async def test_another_sites_request_is_refused_though_it_knew_the_proof(
    signed_in: httpx.AsyncClient, proof: Callable[[str], str], owners: Owners, headers: dict[str, str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    answer = await signed_in.post("/refresh", data={"csrf": right, "scope": "sales"}, headers=headers)
    assert answer.status_code == 403
    assert owners.commands == []


async def test_a_body_over_the_limit_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-in", data={"email": "x" * 100_000})
    assert answer.status_code == 413
