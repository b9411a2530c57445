"""What a sale brings, by each marketplace's fees."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

_FEES = {"shopify": Decimal("0.02"), "ebay": Decimal("0.128"), "depop": Decimal("0.029")}
_RATE = Decimal("1.17")
_DELAY = {"shopify": timedelta(hours=24), "ebay": timedelta(hours=48), "depop": timedelta(hours=48)}


def money(amount: Decimal | str, currency: str = "GBP") -> dict[str, object]:
    """An amount as JSON carries it."""
    return {"amount": str(Decimal(amount).quantize(Decimal("0.01"))), "currency": currency}


def money_of(platform: str, price: Decimal) -> dict[str, object]:
    """From the price to the net, as the ledger tells it."""
    fees = (price * _FEES[platform]).quantize(Decimal("0.01")) + Decimal("0.30")
    shipping = Decimal("3.95") if platform != "shopify" else Decimal("4.50")
    return {
        "price": money(price),
        "shipping_price": money(shipping),
        "tax": None,
        **_seen_by_its_buyer(platform, price, shipping),
        "fees": money(fees),
        "fee_lines": [
            {"kind": "final_value_fee", "amount": money(fees - Decimal("0.30"))},
            {"kind": "fixed_fee", "amount": money("0.30")},
        ],
        "refunds": [],
        "refunded": None,
        "refund_state": "none",
        "net": money(price + shipping - fees),
        "cost": None,
    }


def _seen_by_its_buyer(platform: str, price: Decimal, shipping: Decimal) -> dict[str, object]:
    """Shopify's buyers are abroad, and have a code."""
    if platform != "shopify":
        return {"discount": None, "presentment": None, "channel": None}
    euros = {"price": price, "shipping_price": shipping, "discount": Decimal("5.00")}
    seen = {name: money(amount * _RATE, "EUR") for name, amount in euros.items()}
    return {
        "discount": money("5.00"),
        "presentment": {**seen, "tax": None},
        "channel": "draft_order",
    }


def provisional_of(platform: str, sold: datetime, now: datetime) -> dict[str, object]:
    """Until when a sale's figures may change."""
    until = sold + _DELAY[platform]
    return {"provisional": now < until, "provisional_until": until.isoformat()}
