"""What a sale brings, by each marketplace's fees."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

_FEES = {"shopify": Decimal("0.02"), "ebay": Decimal("0.128"), "depop": Decimal("0.029")}
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


def provisional_of(platform: str, sold: datetime, now: datetime) -> dict[str, object]:
    """Until when a sale's figures may change."""
    until = sold + _DELAY[platform]
    return {"provisional": now < until, "provisional_until": until.isoformat()}
