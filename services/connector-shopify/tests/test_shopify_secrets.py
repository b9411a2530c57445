"""After a thousand failures of all kinds no table, no log and no answer holds a token, a code, a secret or a key."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
import shopify_signing_in as at
from connector_shopify.config import Settings
from fastapi import Response
from shopify_gate import Asked, Gate, gated
from shopify_signing_in import SHOP, Seller
from testkit.connector import Bench
from testkit.sandbox import Sandbox

OWN_SHOP, OWN_ID, OWN_SECRET = "own.myshopify.com", "own-app", "shpss_own_5eed5eed5eed5eed"
ODDLY_MADE = "a-custom-token-not-made-like-others-7731"
SEAL_KEY = b"seal-key-of-this-test-0123456789"
NOISY = ("aiohttp", "asyncio", "asyncpg", "faststream", "httpx", "uvicorn", "uvicorn.access")

Json = dict[str, Any]


def written(secret: bytes) -> set[bytes]:
    """The ways in which a secret may hide in what was written: as it is, in hex, and in base64 wherever it begins."""
    ways = {
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        json.dumps(secret.decode("latin-1")).encode()[1:-1],
    }
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret)
        begin, end = (0, 2, 3)[before], -4 if (before + len(secret)) % 3 else None
        inner = text[begin + (before > 0) :][: len(text) if end is None else end]
        ways |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {way for way in ways if len(way) >= 6}


def found_in(haystack: bytes, secrets: Iterable[bytes]) -> list[str]:
    """The secrets that can be read there."""
    return sorted({s.decode("latin-1") for s in secrets if any(way in haystack for way in written(s))})


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
def test_what_is_searched_for_is_found_however_it_is_written(before: bytes) -> None:
    secret = b"shpat_0123456789abcdef"
    hidden = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    hidden += [f(before + secret + b"more") for f in (base64.b64encode, base64.urlsafe_b64encode)]
    for one in hidden:
        assert found_in(b"<" + one + b">", [secret]) == [secret.decode()]
    assert found_in(b"shpat_0123456789abcdeX", [secret]) == []


class Caught(logging.Handler):
    """Everything that anybody logs, as kit's own handler would write it and as it came."""

    def __init__(self, as_kit: logging.Formatter | None) -> None:
        super().__init__(logging.DEBUG)
        self._as_kit = as_kit
        self._plain = logging.Formatter("%(name)s %(levelname)s %(message)s")
        self.lines: list[str] = []
        self.names: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("httpcore"):
            return  # the browser and the gate of this test speak through it; the connector has connections of its own
        self.names[record.name.partition(".")[0]] += 1
        self.lines.append(f"{self._plain.format(record)} {record.args!r} {record.msg!r}")
        if self._as_kit is not None:
            self.lines.append(self._as_kit.format(record))

    def text(self) -> bytes:
        return "\n".join(self.lines).encode("utf-8", "replace")


@contextmanager
def everything_logged() -> Iterator[Caught]:
    root = logging.getLogger()
    caught = Caught(root.handlers[0].formatter if root.handlers else None)
    loggers = [root, *(logging.getLogger(name) for name in NOISY)]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
    root.addHandler(caught)
    try:
        yield caught
    finally:
        root.removeHandler(caught)
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)


