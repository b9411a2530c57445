"""Any order the sandbox makes is told alike by its two doors, and its lines add up to what the shop says it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from connector_kit.domain import OrderLine, Presentment, content_hash
from connector_shopify.client import DOCUMENTS
from connector_shopify.wire.webhooks import map_webhook
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.testing import Receiver, Shop, receiving, running
from shopify_orders import SHOP, lines_of_node

NAME = "doors.myshopify.com"
_BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
_WIDE = {"maximum_available": 1_000_000, "restore_rate": 500_000}
_PAST = {"affects_stock": False}
_TOTALS = f"query($id: ID!) {{ order(id: $id) {{ totalPriceSet {_BAG} totalTaxSet {_BAG} }} }}"
_ALONE = {"lines": 20, "parts": 30, "charges": 10, "shipping": 10}
T = TypeVar("T")
Json = dict[str, Any]


@dataclass
class Doors:
    """A shop of a sandbox of its own, where its webhooks go, and the loop all of it runs in."""

    runner: asyncio.Runner
    shop: Shop
    receiver: Receiver

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    async def post(self, path: str, body: Json) -> Json:
        answer = await self.shop.client.post(f"/control/shopify/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        found: Json = answer.json()
        return found

    async def sold(self, plan: Json) -> str:
        """An order, and what becomes of it; nothing is told meanwhile."""
        quiet = {"deliver_webhook": False}
        made = await self.post("sales", {"account": NAME, **_PAST, **plan["sale"], **plan["rate"], **quiet})
        order = str(made["order_id"])
        for what, told in plan["acts"]:
            body = dict(told)
            named = {made["lines"][n % len(made["lines"])]["line_id"] for n in body.get("lines", ())}
            lines = [{"line_id": line_id, "quantity": 1} for line_id in sorted(named)]
            if "edited" in body:
                lines = [{"line_id": made["lines"][0]["line_id"], "quantity": body.pop("edited")}]
            given = {**body, **({"lines": lines} if lines else {}), **quiet}
            await self.shop.client.post(
                f"/control/shopify/orders/{order}/{what}", json=given
            )  # may be too late
        return order

    async def pushed(self, order: str) -> bytes:
        """The body of its webhook."""
        self.receiver.got.clear()
        await self.post(f"orders/{order}/notify", {"topic": "orders/updated"})
        (got,) = await self.receiver.wait(1)
        return got.body

    async def polled(self, order: str, document: str, **more: object) -> Json:
        """The order as GraphQL answers."""
        answer = await self.shop.graphql(document, id=f"gid://shopify/Order/{order}", **more)
        assert "errors" not in answer, answer
        found: Json = answer["data"]["order"]
        return found


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    async def opened(stack: AsyncExitStack) -> tuple[Shop, Receiver]:
        client = await stack.enter_async_context(running())
        receiver = await stack.enter_async_context(receiving())
        keys = (
            await client.post("/control/shopify/accounts", json={"account": NAME, "currency": "GBP", **_WIDE})
        ).json()
        shop = Shop(client, keys)
        for number in range(3):
            await shop.item(f"DOOR-{number}")
        told = {"account": NAME, "uri": receiver.uri, "topics": ["orders/updated"]}
        await client.post("/control/shopify/subscriptions", json=told)
        return shop, receiver

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        shop, receiver = runner.run(opened(stack))
        yield Doors(runner, shop, receiver)
        runner.run(stack.aclose())


_MONEY = (("EUR", "1.17"), ("USD", "1.2971"), ("CHF", "0.9999"))
_pence = st.integers(0, 3000).map(lambda n: f"{Decimal(n) / 100:.2f}")
_share = st.integers(0, 100)
_some = st.lists(st.integers(0, 2), max_size=2)


@st.composite
def _line(draw: st.DrawFn) -> Json:
    price = draw(_pence)
    discount = (Decimal(price) * draw(_share) / 100).quantize(Decimal("0.01"))
    return {
        "sku": f"DOOR-{draw(st.integers(0, 2))}",
        "quantity": draw(st.integers(1, 4)),
        "price": price,
        "discount": str(discount),
        "tax": draw(_pence),
    }


_SALES = st.fixed_dictionaries(
    {
        "lines": st.lists(_line(), min_size=1, max_size=3),
        "shipping": _pence,
        "shipping_discount": _pence,
        "unpaid": st.booleans(),
        "authorized": st.booleans(),
        "test": st.booleans(),
        "channel": st.sampled_from(["web", "pos", "shopify_draft_order", "580111"]),
    }
)
_RATES = st.sampled_from([{}, *({"presentment_currency": c, "presentment_rate": r} for c, r in _MONEY)])
_ACTS = st.one_of(
    st.tuples(st.just("pay"), st.just({})),
    st.tuples(
        st.just("ship"), st.fixed_dictionaries({"tracking": st.sampled_from(["", "AB1"]), "lines": _some})
    ),
    st.tuples(
        st.just("refund"),
        st.fixed_dictionaries(
            {"restock": st.booleans(), "lines": _some}, optional={"amount": st.just("1.37")}
        ),
    ),
    st.tuples(st.just("capture"), st.just({})),
    st.tuples(st.just("track"), st.just({"courier": "UPS", "tracking": "1Z999"})),
    st.tuples(
        st.just("edit"),
        st.fixed_dictionaries(
            {"restock": st.booleans(), "edited": st.integers(0, 5), "add": st.lists(_line(), max_size=1)}
        ),
    ),
    st.tuples(st.just("cancel"), st.fixed_dictionaries({"restock": st.booleans()})),
)
PLANS = st.fixed_dictionaries({"sale": _SALES, "rate": _RATES, "acts": st.lists(_ACTS, max_size=5)})


@given(plan=PLANS)
@settings(deadline=None)
def test_both_doors_tell_one_order_alike_to_the_cent(doors: Doors, plan: Json) -> None:
    order = doors.run(doors.sold(plan))
    body = doors.run(doors.pushed(order))
    polled = lines_of_node(doors.run(doors.polled(order, DOCUMENTS["Order"], **_ALONE)))
    pushed = map_webhook("orders/updated", body, {"x-shopify-shop-domain": SHOP})
    if pushed.read_orders:  # what went back in the buyer's currency is not told: the order is read
        assert plan["rate"]
        assert any(line.refunds for line in polled)
    else:
        assert [content_hash(line) for line in pushed.lines] == [content_hash(line) for line in polled]
    totals = doors.run(doors.polled(order, _TOTALS))
    assert _paid(polled) == Decimal(totals["totalPriceSet"]["shopMoney"]["amount"])
    assert _sum(polled, "tax") == Decimal(totals["totalTaxSet"]["shopMoney"]["amount"])
    assert all((line.presentment is not None) == bool(plan["rate"]) for line in polled)
    if plan["rate"]:
        seen = [line.presentment for line in polled if line.presentment]
        assert _paid(seen) == Decimal(totals["totalPriceSet"]["presentmentMoney"]["amount"])
        assert _sum(seen, "tax") == Decimal(totals["totalTaxSet"]["presentmentMoney"]["amount"])


def _sum(lines: Sequence[OrderLine | Presentment], name: str) -> Decimal:
    return sum((getattr(line, name).amount for line in lines), Decimal(0))


def _paid(lines: Sequence[OrderLine | Presentment]) -> Decimal:
    return sum((_sum(lines, name) for name in ("price", "shipping_price", "tax")), Decimal(0))
