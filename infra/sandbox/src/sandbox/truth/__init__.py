"""The ground truth: every account, listing, order, call and webhook of the foreign world, and its journal."""

from sandbox.truth.beside import BalanceTransaction, BulkOperation, Payout
from sandbox.truth.goods import Listing
from sandbox.truth.model import (
    Account,
    Application,
    Attempt,
    Call,
    Delivery,
    Effect,
    Receipt,
    Refusal,
    SigningKey,
    Subscription,
    Token,
)
from sandbox.truth.ordered import Ordered, Place
from sandbox.truth.sales import NotPossible, SaleLine, SaleRequest, SoldOut, UnknownLine
from sandbox.truth.trade import (
    CENT,
    ZERO,
    Buyer,
    Edit,
    LineQuantity,
    Order,
    OrderLine,
    Refund,
    Shipment,
)
from sandbox.truth.world import World, now

__all__ = [
    "CENT",
    "ZERO",
    "Account",
    "Application",
    "Attempt",
    "BalanceTransaction",
    "BulkOperation",
    "Buyer",
    "Call",
    "Delivery",
    "Edit",
    "Effect",
    "LineQuantity",
    "Listing",
    "NotPossible",
    "Order",
    "OrderLine",
    "Ordered",
    "Payout",
    "Place",
    "Receipt",
    "Refund",
    "Refusal",
    "SaleLine",
    "SaleRequest",
    "Shipment",
    "SigningKey",
    "SoldOut",
    "Subscription",
    "Token",
    "UnknownLine",
    "World",
    "now",
]
