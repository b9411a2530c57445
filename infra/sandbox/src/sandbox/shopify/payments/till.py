"""The till: a charge for what was paid, a refund for what went back, and payouts that gather them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.marketplace import BadRequest, Happening
from sandbox.truth import CENT, ZERO, Account, BalanceTransaction, Order, Payout, World, now

RETURNS = {"FAILED": "TRANSFER_FAILURE", "CANCELED": "TRANSFER_CANCEL"}
SHARE, FIXED = Decimal("0.029"), Decimal("0.30")


def fee_of(amount: Decimal) -> Decimal:
    return (amount * SHARE + FIXED).quantize(CENT, ROUND_HALF_UP)


def uses_payments(account: Account) -> bool:
    return account.settings.get("payments") is not False


class Till:
    """What every shop's payments come to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ring(self, account: Account, order: Order, happening: Happening) -> None:
        """Note what an order's happening earned or cost."""
        if not uses_payments(account):
            return
        if happening.name in ("created_paid", "paid"):
            known = self._world.balance_of_order(account.name, order.id)
            more = order.received - sum((x.amount for x in known if x.type == "CHARGE"), ZERO)
            if more > 0 and order.paid_at is not None:
                self._note(account, "CHARGE", more, fee_of(more), order.paid_at, order)
        elif happening.name == "refunded" and happening.refund is not None:
            self._note(account, "REFUND", -happening.refund.amount, ZERO, happening.refund.at, order)

    def adjust(self, account: Account, amount: Decimal, kind: str) -> BalanceTransaction:
        """Something that no order explains."""
        if not uses_payments(account):
            raise BadRequest(f"{account.name} does not use Shopify Payments")
        return self._note(account, kind, amount, ZERO, now(), None)

    def _note(
        self, account: Account, kind: str, amount: Decimal, fee: Decimal, at: datetime, order: Order | None
    ) -> BalanceTransaction:
        made = BalanceTransaction(
            seq=self._world.next(),
            account=account.name,
            type=kind,
            amount=amount,
            fee=fee,
            currency=account.currency,
            at=at,
            order=order.id if order else None,
            test=order.test if order else False,
        )
        self._world.commit(made)
        return made

    def pay_out(self, account: Account, status: str | None, issued_at: datetime | None) -> Payout:
        """Gather what is pending into a payout, or pay the one that is scheduled; "PAID" does both.

        "FAILED" and "CANCELED" are what becomes of one that is scheduled; the bank may also give back the last one paid.
        """
        payouts = self._world.payouts_of(account.name)
        if status in RETURNS:
            return self._return(account, payouts, status)
        scheduled = next((x for x in payouts if x.status == "SCHEDULED"), None)
        pending = [x for x in self._world.balance_of(account.name) if x.payout is None and not x.test]
        if scheduled is None or status == "SCHEDULED":
            if not pending:
                raise BadRequest(f"{account.name} has nothing to pay out")
            scheduled = self._schedule(account, pending, issued_at or now())
            if status != "PAID":
                return scheduled
        return self._pay(account, scheduled)

    def _schedule(self, account: Account, pending: Sequence[BalanceTransaction], at: datetime) -> Payout:
        made = Payout(
            seq=self._world.next(),
            account=account.name,
            net=sum((x.net for x in pending), ZERO),
            currency=account.currency,
            issued_at=at,
            updated_at=now(),
        )
        for transaction in pending:
            transaction.payout = made.seq
        self._world.commit(made, *pending)
        return made

    def _return(self, account: Account, payouts: Sequence[Payout], status: str) -> Payout:
        """Its money is on the shop's balance again, as one transaction of the next payout."""
        payout = next((x for x in payouts if x.status == "SCHEDULED"), None)
        if payout is not None:
            self._pay(account, payout)
        elif status == "FAILED":
            payout = next((x for x in reversed(payouts) if x.status == "PAID"), None)
        if payout is None:
            raise BadRequest(f"{account.name} has no payout that could be {status}")
        payout.status, payout.updated_at = status, now()
        self._world.commit(payout)
        self._note(account, RETURNS[status], payout.net, ZERO, payout.updated_at, None)
        return payout

    def _pay(self, account: Account, payout: Payout) -> Payout:
        """Hand it over; the transfer stands among the shop's transactions as well."""
        payout.status, payout.updated_at = "PAID", now()
        transfer = BalanceTransaction(
            seq=self._world.next(),
            account=account.name,
            type="TRANSFER",
            amount=-payout.net,
            fee=ZERO,
            currency=payout.currency,
            at=payout.updated_at,
            payout=payout.seq,
        )
        self._world.commit(payout, transfer)
        return payout
