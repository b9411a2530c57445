"""Two articles that a person finds to be one, and what is read of them."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
from inventory_shop import Shop, Stack
from soldwire_contracts.values import Platform
from sqlalchemy import text


async def twins(stack: Stack, shop: Shop, first: int = 1, second: int = 1) -> tuple[UUID, UUID]:
    """One item that two accounts show under two SKUs, and so looks like two articles."""
    await stack.listings(
        shop.seen(Platform.SHOPIFY, sku="A-1", quantity=first),
        shop.seen(Platform.EBAY, sku="B-1", quantity=second),
    )
    return await id_of(stack, "A-1"), await id_of(stack, "B-1")


async def id_of(stack: Stack, sku: str) -> UUID:
    found = await stack.one("select id from articles where sku = :sku", sku=sku)
    assert isinstance(found, UUID)
    return found


async def merged(
    client: httpx.AsyncClient, article: UUID, other: UUID, quantity: int, **body: object
) -> httpx.Response:
    whole = {"from_id": str(other), "quantity": quantity, **body}
    return await client.post(f"/v1/articles/{article}/merge", json=whole)


async def journal(stack: Stack, article: UUID) -> list[tuple[object, ...]]:
    rows = await stack.rows(
        "select entry, units from stock_journal where article_id = :a order by id", a=article
    )
    return [tuple(row) for row in rows]


async def waits_for_a_lock(stack: Stack) -> None:
    """Until another transaction stands at a lock of this database."""
    waiting = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    for _ in range(500):
        async with stack.database.bus() as uow:
            if (await uow.conn.execute(waiting)).scalar_one():
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing waits for a lock")
