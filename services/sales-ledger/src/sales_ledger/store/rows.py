"""Rows to domain objects and back."""

from __future__ import annotations

from decimal import Decimal

from kit.connection import Row
from pydantic import TypeAdapter

from sales_ledger.domain import (
    Decisions,
    Delist,
    Line,
    Locked,
    Money,
    Oversold,
    Owned,
    Payment,
    PayoutLine,
    RefundState,
    Sale,
    Stock,
    delist_state,
    fees_of,
    net_of,
    refund_state,
    share_of,
    standing_of,
    status_of,
    waits_for_fees,
)
from sales_ledger.store import told

_LINE: TypeAdapter[Line | None] = TypeAdapter(Line | None)
_STOCK: TypeAdapter[Stock | None] = TypeAdapter(Stock | None)
_OVERSOLD: TypeAdapter[Oversold | None] = TypeAdapter(Oversold | None)
_DELIST: TypeAdapter[Delist | None] = TypeAdapter(Delist | None)
_DECISIONS: TypeAdapter[Decisions | None] = TypeAdapter(Decisions | None)
_OWNED: TypeAdapter[Owned | None] = TypeAdapter(Owned | None)
_MONEY: TypeAdapter[Money | None] = TypeAdapter(Money | None)
_LOCKED: TypeAdapter[Locked | None] = TypeAdapter(Locked | None)
_PAYMENTS: TypeAdapter[tuple[Payment, ...]] = TypeAdapter(tuple[Payment, ...])
PAYOUT_LINES: TypeAdapter[tuple[PayoutLine, ...]] = TypeAdapter(tuple[PayoutLine, ...])


def sale(row: Row) -> Sale:
    """A row of `sales`."""
    line = _LINE.validate_python(row["line"])
    return Sale(
        tenant_id=row["tenant_id"],
        sale_id=row["sale_id"],
        line=line,
        stock=_STOCK.validate_python(row["stock"]),
        oversold=_OVERSOLD.validate_python(row["oversold"]),
        delist=_DELIST.validate_python(row["delist"]),
        completed_revision=row["completed_revision"],
        completed_at=row["completed_at"],
        decisions=_DECISIONS.validate_python(row["decisions"]) or Decisions(),
        owner_given=_OWNED.validate_python(row["owner_given"]),
        fees_given=_MONEY.validate_python(row["fees_given"]),
        locked=_LOCKED.validate_python(row["locked"]),
        run_id=row["run_id"],
        payments=_PAYMENTS.validate_python(row["payments"] or ()),
        revision=row["revision"],
        recorded_at=row["recorded_at"],
        changed_at=row["changed_at"],
        traceparent=row["traceparent"],
        test=row["test"],
        told=told.loaded(row["told"], line),
    )


def sale_row(value: Sale) -> dict[str, object]:
    """The columns of a sale: its sources whole, and what lists need beside them."""
    return {
        "sale_id": value.sale_id,
        "tenant_id": value.tenant_id,
        "line": _LINE.dump_python(value.line, mode="json"),
        "stock": _STOCK.dump_python(value.stock, mode="json"),
        "oversold": _OVERSOLD.dump_python(value.oversold, mode="json"),
        "delist": _DELIST.dump_python(value.delist, mode="json"),
        "completed_revision": value.completed_revision,
        "completed_at": value.completed_at,
        "decisions": _DECISIONS.dump_python(value.decisions, mode="json"),
        "owner_given": _OWNED.dump_python(value.owner_given, mode="json"),
        "fees_given": _MONEY.dump_python(value.fees_given, mode="json"),
        "locked": _LOCKED.dump_python(value.locked, mode="json"),
        "run_id": value.run_id,
        "payments": _PAYMENTS.dump_python(value.payments, mode="json"),
        "revision": value.revision,
        "recorded_at": value.recorded_at,
        "changed_at": value.changed_at,
        "traceparent": value.traceparent,
        "test": value.test,
        "told": told.dumped(value.told, value.line),
        **_derived(value),
        **_due(value),
    }


def _derived(value: Sale) -> dict[str, object]:
    line = value.line
    return {
        "sold_at": line.sold_at if line else None,
        "platform": line.platform if line else None,
        "account_id": line.account_id if line else None,
        "article_id": value.stock.article_id if value.stock else None,
        "status": status_of(value),
        "owner": value.owner,
        "delist_state": delist_state(value),
        "contended": value.contention is not None,
        "currency": line.price.currency if line else None,
        **_added_up(value),
        "refund_state": refund_state(line) if line else RefundState.NONE,
        "restated": value.restated,
    }


def _added_up(value: Sale) -> dict[str, Decimal | None]:
    """What totals add up; a test order adds nothing."""
    line = value.reckoned
    if line is None or value.test:
        return dict.fromkeys(("price", "fees", "net"), None if line is None else Decimal(0))
    fees, net = fees_of(line), net_of(line)
    return {
        "price": line.price.amount,
        "fees": fees.amount if fees else None,
        "net": net.amount if net else None,
    }


def _due(value: Sale) -> dict[str, object]:
    """What consignors' lists need; what is payable waits for its time only."""
    share, standing = share_of(value), standing_of(value)
    payable = standing if standing is not None and standing.why_not is None else None
    return {
        "consignor_id": value.owned.consignor_id,
        "commission": share.commission.amount if share else None,
        "share": share.amount.amount if share else None,
        "paid": value.paid_amount.amount if value.paid_amount else None,
        "payable": payable.amount.amount if payable and payable.amount else None,
        "is_payable": payable is not None,
        "due_at": payable.due_at if payable else None,
        "waits_for_fees": waits_for_fees(value),
    }
