"""Control routes of Shopify Payments: adjustments, payouts, and the truth of both."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic_core import to_json

from sandbox.control.desk import Desk, Row
from sandbox.control.models import Adjustment, PayOut
from sandbox.shopify.shop import Shopify
from sandbox.truth import BalanceTransaction, Payout, World


def payment_routes(desk: Desk, shopify: Shopify) -> APIRouter:
    """Adjust a balance, pay it out, and tell what is where."""
    router = APIRouter(prefix="/control")
    _add_paying(router, desk, shopify)
    _add_truth(router, desk.world)
    return router


def _payout_row(world: World, payout: Payout) -> Row:
    inside = [x for x in world.balance_of(payout.account) if x.payout == payout.seq]
    return {**asdict(payout), "transactions": [_row(x) for x in inside]}


def _row(transaction: BalanceTransaction) -> Row:
    return {**asdict(transaction), "net": transaction.net}


def _add_paying(router: APIRouter, desk: Desk, shopify: Shopify) -> None:
    @router.post("/shopify/accounts/{shop}/payout", status_code=201)
    async def pay_out(shop: str, given: PayOut) -> Row:
        made = shopify.till.pay_out(desk.account("shopify", shop), given.status, given.issued_at)
        return _payout_row(desk.world, made)

    @router.post("/shopify/accounts/{shop}/adjustment", status_code=201)
    async def adjust(shop: str, given: Adjustment) -> Row:
        return _row(shopify.till.adjust(desk.account("shopify", shop), given.amount, given.type))


def _add_truth(router: APIRouter, world: World) -> None:
    @router.get("/truth/payouts")
    async def payouts(account: str | None = None) -> Response:
        """Every payout with its transactions, and the transactions that no payout has yet."""
        rows = [_payout_row(world, x) for x in world.payouts.values() if account in (None, x.account)]
        loose = [
            _row(x)
            for x in world.balance_transactions.values()
            if x.payout is None and account in (None, x.account)
        ]
        return Response(to_json({"payouts": rows, "pending": loose}), media_type="application/json")