async def dump(admin: str, database: str) -> tuple[bytes, Counter[str]]:
    """Every value of every row of every table, past all policies; and how many rows each table has."""
    conn = await asyncpg.connect(admin, database=database)
    pieces: list[bytes] = []
    rows: Counter[str] = Counter()
    try:
        tables = await conn.fetch("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in tables:
            for row in await conn.fetch(f'select * from "{table}"'):
                rows[table] += 1
                pieces += [
                    v if isinstance(v, bytes) else str(v).encode() for v in row.values() if v is not None
                ]
    finally:
        await conn.close()
    return b"\n".join(pieces), rows


def _lines_with(logged: bytes, secrets: Sequence[bytes]) -> list[str]:
    """The first lines that tell, shortened."""
    return [line[:400].decode() for line in logged.splitlines() if found_in(line, secrets)][:5]


class Misfortune:
    """What the gate answers instead of the shop, throwing back whatever it was sent."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.kind = "well"
        self.struck: Counter[str] = Counter()
        self.seen: set[str] = set()
        gate.step = self.step

    async def step(self, asked: Asked) -> Response | None:
        self._note(asked)
        if self.kind == "well":
            return None
        self.struck[self.kind] += 1
        thrown = f"{asked.headers} {asked.body.decode()}"
        token = asked.headers.get("x-shopify-access-token", "")
        body, status = _ANSWERS[self.kind](thrown, token) if self.kind in _ANSWERS else ("", 200)
        if self.kind == "silence":
            await asyncio.sleep(3)
        return Response(body, status)

    def _note(self, asked: Asked) -> None:
        """Every secret that went out is one to be looked for."""
        if token := asked.headers.get("x-shopify-access-token"):
            self.seen.add(token)
        if asked.for_tokens:
            given = json.loads(asked.body)
            names = ("code", "refresh_token", "client_secret")
            self.seen |= {str(given[name]) for name in names if given.get(name)}

    def secrets(self) -> set[str]:
        told = [json.loads(one) for one in self.gate.token_answers]
        granted = {str(a[n]) for a in told for n in ("access_token", "refresh_token") if a.get(n)}
        return self.seen | granted


def _error(code: str, thrown: str) -> str:
    return json.dumps({"errors": [{"message": thrown, "extensions": {"code": code}}]})


_ANSWERS: Mapping[str, Any] = {
    "refused": lambda thrown, _: (thrown, 401),
    "forbidden": lambda thrown, _: (json.dumps({"errors": thrown}), 403),
    "no code": lambda thrown, _: (json.dumps({"error": "invalid_request", "error_description": thrown}), 400),
    "odd code": lambda _, token: (json.dumps({"error": token or "x y", "error_description": token}), 400),
    "broken": lambda thrown, _: (thrown, 500),
    "away": lambda thrown, _: (f"<html>{thrown}</html>", 503),
    "garbage": lambda thrown, _: (thrown, 200),
    "another shape": lambda thrown, token: (json.dumps({"data": {"shop": {"id": token}, "orders": thrown}, "access_token": {"is": token}, "scope": [thrown]}), 200),
    "denied": lambda thrown, _: (_error("ACCESS_DENIED", thrown), 200),
    "an error of its own": lambda thrown, _: (_error("SOMETHING_NEW", thrown), 200),
    "a code that is the token": lambda thrown, token: (_error(token, thrown), 200),
    "an error of text": lambda thrown, _: (json.dumps({"errors": thrown}), 200),
    "slower": lambda thrown, _: (thrown, 429),
}  # fmt: skip
KINDS = ("silence", *_ANSWERS)


@pytest.fixture
async def stage(bench: Bench, sandbox: Sandbox) -> AsyncIterator[tuple[Seller, Gate]]:
    """Two connected shops behind a gate; calls may take less than a second."""
    assert isinstance(bench.settings, Settings)
    await at.new_shop(sandbox)
    await sandbox.account("shopify", OWN_SHOP, client_id=OWN_ID, client_secret=OWN_SECRET)
    async with gated(sandbox.url) as gate:
        more = {
            "call_timeout_seconds": 0.8,
            "seal_keys": f"k1:{base64.b64encode(SEAL_KEY).decode()}",
            "shopify_webhook_address": "https://hooks.soldwire.example/hooks/shopify",
        }
        settings = at.settings_of(bench.settings, gate.url, **more)
        async with at.seller_of(settings, sandbox) as seller:
            yield seller, gate


async def test_a_thousand_failures_tell_no_secret(stage: tuple[Seller, Gate], postgres: str) -> None:
    seller, gate = stage
    answers: list[httpx.Response] = []
    codes: set[str] = set()
    with everything_logged() as caught:
        misfortune = Misfortune(gate)
        await _connected(seller, answers)
        for kind in KINDS:
            await _everything_goes_wrong(seller, misfortune, kind, answers, codes)
        before = len(answers)
        await _nonsense(seller, answers)
        assert {a.status_code for a in answers[before:]} == {401, 403, 422}
        failures = misfortune.struck + Counter({"nonsense": len(answers) - before})
    assert failures.total() >= 1000, failures
    assert set(misfortune.struck) == set(KINDS), misfortune.struck
    texts = misfortune.secrets() | codes | {at.SECRET, OWN_SECRET, ODDLY_MADE}
    texts |= {f"shpat_refused_{n:08d}" for n in range(3)}
    assert len(texts) > 60
    secrets = [text.encode() for text in sorted(texts)] + [SEAL_KEY, base64.b64encode(SEAL_KEY)]
    told = b"\n".join(a.content + str(a.headers).encode() for a in answers)
    assert found_in(told, secrets) == []
    logged = caught.text()
    assert found_in(logged, secrets) == [], _lines_with(logged, secrets)
    database = urlsplit(seller.bench.settings.postgres_owner).path.lstrip("/")
    held, rows = await dump(postgres, database)
    assert found_in(held, secrets) == []
    must = {"accounts", "oauth_states", "dead_letters", "due_chores", "account_health", "intents", "runs"}
    assert must <= set(rows), f"the dump is of everything: {rows}"
    assert SHOP.encode() in held
    assert {"connector_shopify", "connector_kit", "httpx"} <= set(caught.names), caught.names


async def _connected(seller: Seller, answers: list[httpx.Response]) -> None:
    """Both shops, an article on its way down, a webhook that nobody understands."""
    bench = seller.bench
    answers.append(await seller.complete(await seller.agree()))
    answers.append(
        await seller.ask("/v1/accounts", {"shop": OWN_SHOP, "client_id": OWN_ID, "client_secret": OWN_SECRET})
    )
    assert [a.status_code for a in answers] == [201, 201], answers[-1].text
    bench.account = type(bench.account)(answers[0].json()["account_id"])
    listing, _ = await bench.stocked("SECRET-1", 3)
    await bench.take("targets", bench.target(listing, 1, 0))


async def _everything_goes_wrong(
    seller: Seller, misfortune: Misfortune, kind: str, answers: list[httpx.Response], codes: set[str]
) -> None:
    """New tokens, then each door and each job while the shop answers in one way."""
    misfortune.kind = "well"
    await _all_due(seller)
    await seller.bench.turn("token")
    queries = [await seller.agree() for _ in range(2)]
    codes |= {dict(parse_qsl(query))["code"] for query in queries}
    misfortune.kind = kind
    answers += await asyncio.gather(
        *(seller.complete(query) for query in queries),
        *(_by_token(seller, n) for n in range(40)),
        *(_by_app(seller) for _ in range(20)),
    )
    bench = seller.bench
    await _all_due(seller)
    if kind == "slower":  # every other call would wait until the shop may be asked again
        await bench.turn("token")
        return
    await bench.sync()
    await _all_due(seller)
    await bench.turn("intents", "polls", "runs", "token", "scopes", "subscriptions", "webhooks")


async def _all_due(seller: Seller) -> None:
    """Chores of tokens too, that a refusal has ended."""
    bench = seller.bench
    await bench.execute("update accounts set state = 'connected', reason = null")
    await bench.execute(
        "insert into due_chores (chore_id, kind, key, tenant_id, account_id, due_at) select gen_random_uuid(), 'token', "
        "'', tenant_id, account_id, now() from accounts a where not exists (select 1 from due_chores c where "
        "c.account_id = a.account_id and c.kind = 'token')"
    )
    for queue in ("due_chores", "due_polls", "due_runs", "due_intents"):
        await bench.execute(f"update {queue} set due_at = now(), lease_until = null")
    await bench.execute("update budgets set blocked_until = null, tokens = capacity")


async def _by_token(seller: Seller, number: int) -> httpx.Response:
    """Each another shop, for one that is asked too often is left alone."""
    token = ODDLY_MADE if number % 3 == 0 else f"shpat_refused_{number % 3:08d}"
    body = {"shop": f"x{number}.myshopify.com", "access_token": token, "client_secret": OWN_SECRET}
    return await seller.ask("/v1/accounts", body)


async def _by_app(seller: Seller) -> httpx.Response:
    return await seller.ask(
        "/v1/accounts", {"shop": OWN_SHOP, "client_id": OWN_ID, "client_secret": OWN_SECRET}
    )


async def _nonsense(seller: Seller, answers: list[httpx.Response]) -> None:
    """Requests that carry secrets and are none, callbacks that are forged, late or old, and webhooks nobody understands."""
    misshapen: Sequence[tuple[str, Json]] = [
        ("/v1/accounts", {"shop": ODDLY_MADE, "access_token": ODDLY_MADE}),
        ("/v1/accounts", {"shop": SHOP, "access_token": [ODDLY_MADE]}),
        ("/v1/accounts", {"shop": SHOP, "access_token": {"is": ODDLY_MADE}}),
        ("/v1/accounts", {"shop": SHOP, "access_token": f"{ODDLY_MADE}\n"}),
        ("/v1/accounts", {"shop": SHOP, "access_token": f"{ODDLY_MADE}é"}),
        ("/v1/accounts", {"shop": SHOP, "access_token": ODDLY_MADE * 20}),
        ("/v1/accounts", {"shop": SHOP, "access_token": ODDLY_MADE, "client_id": OWN_ID, "client_secret": OWN_SECRET}),
        ("/v1/accounts", {"shop": SHOP, "client_secret": OWN_SECRET}),
        ("/v1/accounts", {"shop": SHOP, "client_id": [OWN_SECRET], "client_secret": {"a": OWN_SECRET}}),
        ("/v1/oauth/complete", {"query": [ODDLY_MADE], "session": "short"}),
        ("/v1/oauth/complete", {"query": f"code={ODDLY_MADE}&hmac=0", "session": at.SESSION}),
        ("/v1/oauth/complete", {"query": at.signed({"code": ODDLY_MADE, "timestamp": "1"}), "session": at.SESSION}),
        ("/v1/oauth/complete", {"query": at.signed({"code": ODDLY_MADE, "timestamp": at.now(), "shop": SHOP, "state": "x"}), "session": at.SESSION}),
        ("/v1/oauth/start", {"shop": f"{ODDLY_MADE}", "session": at.SESSION}),
    ]  # fmt: skip
    for _ in range(10):
        answers += await asyncio.gather(*(seller.ask(path, body) for path, body in misshapen))
    for n in range(20):
        body = {
            "surprise": n,
            "at": (datetime.now(UTC) + timedelta(seconds=n)).isoformat(),
            "id": str(uuid4()),
        }
        assert await at.tell(seller.bench, "orders/create", body) == 200
    await seller.bench.turn("webhooks")
    assert await seller.bench.count("dead_letters") >= 20
