"""Sales as CSV that a spreadsheet can't be tricked with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from kit.csv_cells import safe

from sales_ledger.domain import (
    Line,
    Money,
    Presentment,
    Sale,
    fees_of,
    net_of,
    refund_state,
    refunded,
    share_of,
    status_of,
)
from sales_ledger.wire.parcels import parcels_of


def _amount(money: Money | None) -> str:
    return "" if money is None else f"{money.amount:f}"


_COLUMNS = (
    "sale_id",
    "sold_at",
    "platform",
    "order_number",
    "order_id",
    "order_url",
    "sku",
    "title",
    "quantity",
    "status",
    "owner",
    "currency",
    "price",
    "shipping_price",
    "tax",
    "fees",
    "refunded",
    "refund_state",
    "net",
    "courier",
    "tracking_number",
    "tracking_url",
    "consignor_id",
    "commission",
    "consignor_share",
    "paid_amount",
    "discount",
    "channel",
    "buyer_currency",
    "buyer_price",
    "buyer_shipping_price",
    "buyer_tax",
    "buyer_discount",
)


def _joined(parts: Iterable[str | None]) -> str:
    return safe(", ".join(part for part in parts if part))


def _cells(sale: Sale, line: Line) -> dict[str, str]:
    parcels, share = parcels_of(line), share_of(sale)
    known = sale.reckoned or line
    return {
        "sale_id": str(sale.sale_id),
        "sold_at": line.sold_at.isoformat(),
        "platform": line.platform,
        "order_number": safe(line.order_number or line.order_id),
        "order_id": safe(line.order_id),
        "order_url": safe(line.order_url),
        "sku": safe(line.sku),
        "title": safe(line.title),
        "quantity": str(line.quantity),
        "status": str(status_of(sale)),
        "owner": sale.owner.value,
        "currency": line.price.currency,
        "price": _amount(line.price),
        "shipping_price": _amount(line.shipping_price),
        "tax": _amount(line.tax),
        "fees": _amount(fees_of(known)),
        "refunded": _amount(refunded(line)),
        "refund_state": refund_state(line).value,
        "net": _amount(net_of(known)),
        "courier": _joined(parcel.courier for parcel in parcels),
        "tracking_number": _joined(parcel.tracking_number for parcel in parcels),
        "tracking_url": _joined(parcel.tracking_url for parcel in parcels),
        "consignor_id": str(sale.owned.consignor_id or ""),
        "commission": _amount(share.commission if share else None),
        "consignor_share": _amount(share.amount if share else None),
        "paid_amount": _amount(sale.paid_amount),
        "discount": _amount(line.discount),
        "channel": safe(line.channel),
        **_buyers(line.presentment),
    }


def _buyers(seen: Presentment | None) -> dict[str, str]:
    """What the buyer saw; empty where that was the currency of the other columns."""
    return {
        "buyer_currency": seen.price.currency if seen else "",
        "buyer_price": _amount(seen.price if seen else None),
        "buyer_shipping_price": _amount(seen.shipping_price if seen else None),
        "buyer_tax": _amount(seen.tax if seen else None),
        "buyer_discount": _amount(seen.discount if seen else None),
    }


def csv_head() -> str:
    """The line of column names."""
    return written([_COLUMNS])


def csv_lines(sales: Sequence[Sale]) -> str:
    """A line per sale."""
    found = [_cells(sale, sale.line) for sale in sales if sale.line is not None]
    return written([[cells[name] for name in _COLUMNS] for cells in found])


def written(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
