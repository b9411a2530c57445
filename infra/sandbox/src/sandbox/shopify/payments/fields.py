"""Resolvers of Shopify Payments: the account, its payouts and its balance transactions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import PAGES_END, Page, Shelf
from sandbox.shopify.payments.till import uses_payments
from sandbox.shopify.search import Search, Term
from sandbox.truth import Account, BalanceTransaction, Payout

Row = dict[str, object]
SOURCES = {
    "CHARGE": "CHARGE",
    "REFUND": "REFUND",
    **dict.fromkeys(("TRANSFER", "TRANSFER_CANCEL", "TRANSFER_FAILURE"), "TRANSFER"),
}


class PaymentsAccount:
    """A shop's account with Shopify Payments."""

    def __init__(self, account: Account) -> None:
        self.account = account


def account_of(_root: object, info: Info) -> PaymentsAccount | None:
    """`shopifyPaymentsAccount`; null for a shop that has none."""
    account = context_of(info).account
    return PaymentsAccount(account) if uses_payments(account) else None


def _payout_of(context: ShopContext, transaction: BalanceTransaction) -> Payout | None:
    return context.world.payouts.get(str(transaction.payout))


def _payouts(_account: PaymentsAccount, info: Info, **args: Any) -> Page:
    fields: dict[str, Any] = {
        "id": lambda x: x.seq,
        "issued_at": lambda x: x.issued_at,
        "status": lambda x: x.status,
    }
    search = Search(args.get("query"), fields)
    if kind := args.get("transactionType"):
        fields["kind"] = _kind
        search.terms.append(Term("kind", "", kind))
    sort = args["sortKey"].lower()
    value: Callable[[Payout], Any] = {"id": fields["id"], "amount": lambda x: float(x.net)}.get(
        sort, fields["issued_at"]
    )
    shelf = Shelf(context_of(info).world.shelves(context_of(info).account.name).payouts, end=_end(info))
    return shelf.page(search, args, sort, lambda x: (value(x), x.seq))


def _transactions(_account: PaymentsAccount, info: Info, **args: Any) -> Page:
    context = context_of(info)

    def issued(x: BalanceTransaction) -> object:
        payout = _payout_of(context, x)
        return payout.issued_at if payout else None

    fields: dict[str, Any] = {
        "id": lambda x: x.seq,
        "payments_transfer_id": lambda x: x.payout or 0,
        "processed_at": lambda x: x.at,
        "payout_date": issued,
        "payout_status": lambda x: _payout_status(context, x),
        "transaction_type": lambda x: x.type,
        "transfer": lambda x: x.type == "TRANSFER",
    }
    search = Search(args.get("query"), fields)
    if args.get("hideTransfers"):
        search.terms.append(Term("transfer", "", "false"))
    sort = args["sortKey"].lower()
    value: Callable[[BalanceTransaction], Any] = {
        "id": fields["id"],
        "amount": lambda x: float(x.amount),
        "net": lambda x: float(x.net),
    }.get(sort, fields["processed_at"])
    shelf = Shelf(context.world.shelves(context.account.name).balance, end=_end(info))
    return shelf.page(search, args, sort, lambda x: (value(x), x.seq))


def _end(info: Info) -> int:
    return int(context_of(info).account.limit("pages_end", PAGES_END))


def _kind(payout: Payout) -> str:
    return "WITHDRAWAL" if payout.net < 0 else "DEPOSIT"


def _payout_status(context: ShopContext, transaction: BalanceTransaction) -> str:
    payout = _payout_of(context, transaction)
    return payout.status if payout else "PENDING"


def _associated(transaction: BalanceTransaction, info: Info) -> Row:
    payout = _payout_of(context_of(info), transaction)
    return {
        "id": naming.gid("ShopifyPaymentsPayout", payout.seq) if payout else None,
        "status": _payout_status(context_of(info), transaction),
    }


def _order(transaction: BalanceTransaction, info: Info) -> Row | None:
    order = context_of(info).world.order("shopify", transaction.order or "")
    return {"id": naming.gid("Order", order.id), "name": order.name} if order else None


def _money(value: Callable[[Any], Decimal]) -> Any:
    return lambda x, _: {"amount": naming.decimal(value(x)), "currencyCode": x.currency}


FIELDS: dict[str, dict[str, Any]] = {
    "ShopifyPaymentsAccount": {
        "id": lambda x, _: naming.gid("ShopifyPaymentsAccount", x.account.number),
        "activated": lambda _x, _: True,
        "country": lambda _x, _: "GB",
        "defaultCurrency": lambda x, _: x.account.currency,
        "payouts": _payouts,
        "balanceTransactions": _transactions,
    },
    "ShopifyPaymentsPayout": {
        "id": lambda x, _: naming.gid("ShopifyPaymentsPayout", x.seq),
        "legacyResourceId": lambda x, _: str(x.seq),
        "status": lambda x, _: x.status,
        "issuedAt": lambda x, _: naming.graph_time(x.issued_at),
        "net": _money(lambda x: x.net),
        "transactionType": lambda x, _: _kind(x),
    },
    "ShopifyPaymentsBalanceTransaction": {
        "id": lambda x, _: naming.gid("ShopifyPaymentsBalanceTransaction", x.seq),
        "type": lambda x, _: x.type,
        "test": lambda x, _: x.test,
        "transactionDate": lambda x, _: naming.graph_time(x.at),
        "amount": _money(lambda x: x.amount),
        "fee": _money(lambda x: x.fee),
        "net": _money(lambda x: x.net),
        "sourceType": lambda x, _: SOURCES.get(x.type, "ADJUSTMENT"),
        "associatedOrder": _order,
        "associatedPayout": _associated,
    },
}
