"""Fees that a marketplace tells apart from its orders: they go to the sales of their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kit.logs import logger
from kit.unit_of_work import UnitOfWork

from connector_kit import store
from connector_kit.domain import Account, LineFee, with_fees
from connector_kit.store import HeldLine
from connector_kit.usecases.sales import Sighting, record_lines

log = logger(__name__)


async def record_fees(
    uow: UnitOfWork, account: Account, fees: Mapping[str, Sequence[LineFee]]
) -> frozenset[str]:
    """Put what is told of orders' fees, by order, on their lines, and emit `sale.updated` for those that change.

    Safe to repeat; several tellings of an order add up by the fees' `source`. Fees in another currency than the sale's
    are left out, and logged. Returns the orders none of whose lines is held: nothing is kept of their fees, tell them again.
    """
    held = await store.lock_orders(uow, account.account_id, fees.keys())
    sightings: list[Sighting] = []
    left_out: list[str] = []
    for order_id, lines in held.items():
        mine = [fee for fee in fees[order_id] if fee.amount.currency == lines[0].line.price.currency]
        left_out += [order_id] * (len(mine) < len(fees[order_id]))
        sightings += _sightings(account, lines, mine) if mine else []
    await record_lines(uow, sightings)
    if left_out:
        log.warning(
            "fees are in another currency than their sale", account=str(account.account_id), orders=left_out
        )
    return frozenset(fees.keys() - held.keys())


def _sightings(account: Account, lines: Sequence[HeldLine], fees: Sequence[LineFee]) -> list[Sighting]:
    told = with_fees([held.line for held in lines], fees)
    return [
        Sighting(account, line, "poll", held.accepted_at, sale_id=held.sale_id)
        for held, line in zip(lines, told, strict=True)
    ]
