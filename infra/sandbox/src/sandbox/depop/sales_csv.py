"""The sales CSV as Depop exports it: 31 columns, continuation rows for bundles, blanks of three kinds."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime

from sandbox.depop.pages import description, fee, money_or_nothing, price_text
from sandbox.truth import ZERO, Order, OrderLine, World

COLUMNS = (
    "Date of sale",
    "Time of sale",
    "Date of listing",
    "Bundle",
    "Bundle - amount of items",
    "Buyer",
    "Brand",
    "Description",
    "Size",
    "Item price",
    "Buyer shipping cost",
    "Total",
    "USPS Cost",
    "Depop fee",
    "Depop Payments fee",
    "Buyer Marketplace Fee",
    "Boosting fee",
    "Payment type",
    "Estimated payout date",
    "Payout arrival date",
    "Category",
    "Name",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "Post Code",
    "Country",
    "US Sales tax",
    "Refunded to buyer amount",
    "Fees refunded to seller",
)
BLANK = '="-"'


def _day(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y}"


def _clock(moment: datetime) -> str:
    return f"{moment:%I:%M %p}".lstrip("0")


def sales_csv(world: World, orders: Iterable[Order], first: date | None, last: date | None) -> str:
    """Every paid sale of the days asked for, oldest first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for order in sorted(orders, key=lambda o: o.sold_at):
        day = order.sold_at.date()
        if order.paid_at and (first is None or day >= first) and (last is None or day <= last):
            writer.writerows(_rows(world, order))
    return out.getvalue()


def _rows(world: World, order: Order) -> list[dict[str, str]]:
    head = _item(world, order, order.lines[0]) | _sale(order)
    return [head, *(dict.fromkeys(COLUMNS, BLANK) | _item(world, order, line) for line in order.lines[1:])]


def _item(world: World, order: Order, line: OrderLine) -> dict[str, str]:
    listing = world.listing("depop", line.listing)
    return {
        "Date of listing": _day(listing.created_at if listing else order.sold_at),
        "Brand": "Other",
        "Description": description(world, line.listing, line.title, line.sku),
        "Size": "",
        "Item price": price_text(line.total, order.currency),
        "Category": "",
    }


def _sale(order: Order) -> dict[str, str]:
    bundle, currency = len(order.lines) > 1, order.currency
    return {
        "Date of sale": _day(order.sold_at),
        "Time of sale": _clock(order.sold_at),
        "Bundle": "Yes" if bundle else "No",
        "Bundle - amount of items": str(len(order.lines)) if bundle else "N/A",
        "Buyer": order.buyer,
        "Buyer shipping cost": price_text(order.shipping, currency),
        "Total": price_text(order.subtotal + order.shipping, currency),
        "USPS Cost": "N/A",
        "Depop fee": price_text(ZERO, currency),
        "Depop Payments fee": price_text(fee(order), currency),
        "Buyer Marketplace Fee": price_text(ZERO, currency),
        "Boosting fee": price_text(ZERO, currency),
        "Payment type": "Depop Payments",
        "Estimated payout date": BLANK,
        "Payout arrival date": BLANK,
        "Name": "Example Buyer",
        "Address Line 1": "1 Example Street",
        "Address Line 2": "",
        "City": "London",
        "State": "",
        "Post Code": "EX1 1MP",
        "Country": "United Kingdom",
        "US Sales tax": "N/A",
        "Refunded to buyer amount": money_or_nothing(order.refunded, currency),
        "Fees refunded to seller": "N/A",
    }
