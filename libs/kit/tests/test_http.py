"""Signed callers, error answers, health, dead letters over HTTP."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Request
from kit import tokens
from kit.errors import Invalid, Unauthorized
from kit.http import CallerDep, WriterDep
from kit.paging import decode_cursor, encode_cursor
from kit.service import Service
from kit.settings import ServiceSettings
from kit.tokens import Caller
from pydantic import BaseModel, ConfigDict, SecretStr
from testkit.bus import run_batch


class Read(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/v1/me")
    async def me(caller: CallerDep) -> dict[str, str]:
        return {"tenant": str(caller.tenant_id)}

    @router.post("/v1/change")
    async def change(caller: WriterDep, request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @router.post("/v1/body")
    async def body(read: Read) -> int:
        return read.number

    @router.get("/v1/away")
    async def away() -> None:
        raise ConnectionRefusedError("PostgreSQL is away")

    return router


@pytest.fixture
async def client(mini):
    service = Service("mini", mini.settings, mini.database, routers=[mini.router], http=[routes()])
    transport = httpx.ASGITransport(service.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://mini") as http:
        yield http


def bearer(mini, role="seller", audience="mini", ttl=60) -> dict[str, str]:
    caller = Caller(mini.tenant, uuid4(), role)
    token = tokens.sign(mini.settings, caller, audience=audience, ttl=timedelta(seconds=ttl))
    return {"authorization": f"Bearer {token}"}


async def test_the_token_says_who_asks(mini, client) -> None:
    assert (await client.get("/v1/me", headers=bearer(mini))).json() == {"tenant": str(mini.tenant)}


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic abc"}])
async def test_no_token_no_answer(client, headers) -> None:
    answer = await client.get("/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_for_another_service_or_out_of_date_is_refused(mini, client) -> None:
    assert (await client.get("/v1/me", headers=bearer(mini, audience="inventory"))).status_code == 401
    assert (await client.get("/v1/me", headers=bearer(mini, ttl=-30))).status_code == 401
    foreign = mini.settings.model_copy(
        update={"secret": type(mini.settings.secret)("another secret of 32 bytes length!!")}
    )
    token = tokens.sign(foreign, Caller(mini.tenant, uuid4(), "seller"), audience="mini")
    with pytest.raises(Unauthorized):
        tokens.verify(mini.settings, token, audience="mini")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b'{"\\ud800": 1}', b'{"number": "secret"}', b"{", b"[" * 50_000]
)
@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}])
async def test_a_body_that_is_none_is_refused_with_a_reason_and_not_quoted(client, content, headers) -> None:
    answer = await client.post("/v1/body", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["message"]
    assert "secret" not in answer.text


async def test_what_the_framework_refuses_is_a_problem_too(client) -> None:
    missing, wrong = await client.get("/nowhere"), await client.get("/v1/change")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert wrong.headers["content-type"] == "application/problem+json"


async def test_a_viewer_may_look_but_not_change(mini, client) -> None:
    assert (await client.get("/v1/me", headers=bearer(mini, "viewer"))).status_code == 200
    assert (await client.post("/v1/change", headers=bearer(mini, "viewer"))).status_code == 403


async def test_postgres_away_is_503_and_never_reads_as_accepted(client) -> None:
    answer = await client.get("/v1/away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


async def test_a_body_over_the_limit_is_refused_with_or_without_its_length(mini, client) -> None:
    big = b"x" * (10 * 1024 * 1024 + 1)

    async def chunks():
        for start in range(0, len(big), 1 << 20):
            yield big[start : start + (1 << 20)]

    assert (await client.post("/v1/change", content=big, headers=bearer(mini))).status_code == 413
    assert (await client.post("/v1/change", content=chunks(), headers=bearer(mini))).status_code == 413


async def test_a_sender_who_hangs_up_is_no_crash(mini) -> None:
    """Marketplaces cut a webhook off after their time-out; what is left of it is neither stored nor an error."""
    app = Service("mini", mini.settings, mini.database, http=[routes()]).app()
    coming = iter(
        [{"type": "http.request", "body": b'{"id"', "more_body": True}, {"type": "http.disconnect"}]
    )
    sent = []

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in bearer(mini).items()]
    scope = {"type": "http", "method": "POST", "path": "/v1/change", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    assert sent == []


async def test_ready_is_about_postgres_and_names_the_bus(mini, client) -> None:
    answer = await client.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["bus"] == "starting"
    assert (await client.get("/live")).status_code == 200
    assert "soldwire_records_received_total" in (await client.get("/metrics")).text


async def test_dead_letters_over_http_are_for_operations(mini, client) -> None:
    mini.poison = {"bad"}
    await run_batch(mini.router, "accounts", [mini.status("bad")], mini.database, expect_dead=1)
    assert (await client.get("/admin/dead-letters", headers=bearer(mini))).status_code == 403
    operations = bearer(mini, "operations")
    [letter] = (await client.get("/admin/dead-letters", headers=operations)).json()
    assert letter["reason"] == "handler_refused"
    shown = (await client.get(f"/admin/dead-letters/{letter['id']}", headers=operations)).json()
    assert '"name":"bad"' in shown["payload"]
    again = await client.post(f"/admin/dead-letters/{letter['id']}/redrive", headers=operations)
    assert (again.status_code, again.json()["code"]) == (409, "failed_again")
    done = await client.post(f"/admin/dead-letters/{letter['id']}/discard", headers=operations)
    assert done.json()["state"] == "discarded"
    assert (await client.get("/admin/dead-letters", headers=operations)).json() == []
    for query in ("limit=0", "limit=-1", "limit=1001", "state=lost"):
        assert (await client.get(f"/admin/dead-letters?{query}", headers=operations)).status_code == 422
    assert (
        await client.post(f"/admin/dead-letters/{uuid4()}/redrive", headers=operations)
    ).status_code == 404


def test_a_cursor_survives_the_way_and_a_foreign_one_is_refused() -> None:
    assert decode_cursor(encode_cursor("a", 7, None), 3) == ["a", 7, None]
    nested = base64.urlsafe_b64encode(b"[" * 50_000).decode()
    foreign = [encode_cursor(["a"], {"b": 1}, 1.5), encode_cursor("a"), nested]  # type: ignore[arg-type]
    for bad in ("", "%%%", "bm90IGpzb24", "ä", *foreign):
        with pytest.raises(Invalid):
            decode_cursor(bad, 3)


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_secret_that_could_be_guessed_stops_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        ServiceSettings(postgres_bus="unused", secret=SecretStr(secret))
