"""Amounts, taxes, the buyer and his address, in the REST shapes."""

from decimal import Decimal

from sandbox.shopify import naming
from sandbox.truth import Buyer, Order

Body = dict[str, object]
CUSTOMERS = 2_000_000_000_000
LINE_STATUS = {"none": None, "partial": "partial", "all": "fulfilled"}
ADDRESS: Body = {
    "first_name": "Example",
    "address1": "1 Example Street",
    "phone": "+441632960000",
    "city": "London",
    "zip": "EX1 1MP",
    "province": "England",
    "country": "United Kingdom",
    "last_name": "Buyer",
    "address2": "",
    "company": None,
    "latitude": 51.5,
    "longitude": -0.12,
    "name": "Example Buyer",
    "country_code": "GB",
    "province_code": "ENG",
}


def buyer_of(order: Order) -> Buyer:
    """Who bought; every order that names nobody has a customer of its own."""
    return order.customer or Buyer(str(int(order.id) + CUSTOMERS), phone=None)


def address(order: Order) -> Body:
    """Where the buyer lives and has it sent."""
    buyer = buyer_of(order)
    return {
        **ADDRESS,
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
        "name": f"{buyer.first_name} {buyer.last_name}",
        "phone": buyer.phone or ADDRESS["phone"],
    }


def money_set(value: Decimal, currency: str) -> Body:
    money = {"amount": naming.amount(value), "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def with_presentment(body: Body, presented: Body) -> Body:
    """A body in the shop's money with the buyer's from the same body in his."""
    return {name: _merged(name, value, presented[name]) for name, value in body.items()}


def _merged(name: str, value: object, other: object) -> object:
    if name in ("presentment_money", "presentment_currency", "transactions"):
        return other  # money moves in the buyer's currency
    if isinstance(value, dict) and isinstance(other, dict):
        return with_presentment(value, other)
    if isinstance(value, list) and isinstance(other, list):
        return [_merged("", mine, theirs) for mine, theirs in zip(value, other, strict=True)]
    return value


def priced(name: str, value: Decimal, currency: str) -> Body:
    """An amount in both of its forms: `name` and `name_set`."""
    return {name: naming.amount(value), f"{name}_set": money_set(value, currency)}


def tax_rows(value: Decimal, base: Decimal, currency: str) -> list[Body]:
    if value == 0:
        return []
    rate = float(round(value / base, 4)) if base else 0.0
    return [{**priced("price", value, currency), "rate": rate, "title": "VAT", "channel_liable": False}]


def allocation_rows(value: Decimal, currency: str) -> list[Body]:
    """A discount's part on one line, as the order's code makes it."""
    return [{**priced("amount", value, currency), "discount_application_index": 0}] if value else []
