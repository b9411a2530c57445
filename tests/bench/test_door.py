"""The floor of the door stores what is signed and nothing else."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from tests.bench import door

pytestmark = pytest.mark.bus


async def test_the_bare_door_stores_what_is_signed(postgres: str) -> None:
    body = b'{"id": 1}'
    conn = await asyncpg.connect(postgres)
    async with door.running(postgres, "secret") as bare, httpx.AsyncClient(trust_env=False) as http:
        await conn.execute("truncate floor_door")
        statuses = [
            (
                await http.post(
                    bare.url, content=body, headers={"x-shopify-hmac-sha256": door.signature(secret, body)}
                )
            ).status_code
            for secret in ("secret", "another")
        ]
        stored = await conn.fetch("select body from floor_door")
    await conn.close()
    assert statuses == [200, 401]
    assert [row["body"] for row in stored] == [body]
    assert bare.started > 0
