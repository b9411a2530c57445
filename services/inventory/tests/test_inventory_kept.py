"""What is written of an article is what is read again, whatever was done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from inventory import store, wire
from inventory.domain import Article, Listing, standing_of
from inventory_shop import CONNECTED, EVERYWHERE, SOLD, Shop, Stack, cancelled
from inventory_twins import id_of
from soldwire_contracts.sales import SaleCancelled
from soldwire_contracts.values import Platform

pytestmark = pytest.mark.bus

Deed = Callable[[Article, Shop], object]


def disconnect(article: Article, shop: Shop) -> None:
    article.disconnect(shop.listing(Platform.DEPOP, "A-1"))


def keep(article: Article, shop: Shop) -> None:
    article.keep(shop.listing(Platform.DEPOP, "A-1"))


def sell(article: Article, shop: Shop, order: str = "1") -> None:
    article.sell(wire.sale_line(shop.sale(order=order)))


def cancel(article: Article, shop: Shop) -> None:
    article.sell(wire.sale_line(cancelled(shop.sale(), SaleCancelled)))


def sell_long_ago(article: Article, shop: Shop) -> None:
    article.sell(wire.sale_line(shop.sale(order="old", at=CONNECTED - timedelta(days=1))))


DEEDS: list[Deed] = [
    sell,
    disconnect,
    lambda article, _: article.count(1, SOLD),
    lambda article, shop: sell(article, shop, "2"),
    sell_long_ago,
    keep,
    cancel,
    lambda article, _: article.count(7, SOLD),
    disconnect,
]


async def test_listings_are_read_again_as_they_were_left(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(platform, quantity=2) for platform in EVERYWHERE))
    article_id = await id_of(stack, "A-1")
    left: list[Listing] = []
    for deed in [*DEEDS, None]:
        async with stack.database.bus([shop.tenant]) as uow:
            stock = await store.lock(uow, {article_id: store.EVERY_SALE})
            article = stock.articles[article_id]
            if left:
                assert list(article.linked) == left
            if deed is not None:
                deed(article, shop)
                await store.save(uow, [article])
                left = list(article.linked)
    standings = await stack.rows("select id, standing from listings order by id")
    assert [tuple(row) for row in standings] == [(one.id, standing_of(one)) for one in left]
